#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "base/error.h"
#include "base/file.h"
#include "kernel/process.h"
#include "runtime/launch.h"

/// What tests of this folder share: a root file system of busybox alone, and specifications that
/// run in it.
namespace runtime::test {

/// A directory of its own, removed afterwards.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    char name[] = "/tmp/peapod-runtime-XXXXXX";
    path_ = mkdtemp(name);
  }
  ~TemporaryDirectory() { removeTree(path_); }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const Path& path() const { return path_; }

 private:
  Path path_;
};

/// bin/ with busybox under all its names, etc/passwd and etc/group.
inline void makeBusyboxRoot(const Path& root) {
  for (const char* name : {"bin", "etc", "tmp", "proc", "sys", "dev", "root"}) {
    std::filesystem::create_directories(root / name);
  }
  std::filesystem::copy_file("/bin/busybox", root / "bin/busybox");
  for (const char* name :
       {"sh",       "cat",   "echo",     "id",     "ls",   "mount",  "umount", "sleep",
        "readlink", "stat",  "hostname", "ps",     "true", "false",  "tty",    "stty",
        "grep",     "touch", "unshare",  "env",    "pwd",  "kill",   "test",   "head",
        "mkdir",    "mknod", "nproc",    "sysctl", "find", "chroot", "wc"}) {
    std::filesystem::create_symlink("busybox", root / "bin" / name);
  }
  replaceFile(root / "etc/passwd",
              "root:x:0:0:root:/root:/bin/sh\nweb:x:1000:1000::/home/web:/bin/sh\n");
  replaceFile(root / "etc/group", "root:x:0:\nwheel:x:10:root,web\nweb:x:1000:\nextra:x:2000:\n");
}

/// What Podman gives a container by default, as the engine writes it.
inline oci::RuntimeSpec usualSpec(const Path& root, std::vector<std::string> command) {
  oci::RuntimeSpec spec;
  spec.root.path = root.native();
  spec.process.args = std::move(command);
  spec.process.env = {"PATH=/bin"};
  spec.process.capabilities.emplace();
  auto& capabilities = *spec.process.capabilities;
  capabilities.bounding = {"CAP_CHOWN",   "CAP_DAC_OVERRIDE",     "CAP_FOWNER",
                           "CAP_KILL",    "CAP_SETGID",           "CAP_SETUID",
                           "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT"};
  capabilities.permitted = capabilities.effective = capabilities.bounding;
  spec.hostname = "inside";
  spec.mounts = {
      {"/proc", "proc", "proc", {"nosuid", "noexec", "nodev"}},
      {"/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}},
      {"/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"}},
      {"/dev/pts",
       "devpts",
       "devpts",
       {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}},
      {"/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"}},
      {"/dev/shm", "tmpfs", "shm", {"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"}},
  };
  for (const char* type : {"pid", "network", "ipc", "uts", "mount", "cgroup"}) {
    spec.linux_.namespaces.push_back({type, ""});
  }
  spec.linux_.maskedPaths = {"/proc/uptime", "/proc/keys", "/sys/firmware", "/proc/not/there"};
  spec.linux_.readonlyPaths = {"/proc/sys", "/proc/bus"};
  return spec;
}

struct Outcome {
  int code = 0;
  std::string out;
};

inline UniqueFd makePipe(UniqueFd& writeEnd) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    throw systemError("pipe");
  }
  writeEnd.reset(ends[1]);
  return UniqueFd(ends[0]);
}

inline std::string readAll(int fd) {
  std::string text;
  char buffer[4096];
  for (ssize_t length = 0; (length = read(fd, buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(length));
  }
  return text;
}

/// The first line, without waiting for the end.
inline std::string readLine(int fd) {
  std::string line;
  for (char c = 0; read(fd, &c, 1) == 1 && c != '\n';) {
    line += c;
  }
  return line;
}

/// Runs to the end; stdout and stderr together.
inline Outcome run(const oci::RuntimeSpec& spec, LaunchOptions options = {}) {
  UniqueFd writeEnd;
  const UniqueFd out = makePipe(writeEnd);
  options.stderr_.reset(fcntl(writeEnd.get(), F_DUPFD_CLOEXEC, 3));
  options.stdout_ = std::move(writeEnd);
  const Started started = Launch::container(spec, std::move(options)).wait();
  Outcome outcome;
  outcome.out = readAll(out.get());
  outcome.code = waitForExit(started.pidfd.get()).code;
  return outcome;
}

inline Outcome exec(pid_t container, const oci::RuntimeSpec& spec, LaunchOptions options = {}) {
  UniqueFd writeEnd;
  const UniqueFd out = makePipe(writeEnd);
  options.stderr_.reset(fcntl(writeEnd.get(), F_DUPFD_CLOEXEC, 3));
  options.stdout_ = std::move(writeEnd);
  const Started started = Launch::exec(container, spec, std::move(options)).wait();
  Outcome outcome;
  outcome.out = readAll(out.get());
  outcome.code = waitForExit(started.pidfd.get()).code;
  return outcome;
}

/// A container that stands until this goes.
class Running {
 public:
  explicit Running(const oci::RuntimeSpec& spec, LaunchOptions options = {})
      : started_(Launch::container(spec, std::move(options)).wait()) {}
  ~Running() {
    kill(started_.pid, SIGKILL);
    waitForExit(started_.pidfd.get());
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  pid_t pid() const { return started_.pid; }
  Started& started() { return started_; }

 private:
  Started started_;
};

/// Base of the tests: skipped where no namespaces can be made.
class ContainerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) {
      GTEST_SKIP() << "needs root to make namespaces";
    }
    if (access("/bin/busybox", X_OK) != 0) {
      GTEST_SKIP() << "needs /bin/busybox (busybox-static)";
    }
    makeBusyboxRoot(root());
  }
  Path root() const { return directory_.path() / "root"; }
  const Path& directory() const { return directory_.path(); }
  oci::RuntimeSpec spec(const std::string& script) const {
    return usualSpec(root(), {"sh", "-c", script});
  }

 private:
  TemporaryDirectory directory_;
};

}  // namespace runtime::test
