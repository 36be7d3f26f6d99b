#include "spec/runtime.h"

#include "base/json.h"
#include "spec/members.h"
#include "spec/runtime_linux.h"
#include "spec/runtime_unsupported.h"

namespace oci {

template <typename Visitor>
void members(Visitor& visit, User& user) {
  visit("uid", user.uid);
  visit("gid", user.gid);
  visit("umask", user.umask);
  visit("additionalGids", user.additionalGids);
}

template <typename Visitor>
void members(Visitor& visit, Rlimit& limit) {
  visit("type", limit.type);
  visit("hard", limit.hard);
  visit("soft", limit.soft);
}

template <typename Visitor>
void members(Visitor& visit, Capabilities& sets) {
  visit("bounding", sets.bounding);
  visit("effective", sets.effective);
  visit("inheritable", sets.inheritable);
  visit("permitted", sets.permitted);
  visit("ambient", sets.ambient);
}

template <typename Visitor>
void members(Visitor& visit, Process& process) {
  visit.unlessZero("terminal", process.terminal);
  visit.object("consoleSize", [&](auto& size) {
    size.unlessZero("height", process.consoleHeight);
    size.unlessZero("width", process.consoleWidth);
  });
  visit("user", process.user);
  visit("args", process.args);
  visit("env", process.env);
  visit("cwd", process.cwd);
  visit("capabilities", process.capabilities);
  visit("rlimits", process.rlimits);
  visit("noNewPrivileges", process.noNewPrivileges);
  visit("apparmorProfile", process.apparmorProfile);
  visit("oomScoreAdj", process.oomScoreAdj);
}

template <typename Visitor>
void members(Visitor& visit, Root& root) {
  visit("path", root.path);
  visit.unlessZero("readonly", root.readonly);
}

template <typename Visitor>
void members(Visitor& visit, Mount& mount) {
  visit("destination", mount.destination);
  visit("type", mount.type);
  visit("source", mount.source);
  visit("options", mount.options);
}

template <typename Visitor>
void members(Visitor& visit, RuntimeSpec& spec) {
  visit("ociVersion", spec.ociVersion);
  visit("process", spec.process);
  visit("root", spec.root);
  visit("hostname", spec.hostname);
  visit("mounts", spec.mounts);
  visit("annotations", spec.annotations);
  visit("linux", spec.linux_);
}

void to_json(Json& json, const RuntimeSpec& spec) {
  json = spec_detail::toJson(spec);
}

RuntimeSpec parseRuntimeSpec(std::string_view text, const std::string& what) {
  const JsonText document(text, what);
  refuseUnsupported(document.root());
  RuntimeSpec spec;
  spec_detail::fromJson(document.root(), spec);
  return spec;
}

}  // namespace oci
