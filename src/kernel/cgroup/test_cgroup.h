#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <functional>

#include "base/error.h"
#include "base/text.h"
#include "kernel/cgroup/cgroup.h"
#include "kernel/process.h"

/// What tests on the machine's own cgroups share.
namespace cgroup_test {

/// A process in a cgroup, as the runtime starts one; killed and reaped at the end of the test.
class Inhabitant {
 public:
  Inhabitant(const Cgroup& cgroup, const std::function<int()>& work) {
    const UniqueFd directory = cgroup.openForClone();
    const auto files = cgroup.openForSelfAttach();
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
      throw systemError("pipe2");
    }
    const UniqueFd arrived(ends[0]);
    UniqueFd arriving(ends[1]);
    child_ = cloneProcess({0, directory.get(), SIGCHLD});
    if (child_.pid == 0) {
      for (const UniqueFd& file : files) {
        if (write(file.get(), "0", 1) != 1) {
          _exit(99);
        }
      }
      arriving.reset();
      _exit(work());
    }
    arriving.reset();
    char end = 0;
    (void)!read(arrived.get(), &end, 1);
  }
  ~Inhabitant() {
    if (!ended_) {
      ::kill(child_.pid, SIGKILL);
      if (endsWithin(2000)) {
        waitForExit(child_.pidfd.get());
      }
    }
  }
  Inhabitant(const Inhabitant&) = delete;
  Inhabitant& operator=(const Inhabitant&) = delete;

  pid_t pid() const { return child_.pid; }
  ExitStatus wait() {
    if (!endsWithin(10'000)) {
      throw Error(ErrorKind::system, "the process does not end");
    }
    ended_ = true;
    return waitForExit(child_.pidfd.get());
  }

 private:
  bool endsWithin(int time) const {
    pollfd event{child_.pidfd.get(), POLLIN, 0};
    return poll(&event, 1, time) == 1;
  }

  Child child_;
  bool ended_ = false;
};

inline int sleepLong() {
  sleep(60);
  return 0;
}

/// A number that parent and child share.
inline std::atomic<long>& sharedCounter() {
  static auto* counter = static_cast<std::atomic<long>*>(
      mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  return *counter;
}

inline int countUp() {
  while (true) {
    ++sharedCounter();
    usleep(500);
  }
}

/// On the machine's own layout, and where that is hybrid also as if there were no v2 hierarchy
/// beside v1.
class CgroupTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (geteuid() != 0) {
      GTEST_SKIP() << "needs root: makes cgroups";
    }
    const CgroupLayout machine = CgroupLayout::detect();
    if (GetParam() == std::string("v1")) {
      if (machine.version() == CgroupLayout::Version::v2) {
        GTEST_SKIP() << "this machine has no v1 hierarchies";
      }
      layout_ = detectV1();
    } else {
      layout_ = machine;
    }
    base_ = cat("/peapod-test-", getpid());
    const std::vector<std::string> all = layout_->controllers();
    for (const char* needed : {"memory", "cpu", "pids"}) {
      if (std::find(all.begin(), all.end(), needed) == all.end()) {
        GTEST_SKIP() << "this machine has no " << needed << " controller";
      }
    }
  }
  void TearDown() override {
    if (layout_) {
      const auto base = open("");
      base->kill();
      base->remove();
      EXPECT_EQ(hierarchiesWith(""), 0U);
    }
  }

  static CgroupLayout detectV1() {
    std::string lines;
    for (const std::string& line : split(readFile("/proc/self/mountinfo"), '\n')) {
      if (line.find(" - cgroup2 ") == std::string::npos) {
        lines += line + '\n';
      }
    }
    const Path file = testing::TempDir() + cat("mountinfo-", getpid());
    replaceFile(file, lines);
    CgroupLayout layout = CgroupLayout::detect(file);
    std::filesystem::remove(file);
    return layout;
  }

  std::unique_ptr<Cgroup> open(const std::string& below) const {
    return layout_->open(base_ + below);
  }

  /// In how many mounted hierarchies there is such a node.
  std::size_t hierarchiesWith(const std::string& below) const {
    std::size_t count = 0;
    std::vector<std::string> names = layout_->controllers();
    names.emplace_back("");
    for (const std::string& name : names) {
      const auto mount = layout_->mount(name);
      count += mount && std::filesystem::exists(mount->native() + base_ + below) ? 1 : 0;
    }
    return count;
  }

  static CgroupLimits memory(std::int64_t max, std::int64_t swap = 0) {
    CgroupLimits limits;
    limits.memoryMax = max;
    limits.swapMax = swap;
    return limits;
  }
  static CgroupLimits pids(std::int64_t max) {
    CgroupLimits limits;
    limits.pidsMax = max;
    return limits;
  }
  static CgroupLimits cpu(std::int64_t quota, std::uint64_t period) {
    CgroupLimits limits;
    limits.cpuQuota = quota;
    limits.cpuPeriod = period;
    return limits;
  }

  std::optional<CgroupLayout> layout_;
  std::string base_;
};

}  // namespace cgroup_test
