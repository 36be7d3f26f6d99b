#include <fcntl.h>
#include <unistd.h>

#include "base/rollback.h"
#include "cli/all_commands.h"
#include "cli/commands.h"
#include "cli/pod_options.h"
#include "cli/targets.h"

namespace cli {
namespace {

void replaceOld(engine::Engine& engine, const std::string& name) {
  if (name.empty()) {
    throw Error(ErrorKind::invalid, "option --replace needs a name");
  }
  try {
    // The name alone: an id that happens to begin like it is somebody else's.
    if (engine.podSummary(name).name == name) {
      engine.removePod(name, true, std::nullopt);
    }
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) {
      throw error.within(cat("replacing pod ", name));
    }
  }
}

void writeId(const std::string& file, const std::string& id) {
  const UniqueFd fd(open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!fd || write(fd.get(), id.data(), id.size()) != static_cast<ssize_t>(id.size())) {
    throw systemError("writing the file of --pod-id-file ", file);
  }
}

}  // namespace

int podCreateCommand(Invocation& invocation) {
  auto options = invocation.options("[options] [NAME]");
  options.arguments(0, 1);
  options.example("--label foo=bar mypod");
  options.example("--name web --share +pid -p 8080:80");
  options.example("--cpus=4 --memory=6g mypod");
  PodOptions pod(options);
  const auto arguments = options.parse(invocation.line, Options::Order::anywhere);
  const PodSpec spec = pod.spec(arguments, invocation.whole);
  auto& engine = invocation.engine();
  if (pod.replace) {
    replaceOld(engine, spec.name);
  }
  const std::string id = engine.createPod(spec);
  Rollback undo;
  undo.add([&] {
    try {
      engine.removePod(id, true, 0);
    } catch (const Error& error) {
      printError(error.what());
    }
  });
  if (!pod.podIdFile.empty()) {
    writeId(pod.podIdFile, id);
  }
  undo.commit();
  printLine(id);
  return 0;
}

}  // namespace cli
