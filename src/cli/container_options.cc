#include "cli/container_options.h"

#include <algorithm>

#include "base/file.h"
#include "base/json.h"
#include "cli/limits.h"
#include "cli/mounts.h"
#include "cli/option_values.h"

namespace cli {
namespace {

bool ownNetwork(const NamespaceModes& modes) {
  const auto net = modes.find(NamespaceKind::net);
  return net == modes.end() || net->second.source == NamespaceMode::Source::own;
}

}  // namespace

ContainerOptions::ContainerOptions(Options& options) : network_(options) {
  addIdentity(options);
  addProcess(options);
  addNamespaces(options);
  addSecurity(options);
  addStorage(options);
  addLifecycle(options);
  addPull(options);
  addNotYet(options);
  addLimits(options, spec_.resources);
  options.flag("--oom-kill-disable", spec_.resources.oomKillDisable,
               "Let processes wait where memory runs out instead of killing one (cgroup v1)");
}

void ContainerOptions::addIdentity(Options& options) {
  options.text("--name", spec_.name, "Assign a name to the container");
  options.text("--pod", pod_, "Run the container in an existing pod; new:NAME makes the pod");
  options.text("--pod-id-file", podIdFile_, "Read the pod's id from the file");
  options.text("-h --hostname", spec_.hostname, "Set the container's hostname");
  options.list("-l --label", labels_, "Set metadata on the container");
  options.commaList("--label-file", labelFiles_, "Read labels from a file, one on each line");
  options.commaList("--annotation", annotations_, "Add annotations to the container (key=value)");
  options.text("--cidfile", cidFile, "Write the container's id to the file");
  options.flag("--replace", replace, "Replace a container of the same name");
}

void ContainerOptions::addProcess(Options& options) {
  options.flag("-i --interactive", spec_.stdinOpen, "Keep STDIN open even if not attached");
  options.flag("-t --tty", spec_.tty, "Give the container a terminal");
  options.list("-e --env", environment_.texts, "Set environment variables in the container");
  options.commaList("--env-file", environment_.files, "Read environment variables from a file");
  options.flag("--env-host", environment_.host,
               "Pass all environment variables of the host to the container");
  environment_.httpProxy = true;
  options.flag("--http-proxy", environment_.httpProxy,
               "Pass the host's proxy variables to the container");
  options.text("-w --workdir", spec_.workdir, "Working directory inside the container");
  options.text("-u --user", spec_.user, "User name or number (<name|uid>[:<group|gid>])");
  options.commaList("--group-add", spec_.groups, "Add groups to the container's process");
  options.each("--umask", "Set the container's umask", "string", [this](const std::string& value) {
    if (value.empty() || value.size() > 4 ||
        value.find_first_not_of("01234567") != std::string::npos) {
      throw invalidValue(value, "an octal number such as 0022");
    }
    spec_.umask = value;
  });
  options.each("--entrypoint", "Replace the image's ENTRYPOINT (a word, or a JSON array)", "string",
               [this](const std::string& value) { setEntrypoint(value); });
  options.flag("--init", spec_.init,
               "Run an init inside the container that forwards signals and reaps processes");
  options.text("--init-path", spec_.initPath, "Program of the host that --init runs");
}

void ContainerOptions::setEntrypoint(const std::string& text) {
  spec_.entrypoint.emplace();
  if (text.starts_with('[')) {
    const Json words = Json::parse(text, nullptr, false);
    if (words.is_array() && std::all_of(words.begin(), words.end(),
                                        [](const Json& word) { return word.is_string(); })) {
      *spec_.entrypoint = words.get<std::vector<std::string>>();
      return;
    }
  }
  if (!text.empty()) {
    spec_.entrypoint->push_back(text);
  }
}

std::string ContainerOptions::pod() const {
  if (podIdFile_.empty()) {
    return pod_;
  }
  if (!pod_.empty()) {
    throw Error(ErrorKind::invalid, "options --pod and --pod-id-file exclude each other");
  }
  return within("option --pod-id-file", [&] { return std::string(trim(readFile(podIdFile_))); });
}

ContainerSpec ContainerOptions::spec(const std::vector<std::string>& arguments,
                                     const std::vector<std::string>& commandLine) const {
  ContainerSpec spec = spec_;
  checkLimits(spec.resources);
  spec.image = arguments.front();
  spec.command.assign(arguments.begin() + 1, arguments.end());
  spec.env = collectEnvironment(environment_);
  spec.labels = collectLabels(labelFiles_, labels_);
  spec.annotations = keyValues("--annotation", annotations_);
  spec.sysctls = keyValues("--sysctl", sysctls_);
  spec.network = network_.request(spec.namespaces);
  spec.network.publishAll = spec_.network.publishAll;
  spec.createCommand = commandLine;
  if (spec.network.publishAll && !ownNetwork(spec.namespaces)) {
    throw Error(ErrorKind::invalid,
                "option --publish-all: the container has no network of its own to publish from");
  }
  if (spec.readOnly && readOnlyTmpfs_) {
    for (const std::string target : {"/run", "/tmp", "/var/tmp"}) {
      const bool mounted = std::any_of(spec.mounts.begin(), spec.mounts.end(),
                                       [&](const Mount& mount) { return mount.target == target; });
      if (!mounted) {
        spec.mounts.push_back(parseTmpfs(target));
      }
    }
  }
  if (spec.remove && (spec.restart.name == "always" || spec.restart.name == "unless-stopped")) {
    throw Error(ErrorKind::invalid,
                cat("options --rm and --restart ", spec.restart.name, " exclude each other"));
  }
  return spec;
}

}  // namespace cli
