#include "cli/launch.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/share.h"

namespace cli {
namespace {

constexpr std::string_view newPodPrefix = "new:";

void ignoringErrors(const std::function<void()>& step) {
  try {
    step();
  } catch (const Error& error) {
    printError(error.what());
  }
}

}  // namespace

NewContainer::NewContainer(Invocation& invocation, const ContainerOptions& options,
                           const std::vector<std::string>& arguments, bool thenStart)
    : invocation_(invocation), spec_(options.spec(arguments, invocation.whole)) {
  if (!options.cidFile.empty() && std::filesystem::exists(options.cidFile)) {
    throw Error(ErrorKind::exists,
                cat("the file of --cidfile exists: \"", options.cidFile,
                    "\": make sure that no other container uses it and delete it"));
  }
  auto& engine = invocation.engine();
  if (options.replace) {
    replaceOld();
  }
  try {
    joinPod(options.pod());
    id_ = engine.createContainer(spec_, thenStart);
    writeCidFile(options.cidFile);
  } catch (...) {
    // A destructor does not run for what was not constructed.
    NewContainer::remove();
    throw;
  }
}

NewContainer::~NewContainer() {
  if (!kept_) {
    remove();
  }
}

void NewContainer::joinPod(const std::string& pod) {
  if (pod.empty()) {
    return;
  }
  auto& engine = invocation_.engine();
  if (!pod.starts_with(newPodPrefix)) {
    spec_.pod = engine.podId(pod);
    return;
  }
  PodSpec podSpec;
  podSpec.name = pod.substr(newPodPrefix.size());
  if (podSpec.name.empty()) {
    throw Error(ErrorKind::invalid, "option --pod new:NAME: the name is missing");
  }
  podSpec.share = defaultShare();
  podSpec.createCommand = invocation_.whole;
  // What is asked of the network is asked of the pod, whose network it is.
  podSpec.network = spec_.network;
  spec_.network = {};
  podSpec.hostname = std::exchange(spec_.hostname, "");
  if (const auto net = spec_.namespaces.find(NamespaceKind::net); net != spec_.namespaces.end()) {
    if (net->second.source != NamespaceMode::Source::own) {
      podSpec.namespaces.insert(*net);
    }
    spec_.namespaces.erase(net);
  }
  newPod_ = engine.createPod(podSpec);
  spec_.pod = newPod_;
}

void NewContainer::replaceOld() {
  if (spec_.name.empty()) {
    throw Error(ErrorKind::invalid, "option --replace needs --name");
  }
  auto& engine = invocation_.engine();
  try {
    // The name alone: an id that happens to begin like it is somebody else's.
    if (engine.containerSummary(spec_.name).name == spec_.name) {
      engine.removeContainer(spec_.name, true, std::nullopt);
    }
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) {
      throw error.within(cat("replacing container ", spec_.name));
    }
  }
}

void NewContainer::writeCidFile(const std::string& file) {
  if (file.empty()) {
    return;
  }
  const UniqueFd fd(open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!fd) {
    throw systemError("creating the file of --cidfile ", file);
  }
  cidFile_ = file;
  if (write(fd.get(), id_.data(), id_.size()) != static_cast<ssize_t>(id_.size())) {
    throw systemError("writing the file of --cidfile ", file);
  }
}

void NewContainer::remove() {
  kept_ = true;
  auto& engine = invocation_.engine();
  if (!id_.empty()) {
    ignoringErrors([&] {
      try {
        engine.removeContainer(id_, true, 0);
      } catch (const Error& error) {
        // Its keeper does the same for --rm.
        if (error.kind() != ErrorKind::not_found) {
          throw;
        }
      }
    });
  }
  if (!newPod_.empty()) {
    ignoringErrors([&] { engine.removePod(newPod_, true, 0); });
  }
  if (!cidFile_.empty()) {
    unlink(cidFile_.c_str());
  }
}

}  // namespace cli
