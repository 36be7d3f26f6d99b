#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "image/helper.h"
#include "image/sha256.h"
#include "image/test_support.h"
#include "kernel/mount.h"
#include "kernel/process.h"

namespace image {
namespace {

using test::errorOf;
using test::statusOf;
using test::Tar;
using test::through;

class LayerTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) {
      GTEST_SKIP() << "the unpacker needs root to confine itself";
    }
    makeDirectories(target());
  }
  Path target() const { return directory_ / "target"; }

  Unpacked unpack(const std::string& bytes, const std::string& into = "target") {
    const Path archive = test::write(directory_ / "archive", bytes);
    makeDirectories(directory_ / into);
    return HelperRun::layer(test::openFile(archive), directory_ / into).finish();
  }
  std::string refusal(const std::string& bytes) {
    return errorOf([&] { unpack(bytes); });
  }
  static Tar::Options withPax(const std::string& key, const std::string& value) {
    Tar::Options options;
    options.pax[key] = value;
    return options;
  }
  static std::string attribute(const Path& path, const char* name) {
    char value[256];
    const ssize_t size = lgetxattr(path.c_str(), name, value, sizeof value);
    return size < 0 ? "none" : std::string(value, static_cast<std::size_t>(size));
  }

  TestDir directory_;
};

TEST_F(LayerTest, KeepsOwnersModesAndTimes) {
  Tar::Options options;
  options.mode = 06755;
  options.uid = 1234;
  options.gid = 5678;
  Tar tar;
  tar.directory("d", 01777).file("d/program", "text", options).symlink("d/link", "program");
  const Unpacked found = unpack(tar.bytes());

  const auto program = statusOf(target() / "d/program");
  EXPECT_EQ(program.st_mode, S_IFREG | 06755U);
  EXPECT_EQ(program.st_uid, 1234U);
  EXPECT_EQ(program.st_gid, 5678U);
  EXPECT_EQ(program.st_mtim.tv_sec, 1'000'000'000);
  EXPECT_EQ(statusOf(target() / "d/link").st_mtim.tv_sec, 1'000'000'000);
  const auto directory = statusOf(target() / "d");
  EXPECT_EQ(directory.st_mode, S_IFDIR | 01777U);
  EXPECT_EQ(directory.st_mtim.tv_sec, 1'000'000'000) << "made before its files, dated after them";
  EXPECT_EQ(found.bytes, 4U);
}

TEST_F(LayerTest, RootEntrySetsTheRoot) {
  unpack(Tar().directory("./", 0711).file("./f").bytes());
  EXPECT_EQ(statusOf(target()).st_mode, S_IFDIR | 0711U);
  EXPECT_EQ(statusOf(target()).st_mtim.tv_sec, 1'000'000'000);
}

TEST_F(LayerTest, MakesHardLinksDevicesAndFifos) {
  Tar::Options device;
  device.major = 1;
  device.minor = 3;
  device.mode = 0666;
  unpack(Tar()
             .file("a", "x")
             .hardLink("d/b", "./a")
             .add('3', "null", "", device)
             .add('4', "disk", "", device)
             .add('6', "fifo", "", {})
             .bytes());
  EXPECT_EQ(statusOf(target() / "a").st_ino, statusOf(target() / "d/b").st_ino);
  EXPECT_EQ(statusOf(target() / "null").st_mode, S_IFCHR | 0666U);
  EXPECT_EQ(statusOf(target() / "null").st_rdev, makedev(1, 3));
  EXPECT_TRUE(S_ISBLK(statusOf(target() / "disk").st_mode));
  EXPECT_TRUE(S_ISFIFO(statusOf(target() / "fifo").st_mode));
}

TEST_F(LayerTest, KeepsTheAttributesThatAnImageMayHave) {
  // cap_net_raw=ep: revision 2 with the effective bit, then permitted and inheritable.
  const std::string capability("\1\0\0\2\0\40\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
  Tar tar;
  tar.file("ping", "x", withPax("SCHILY.xattr.security.capability", capability));
  tar.file("user", "x", withPax("SCHILY.xattr.user.note", "hello"));
  tar.file("redirect", "x", withPax("SCHILY.xattr.trusted.overlay.redirect", "/etc"));
  tar.file("label", "x", withPax("SCHILY.xattr.security.selinux", "system_u"));
  unpack(tar.bytes());
  EXPECT_EQ(attribute(target() / "ping", "security.capability"), capability);
  EXPECT_EQ(attribute(target() / "user", "user.note"), "hello");
  EXPECT_EQ(attribute(target() / "redirect", "trusted.overlay.redirect"), "none");
  EXPECT_EQ(attribute(target() / "label", "security.selinux"), "none");
}

TEST_F(LayerTest, KeepsHoles) {
  const Path tar = directory_ / "sparse.tar";
  ASSERT_TRUE(test::shell(cat("cd ", directory_.path().string(),
                              " && truncate -s 64M hole && echo end >>hole && tar -Scf ",
                              tar.string(), " hole")));
  unpack(readFile(tar));
  const auto status = statusOf(target() / "hole");
  EXPECT_EQ(status.st_size, (64 << 20) + 4);
  EXPECT_LT(status.st_blocks * 512, 1 << 20);
}

TEST_F(LayerTest, NamesOfAnyLengthAndEncoding) {
  const std::string longName = "d/" + std::string(200, 'x') + "/" + std::string(200, 'y');
  Tar tar;
  tar.file("short", "1", withPax("path", longName));
  tar.file("short", "2", withPax("path", "gr\xc3\xbc\xc3\x9f.txt"));
  tar.file("caf\xe9", "3");  // Latin-1, as old archives have it
  unpack(tar.bytes());
  EXPECT_EQ(readFile(target() / longName), "1");
  EXPECT_EQ(readFile(target() / "gr\xc3\xbc\xc3\x9f.txt"), "2");
  EXPECT_EQ(readFile(target() / "caf\xe9"), "3");
}

TEST_F(LayerTest, LaterEntriesReplaceEarlierOnes) {
  unpack(Tar()
             .file("file-then-directory", "x")
             .directory("file-then-directory")
             .file("file-then-directory/in", "1")
             .directory("directory-then-file")
             .file("directory-then-file/deep/in")
             .file("directory-then-file", "2")
             .symlink("link-then-file", "file-then-directory/in")
             .file("link-then-file", "3")
             .hardLink("self", "link-then-file")
             .hardLink("self", "self")
             .bytes());
  EXPECT_EQ(readFile(target() / "file-then-directory/in"), "1") << "not written through the link";
  EXPECT_EQ(readFile(target() / "directory-then-file"), "2");
  EXPECT_EQ(readFile(target() / "link-then-file"), "3");
  EXPECT_TRUE(S_ISREG(statusOf(target() / "link-then-file").st_mode));
  EXPECT_EQ(readFile(target() / "self"), "3");
}

TEST_F(LayerTest, AbsoluteNamesAreRelative) {
  unpack(Tar().file("/etc/inside", "x").hardLink("link", "/etc/inside").bytes());
  EXPECT_EQ(readFile(target() / "etc/inside"), "x");
  EXPECT_EQ(readFile(target() / "link"), "x");
}

TEST_F(LayerTest, LinksThatStayInsideAreFollowed) {
  unpack(Tar().directory("usr/lib").symlink("lib", "usr/lib").file("lib/f", "x").bytes());
  EXPECT_EQ(readFile(target() / "usr/lib/f"), "x");
}

TEST_F(LayerTest, RefusesEntriesThatLeadOut) {
  const Path outside = directory_ / "outside";
  makeDirectories(outside);
  test::write(outside / "secret", "s");
  const std::string absolute = outside.string();
  const std::vector<std::pair<std::string, Tar>> attacks = {
      {"../outside/evil", Tar().file("../outside/evil")},
      {"a/../../outside/evil", Tar().file("a/../../outside/evil")},
      {"up/evil", Tar().symlink("up", "../outside").file("up/evil")},
      {"up/evil", Tar().symlink("up", absolute).file("up/evil")},
      {"up/deep/evil", Tar().symlink("up", absolute).directory("up/deep/evil")},
      {"two/evil", Tar().symlink("one", "../outside").symlink("two", "one").file("two/evil")},
      {"../outside/secret", Tar().hardLink("evil", "../outside/secret")},
      {"evil", Tar().symlink("up", absolute).hardLink("evil", "up/secret")},
      {"up/.wh.secret", Tar().symlink("up", absolute).file("up/.wh.secret")},
      {"up/evil", Tar().symlink("up", "loop").symlink("loop", "up").file("up/evil")},
      {"d/.wh...", Tar().file("d/.wh...")},
      {"to-nothing/f", Tar().symlink("to-nothing", "nothing").file("to-nothing/f")},
  };
  for (const auto& [name, tar] : attacks) {
    removeTree(target());
    const std::string message = refusal(tar.bytes());
    EXPECT_NE(message.find(name), std::string::npos) << name << ": " << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  }
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(outside), {}), 1);
  EXPECT_EQ(statusOf(outside / "secret").st_nlink, 1U);
}

TEST_F(LayerTest, RefusesLinksToWhatIsNotThere) {
  EXPECT_NE(refusal(Tar().hardLink("a", "b").bytes()).find("hard link to \"b\""),
            std::string::npos);
}

TEST_F(LayerTest, WhiteoutsHideLowerLayersInAnOverlay) {
  unpack(Tar()
             .file("gone")
             .file("kept")
             .file("emptied/old")
             .file("emptied/hidden/old")
             .file("replaced/old")
             .file("readded", "old")
             .file("self/old")
             .bytes(),
         "lower");
  unpack(Tar()
             .file(".wh.gone")
             .directory("emptied")
             .file("emptied/.wh..wh..opq")
             .file("emptied/.wh.hidden")
             .file("emptied/new")
             .file(".wh.replaced")
             .directory("replaced")
             .file("replaced/new")
             .directory("self")
             .file("self/new")
             .file(".wh.self")
             .file("readded", "new")
             .file(".wh.readded")
             .file(".wh..wh.plnk/1.2")
             .bytes(),
         "upper");
  std::map<std::string, bool> there;
  std::size_t emptied = 0;
  std::string readded;
  const Path merged = directory_ / "merged";
  makeDirectories(merged);
  runApart(
      [&] {
        setPropagation("/", MS_PRIVATE);
        makeDirectories(directory_ / "rw");
        makeDirectories(directory_ / "work");
        makeOverlay({.layers = {directory_ / "lower", directory_ / "upper"},
                     .upper = directory_ / "rw",
                     .work = directory_ / "work"})
            .attach(UniqueFd(open(merged.c_str(), O_PATH | O_CLOEXEC)).get());
        for (const char* name : {"gone", "kept", "replaced/old", "replaced/new", "self/old",
                                 "self/new", ".wh.gone", "emptied/old", "emptied/new"}) {
          there[name] = std::filesystem::exists(merged / name);
        }
        for (const auto& file : std::filesystem::directory_iterator(merged / "emptied")) {
          emptied += file.path().empty() ? 0 : 1;
        }
        readded = readFile(merged / "readded");
      },
      CLONE_NEWNS);
  EXPECT_TRUE(there["kept"]);
  EXPECT_FALSE(there["gone"]);
  EXPECT_FALSE(there[".wh.gone"]);
  EXPECT_FALSE(there["replaced/old"]) << "whiteout, then a directory of the same layer";
  EXPECT_TRUE(there["replaced/new"]);
  EXPECT_FALSE(there["self/old"]) << "a directory, then its whiteout in the same layer";
  EXPECT_TRUE(there["self/new"]);
  EXPECT_FALSE(there["emptied/old"]);
  EXPECT_TRUE(there["emptied/new"]);
  EXPECT_EQ(emptied, 1U) << "no whiteout is left to be seen in an opaque directory";
  EXPECT_EQ(readded, "new") << "a whiteout does not hide its own layer's file";
}

TEST_F(LayerTest, HashesTheWholeFile) {
  std::string bytes = Tar().file("f", "x").bytes() + std::string(8192, '\0');
  const Unpacked plain = unpack(bytes);
  EXPECT_EQ(plain.blob, sha256(bytes));
  EXPECT_EQ(plain.diffId, sha256(bytes));
  EXPECT_EQ(plain.blobBytes, bytes.size());
  for (const char* command : {"gzip", "zstd -q", "xz", "bzip2"}) {
    removeTree(target());
    const std::string compressed = through(command, bytes);
    const Unpacked found = unpack(compressed);
    EXPECT_EQ(found.blob, sha256(compressed)) << command;
    EXPECT_EQ(found.diffId, sha256(bytes)) << command;
    EXPECT_EQ(readFile(target() / "f"), "x") << command;
  }
}

TEST_F(LayerTest, ReadsGzipOfSeveralMembers) {
  const std::string bytes = Tar().file("f", "x").bytes();
  const std::string compressed =
      through("gzip", bytes.substr(0, 700)) + through("gzip", bytes.substr(700)) + "rest";
  const Unpacked found = unpack(compressed);
  EXPECT_EQ(found.blob, sha256(compressed));
  EXPECT_EQ(found.diffId, sha256(bytes));
}

TEST_F(LayerTest, TakesALayerWithoutEntries) {
  const std::string bytes(1024, '\0');
  EXPECT_EQ(unpack(bytes).diffId, sha256(bytes));
  const std::string compressed = through("gzip", bytes);
  EXPECT_EQ(unpack(compressed).diffId, sha256(bytes));
}

TEST_F(LayerTest, RefusesDamagedAndForeignFiles) {
  std::string noise;
  for (unsigned i = 0, x = 1; i < 300'000; ++i, x = x * 1664525 + 1013904223) {
    noise += static_cast<char>(x >> 24);
  }
  const std::string bytes = Tar().file("f", noise).bytes();
  const auto half = [](const std::string& text) { return text.substr(0, text.size() / 2); };
  EXPECT_NE(refusal(half(bytes)).find("incomplete in \"f\""), std::string::npos);
  for (const char* command : {"gzip", "zstd -q", "xz", "bzip2"}) {
    EXPECT_NE(refusal(half(through(command, bytes))).find("damaged or incomplete"),
              std::string::npos)
        << command;
  }
  std::string flipped = through("gzip", bytes);
  flipped[flipped.size() / 2] ^= 1;  // in a stored block, where only the checksum can tell
  EXPECT_NE(refusal(flipped).find("incorrect data check"), std::string::npos);
  EXPECT_NE(refusal(noise).find("no tar archive"), std::string::npos);
  EXPECT_NE(refusal("").find("empty"), std::string::npos);
}

TEST_F(LayerTest, DiskFullIsOneClearLine) {
  std::string message;
  runApart(
      [&] {
        setPropagation("/", MS_PRIVATE);
        if (mount("tmpfs", target().c_str(), "tmpfs", 0, "size=256k") != 0) {
          throw systemError("mounting tmpfs");
        }
        message = refusal(Tar().file("d/big", std::string(1 << 20, 'x')).bytes());
      },
      CLONE_NEWNS);
  EXPECT_EQ(message, "writing d/big: No space left on device");
}

}  // namespace
}  // namespace image
