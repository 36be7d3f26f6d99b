#include <poll.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "base/json.h"
#include "image/store_fixture.h"
#include "kernel/mount.h"
#include "kernel/process.h"

namespace image {
namespace {

using namespace test;  // NOLINT: the vocabulary of these tests

class FailureTest : public StoreTest {
 protected:
  /// Fails as stated, in one line that names the archive, and leaves nothing.
  void expectFailure(const Files& files, const std::string& reason) {
    const std::string message = loadError(files);
    EXPECT_NE(message.find(reason), std::string::npos) << message;
    EXPECT_TRUE(message.starts_with(cat("loading ", (directory_ / "archive.tar").string(), ": ")));
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    expectStored(0, 0);
    EXPECT_TRUE(store_.list().empty());
  }
  /// A child process that loads the archive and exits 0 where that worked.
  pid_t loadInChild(const Path& path) {
    const pid_t child = fork();
    if (child == 0) {
      try {
        store_.load(path);
        _exit(0);
      } catch (const std::exception&) {
        _exit(1);
      }
    }
    return child;
  }
  /// Waits until the process stands at the store's lock.
  bool waitsForLock(pid_t process) const {
    const std::string flockOfFd = cat(SYS_flock, " 0x");
    for (int i = 0; i < 1000; ++i) {
      const auto call = readFileIfExists(cat("/proc/", process, "/syscall"));
      if (call && call->starts_with(flockOfFd)) {
        const int fd = std::stoi(call->substr(flockOfFd.size()), nullptr, 16);
        std::error_code gone;
        if (std::filesystem::read_symlink(cat("/proc/", process, "/fd/", fd), gone) ==
            layout().lockFile()) {
          return true;
        }
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }
};

TEST_F(FailureTest, WrongDigests) {
  Files files;
  const TestLayer layer = layerWith("f", "x");
  const Json manifest = ociManifest(files, {layer});
  const Files good = ociLayout(files, {named(manifest, refName, "a")});
  for (const auto& [name, content] : good) {
    if (!name.starts_with("blobs/")) {
      continue;
    }
    Files bad = good;
    bad[name] =
        name.ends_with(hexOf(sha256(layer.blob))) ? Tar().file("f", "y").bytes() : content + " ";
    expectFailure(bad, "is damaged");
    bad.erase(name);
    expectFailure(bad, "it has no " + name);
  }
  EXPECT_EQ(load(good), Names{"localhost/a:latest"});
}

TEST_F(FailureTest, ContentsOtherThanTheConfigSays) {
  Files files;
  addDockerImage(files, {"a"}, {layerWith("f", "x"), layerWith("g", "x")});
  const std::string layer = Json::parse(files["manifest.json"])[0]["Layers"][1];
  files[layer] = Tar().file("g", "evil").bytes();
  expectFailure(files, "the digest of its contents should be");
}

TEST_F(FailureTest, DocumentsThatMakeNoSense) {
  Files files;
  addDockerImage(files, {"a"}, {layerWith("f", "x")});
  Files bad = files;
  bad["manifest.json"] = "{";
  expectFailure(bad, "manifest.json");
  bad["manifest.json"] = R"([{"Config":"../../etc/passwd","Layers":[]}])";
  expectFailure(bad, "it has no ../../etc/passwd");
  bad["manifest.json"] = "[]";
  expectFailure(bad, "lists no images");
  expectFailure({{"etc/passwd", "x"}}, "use peapod import");
  Json manifest = Json::parse(files["manifest.json"]);
  manifest[0]["RepoTags"] = {"Upper"};
  bad["manifest.json"] = manifest.dump();
  expectFailure(bad, "must be in lower case");
}

TEST_F(FailureTest, TruncatedArchives) {
  Files files;
  std::string noise(200'000, '\0');
  for (unsigned i = 0, x = 7; i < noise.size(); ++i, x = x * 1664525 + 1013904223) {
    noise[i] = static_cast<char>(x >> 24);
  }
  addDockerImage(files, {"a"}, {layerWith("f", noise)});
  const std::string whole = pack(files);
  for (const char* command : {"cat", "gzip", "zstd -q"}) {
    const std::string bytes = through(command, whole);
    const Path path = write(directory_ / "a.tar", bytes.substr(0, bytes.size() * 2 / 3));
    EXPECT_NE(errorOf([&] { store_.load(path); }).find("incomplete"), std::string::npos) << command;
    expectStored(0, 0);
  }
}

TEST_F(FailureTest, EntriesThatLeadOut) {
  Files files;
  addDockerImage(files, {"a"}, {TestLayer(Tar().file("../evil", "x").bytes())});
  expectFailure(files, "the entry \"../evil\" is refused");
  const Path path =
      write(directory_ / "b.tar", Tar().symlink("x", "/").file("x/evil", "x").bytes());
  EXPECT_NE(errorOf([&] { store_.load(path); }).find("the entry \"x/evil\" is refused"),
            std::string::npos);
  EXPECT_FALSE(std::filesystem::exists("/evil"));
}

TEST_F(FailureTest, MissingFile) {
  EXPECT_EQ(errorOf([&] { store_.load("/nowhere/x.tar"); }),
            "loading /nowhere/x.tar: opening /nowhere/x.tar: No such file or directory");
  EXPECT_EQ(count(layout().root), 0U);
}

TEST_F(FailureTest, DiskFullLeavesNothing) {
  Files files;
  addDockerImage(files, {"a"}, {layerWith("f", std::string(3 << 20, 'x'))});
  // The archive's files fit, the unpacked layer does not.
  std::string message;
  const Path path = archive(files);
  makeDirectories(layout().root);
  runApart(
      [&] {
        setPropagation("/", MS_PRIVATE);
        if (mount("tmpfs", layout().root.c_str(), "tmpfs", 0, "size=5m") != 0) {
          throw systemError("mounting tmpfs");
        }
        message = errorOf([&] { store_.load(path); });
        expectStored(0, 0);
      },
      CLONE_NEWNS);
  EXPECT_NE(message.find("writing f: No space left on device"), std::string::npos) << message;
}

TEST_F(FailureTest, FourLoadsAtOnce) {
  Files files;
  addDockerImage(files, {"a"}, {layerWith("f", "x"), layerWith("g", std::string(1 << 20, 'y'))});
  const Path path = archive(files);
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) {
    children.push_back(loadInChild(path));
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(store_.list().size(), 1U);
  EXPECT_EQ(readFile(store_.get("a").layers[0] / "f"), "x");
  expectStored(2, 4);
}

TEST_F(FailureTest, LoadWhoseLayerIsRemovedMeanwhile) {
  const TestLayer base = layerWith("base", "shared");
  Files files, others;
  addDockerImage(files, {"one"}, {base}, "one");
  addDockerImage(others, {"two"}, {base}, "two");
  load(files);
  pid_t child = -1;
  {
    // The child finds the layer in the store and need not unpack it, then waits to name its image.
    const StoreLock lock(layout());
    child = loadInChild(archive(others));
    ASSERT_TRUE(waitsForLock(child));
    Index index = Index::read(layout());
    index.removeImage(store_.get("one").id);
    index.write(layout());
    collectGarbage(layout(), directory_ / "trash");
    ASSERT_EQ(count(layout().layers()), 0U);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(readFile(store_.get("two").layers[0] / "base"), "shared");
  expectStored(1, 3);
}

TEST_F(FailureTest, KilledInTheMiddle) {
  Files files;
  addDockerImage(files, {"a"}, {layerWith("f", std::string(1 << 20, 'x'))});
  const std::string bytes = pack(files);
  const Path pipe = directory_ / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const pid_t child = loadInChild(pipe);
  UniqueFd output(open(pipe.c_str(), O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(output);
  ASSERT_GT(::write(output.get(), bytes.data(), 60'000), 0);
  for (int i = 0; i < 500 && count(layout().staging()) == 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  ASSERT_EQ(count(layout().staging()), 1U);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  // The helper ends with it: the pipe loses its last reader.
  pollfd reader{output.get(), 0, 0};
  EXPECT_EQ(poll(&reader, 1, 5000), 1);
  EXPECT_NE(reader.revents & POLLERR, 0);
  EXPECT_TRUE(store_.list().empty());

  // As if it had died between moving its layers into place and naming the image.
  write(layout().layer("sha256:" + std::string(64, 'a')) / "diff/f", "x");
  write(layout().blob("sha256:" + std::string(64, 'b')), "x");
  const Path path = write(directory_ / "a.tar", bytes);
  EXPECT_EQ(store_.load(path), Names{"docker.io/library/a:latest"});
  expectStored(1, 3);
}

}  // namespace
}  // namespace image
