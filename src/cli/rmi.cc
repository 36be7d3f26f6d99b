#include "cli/all_commands.h"
#include "cli/commands.h"
#include "cli/targets.h"

namespace cli {

int rmiCommand(Invocation& invocation) {
  auto options = invocation.options("[options] IMAGE [IMAGE...]");
  options.example("imageID");
  options.example("--force alpine");
  bool all = false, force = false, ignore = false;
  options.flag("-a --all", all, "Remove all images");
  options.flag("-f --force", force, "Remove the image with all its names and its containers");
  options.flag("-i --ignore", ignore, "Ignore images that do not exist");
  options.accept("--no-prune", false);
  auto names = options.parse(invocation.line, Options::Order::anywhere);
  if (all == !names.empty()) {
    throw options.usageError(all ? "names and --all exclude each other"
                                 : "you must provide at least one name or id");
  }
  auto& engine = invocation.engine();
  if (all) {
    for (const auto& image : engine.images().list()) {
      names.push_back(image.id);
    }
  }
  return forEach(
      names, {.ignoreMissing = ignore, .print = false},
      [&](const std::string& name) {
        // An image with several names is meant whole where all are.
        const auto removed = engine.removeImage(name, force || all);
        for (const auto& untagged : removed.untagged) {
          printLine("Untagged: " + untagged);
        }
        for (const auto& deleted : removed.deleted) {
          printLine("Deleted: " + deleted);
        }
      },
      removalStatus);
}

}  // namespace cli
