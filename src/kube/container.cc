#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/id.h"
#include "kube/pod_fields.h"

namespace kube {

namespace {

constexpr std::array<std::string_view, 10> laterInContainers{
    "envFrom",   "volumeDevices", "livenessProbe", "readinessProbe", "startupProbe",
    "lifecycle", "resizePolicy",  "restartPolicy", "stdinOnce",      "restartPolicyRules"};

/// The variables in their order, a value with those before it put in.
std::vector<std::string> readEnv(const std::vector<Field>& fields, StringMap& variables) {
  constexpr std::array<std::string_view, 1> laterInEnv{"valueFrom"};
  std::vector<std::string> env;
  for (const Field& field : fields) {
    Fields variable(field);
    const Field nameField = variable.require("name");
    const std::string name = nameField.text();
    if (name.empty() || name.find('=') != std::string::npos) {
      nameField.refuse(cat("\"", name, "\" is not the name of a variable"));
    }
    const std::string value = expandVariables(variable.text("value"), variables);
    variable.finish(laterInEnv);
    std::erase_if(env, [&](const std::string& old) { return old.starts_with(name + "="); });
    env.push_back(cat(name, "=", value));
    variables[name] = value;
  }
  return env;
}

std::vector<std::string> readArguments(const Field& field, const StringMap& variables) {
  std::vector<std::string> arguments = field.texts();
  for (std::string& argument : arguments) {
    argument = expandVariables(argument, variables);
  }
  return arguments;
}

void readProcess(Fields& fields, ContainerSpec& spec) {
  StringMap variables;
  spec.env = readEnv(fields.elements("env"), variables);
  if (const auto command = fields.find("command"); command && !command->elements().empty()) {
    spec.entrypoint = readArguments(*command, variables);
  }
  if (const auto args = fields.find("args")) {
    spec.command = readArguments(*args, variables);
  }
  spec.workdir = fields.text("workingDir");
  spec.tty = fields.truth("tty");
  spec.stdinOpen = fields.truth("stdin");
}

/// Images come from archives so far: they are there, or they are not.
void checkPullPolicy(const std::optional<Field>& policy) {
  if (policy && policy->text() == "Always") {
    throw Error(ErrorKind::unsupported,
                cat(policy->path(), ": Always is not supported yet: images are not pulled"));
  }
  if (policy && policy->text() != "IfNotPresent" && policy->text() != "Never") {
    policy->refuse("it must be IfNotPresent or Never");
  }
}

}  // namespace

std::vector<PortMapping> readPorts(const std::vector<Field>& ports, bool hostNetwork) {
  constexpr std::int64_t most = 65535;
  std::vector<PortMapping> published;
  for (const Field& field : ports) {
    Fields fields(field);
    const std::int64_t inside = fields.require("containerPort").number(1, most);
    const auto outside = fields.find("hostPort");
    const std::string hostIp = fields.text("hostIP");
    fields.accept("protocol", {"TCP", "UDP"});
    const std::string protocol = fields.text("protocol");
    fields.ignore({"name"});
    fields.finish({});
    if (!outside) {
      continue;  // said for the reader: every port can be reached at the pod's address
    }
    const std::int64_t number = outside->number(1, most);
    if (hostNetwork && number != inside) {
      outside->refuse("with hostNetwork it must be the containerPort");
    }
    if (!hostNetwork) {
      published.push_back({hostIp, static_cast<std::uint16_t>(number),
                           static_cast<std::uint16_t>(inside), 1,
                           protocol.empty() ? "tcp" : lower(protocol)});
    }
  }
  return published;
}

ContainerRequest readContainer(const Field& field, const PodContext& pod) {
  Fields fields(field);
  ContainerRequest request;
  const Field name = fields.require("name");
  request.name = name.text();
  if (!isValidName(request.name)) {
    name.refuse(cat("\"", request.name, "\" is not the name of a container"));
  }
  ContainerSpec& spec = request.spec;
  spec.image = fields.require("image").text();
  checkPullPolicy(fields.find("imagePullPolicy"));
  readProcess(fields, spec);
  request.ports = readPorts(fields.elements("ports"), pod.hostNetwork);
  if (const auto resources = fields.find("resources")) {
    request.demand = readResources(*resources);
  }
  spec.mounts = readVolumeMounts(fields.elements("volumeMounts"), pod.volumes);
  readContainerSecurity(fields, pod.identity, spec);
  // For who reads them; nobody here does.
  fields.ignore({"terminationMessagePath", "terminationMessagePolicy"});
  fields.finish(laterInContainers);
  return request;
}

}  // namespace kube
