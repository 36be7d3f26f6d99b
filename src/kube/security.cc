#include <algorithm>
#include <array>

#include "kube/pod_fields.h"

namespace kube {

namespace {

constexpr std::int64_t mostId = INT32_MAX;

std::optional<std::int64_t> readId(Fields& fields, std::string_view name) {
  const auto field = fields.find(name);
  return field ? std::optional(field->number(0, mostId)) : std::nullopt;
}

/// What pods and containers both can say.
void readIdentity(Fields& fields, Identity& identity) {
  const auto user = readId(fields, "runAsUser"), group = readId(fields, "runAsGroup");
  identity.user = user ? user : identity.user;
  identity.group = group ? group : identity.group;
  if (const auto nonRoot = fields.find("runAsNonRoot")) {
    identity.nonRoot = nonRoot->truth();
  }
  if (const auto profile = fields.find("seccompProfile")) {
    Fields seccomp(*profile);
    seccomp.accept("type", {"RuntimeDefault", "Unconfined"});
    identity.seccompProfile = seccomp.text("type") == "Unconfined" ? "unconfined" : "";
    seccomp.finish(std::array<std::string_view, 1>{"localhostProfile"});
  }
}

void readCapabilities(const Field& field, ContainerSpec& container) {
  Fields fields(field);
  if (const auto add = fields.find("add")) {
    container.capAdd = add->texts();
  }
  if (const auto drop = fields.find("drop")) {
    container.capDrop = drop->texts();
  }
  fields.finish({});
}

/// `at`: the object that is named where the identity cannot be had.
void applyIdentity(const Field& at, const Identity& identity, ContainerSpec& container) {
  if (identity.nonRoot.value_or(false)) {
    if (!identity.user) {
      throw Error(ErrorKind::unsupported,
                  cat(at.path(), ".runAsNonRoot is not supported yet without runAsUser"));
    }
    if (*identity.user == 0) {
      at.refuse("runAsNonRoot does not go with runAsUser 0");
    }
  }
  if (identity.group && !identity.user) {
    at.refuse("runAsGroup needs runAsUser, too");
  }
  if (identity.user) {
    container.user = cat(*identity.user);
  }
  if (identity.group) {
    container.user += cat(":", *identity.group);
  }
  container.seccompProfile = identity.seccompProfile;
}

}  // namespace

Identity readPodSecurity(const Field& field, PodSpec& pod, std::vector<std::string>& groups) {
  constexpr std::array<std::string_view, 7> later{
      "fsGroup",        "fsGroupChangePolicy",      "seLinuxOptions", "seLinuxChangePolicy",
      "windowsOptions", "supplementalGroupsPolicy", "appArmorProfile"};
  Identity identity;
  Fields fields(field);
  readIdentity(fields, identity);
  for (const Field& group : fields.elements("supplementalGroups")) {
    groups.push_back(cat(group.number(0, mostId)));
  }
  for (const Field& sysctl : fields.elements("sysctls")) {
    Fields one(sysctl);
    pod.sysctls[one.require("name").text()] = one.require("value").text();
    one.finish({});
  }
  fields.finish(later);
  return identity;
}

void readContainerSecurity(Fields& containerFields, Identity identity, ContainerSpec& container) {
  constexpr std::array<std::string_view, 4> later{"procMount", "seLinuxOptions", "windowsOptions",
                                                  "appArmorProfile"};
  const Json nothing = Json::object();
  const Field absent(nothing, cat(containerFields.self().path(), ".securityContext"));
  const Field context = containerFields.find("securityContext").value_or(absent);
  Fields fields(context);
  readIdentity(fields, identity);
  container.privileged = fields.truth("privileged");
  container.readOnly = fields.truth("readOnlyRootFilesystem");
  if (const auto allowed = fields.find("allowPrivilegeEscalation")) {
    container.noNewPrivileges = !allowed->truth();
    if (container.noNewPrivileges && container.privileged) {
      allowed->refuse("it cannot be false for a privileged container");
    }
  }
  if (const auto capabilities = fields.find("capabilities")) {
    readCapabilities(*capabilities, container);
  }
  fields.finish(later);
  applyIdentity(context, identity, container);
}

}  // namespace kube
