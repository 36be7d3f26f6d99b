#include "keeper/starter.h"

#include <fcntl.h>

#include "base/json.h"
#include "base/rollback.h"
#include "keeper/detached.h"
#include "keeper/diary.h"
#include "keeper/keeper_fds.h"
#include "keeper/protocol.h"
#include "keeper/remains.h"
#include "keeper/state.h"
#include "kernel/cgroup/self.h"

namespace keeper {
namespace {

Path logPathOf(const Layout& layout, const std::string& sandbox) {
  return layout.sandbox(sandbox) / "keeper.log";
}

pid_t spawnKeeper(const Layout& layout, const std::string& sandbox, int listener, int lock) {
  const Path logPath = logPathOf(layout, sandbox);
  const UniqueFd log(open(logPath.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!log) {
    throw systemError("opening ", logPath.native());
  }
  const SandboxConfig config = readSandboxConfig(layout, sandbox);
  std::vector<std::string> arguments{"peapod-keeper", layout.root, layout.runroot, sandbox};
  if (!config.scopeUnit.empty()) {
    arguments.front() = "peapod-scope";
    arguments.insert(arguments.begin() + 1,
                     {config.scopeUnit, config.scopeSlice, config.keeperCgroup});
    arguments.insert(arguments.end(), config.sharedLevels.begin(), config.sharedLevels.end());
  }
  DetachedProgram keeper(arguments.front(), arguments);
  keeper.pass(log.get(), STDERR_FILENO);
  keeper.pass(listener, listenerFd);
  keeper.pass(lock, lockFd);
  if (config.scopeUnit.empty() && !config.keeperCgroup.empty()) {
    keeper.startIn(openOutside(config.keeperCgroup));
  }
  keeper.passMount(programFd);
  return keeper.start();
}

void clearRemainsInPlaceOfKeeper(const Layout& layout, const std::string& sandbox) {
  const DiaryFile diary(logPathOf(layout, sandbox));
  clearRemains(layout, sandbox);
}

/// The locks are taken and nobody listens: listens, connects, starts the keeper.
UniqueFd startLocked(const Layout& layout, const std::string& sandbox, const KeeperLock& lock,
                     const std::function<void(pid_t, std::uint64_t)>& started) {
  const Path directory = layout.sandbox(sandbox);
  const UniqueFd listener = listenAsKeeper(directory);
  Rollback undo;
  undo.add([&] { removeKeeperSocket(directory); });
  // Before the keeper runs: it ends when nobody is connected and nothing is to be done.
  UniqueFd socket = connectToKeeper(directory);
  const TimedPhase phase("spawn the keeper");
  const pid_t pid = spawnKeeper(layout, sandbox, listener.get(), lock.fd());
  undo.commit();
  if (started) {
    started(pid, startTimeOf(pid).value_or(0));
  }
  return socket;
}

}  // namespace

UniqueFd connectOrStartKeeper(const Layout& layout, const SandboxConfig& config,
                              const std::function<void(pid_t, std::uint64_t)>& started) {
  const Path directory = layout.sandbox(config.id);
  if (UniqueFd socket = connectToKeeper(directory)) {
    return socket;
  }
  return within(cat("starting the keeper of ", config.name.empty() ? config.id : config.name), [&] {
    KeeperLock lock = KeeperLock::open(directory);
    lock.lock(KeeperLock::Part::starting);
    if (UniqueFd socket = connectToKeeper(directory)) {
      return socket;
    }
    lock.lock(KeeperLock::Part::alive);  // waits for one that is just ending
    if (!canBeTakenOver(layout, config.id)) {
      clearRemainsInPlaceOfKeeper(layout, config.id);
      replaceFile(sandboxConfigPath(layout, config.id), printJson(config), 0600);
    }
    UniqueFd socket = startLocked(layout, config.id, lock, started);
    lock.unlock(KeeperLock::Part::starting);
    return socket;
  });
}

UniqueFd takeOver(const Layout& layout, const std::string& sandbox) {
  // A keeper that ends in order takes this file away, last of all.
  if (access(sandboxConfigPath(layout, sandbox).c_str(), F_OK) != 0) {
    return {};
  }
  const Path directory = layout.sandbox(sandbox);
  KeeperLock lock = KeeperLock::open(directory);
  lock.lock(KeeperLock::Part::starting);
  if (UniqueFd socket = connectToKeeper(directory)) {
    return socket;
  }
  lock.lock(KeeperLock::Part::alive);
  if (!canBeTakenOver(layout, sandbox)) {
    clearRemainsInPlaceOfKeeper(layout, sandbox);
    return {};
  }
  UniqueFd socket = startLocked(layout, sandbox, lock, {});
  lock.unlock(KeeperLock::Part::starting);
  return socket;
}

}  // namespace keeper
