#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/options.h"
#include "engine/engine.h"

namespace cli {

/// One use of the program: which command, with what.
class Invocation {
 public:
  std::string command;  ///< its words as typed: "pod create"
  std::string_view summary;
  std::vector<std::string> line;   ///< what follows them
  std::vector<std::string> whole;  ///< all of argv
  keeper::Layout layout;
  std::string cgroupManager;  ///< empty: none was asked for

  /// Options of this command with those that every command has; `usage` is what follows its words.
  Options options(std::string usage);

  /// Error (denied) without root's rights.
  static void requireRoot();

  /// Made on first use: needs root and the directories, which `--help` does not.
  engine::Engine& engine(engine::Purpose purpose = engine::Purpose::any);
  /// Nothing more is asked of it: a command that goes on for long need not keep the registry open.
  void closeEngine() { engine_.reset(); }

 private:
  std::unique_ptr<engine::Engine> engine_;
};

struct Command {
  std::string_view words;    ///< "pod create"
  std::string_view aliases;  ///< "pod ls, pod list"
  std::string_view summary;
  int (*run)(Invocation&);  ///< the exit status
};

std::span<const Command> commandTable();
/// By any of its spellings; null where there is none.
const Command* findCommand(std::string_view words);
/// Of "pod", "container", ...; empty where it is no group of commands.
std::string_view groupSummary(std::string_view word);
/// The lines of "Available Commands:": those of a group, or (empty) those of the program.
std::string listing(const std::string& group);

/// The whole program: finds the command, runs it, prints the Error line, and gives the exit status.
int runProgram(const std::vector<std::string>& argv);

/// What the program exits with for an Error: 125, or as Podman and Docker have it 126 for a command
/// that cannot be executed and 127 for one that is not there.
int exitStatus(ErrorKind kind);

/// "Error: ..." on stderr, on one line.
void printError(std::string_view message);

}  // namespace cli
