#include "cli/commands.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "cli/all_commands.h"

namespace cli {
namespace {

constexpr std::array table{
    Command{"attach", "container attach", "Attach to a running container", attachCommand},
    Command{"container exists", "", "Check if a container exists", containerExistsCommand},
    Command{"container inspect", "", "Display the configuration of containers",
            containerInspectCommand},
    Command{"create", "container create", "Create but do not start a container", createCommand},
    Command{"exec", "container exec", "Run a process in a running container", execCommand},
    Command{"image exists", "", "Check if an image exists in local storage", imageExistsCommand},
    Command{"image inspect", "", "Display the configuration of images", imageInspectCommand},
    Command{"images", "image ls,image list", "List images in local storage", imagesCommand},
    Command{"import", "image import", "Import a tarball to create an image", importCommand},
    Command{"info", "system info", "Display information about host and storage", infoCommand},
    Command{"inspect", "", "Display the configuration of containers, pods or images",
            inspectCommand},
    Command{"kill", "container kill", "Kill running containers with a signal", killCommand},
    Command{"load", "image load", "Load images from an archive", loadCommand},
    Command{"logs", "container logs", "Fetch the logs of containers", logsCommand},
    Command{"pause", "container pause", "Pause all the processes in containers", pauseCommand},
    Command{"pod create", "", "Create a new empty pod", podCreateCommand},
    Command{"pod exists", "", "Check if a pod exists", podExistsCommand},
    Command{"pod inspect", "", "Display the configuration of pods", podInspectCommand},
    Command{"pod kill", "", "Send a signal to the containers of pods", podKillCommand},
    Command{"pod logs", "", "Fetch the logs of a pod's containers", podLogsCommand},
    Command{"pod pause", "", "Pause all containers of pods", podPauseCommand},
    Command{"pod ps", "pod ls,pod list", "List pods", podPsCommand},
    Command{"pod restart", "", "Restart pods", podRestartCommand},
    Command{"pod rm", "", "Remove pods", podRmCommand},
    Command{"pod start", "", "Start pods", podStartCommand},
    Command{"pod stop", "", "Stop pods", podStopCommand},
    Command{"pod top", "", "Display the processes of a pod's containers", podTopCommand},
    Command{"pod unpause", "", "Unpause pods", podUnpauseCommand},
    Command{"port", "container port", "List port mappings of containers", portCommand},
    Command{"ps", "container ls,container list,container ps", "List containers", psCommand},
    Command{"restart", "container restart", "Restart containers", restartCommand},
    Command{"rm", "container rm", "Remove containers", rmCommand},
    Command{"rmi", "image rm", "Remove images from local storage", rmiCommand},
    Command{"run", "container run", "Run a command in a new container", runCommand},
    Command{"start", "container start", "Start containers", startCommand},
    Command{"stop", "container stop", "Stop containers", stopCommand},
    Command{"tag", "image tag", "Add a name to a local image", tagCommand},
    Command{"top", "container top", "Display the processes of a container", topCommand},
    Command{"unpause", "container unpause", "Unpause containers", unpauseCommand},
    Command{"untag", "image untag", "Remove names from a local image", untagCommand},
    Command{"version", "", "Display version information", versionCommand},
    Command{"wait", "container wait", "Block until containers stop", waitCommand},
};

struct Group {
  std::string_view word, summary;
};
constexpr std::array groups{Group{"container", "Manage containers"},
                            Group{"image", "Manage images"}, Group{"pod", "Manage pods"},
                            Group{"system", "Manage peapod"}};

/// All spellings of a command, the one in the table first.
std::vector<std::string> spellings(const Command& command) {
  std::vector<std::string> all{std::string(command.words)};
  for (const auto& alias : split(command.aliases, ',')) {
    if (!alias.empty()) {
      all.push_back(alias);
    }
  }
  return all;
}

const Command* findCommand(std::string_view words) {
  for (const auto& command : table) {
    const auto all = spellings(command);
    if (std::find(all.begin(), all.end(), words) != all.end()) {
      return &command;
    }
  }
  return nullptr;
}

bool isGroup(std::string_view word) {
  return std::any_of(groups.begin(), groups.end(),
                     [&](const Group& group) { return group.word == word; });
}

/// The lines of "Available Commands:": those of a group, or those of the program.
std::string listing(const std::string& group) {
  const std::string prefix = group.empty() ? "" : group + " ";
  std::vector<std::pair<std::string, std::string_view>> lines;
  for (const auto& command : table) {
    for (const auto& words : spellings(command)) {
      if (words.starts_with(prefix) && words.find(' ', prefix.size()) == std::string::npos) {
        lines.emplace_back(words.substr(prefix.size()), command.summary);
      }
    }
  }
  if (group.empty()) {
    for (const auto& row : groups) {
      lines.emplace_back(row.word, row.summary);
    }
    lines.emplace_back("help", "Help about any command");
  }
  std::sort(lines.begin(), lines.end());
  std::string out = "\nAvailable Commands:\n";
  for (auto& [words, summary] : lines) {
    words.resize(std::max<std::size_t>(words.size(), 12), ' ');
    out += cat("  ", words, " ", summary, "\n");
  }
  return out;
}

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

int showGroup(const std::string& group) {
  const auto row = std::find_if(groups.begin(), groups.end(),
                                [&](const Group& candidate) { return candidate.word == group; });
  print(cat(row->summary, "\n\nUsage:\n  peapod ", group, " [command]\n", listing(group)));
  return 0;
}

struct GlobalOptions {
  std::string root, runroot, cgroupManager = "cgroupfs", logLevel = "warn";

  void addTo(Options& options) {
    options.text("--root", root, "Directory in which pods, containers and images are kept");
    options.text("--runroot", runroot, "Directory in which the state of running ones is kept");
    options.each(
        "--cgroup-manager", "Cgroup manager: cgroupfs", "string",
        [](const std::string& value) {
          if (value != "cgroupfs") {
            throw Error(value == "systemd" ? ErrorKind::unsupported : ErrorKind::invalid,
                        cat("\"", value, "\" is not supported yet: only cgroupfs is"));
          }
        },
        "\"cgroupfs\"");
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
  }

  void applyTo(keeper::Layout& layout) const {
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
  if (command == nullptr && isGroup(first)) {
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
  Options options("", "[options] [command]");
  options.describe(cat("Manage pods, containers and images\n", listing("")));
  GlobalOptions global;
  global.addTo(options);
  bool version = false;
  options.flag("-v --version", version, "Print the version");
  const auto words = options.parse({argv.begin() + 1, argv.end()}, Options::Order::beforeArguments);
  Invocation invocation;
  invocation.whole = argv;
  global.applyTo(invocation.layout);
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

std::span<const Command> commandTable() {
  return table;
}

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
  options.hideFollowing(false);
  return options;
}

void Invocation::requireRoot() {
  if (geteuid() != 0) {
    throw Error(ErrorKind::denied,
                "peapod must be run as root: rootless pods are not supported yet (try sudo)");
  }
}

engine::Engine& Invocation::engine() {
  if (!engine_) {
    requireRoot();
    engine_ = std::make_unique<engine::Engine>(layout);
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

int runProgram(const std::vector<std::string>& argv) {
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

}  // namespace cli
