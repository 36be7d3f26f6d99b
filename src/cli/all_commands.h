#pragma once

#include <string>

/// The function of each command, for the table; each has a file of its own.
namespace cli {

class Invocation;

int attachCommand(Invocation& invocation);
int containerExistsCommand(Invocation& invocation);
int containerInspectCommand(Invocation& invocation);
int createCommand(Invocation& invocation);
int eventsCommand(Invocation& invocation);
int execCommand(Invocation& invocation);
int imageExistsCommand(Invocation& invocation);
int imageInspectCommand(Invocation& invocation);
int imagesCommand(Invocation& invocation);
int importCommand(Invocation& invocation);
int infoCommand(Invocation& invocation);
int inspectCommand(Invocation& invocation);
int killCommand(Invocation& invocation);
int kubeDownCommand(Invocation& invocation);
int kubePlayCommand(Invocation& invocation);
int loadCommand(Invocation& invocation);
int logsCommand(Invocation& invocation);
int networkReloadCommand(Invocation& invocation);
int pauseCommand(Invocation& invocation);
int podCreateCommand(Invocation& invocation);
int podExistsCommand(Invocation& invocation);
int podInspectCommand(Invocation& invocation);
int podKillCommand(Invocation& invocation);
int podLogsCommand(Invocation& invocation);
int podPauseCommand(Invocation& invocation);
int podPsCommand(Invocation& invocation);
int podRestartCommand(Invocation& invocation);
int podRmCommand(Invocation& invocation);
int podStartCommand(Invocation& invocation);
int podStatsCommand(Invocation& invocation);
int podStopCommand(Invocation& invocation);
int podTopCommand(Invocation& invocation);
int podUnpauseCommand(Invocation& invocation);
int podUpdateCommand(Invocation& invocation);
int portCommand(Invocation& invocation);
int psCommand(Invocation& invocation);
int restartCommand(Invocation& invocation);
int rmCommand(Invocation& invocation);
int rmiCommand(Invocation& invocation);
int runCommand(Invocation& invocation);
int startCommand(Invocation& invocation);
int statsCommand(Invocation& invocation);
int stopCommand(Invocation& invocation);
int tagCommand(Invocation& invocation);
int topCommand(Invocation& invocation);
int unpauseCommand(Invocation& invocation);
int untagCommand(Invocation& invocation);
int updateCommand(Invocation& invocation);
int versionCommand(Invocation& invocation);
int waitCommand(Invocation& invocation);

/// "0.1.0"
std::string versionText();

}  // namespace cli
