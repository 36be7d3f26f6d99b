#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/commands.h"

namespace cli {

/// Which containers a command acts on: names and ids as arguments, or what options select.
class ContainerTargets {
 public:
  /// The options that a command has beyond --latest.
  struct Choices {
    std::string all;  ///< what the help says of --all; empty: the command has none
    bool ignore = false, cidFile = true;
    bool infra = false;  ///< --all takes the pause processes of pods too
    std::string_view allNames = "-a --all", filterNames = "-f --filter";  ///< empty: no such option
  };
  using Condition = std::function<bool(const engine::ContainerSummary&)>;

  ContainerTargets(Options& options, const Choices& choices);

  /// Names as typed, or ids of those that options select; `condition` says what --all is. Error
  /// (invalid) where nothing is selected, or too much.
  std::vector<std::string> resolve(Invocation& invocation,
                                   const std::vector<std::string>& arguments,
                                   const Condition& condition) const;
  bool ignoresMissing() const { return ignore_; }
  bool all() const { return all_; }

 private:
  const Options& options_;
  const bool infra_;
  bool all_ = false, latest_ = false, ignore_ = false;
  std::vector<std::string> filters_, cidFiles_;
};

/// The same for pods; resolve() gives full ids, which is what Podman prints.
class PodTargets {
 public:
  struct Choices {
    std::string all;
    bool ignore = false, podIdFile = false;
  };
  using Condition = std::function<bool(const engine::PodSummary&)>;

  PodTargets(Options& options, const Choices& choices);
  std::vector<std::string> resolve(Invocation& invocation,
                                   const std::vector<std::string>& arguments,
                                   const Condition& condition) const;
  bool ignoresMissing() const { return ignore_; }

 private:
  const Options& options_;
  bool all_ = false, latest_ = false, ignore_ = false;
  std::vector<std::string> podIdFiles_;
};

/// `--latest`, in commands that act on one object.
engine::ContainerSummary latestContainer(engine::Engine& engine);
engine::PodSummary latestPod(engine::Engine& engine);
/// The one argument, or with `latest` the newest container's (pod's) id; the rest of the arguments
/// stays.
std::string takeContainer(Invocation& invocation, const Options& options, bool latest,
                          std::vector<std::string>& arguments);
std::string takePod(Invocation& invocation, const Options& options, bool latest,
                    std::vector<std::string>& arguments);

/// How forEach goes on.
struct Each {
  bool ignoreMissing = false;  ///< what does not exist is no error
  bool print = true;           ///< the text of each one that succeeded
};
/// Does it to each. An error is printed and the others still have their turn. The exit status: 0,
/// or the last error's.
int forEach(const std::vector<std::string>& targets, Each how,
            const std::function<void(const std::string&)>& action,
            const std::function<int(ErrorKind)>& status = exitStatus);

/// The same for pods, by their full ids, which are printed. `ignoreMissing` as in Each.
int forEachPod(Invocation& invocation, const std::vector<std::string>& pods, bool ignoreMissing,
               const std::function<void(engine::Engine&, const std::string& id)>& action,
               const std::function<int(ErrorKind)>& status = exitStatus);

/// What an `exists` command exits with: 0, or 1 where the look-up is Error (not_found).
int existence(const std::function<void()>& lookUp);

/// What `rm` exits with, as Podman's: 1 where one did not exist, 2 where one is in use.
int removalStatus(ErrorKind kind);

/// One line on stdout.
void printLine(std::string_view text);

/// For --signal: Error (invalid) where there is none of that name.
int parseSignal(const std::string& text);

bool isRunning(const engine::ContainerSummary& container);

}  // namespace cli
