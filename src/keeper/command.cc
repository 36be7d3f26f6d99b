#include "keeper/command.h"

#include <filesystem>

#include "keeper/detached.h"
#include "keeper/diary.h"

namespace keeper {

void runCommand(const Layout& layout, const std::vector<std::string>& words) {
  std::vector<std::string> arguments{"peapod", "--root", layout.root, "--runroot", layout.runroot};
  arguments.insert(arguments.end(), words.begin(), words.end());
  DetachedProgram("peapod", std::move(arguments)).start();
}

void reloadOtherNetworks(const Layout& layout) {
  attempt("having published ports published again", [&] {
    const std::filesystem::directory_iterator sandboxes(layout.sandbox(""));
    if (std::distance(begin(sandboxes), end(sandboxes)) > 1) {
      runCommand(layout, {"network", "reload", "--all"});
    }
  });
}

}  // namespace keeper
