#include "cli/all_commands.h"
#include "cli/commands.h"
#include "cli/kube.h"
#include "cli/targets.h"
#include "kube/play.h"

namespace cli {
namespace {

void refuseOptionsOfPodman(Options& options) {
  for (const char* name : {"--annotation", "--authfile", "--cert-dir", "--configmap",
                           "--context-dir", "--creds", "--ip", "--log-driver", "--log-opt",
                           "--mac-address", "--network", "--seccomp-profile-root", "--userns"}) {
    options.notYet(name);
  }
  for (const char* name : {"--build", "--no-hosts", "--start"}) {
    options.notYet(name, false);
  }
  // About pulling images, which nothing does.
  options.accept("-q --quiet", false);
  options.accept("--tls-verify", false);
}

void print(const std::vector<kube::PlayedPod>& pods) {
  for (const kube::PlayedPod& pod : pods) {
    printLine("Pod:");
    printLine(pod.id);
    printLine(pod.containers.size() == 1 ? "Container:" : "Containers:");
    for (const std::string& id : pod.containers) {
      printLine(id);
    }
    printLine("");
  }
}

}  // namespace

int kubePlayCommand(Invocation& invocation) {
  auto options = invocation.options("[options] FILE|-");
  options.arguments(1, 1);
  options.example("web.yaml");
  options.example("--replace web.yaml");
  options.example("--down web.yaml");
  kube::PlayOptions wanted;
  bool isDown = false;
  options.text("--cgroup-parent", wanted.cgroupParent,
               "Cgroup, or slice, that \"kubepods\" is made below (default: the root)");
  options.flag("--down", isDown, "Stop and remove the pods of the manifest");
  options.flag("--replace", wanted.replace, "Remove pods of the same names before");
  refuseOptionsOfPodman(options);
  const auto arguments = options.parse(invocation.line, Options::Order::anywhere);
  const std::string& file = arguments.front();
  if (isDown) {
    if (wanted.replace) {
      throw options.usageError("options --down and --replace exclude each other");
    }
    return takeDown(invocation, file);
  }
  wanted.createCommand = invocation.whole;
  print(within(cat(invocation.command, " ", file),
               [&] { return kube::play(invocation.engine(), readManifestFile(file), wanted); }));
  return 0;
}

}  // namespace cli
