#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/timed_phase.h"
#include "cli/all_commands.h"
#include "cli/commands.h"
#include "cli/phase_table.h"

namespace cli {
namespace {

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

int showGroup(const std::string& group) {
  print(cat(groupSummary(group), "\n\nUsage:\n  peapod ", group, " [command]\n", listing(group)));
  return 0;
}

void setManager(std::string& manager, const std::string& value) {
  if (value != "cgroupfs" && value != "systemd") {
    throw Error(ErrorKind::invalid,
                cat("\"", value, "\" is no cgroup manager: it must be cgroupfs or systemd"));
  }
  manager = value;
}

struct GlobalOptions {
  std::string root, runroot, cgroupManager, logLevel = "warn";
  bool traceTime = false;

  void addTo(Options& options) {
    options.text("--root", root, "Directory in which pods, containers and images are kept");
    options.text("--runroot", runroot, "Directory in which the state of running ones is kept");
    options.each("--cgroup-manager",
                 "Cgroup manager: cgroupfs, or systemd where that is init (its default)", "string",
                 [this](const std::string& value) { setManager(cgroupManager, value); });
    options.each(
        "--log-level", "Log messages above this level", "string",
        [](const std::string& value) {
          constexpr std::array levels{"trace",   "debug", "info",  "warn",
                                      "warning", "error", "fatal", "panic"};
          if (std::find(levels.begin(), levels.end(), lower(value)) == levels.end()) {
            throw Error(ErrorKind::invalid, cat("unknown level \"", value, "\": it must be one of ",
                                                join({levels.begin(), levels.end()}, ", ")));
          }
        },
        "\"warn\"");
    options.flag("--trace-time", traceTime,
                 "Show on stderr how long each phase of the command takes");
  }

  void applyTo(Invocation& invocation) const {
    keeper::Layout& layout = invocation.layout;
    invocation.cgroupManager = cgroupManager;
    if (!root.empty()) {
      layout.root = std::filesystem::absolute(root).lexically_normal();
    }
    if (!runroot.empty()) {
      layout.runroot = std::filesystem::absolute(runroot).lexically_normal();
    }
  }
};

Error unknownCommand(const std::string& words, const std::string& group) {
  return {ErrorKind::invalid, cat("unrecognized command `peapod ", words, "` (see 'peapod ", group,
                                  group.empty() ? "" : " ", "--help')")};
}

/// Takes the words of the command off the front of `words` and runs it.
int dispatch(Invocation& invocation, std::vector<std::string> words) {
  if (words.front() == "help") {
    words.erase(words.begin());
    words.emplace_back("--help");
  }
  const std::string first = words.front();
  std::size_t used = 1;
  const Command* command = findCommand(first);
  if (command == nullptr && !groupSummary(first).empty()) {
    if (words.size() == 1) {
      throw Error(ErrorKind::invalid, cat("missing command `peapod ", first,
                                          " COMMAND` (see 'peapod ", first, " --help')"));
    }
    if (words[1] == "--help" || words[1] == "-h") {
      return showGroup(first);
    }
    command = findCommand(cat(first, " ", words[1]));
    used = 2;
    if (command == nullptr) {
      throw unknownCommand(cat(first, " ", words[1]), first);
    }
  }
  if (command == nullptr) {
    throw unknownCommand(first, "");
  }
  invocation.command = used == 2 ? cat(first, " ", words[1]) : first;
  invocation.summary = command->summary;
  invocation.line.assign(words.begin() + static_cast<std::ptrdiff_t>(used), words.end());
  return command->run(invocation);
}

int runCommandLine(const std::vector<std::string>& argv) {
  const std::int64_t begun = TimedPhase::clock();
  Options options("", "[options] [command]");
  options.describe(cat("Manage pods, containers and images\n", listing("")));
  GlobalOptions global;
  global.addTo(options);
  bool version = false;
  options.flag("-v --version", version, "Print the version");
  const auto words = options.parse({argv.begin() + 1, argv.end()}, Options::Order::beforeArguments);
  Invocation invocation;
  invocation.whole = argv;
  if (global.traceTime) {
    TimedPhase::trace("command");
    TimedPhase::add({"command", "options", begun, TimedPhase::clock()});
  }
  global.applyTo(invocation);
  if (version) {
    print(cat("peapod version ", versionText(), "\n"));
    return 0;
  }
  if (words.empty()) {
    throw Error(ErrorKind::invalid, "missing command `peapod COMMAND` (see 'peapod --help')");
  }
  if (words.front() == "help" && words.size() == 1) {
    print(options.help());
    return 0;
  }
  return dispatch(invocation, words);
}

}  // namespace

Options Invocation::options(std::string usage) {
  Options options(command, std::move(usage));
  options.describe(std::string(summary));
  options.hideFollowing(true);
  const auto directory = [](Path& target) {
    return [&target](const std::string& value) {
      target = std::filesystem::absolute(value).lexically_normal();
    };
  };
  options.each("--root", "", "string", directory(layout.root));
  options.each("--runroot", "", "string", directory(layout.runroot));
  options.each("--cgroup-manager", "", "string",
               [this](const std::string& value) { setManager(cgroupManager, value); });
  options.hideFollowing(false);
  return options;
}

void Invocation::requireRoot() {
  if (geteuid() != 0) {
    throw Error(ErrorKind::denied,
                "peapod must be run as root: rootless pods are not supported yet (try sudo)");
  }
}

engine::Engine& Invocation::engine(engine::Purpose purpose) {
  if (!engine_) {
    requireRoot();
    engine_ = std::make_unique<engine::Engine>(layout, cgroupManager, purpose);
  }
  return *engine_;
}

int exitStatus(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::not_executable:
      return 126;
    case ErrorKind::no_command:
      return 127;
    case ErrorKind::invalid:
    case ErrorKind::not_found:
    case ErrorKind::exists:
    case ErrorKind::in_use:
    case ErrorKind::unsupported:
    case ErrorKind::denied:
    case ErrorKind::system:
    case ErrorKind::internal:
      break;
  }
  return 125;
}

void printError(std::string_view message) {
  std::string line = cat("Error: ", message);
  std::replace(line.begin(), line.end(), '\n', ' ');
  line += '\n';
  std::fflush(stdout);
  std::fwrite(line.data(), 1, line.size(), stderr);
}

/// The exit status, with all errors told.
static int runTelling(const std::vector<std::string>& argv) {
  try {
    const int status = runCommandLine(argv);
    if (std::fflush(stdout) != 0) {
      throw systemError("writing to stdout");
    }
    return status;
  } catch (const Finished& finished) {
    std::fflush(stdout);
    return finished.status;
  } catch (const Error& error) {
    printError(error.what());
    return exitStatus(error.kind());
  } catch (const std::exception& error) {
    printError(error.what());
    return exitStatus(ErrorKind::internal);
  }
}

int runProgram(const std::vector<std::string>& argv) {
  const int status = runTelling(argv);
  if (TimedPhase::tracing()) {
    std::fflush(stdout);
    const std::string text = phaseTable(TimedPhase::take());
    std::fwrite(text.data(), 1, text.size(), stderr);
  }
  return status;
}

}  // namespace cli
