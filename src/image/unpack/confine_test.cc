#include <gtest/gtest.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "image/helper.h"
#include "image/test_support.h"

namespace image {
namespace {

std::string firstChild(const std::string& pid) {
  const auto text = readFileIfExists(cat("/proc/", pid, "/task/", pid, "/children"));
  return text && !text->empty() ? split(*text, ' ').front() : "";
}

std::string field(const std::string& status, const std::string& name) {
  for (const std::string& line : split(status, '\n')) {
    if (line.starts_with(name + ":")) {
      return std::string(trim(line.substr(name.size() + 1)));
    }
  }
  return "none";
}

/// The helper at work: it reads a pipe on which nothing comes.
class ConfineTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) {
      GTEST_SKIP() << "the unpacker needs root to confine itself";
    }
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    input_.reset(ends[0]);
    output_.reset(ends[1]);
    makeDirectories(directory_ / "target");
    run_.emplace(HelperRun::layer(input_, directory_ / "target"));
    input_.reset();
    // The worker is the helper's child; it reads once it is confined.
    for (int i = 0; i < 500 && !atWork(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ASSERT_TRUE(atWork());
  }

  bool atWork() {
    worker_ = firstChild(firstChild(std::to_string(getpid())));
    const auto call = readFileIfExists(cat("/proc/", worker_, "/syscall"));
    return !worker_.empty() && call && call->starts_with("0 0x0 ");
  }

  TestDir directory_;
  UniqueFd input_, output_;
  std::optional<HelperRun> run_;
  std::string worker_;
};

TEST_F(ConfineTest, SeesOnlyTheTarget) {
  const Path root = cat("/proc/", worker_, "/root");
  struct stat there {};
  ASSERT_EQ(stat((root / "").c_str(), &there), 0);
  EXPECT_EQ(there.st_ino, test::statusOf(directory_ / "target").st_ino);
  const std::string mounts = readFile(cat("/proc/", worker_, "/mountinfo"));
  EXPECT_EQ(std::count(mounts.begin(), mounts.end(), '\n'), 1) << mounts;
  for (const char* option : {"nosuid", "nodev", "noexec"}) {
    EXPECT_NE(mounts.find(option), std::string::npos) << mounts;
  }
  for (const char* kind : {"mnt", "net", "ipc", "pid"}) {
    EXPECT_NE(std::filesystem::read_symlink(cat("/proc/", worker_, "/ns/", kind)),
              std::filesystem::read_symlink(cat("/proc/self/ns/", kind)))
        << kind;
  }
}

TEST_F(ConfineTest, HasNoOtherRightsAndDescriptors) {
  const std::string status = readFile(cat("/proc/", worker_, "/status"));
  // chown, dac_override, fowner, fsetid, mknod, setfcap
  for (const char* set : {"CapEff", "CapPrm", "CapBnd"}) {
    EXPECT_EQ(field(status, set), "000000008800001b") << set;
  }
  EXPECT_EQ(field(status, "CapInh"), "0000000000000000");
  EXPECT_EQ(field(status, "NoNewPrivs"), "1");
  for (const auto& fd : std::filesystem::directory_iterator(cat("/proc/", worker_, "/fd"))) {
    const std::string number = fd.path().filename();
    const Path file = std::filesystem::read_symlink(fd.path());
    EXPECT_TRUE(file.string().starts_with("pipe:") || file == "/") << number << " is " << file;
  }
}

TEST_F(ConfineTest, EndsWithItsCaller) {
  const UniqueFd worker(
      static_cast<int>(syscall(SYS_pidfd_open, static_cast<pid_t>(std::stol(worker_)), 0)));
  ASSERT_TRUE(worker);
  run_.reset();
  pollfd ended{worker.get(), POLLIN, 0};
  EXPECT_EQ(poll(&ended, 1, 5000), 1);
}

}  // namespace
}  // namespace image
