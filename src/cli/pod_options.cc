#include "cli/pod_options.h"

#include "cli/environment.h"
#include "cli/limits.h"
#include "cli/mounts.h"
#include "cli/share.h"

namespace cli {

PodOptions::PodOptions(Options& options) : options_(options), network_(options) {
  addIdentity(options);
  addSharing(options);
  addNotYet(options);
  addLimits(options, spec_.resources);
}

void PodOptions::addIdentity(Options& options) {
  options.text("-n --name", spec_.name, "Assign a name to the pod");
  options.text("-h --hostname", spec_.hostname, "Set the pod's hostname");
  options.list("-l --label", labels_, "Set metadata on the pod");
  options.commaList("--label-file", labelFiles_, "Read labels from a file, one on each line");
  options.text("--pod-id-file", podIdFile, "Write the pod's id to the file");
  options.flag("--replace", replace, "Replace a pod of the same name");
  options.each(
      "--exit-policy", "What to do when the last container exits: continue or stop", "string",
      [this](const std::string& value) {
        if (value != "continue" && value != "stop") {
          throw Error(ErrorKind::invalid,
                      cat("invalid value \"", value, "\": it must be continue or stop"));
        }
        spec_.exitPolicy = value;
      },
      "\"continue\"");
  options.each("--restart", "Restart policy of containers that have none", "string",
               [this](const std::string& value) { spec_.restart = parseRestartPolicy(value); });
  options.each("-v --volume", "Bind mount a directory of the host into every container",
               "stringArray",
               [this](const std::string& value) { spec_.mounts.push_back(parseVolume(value)); });
  options.commaList("--device", spec_.devices,
                    "Add a device of the host to every container (HOST[:CONTAINER[:rwm]])");
  options.commaList("--sysctl", sysctls_, "Set kernel parameters (name=value)");
}

void PodOptions::addSharing(Options& options) {
  options.each(
      "--share", "Namespaces that the pod shares: net, ipc, uts, pid, cgroup, none; +NAME adds",
      "string", [this](const std::string& value) { share_.push_back(value); }, "\"ipc,net,uts\"");
  options.flag("--share-parent", spec_.shareParent,
               "Put the cgroups of the containers below the pod's");
  options.flag("--infra", spec_.infra, "Have a pause process that holds the pod's namespaces");
  options.text("--cgroup-parent", spec_.cgroupParent,
               "Parent of the pod's cgroup: a path, or with systemd NAME.slice");
  const auto mode = [&](std::string_view name, NamespaceKind kind, std::string help) {
    options.each(name, std::move(help), "string", [this, kind](const std::string& value) {
      setNamespaceMode(spec_.namespaces, kind, value);
    });
  };
  mode("--pid", NamespaceKind::pid, "PID namespace of the pod: private, host or ns:PATH");
  mode("--uts", NamespaceKind::uts, "UTS namespace of the pod: private, host or ns:PATH");
  options.each(
      "--shm-size", "Size of /dev/shm", "<number>[<unit>]",
      [this](const std::string& value) { spec_.shmSize = parseBytes(value); }, "\"64m\"");
  options.each("--userns", "User namespace: host", "string", [](const std::string& value) {
    if (value != "host" && !value.empty()) {
      throw Error(ErrorKind::unsupported, cat("\"", value, "\" is not supported yet"));
    }
  });
}

void PodOptions::addNotYet(Options& options) {
  for (const char* name : {"--gidmap", "--gpus", "--infra-command", "--infra-conmon-pidfile",
                           "--infra-image", "--infra-name", "--security-opt", "--subgidname",
                           "--subuidname", "--uidmap", "--volumes-from"}) {
    options.notYet(name);
  }
}

void PodOptions::applySharing(PodSpec& spec) const {
  spec.share = share_.empty() ? defaultShare() : parseShare(share_);
  if (!spec.infra) {
    if (!share_.empty() && !spec.share.empty()) {
      throw Error(ErrorKind::invalid,
                  "option --share needs a pause process: leave out --infra=false");
    }
    if (network_.any()) {
      throw Error(ErrorKind::invalid,
                  "options about the network need a pause process: leave out --infra=false");
    }
    spec.share.clear();
  }
  // As in Podman, a pod that shares nothing needs nobody to hold it, unless asked for.
  if (spec.share.empty() && !options_.given("--infra")) {
    spec.infra = false;
  }
  for (const auto& [kind, mode] : spec.namespaces) {
    if (!spec.share.contains(kind)) {
      throw Error(ErrorKind::invalid,
                  cat("option --", traits(kind).name == "net" ? "network" : traits(kind).name,
                      " needs ", traits(kind).name, " in --share"));
    }
  }
  if (network_.any() && !spec.share.contains(NamespaceKind::net)) {
    throw Error(ErrorKind::invalid, "options about the network need net in --share");
  }
}

PodSpec PodOptions::spec(const std::vector<std::string>& arguments,
                         const std::vector<std::string>& commandLine) const {
  PodSpec spec = spec_;
  if (!arguments.empty()) {
    if (!spec.name.empty() && spec.name != arguments.front()) {
      throw Error(ErrorKind::invalid,
                  "the pod's name is given twice: by --name and as an argument");
    }
    spec.name = arguments.front();
  }
  checkLimits(spec.resources);
  spec.labels = collectLabels(labelFiles_, labels_);
  spec.sysctls = keyValues("--sysctl", sysctls_);
  spec.network = network_.request(spec.namespaces);
  spec.createCommand = commandLine;
  applySharing(spec);
  return spec;
}

}  // namespace cli
