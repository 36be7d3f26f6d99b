#include "runtime/cgroup_view.h"

#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "kernel/cgroup/cgroup.h"
#include "kernel/mount.h"
#include "runtime/test_container.h"

namespace runtime::test {
namespace {

/// Containers that share /sys/fs/cgroup, on a tmpfs that only the test sees. On v2 there is nothing
/// to share, and what they see is the same.
class CgroupViewTest : public ContainerTest {
 protected:
  void TearDown() override {
    for (const auto& cgroup : cgroups_) {
      cgroup->remove();
    }
    if (!cgroups_.empty()) {
      layout_.open("/peapod-test-view")->remove();
    }
  }

  bool isV2() const { return layout_.version() == CgroupLayout::Version::v2; }
  Path shared() const { return directory() / "shared"; }

  const Cgroup* newCgroup(const CgroupLimits& limits = {}) {
    cgroups_.push_back(layout_.open(cat("/peapod-test-view/ctr", cgroups_.size())));
    cgroups_.back()->create(limits);
    return cgroups_.back().get();
  }

  LaunchOptions options(const Cgroup* cgroup) const {
    LaunchOptions result;
    result.cgroup = cgroup;
    result.cgroupPlaces = shared() / "cgroups";
    return result;
  }

  oci::RuntimeSpec looking(const std::string& script) const {
    oci::RuntimeSpec result = spec(script);
    result.mounts.push_back({"/sys/fs/cgroup", "cgroup", "cgroup", {"ro"}});
    return result;
  }

  static oci::RuntimeSpec withSysAdmin(oci::RuntimeSpec spec) {
    for (auto* set : {&spec.process.capabilities->bounding, &spec.process.capabilities->permitted,
                      &spec.process.capabilities->effective}) {
      set->emplace_back("CAP_SYS_ADMIN");
    }
    return spec;
  }

  void onTmpfs(const std::function<void()>& step) const {
    std::filesystem::create_directory(shared());
    runApart(
        [&] {
          setPropagation("/", MS_PRIVATE);
          FileSystem("tmpfs").mount(0).attach(
              UniqueFd(open(shared().c_str(), O_PATH | O_CLOEXEC)).get());
          step();
        },
        CLONE_NEWNS);
  }

 private:
  CgroupLayout layout_ = CgroupLayout::detect();
  std::vector<std::unique_ptr<Cgroup>> cgroups_;
};

constexpr const char* device = "stat -c %d /sys/fs/cgroup";

TEST_F(CgroupViewTest, ContainersShareItWhereNoneMayChangeIt) {
  if (isV2()) {
    GTEST_SKIP() << "cgroup v2 has one hierarchy";
  }
  std::string one, two, admin;
  onTmpfs([&] {
    one = run(looking(device), options(newCgroup())).out;
    two = run(looking(device), options(newCgroup())).out;
    admin = run(withSysAdmin(looking(device)), options(newCgroup())).out;
  });
  EXPECT_EQ(one, two);
  EXPECT_NE(one, admin);
}

TEST_F(CgroupViewTest, EachSeesItsOwnNodeInTheHierarchiesThatItIsIn) {
  CgroupLimits limited;
  limited.pidsMax = 77;
  limited.cpusetCpus = "0";
  const std::string script = isV2() ? "cd /sys/fs/cgroup; cat pids.max; ls cpuset.cpus"
                                    : "cd /sys/fs/cgroup; cat pids/pids.max; ls -d cpuset";
  std::string first, second, third;
  onTmpfs([&] {
    first = run(looking(script), options(newCgroup(limited))).out;
    limited.pidsMax = 78;
    limited.cpusetCpus.clear();
    second = run(looking(script), options(newCgroup(limited))).out;
    limited.cpusetCpus = "0";
    third = run(looking(script), options(newCgroup(limited))).out;
  });
  EXPECT_EQ(first, isV2() ? "77\ncpuset.cpus\n" : "77\ncpuset\n");
  EXPECT_EQ(third, isV2() ? "78\ncpuset.cpus\n" : "78\ncpuset\n");
  if (!isV2()) {
    EXPECT_EQ(second, "78\nls: cpuset: No such file or directory\n");
  }
}

TEST_F(CgroupViewTest, NothingInItCanBeChanged) {
  const std::string script =
      "cd /sys/fs/cgroup; mkdir new; touch file; mount -o remount,rw .; ls -d new file";
  std::string out;
  onTmpfs([&] { out = run(looking(script), options(newCgroup())).out; });
  EXPECT_NE(out.find("ls: new: No such file"), std::string::npos) << out;
  EXPECT_NE(out.find("ls: file: No such file"), std::string::npos) << out;
}

TEST_F(CgroupViewTest, WhoMayRemountReachesNothingThatOthersSee) {
  const std::string script =
      "cd /sys/fs/cgroup; mount -o remount,rw . && mkdir -p peapod-test && "
      "mount -o remount,ro . ; rmdir peapod-test; true";
  std::string other;
  bool writable = false;
  onTmpfs([&] {
    run(looking("true"), options(newCgroup()));
    run(withSysAdmin(looking(isV2() ? "true" : script)), options(newCgroup()));
    other = run(looking("ls -d /sys/fs/cgroup/peapod-test"), options(newCgroup())).out;
    writable = mkdir((shared() / "more").c_str(), 0755) == 0;
  });
  EXPECT_EQ(other, "ls: /sys/fs/cgroup/peapod-test: No such file or directory\n");
  EXPECT_TRUE(writable);
}

TEST_F(CgroupViewTest, ManyThatStartAtOnceAllSeeIt) {
  constexpr int count = 8;
  std::vector<std::string> seen(count);
  const std::string script = "cd /sys/fs/cgroup; ls -d memory* pids* >/dev/null && echo there";
  onTmpfs([&] {
    std::vector<oci::RuntimeSpec> specs(count, looking(script));
    std::vector<UniqueFd> outputs;
    std::vector<Launch> launches;
    for (int i = 0; i < count; ++i) {
      LaunchOptions each = options(newCgroup());
      outputs.push_back(makePipe(each.stdout_));
      launches.push_back(Launch::container(specs[static_cast<std::size_t>(i)], std::move(each)));
    }
    for (int i = 0; i < count; ++i) {
      const auto at = static_cast<std::size_t>(i);
      const Started started = launches[at].wait();
      seen[at] = readAll(outputs[at].get());
      waitForExit(started.pidfd.get());
    }
  });
  EXPECT_EQ(seen, std::vector<std::string>(count, "there\n"));
}

TEST_F(CgroupViewTest, WhatIsMissingOfItIsMadeAgain) {
  const std::string script = "ls -d /sys/fs/cgroup/*";
  std::string before, after;
  onTmpfs([&] {
    before = run(looking(script), options(newCgroup())).out;
    std::error_code none;
    for (const auto& tree : std::filesystem::directory_iterator(shared() / "cgroups", none)) {
      std::filesystem::remove(tree.path() / "memory");
    }
    after = run(looking(script), options(newCgroup())).out;
  });
  EXPECT_EQ(before, after);
}

TEST_F(CgroupViewTest, OutsideATmpfsEachHasItsOwn) {
  struct statfs status {};
  ASSERT_EQ(statfs(directory().c_str(), &status), 0);
  if (isV2() || status.f_type == TMPFS_MAGIC) {
    GTEST_SKIP() << "needs v1 hierarchies, and temporary files that are not on a tmpfs";
  }
  EXPECT_EQ(run(looking("stat -f -c %T /sys/fs/cgroup"), options(newCgroup())).out, "tmpfs\n");
}

}  // namespace
}  // namespace runtime::test
