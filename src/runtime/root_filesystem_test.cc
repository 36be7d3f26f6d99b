#include "runtime/root_filesystem.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "runtime/test_container.h"

namespace runtime::test {
namespace {

using RootTest = ContainerTest;

TEST_F(RootTest, DefaultDevicesAndLinksAreThere) {
  EXPECT_EQ(
      run(spec("cd /dev; stat -c '%n %a %t:%T' full null random tty urandom zero; readlink fd; "
               "readlink ptmx"))
          .out,
      "full 666 1:7\nnull 666 1:3\nrandom 666 1:8\ntty 666 5:0\nurandom 666 1:9\nzero 666 1:5\n"
      "/proc/self/fd\npts/ptmx\n");
}

TEST_F(RootTest, DevicesOfTheSpecificationAreMade) {
  oci::RuntimeSpec more = spec("stat -c '%t:%T %a %u' /dev/net/tun");
  more.linux_.devices.push_back({"/dev/net/tun", "c", 10, 200, 0640, 1000, 0});
  EXPECT_EQ(run(more).out, "a:c8 640 1000\n");
}

TEST_F(RootTest, MaskedPathsAreEmptyAndReadOnlyOnesRefuse) {
  EXPECT_EQ(run(spec("cat /proc/uptime; ls /sys/firmware | wc -l; cat /proc/keys")).out, "0\n");
  const Outcome outcome = run(spec("echo 1 > /proc/sys/kernel/domainname || echo refused"));
  EXPECT_NE(outcome.out.find("Read-only file system"), std::string::npos);
  EXPECT_NE(outcome.out.find("refused"), std::string::npos);
}

TEST_F(RootTest, NobodyCanMakeAnythingInAMaskedDirectory) {
  oci::RuntimeSpec mighty = spec(
      "mount -o remount,bind,rw /sys/firmware; mkdir /sys/firmware/x; touch /sys/firmware/y; "
      "ls /sys/firmware | wc -l");
  for (auto* set : {&mighty.process.capabilities->bounding, &mighty.process.capabilities->permitted,
                    &mighty.process.capabilities->effective}) {
    set->emplace_back("CAP_SYS_ADMIN");
  }
  const std::string out = run(mighty).out;
  EXPECT_EQ(out.substr(out.size() - 2), "0\n") << out;
}

TEST_F(RootTest, DirectoriesAreMaskedWhereThereIsNoSysfs) {
  oci::RuntimeSpec plain = spec("ls /etc | wc -l; touch /etc/x || echo refused");
  std::erase_if(plain.mounts, [](const oci::Mount& mount) { return mount.destination == "/sys"; });
  plain.linux_.maskedPaths = {"/etc", "/root"};
  const std::string out = run(plain).out;
  EXPECT_EQ(out.substr(0, 2), "0\n") << out;
  EXPECT_NE(out.find("refused"), std::string::npos) << out;
}

TEST_F(RootTest, ReadOnlyRootStillHasMountsOnItsMissingDirectories) {
  oci::RuntimeSpec sealed =
      spec("touch /file || echo refused; touch /new/dir/file && echo written");
  sealed.root.readonly = true;
  sealed.mounts.push_back({"/new/dir", "tmpfs", "tmpfs", {}});
  const std::string out = run(sealed).out;
  EXPECT_NE(out.find("refused"), std::string::npos) << out;
  EXPECT_NE(out.find("written"), std::string::npos) << out;
}

TEST_F(RootTest, TheRootHasThePropagationThatWasAskedFor) {
  const auto optionalFields = [&](const char* propagation) {
    oci::RuntimeSpec asked = spec("awk '$5 == \"/\" {print $7}' /proc/self/mountinfo");
    asked.linux_.rootfsPropagation = propagation;
    return run(asked).out;
  };
  EXPECT_EQ(optionalFields("").find("shared"), std::string::npos);
  EXPECT_EQ(optionalFields("rprivate").find("shared"), std::string::npos);
  EXPECT_EQ(optionalFields("shared").find("shared:"), 0U);
  EXPECT_EQ(optionalFields("unbindable").find("unbindable"), 0U);
  EXPECT_THROW(optionalFields("everywhere"), Error);
}

TEST_F(RootTest, BindMountsCarryTheirOptions) {
  const Path volume = directory() / "volume";
  std::filesystem::create_directory(volume);
  replaceFile(volume / "file", "content\n");
  oci::RuntimeSpec bound = spec(
      "cat /data/file /etc/one; touch /data/x || echo refused; grep ' /data ' "
      "/proc/self/mountinfo");
  bound.mounts.push_back(
      {"/data", "bind", volume.native(), {"rbind", "ro", "nosuid", "nodev", "noexec", "rprivate"}});
  bound.mounts.push_back({"/etc/one", "bind", (volume / "file").native(), {"bind"}});
  const std::string out = run(bound).out;
  EXPECT_EQ(out.substr(0, 16), "content\ncontent\n") << out;
  EXPECT_NE(out.find("refused"), std::string::npos);
  EXPECT_NE(out.find("ro,nosuid,nodev,noexec"), std::string::npos) << out;
}

TEST_F(RootTest, ReadOnlyVolumeIsSoWithWhatIsMountedBelowIt) {
  const Path volume = directory() / "volume";
  std::filesystem::create_directories(volume / "below");
  std::string out;
  // The mount is made where only this test sees it.
  runApart(
      [&] {
        setPropagation("/", MS_PRIVATE);
        FileSystem("tmpfs").mount(0).attach(
            UniqueFd(open((volume / "below").c_str(), O_PATH | O_CLOEXEC)).get());
        oci::RuntimeSpec bound = spec("touch /data/below/x || echo refused");
        bound.mounts.push_back({"/data", "bind", volume.native(), {"rbind", "ro"}});
        out = run(bound).out;
      },
      CLONE_NEWNS);
  EXPECT_NE(out.find("refused"), std::string::npos) << out;
}

TEST_F(RootTest, LinksInTheImageDoNotLeadMountsOut) {
  const Path outside = directory() / "outside";
  std::filesystem::create_directory(outside);
  std::filesystem::create_symlink("/", root() / "escape");
  std::filesystem::create_symlink("../../../../../../" + outside.native(), root() / "climb");
  std::filesystem::create_symlink("/not/yet/there", root() / "dangling");
  oci::RuntimeSpec tricked = spec("grep -c tmpfs.x /proc/self/mountinfo; ls -d /not/yet/there");
  tricked.mounts.push_back(
      {"/escape" + (directory() / "outside").native(), "tmpfs", "tmpfs.x", {}});
  tricked.mounts.push_back({"/climb/in", "tmpfs", "tmpfs.x", {}});
  tricked.mounts.push_back({"/dangling", "tmpfs", "tmpfs.x", {}});
  EXPECT_EQ(run(tricked).out, "3\n/not/yet/there\n");
  EXPECT_TRUE(std::filesystem::is_empty(outside));
}

TEST_F(RootTest, TmpfsLooksLikeTheDirectoryItCovers) {
  std::filesystem::create_directory(root() / "box");
  ASSERT_EQ(chown((root() / "box").c_str(), 1000, 2000), 0);
  ASSERT_EQ(chmod((root() / "box").c_str(), 01770), 0);
  oci::RuntimeSpec covered = spec("stat -c '%a %u:%g' /box; stat -c %a /tmp");
  covered.mounts.push_back({"/box", "tmpfs", "tmpfs", {}});
  covered.mounts.push_back({"/tmp", "tmpfs", "tmpfs", {"mode=0700"}});
  EXPECT_EQ(run(covered).out, "1770 1000:2000\n700\n");
}

TEST_F(RootTest, SysctlsOfItsNamespacesAreSet) {
  oci::RuntimeSpec tuned = spec("sysctl -n net.ipv4.ip_forward kernel.shmmni");
  tuned.linux_.sysctl = {{"net.ipv4.ip_forward", "1"}, {"kernel.shmmni", "77"}};
  EXPECT_EQ(run(tuned).out, "1\n77\n");
  tuned.linux_.sysctl = {{"net.nonsense", "1"}};
  try {
    run(tuned);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("net.nonsense"), std::string::npos);
  }
}

TEST_F(RootTest, OptionsOfMountsThatDoNotExistAreRefused) {
  oci::RuntimeSpec wrong = spec("true");
  wrong.mounts.push_back({"/data", "bind", "/etc", {"rbind", "nonsense"}});
  EXPECT_THROW(run(wrong), Error);
  wrong.mounts.back() = {"/data", "tmpfs", "tmpfs", {"nonsense=1"}};
  EXPECT_THROW(run(wrong), Error);
  wrong.mounts.back() = {"/data", "nonsensefs", "x", {}};
  try {
    run(wrong);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unsupported);
  }
}

}  // namespace
}  // namespace runtime::test
