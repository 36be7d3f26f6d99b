#include "cli/commands.h"

#include <algorithm>
#include <array>

#include "cli/all_commands.h"

namespace cli {
namespace {

constexpr std::array table{
    Command{"attach", "container attach", "Attach to a running container", attachCommand},
    Command{"container exists", "", "Check if a container exists", containerExistsCommand},
    Command{"container inspect", "", "Display the configuration of containers",
            containerInspectCommand},
    Command{"create", "container create", "Create but do not start a container", createCommand},
    Command{"events", "system events", "Show what happens to containers and pods", eventsCommand},
    Command{"exec", "container exec", "Run a process in a running container", execCommand},
    Command{"image exists", "", "Check if an image exists in local storage", imageExistsCommand},
    Command{"image inspect", "", "Display the configuration of images", imageInspectCommand},
    Command{"images", "image ls,image list", "List images in local storage", imagesCommand},
    Command{"import", "image import", "Import a tarball to create an image", importCommand},
    Command{"info", "system info", "Display information about host and storage", infoCommand},
    Command{"inspect", "", "Display the configuration of containers, pods or images",
            inspectCommand},
    Command{"kill", "container kill", "Kill running containers with a signal", killCommand},
    Command{"kube down", "", "Stop and remove the pods of a Kubernetes manifest", kubeDownCommand},
    Command{"kube play", "play kube", "Make and start the pods of a Kubernetes manifest",
            kubePlayCommand},
    Command{"load", "image load", "Load images from an archive", loadCommand},
    Command{"logs", "container logs", "Fetch the logs of containers", logsCommand},
    Command{"network reload", "", "Make published ports and firewall rules anew",
            networkReloadCommand},
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
    Command{"pod stats", "", "Display what pods and their containers use", podStatsCommand},
    Command{"pod stop", "", "Stop pods", podStopCommand},
    Command{"pod top", "", "Display the processes of a pod's containers", podTopCommand},
    Command{"pod unpause", "", "Unpause pods", podUnpauseCommand},
    Command{"pod update", "", "Change the budget of a pod", podUpdateCommand},
    Command{"port", "container port", "List port mappings of containers", portCommand},
    Command{"ps", "container ls,container list,container ps", "List containers", psCommand},
    Command{"restart", "container restart", "Restart containers", restartCommand},
    Command{"rm", "container rm", "Remove containers", rmCommand},
    Command{"rmi", "image rm", "Remove images from local storage", rmiCommand},
    Command{"run", "container run", "Run a command in a new container", runCommand},
    Command{"start", "container start", "Start containers", startCommand},
    Command{"stats", "container stats", "Display what containers use", statsCommand},
    Command{"stop", "container stop", "Stop containers", stopCommand},
    Command{"tag", "image tag", "Add a name to a local image", tagCommand},
    Command{"top", "container top", "Display the processes of a container", topCommand},
    Command{"unpause", "container unpause", "Unpause containers", unpauseCommand},
    Command{"untag", "image untag", "Remove names from a local image", untagCommand},
    Command{"update", "container update", "Change the limits of a container", updateCommand},
    Command{"version", "", "Display version information", versionCommand},
    Command{"wait", "container wait", "Block until containers stop", waitCommand},
};

struct Group {
  std::string_view word, summary;
};
constexpr std::array groups{Group{"container", "Manage containers"},
                            Group{"image", "Manage images"},
                            Group{"kube", "Play Kubernetes manifests"},
                            Group{"network", "Manage networks"},
                            Group{"play", "Play Kubernetes manifests"},
                            Group{"pod", "Manage pods"},
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

}  // namespace

std::span<const Command> commandTable() {
  return table;
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

std::string_view groupSummary(std::string_view word) {
  const auto row = std::find_if(groups.begin(), groups.end(),
                                [&](const Group& group) { return group.word == word; });
  return row == groups.end() ? "" : row->summary;
}

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

}  // namespace cli
