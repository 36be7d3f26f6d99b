#include "runtime/process_setup.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/limits.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include <climits>

#include "base/error.h"
#include "kernel/fd.h"
#include "kernel/rlimit.h"
#include "kernel/signal.h"
#include "runtime/seccomp_profile.h"

namespace runtime {

namespace {

constexpr int firstAfterStdio = 3;
constexpr const char* defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

std::optional<std::string_view> variable(const std::vector<std::string>& environment,
                                         std::string_view name) {
  for (const std::string& entry : environment) {
    if (entry.size() > name.size() && entry[name.size()] == '=' && entry.rfind(name, 0) == 0) {
      return std::string_view(entry).substr(name.size() + 1);
    }
  }
  return std::nullopt;
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (const std::string& string : strings) {
    result.push_back(const_cast<char*>(string.c_str()));  // NOLINT: execve does not write
  }
  result.push_back(nullptr);
  return result;
}

constexpr CapabilityMask sysAdmin = CapabilityMask{1} << 21U;

}  // namespace

ProcessSetup::ProcessSetup(const oci::RuntimeSpec& spec, const LaunchOptions& options,
                           const Reporter& reporter)
    : process_(spec.process), spec_(spec), options_(options), reporter_(reporter) {
  if (process_.capabilities) {
    const oci::Capabilities& sets = *process_.capabilities;
    // What the launcher does not have it cannot give.
    const CapabilityMask possible = currentCapabilities().permitted;
    capabilities_ = {capabilityMask(sets.bounding), capabilityMask(sets.effective) & possible,
                     capabilityMask(sets.permitted) & possible,
                     capabilityMask(sets.inheritable) & possible,
                     capabilityMask(sets.ambient) & possible};
  }
}

void ProcessSetup::loadSeccomp() {
  if (!options_.seccompFilter.empty()) {
    filter_ = readSeccompFilter(options_.seccompFilter);
  } else if (spec_.linux_.seccomp) {
    filter_ =
        options_.seccompCache.empty()
            ? compileSeccomp(*spec_.linux_.seccomp)
            : readSeccompFilter(seccompFilterFor(*spec_.linux_.seccomp, options_.seccompCache));
  }
}

void ProcessSetup::setOomScore() const {
  if (!process_.oomScoreAdj) {
    return;
  }
  const UniqueFd file(open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  const std::string text = std::to_string(*process_.oomScoreAdj);
  // A lower value than the present one needs CAP_SYS_RESOURCE; then a container more at risk is
  // better than none.
  if ((!file || write(file.get(), text.data(), text.size()) < 0) && errno != EACCES &&
      errno != EPERM) {
    throw systemError("setting oom_score_adj to ", *process_.oomScoreAdj);
  }
}

void ProcessSetup::useStdio() {
  const std::array<int, 3> sources{options_.stdin_.get(), options_.stdout_.get(),
                                   options_.stderr_.get()};
  // Above 2 first, so that none is replaced before it has been copied.
  std::array<UniqueFd, 3> copies;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    copies[i].reset(fcntl(sources[i], F_DUPFD_CLOEXEC, firstAfterStdio));
  }
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (dup2(copies[i].get(), static_cast<int>(i)) < 0) {
      throw systemError("setting up standard streams");
    }
  }
  setsid();
}

void ProcessSetup::useTerminal(Terminal terminal) {
  if (process_.consoleHeight != 0 && process_.consoleWidth != 0) {
    setWindowSize(terminal.master.get(), {process_.consoleHeight, process_.consoleWidth});
  }
  reporter_.sendTerminal(terminal.master.get());
  setsid();
  if (ioctl(terminal.slave.get(), TIOCSCTTY, 0) != 0) {
    throw systemError("making the terminal the controlling one");
  }
  for (int i = 0; i < 3; ++i) {
    if (dup2(terminal.slave.get(), i) < 0) {
      throw systemError("setting up the terminal");
    }
  }
}

void ProcessSetup::findUser() {
  const RootDir root = RootDir::open("/");
  identity_ = options_.user.empty() ? resolveUser(root, process_.user, options_.groups)
                                    : resolveUser(root, options_.user, options_.groups);
}

void ProcessSetup::setLimits() const {
  for (const oci::Rlimit& limit : process_.rlimits) {
    const auto resource = rlimitByName(limit.type);
    if (!resource) {
      throw Error(ErrorKind::invalid, cat("unknown resource limit ", limit.type));
    }
    setRlimit(*resource, limit.soft, limit.hard);
  }
}

void ProcessSetup::closeOthers() {
  closeAllBut({STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO, reporter_.fd()});
}

