#include "keeper/state.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>

#include "base/id.h"
#include "base/json.h"
#include "base/text.h"
#include "keeper/live_states.h"

namespace keeper {
namespace {

constexpr const char* lockName = "keeper.lock";

struct flock lockOf(short type, KeeperLock::Part part) {
  struct flock range {};
  range.l_type = type;
  range.l_whence = SEEK_SET;
  range.l_start = static_cast<unsigned char>(part);
  range.l_len = 1;
  return range;
}

/// Of /proc/PID/stat (proc(5)).
struct ProcessStat {
  std::uint64_t startTime = 0;
  bool ended = false;  ///< a zombie
  int exitStatus = 0;  ///< as wait(2) gives it; 0 where this process may not trace that one
};

std::optional<ProcessStat> statOf(pid_t pid) {
  const UniqueFd fd(::open(cat("/proc/", pid, "/stat").c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 1024> text{};
  const ssize_t size = fd ? read(fd.get(), text.data(), text.size()) : -1;
  if (size <= 0) {
    return std::nullopt;
  }
  const std::string_view line(text.data(), static_cast<std::size_t>(size));
  // The second field, the name in parentheses, may hold anything.
  const std::size_t name = line.rfind(')');
  if (name == std::string_view::npos || name + 2 >= line.size()) {
    return std::nullopt;
  }
  const auto fields = split(trim(line.substr(name + 2)), ' ');
  constexpr std::size_t first = 3;  // the number of the first field after the name
  constexpr std::size_t startTime = 22 - first;
  constexpr std::size_t exitStatus = 52 - first;
  if (fields.size() <= exitStatus) {
    return std::nullopt;
  }
  return ProcessStat{parseNumber<std::uint64_t>(fields[startTime]).value_or(0),
                     fields[0] == "Z" || fields[0] == "X",
                     parseNumber<int>(fields[exitStatus]).value_or(0)};
}

bool lives(pid_t pid, std::uint64_t startTime) {
  return pid > 0 && startTimeOf(pid) == startTime;
}

/// What remains of a state whose keeper died: what still runs does, all else has ended unseen.
ContainerState withoutKeeper(ContainerState state) {
  if (!lives(state.pid, state.startTime)) {
    state.status = "exited";
    state.pid = 0;
    state.exitCode = -1;
    state.error = "its keeper died, so its exit code is not known";
  }
  return state;
}

std::optional<StateFile> readFileOf(const Path& path) {
  const auto text = readFileIfExists(path);
  return text ? std::optional(parseState(*text, path.native())) : std::nullopt;
}

/// The live state, or where it has ended what is kept of it.
std::optional<StateFile> readEitherFile(const Layout& layout, const std::string& container) {
  auto file = readFileOf(layout.state(container));
  return file ? file : readFileOf(exitPath(layout, container));
}

/// Whether what it says is only true while its keeper lives.
bool needsKeeper(const StateFile& file) {
  const std::string& status = file.state.status;
  return !file.sandbox.empty() && status != "created" && status != "exited";
}

}  // namespace

std::optional<std::uint64_t> startTimeOf(pid_t pid) {
  const auto process = statOf(pid);
  return process && !process->ended ? std::optional(process->startTime) : std::nullopt;
}

std::optional<ExitStatus> exitOfZombie(pid_t pid, std::uint64_t startTime) {
  const auto process = statOf(pid);
  if (!process || !process->ended || process->startTime != startTime) {
    return std::nullopt;
  }
  const int status = process->exitStatus;
  if (WIFSIGNALED(status)) {
    return ExitStatus{128 + WTERMSIG(status), WTERMSIG(status)};
  }
  return ExitStatus{WEXITSTATUS(status), 0};
}

KeeperLock KeeperLock::open(const Path& directory) {
  const Path path = directory / lockName;
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd && errno == ENOENT) {
    makeDirectories(directory, 0700);
    fd.reset(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  }
  if (!fd) {
    throw systemError("opening ", path.native());
  }
  return KeeperLock(std::move(fd));
}

void KeeperLock::lock(Part part) {
  struct flock range = lockOf(F_WRLCK, part);
  while (fcntl(fd_.get(), F_OFD_SETLKW, &range) != 0) {
    if (errno != EINTR) {
      throw systemError("locking ", lockName);
    }
  }
}

void KeeperLock::unlock(Part part) {
  struct flock range = lockOf(F_UNLCK, part);
  fcntl(fd_.get(), F_OFD_SETLK, &range);
}

bool keeperRuns(int sandboxes, const std::string& sandbox) {
  const UniqueFd fd(openat(sandboxes, cat(sandbox, '/', lockName).c_str(), O_RDONLY | O_CLOEXEC));
  struct flock range = lockOf(F_WRLCK, KeeperLock::Part::alive);
  return fd && fcntl(fd.get(), F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK;
}

bool keeperRuns(const Layout& layout, const std::string& sandbox) {
  LiveStates* const list = LiveStates::current();
  if (list != nullptr && list->runningKeepers().contains(sandbox)) {
    return true;
  }
  const bool runs = keeperRuns(AT_FDCWD, layout.sandbox(sandbox));
  if (runs && list != nullptr) {
    list->runningKeepers().insert(sandbox);
  }
  return runs;
}

Path sandboxStatePath(const Layout& layout, const std::string& sandbox) {
  return layout.state(sandbox + ".sandbox");
}

SandboxConfig readSandboxConfig(const Layout& layout, const std::string& sandbox) {
  const Path path = sandboxConfigPath(layout, sandbox);
  auto config = parseJson(readFile(path), path.native()).get<SandboxConfig>();
  if (config.id != sandbox) {
    throw Error(ErrorKind::invalid, cat(path.native(), " is not that of ", sandbox));
  }
  return config;
}

Path sandboxConfigPath(const Layout& layout, const std::string& sandbox) {
  return layout.sandbox(sandbox) / "sandbox.json";
}

Path containerConfigPath(const Layout& layout, const std::string& sandbox,
                         const std::string& container) {
  return layout.sandbox(sandbox) / (container + ".container");
}

void writeContainerConfig(const Layout& layout, const std::string& sandbox,
                          const ContainerConfig& config, unsigned row) {
  Json json = config;
  json["row"] = row;
  const Path file = containerConfigPath(layout, sandbox, config.id);
  replaceFile(file, printJson(json), 0600);
  // Who does not find the link asks the registry.
  const Path link = layout.name(config.name);
  if (symlink(file.c_str(), link.c_str()) != 0) {
    makeDirectories(link.parent_path(), 0700);
    unlink(link.c_str());
    static_cast<void>(symlink(file.c_str(), link.c_str()));
  }
}

void removeContainerConfig(const Layout& layout, const std::string& sandbox,
                           const ContainerConfig& config) {
  unlink(layout.name(config.name).c_str());
  unlink(containerConfigPath(layout, sandbox, config.id).c_str());
}

std::optional<ContainerConfig> readContainerConfig(const Path& file) {
  const auto text = readFileIfExists(file);
  if (!text) {
    return std::nullopt;
  }
  ContainerConfig config;
  from_json(JsonText(*text, file.native()).root(), config);
  return config;
}

std::optional<ContainerConfig> findContainerConfig(const Layout& layout,
                                                   const std::string& reference) {
  if (isFullId(reference)) {
    const auto state = readFileOf(layout.state(reference));
    return state ? readContainerConfig(containerConfigPath(layout, state->sandbox, reference))
                 : std::nullopt;
  }
  const bool isName = isValidName(reference) && reference.size() <= NAME_MAX;
  return isName ? readContainerConfig(layout.name(reference)) : std::nullopt;
}

Path exitPath(const Layout& layout, const std::string& container) {
  return layout.container(container) / "exit.json";
}

void writeState(const Layout& layout, const std::string& sandbox, const std::string& container,
                const ContainerState& state) {
  Json json = state;
  json["sandbox"] = sandbox;
  replaceFile(layout.state(container), printJson(json), 0600);
}

void writeExit(const Layout& layout, const std::string& container, const ContainerState& state) {
  replaceFile(exitPath(layout, container), printJson(state), 0600);
  unlink(layout.state(container).c_str());
}

void keepExit(const Layout& layout, const std::string& container) {
  const auto file = readFileOf(layout.state(container));
  const bool isThere = ::access(layout.container(container).c_str(), F_OK) == 0;
  if (file && file->state.status == "exited" && isThere) {
    replaceFile(exitPath(layout, container), printJson(file->state), 0600);
  }
}

void writeSandboxState(const Layout& layout, const std::string& sandbox,
                       const SandboxRecord& record) {
  Json json = record.state;
  json["pauseStartTime"] = record.pauseStartTime;
  const Path path = sandboxStatePath(layout, sandbox);
  makeDirectories(path.parent_path(), 0700);
  replaceFile(path, printJson(json), 0600);
}

StateFile parseState(std::string_view text, const std::string& what) {
  const JsonText json(text, what);
  StateFile file;
  from_json(json.root(), file.state);
  if (const auto sandbox = json.root().find("sandbox")) {
    sandbox->get_to(file.sandbox);
  }
  return file;
}

SandboxRecord parseSandboxRecord(std::string_view text, const std::string& what) {
  const JsonText json(text, what);
  SandboxRecord record;
  from_json(json.root(), record.state);
  if (const auto startTime = json.root().find("pauseStartTime")) {
    record.pauseStartTime = startTime->wholeNumber<std::uint64_t>().value_or(0);
  }
  return record;
}

std::optional<SandboxRecord> readSandboxRecord(const Layout& layout, const std::string& sandbox) {
  const Path path = sandboxStatePath(layout, sandbox);
  const auto text = readFileIfExists(path);
  if (!text) {
    return std::nullopt;
  }
  return parseSandboxRecord(*text, path.native());
}

std::optional<SandboxState> readSandboxState(const Layout& layout, const std::string& sandbox) {
  LiveStates* const list = LiveStates::current();
  const SandboxRecord* const known = list == nullptr ? nullptr : list->sandbox(sandbox);
  if (known != nullptr && keeperRuns(layout, sandbox)) {
    return known->state;
  }
  auto record = readSandboxRecord(layout, sandbox);
  if (!record ||
      (!keeperRuns(layout, sandbox) && !lives(record->state.pause, record->pauseStartTime))) {
    return std::nullopt;
  }
  return std::move(record->state);
}

std::optional<ContainerState> readStateFile(const Layout& layout, const std::string& container) {
  auto file = readEitherFile(layout, container);
  return file ? std::optional(std::move(file->state)) : std::nullopt;
}

std::optional<ContainerState> readState(const Layout& layout, const std::string& container) {
  LiveStates* const list = LiveStates::current();
  const StateFile* const known = list == nullptr ? nullptr : list->state(container);
  if (known != nullptr && (!needsKeeper(*known) || keeperRuns(layout, known->sandbox))) {
    return known->state;
  }
  auto file = readEitherFile(layout, container);
  if (!file) {
    return std::nullopt;
  }
  if (needsKeeper(*file) && !keeperRuns(layout, file->sandbox)) {
    return withoutKeeper(std::move(file->state));
  }
  return std::move(file->state);
}

}  // namespace keeper
