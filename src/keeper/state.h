#pragma once

#include "keeper/client.h"
#include "kernel/process.h"

/// The files of the live state, and the lock that tells whether who wrote them still lives.
namespace keeper {

/// A process's start in clock ticks since boot, which tells it from a later one with its pid.
/// Nothing where there is no such process, or only its zombie.
std::optional<std::uint64_t> startTimeOf(pid_t pid);

/// How a process ended that nobody has waited for yet (a zombie), whoever's child it is.
std::optional<ExitStatus> exitOfZombie(pid_t pid, std::uint64_t startTime);

/// keeper.lock in a sandbox's directory. Its locks belong to the open file description (fcntl(2),
/// F_OFD_SETLK), so they are handed on with the descriptor and end with the last process that has
/// it.
class KeeperLock {
 public:
  enum class Part : unsigned char {
    alive = 0,    ///< held by a keeper for as long as it lives
    starting = 1  ///< held by who is about to start one
  };

  /// Makes the directory and the file where they are missing.
  static KeeperLock open(const Path& directory);
  explicit KeeperLock(UniqueFd fd) : fd_(std::move(fd)) {}

  int fd() const { return fd_.get(); }
  void lock(Part part);  ///< waits for it
  void unlock(Part part);

 private:
  UniqueFd fd_;
};

/// The state of a sandbox as its keeper writes it: with what another one needs to take over.
struct SandboxRecord {
  SandboxState state;
  std::uint64_t pauseStartTime = 0;
};

Path sandboxStatePath(const Layout& layout, const std::string& sandbox);
Path sandboxConfigPath(const Layout& layout, const std::string& sandbox);
/// What is there. Error (invalid) where it is that of another sandbox.
SandboxConfig readSandboxConfig(const Layout& layout, const std::string& sandbox);
/// Where a container's configuration is while its keeper runs it.
Path containerConfigPath(const Layout& layout, const std::string& sandbox,
                         const std::string& container);
/// `row` is the container's in the pause process (Holder), for the next keeper.
void writeContainerConfig(const Layout& layout, const std::string& sandbox,
                          const ContainerConfig& config, unsigned row);
void removeContainerConfig(const Layout& layout, const std::string& sandbox,
                           const ContainerConfig& config);
/// Nothing where there is no such file.
std::optional<ContainerConfig> readContainerConfig(const Path& file);
/// Of a container that its keeper runs, by full id or name; nothing where none is found this way,
/// which the registry may know nevertheless.
std::optional<ContainerConfig> findContainerConfig(const Layout& layout,
                                                   const std::string& reference);
Path exitPath(const Layout& layout, const std::string& container);

void writeState(const Layout& layout, const std::string& sandbox, const std::string& container,
                const ContainerState& state);
/// The container has ended for good: exit.json in its directory, and the live state's file is gone.
void writeExit(const Layout& layout, const std::string& container, const ContainerState& state);
/// Beside the live state, where that says so and the container has not been removed.
void keepExit(const Layout& layout, const std::string& container);
void writeSandboxState(const Layout& layout, const std::string& sandbox,
                       const SandboxRecord& record);
/// Whoever wrote it.
std::optional<SandboxRecord> readSandboxRecord(const Layout& layout, const std::string& sandbox);
/// A container's file.
struct StateFile {
  ContainerState state;
  std::string sandbox;  ///< not in exit.json: nobody is asked any more
};
/// Error (invalid) naming `what`.
StateFile parseState(std::string_view text, const std::string& what);
SandboxRecord parseSandboxRecord(std::string_view text, const std::string& what);
/// keeperRuns() in an open directory of sandboxes.
bool keeperRuns(int sandboxes, const std::string& sandbox);
/// The files as they are, not checked against the lock.
std::optional<ContainerState> readStateFile(const Layout& layout, const std::string& container);

}  // namespace keeper