void ProcessSetup::enterWorkingDirectory(MissingDirectory missing) const {
  const std::string& path = process_.cwd.empty() ? "/" : process_.cwd;
  if (chdir(path.c_str()) != 0) {
    const Error failure = systemError("entering working directory ", path);
    if (failure.code() == ENOENT && missing == MissingDirectory::refused) {
      throw Error(ErrorKind::no_command, failure.what(), failure.code());
    }
    if (failure.code() != ENOENT) {
      throw failure;
    }
    const UniqueFd made = within(cat("creating working directory ", path),
                                 [&] { return RootDir::open("/").makeDirectory(path); });
    if (fchownat(made.get(), "", identity_.uid, identity_.gid, AT_EMPTY_PATH) != 0 ||
        fchdir(made.get()) != 0) {
      throw systemError("entering working directory ", path);
    }
  }
  // A path through /proc/self/fd to a directory of the host would have no path in here
  // (CVE-2024-21626).
  char inside[PATH_MAX];
  if (getcwd(inside, sizeof inside) == nullptr || inside[0] != '/') {
    throw Error(ErrorKind::invalid, cat("working directory ", path, " is outside the container"));
  }
}

void ProcessSetup::giveStdioToUser() const {
  if (identity_.uid == 0) {
    return;
  }
  for (int i = 0; i < 3; ++i) {
    struct stat status {};
    // So that /dev/stdout can be opened; /dev/null and files of the caller stay whose they are.
    if (fstat(i, &status) == 0 && (S_ISFIFO(status.st_mode) || process_.terminal)) {
      fchown(i, identity_.uid, process_.terminal ? static_cast<gid_t>(-1) : identity_.gid);
    }
  }
}

void ProcessSetup::becomeUser() const {
  if (setgroups(identity_.groups.size(), identity_.groups.data()) != 0 ||
      setresgid(identity_.gid, identity_.gid, identity_.gid) != 0 ||
      setresuid(identity_.uid, identity_.uid, identity_.uid) != 0) {
    throw systemError("becoming user ", identity_.uid, ":", identity_.gid);
  }
}

void ProcessSetup::reduceRights() {
  giveStdioToUser();
  umask(process_.user.umask.value_or(0022));
  limitBoundingSet(capabilities_.bounding);
  if (process_.noNewPrivileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    throw systemError("setting no_new_privs");
  }
  // The permitted set must survive the change of user to be narrowed after it; execve clears this
  // flag.
  if (identity_.uid != 0 && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0) {
    throw systemError("keeping capabilities");
  }
  becomeUser();
}

void ProcessSetup::announceExecution() const {
  resetSignals();
  prctl(PR_SET_PDEATHSIG, 0);
  if (!reporter_.launcherLives()) {
    _exit(1);
  }
  reporter_.sendReady();
}

void ProcessSetup::installFilter() const {
  if (!process_.noNewPrivileges && identity_.uid != 0) {
    const CapabilityMask toInstall = capabilities_.permitted | sysAdmin;
    setCapabilities({toInstall, toInstall, capabilities_.inheritable});
  }
  installSeccomp(*filter_);
}

void ProcessSetup::execute() {
  std::vector<std::string> environment = process_.env;
  if (!variable(environment, "HOME")) {
    environment.push_back(cat("HOME=", identity_.home));
  }
  const std::vector<char*> arguments = pointers(process_.args);
  const std::vector<char*> variables = pointers(environment);
  if (filter_) {
    installFilter();
  }
  // From here on only what every profile has to allow: capset, prctl and execve.
  setCapabilities({capabilities_.effective, capabilities_.permitted, capabilities_.inheritable});
  if (capabilities_.ambient != 0) {
    setAmbientSet(capabilities_.ambient);
  }
  search(process_.args.front(), const_cast<char**>(arguments.data()),
         const_cast<char**>(variables.data()));
}

void ProcessSetup::search(const std::string& name, char** arguments, char** environment) const {
  std::vector<std::string> places{name};
  if (name.find('/') == std::string::npos) {
    places = split(variable(process_.env, "PATH").value_or(defaultPath), ':');
    for (std::string& place : places) {
      place = cat(place.empty() ? "." : place, "/", name);
    }
  }
  std::optional<Error> refused;
  for (const std::string& place : places) {
    execve(place.c_str(), arguments, environment);
    if (errno == ENOENT) {
      if (access(place.c_str(), F_OK) == 0) {
        throw Error(ErrorKind::no_command,
                    cat("executing ", place, ": its interpreter does not exist"), ENOENT);
      }
    } else if (errno != ENOTDIR && !refused) {
      const Error error = systemError("executing ", place);
      refused = Error(ErrorKind::not_executable, error.what(), error.code());
    }
  }
  if (refused) {
    throw Error(*refused);
  }
  const std::string where = places.size() == 1 && places[0] == name ? "" : " in $PATH";
  throw Error(ErrorKind::no_command,
              cat("executable file \"", name, "\" not found", where, ": No such file or directory"),
              ENOENT);
}

}  // namespace runtime
