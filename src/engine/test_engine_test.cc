#include "engine/test_engine.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "kernel/process.h"

namespace engine {

std::unique_ptr<Engine> EngineTest::engine_;
std::unique_ptr<Context> EngineTest::context_;
Path EngineTest::root_;

namespace {

/// Once for the test program: nothing of it touches the machine's network.
bool isolate() {
  static const bool done = [] {
    return ::unshare(CLONE_NEWNET | CLONE_NEWNS) == 0 &&
           ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
           std::system("ip link set lo up") == 0;
  }();
  return done;
}

void makeImage(const Path& directory, image::Store& store) {
  const std::string script =
      cat("set -e; cd '", directory.native(),
          "'; mkdir -p rootfs/bin rootfs/etc rootfs/tmp rootfs/root",
          " rootfs/data; cp /bin/busybox rootfs/bin/; for a in sh ls sleep cat true false id env ",
          "hostname nc readlink ps kill touch wc; do ln -s busybox rootfs/bin/$a; done; ",
          "echo content > rootfs/data/file; echo text > rootfs/etc/text; ",
          "printf 'root:x:0:0::/root:/bin/sh\\nuser:x:1000:1000::/home/user:/bin/sh\\n' > ",
          "rootfs/etc/passwd; printf 'root:x:0:\\nuser:x:1000:\\n' > rootfs/etc/group; ",
          "tar -C rootfs -cf box.tar .");
  ASSERT_EQ(std::system(script.c_str()), 0);
  store.import(directory / "box.tar", "localhost/box", {"CMD [\"sh\"]"}, "");
  store.import(directory / "box.tar", "localhost/volume",
               {"CMD [\"sh\"]", "VOLUME /data", "USER user", "LABEL from=image"}, "");
}

void addTree(const Path& directory, std::set<std::string>& traces) {
  std::error_code none;
  for (auto entry = std::filesystem::recursive_directory_iterator(directory, none);
       entry != std::filesystem::recursive_directory_iterator(); entry.increment(none)) {
    traces.insert(entry->path().native());
  }
}

void addCgroups(const std::string& parent, std::set<std::string>& traces) {
  for (const auto& mount : std::filesystem::directory_iterator("/sys/fs/cgroup")) {
    std::error_code none;
    for (const auto& entry :
         std::filesystem::directory_iterator(mount.path().native() + parent, none)) {
      if (entry.is_directory()) {
        traces.insert(entry.path().native());
      }
    }
  }
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator("/sys/fs/cgroup" + parent, none)) {
    if (entry.is_directory()) {
      traces.insert(entry.path().native());
    }
  }
}

std::string readAll(int fd) {
  std::string text;
  std::array<char, 4096> buffer{};
  for (ssize_t size = 0; (size = ::read(fd, buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(size));
  }
  return text;
}

/// Keepers on their way out, and who empties the trash.
void awaitChildren() {
  ::alarm(60);
  while (::waitpid(-1, nullptr, __WALL) > 0 || errno == EINTR) {
  }
  ::alarm(0);
}

}  // namespace

void EngineTest::SetUpTestSuite() {
  if (::geteuid() != 0 || !isolate() || engine_) {
    return;
  }
  std::string path = testing::TempDir() + "engine-XXXXXX";
  ASSERT_NE(::mkdtemp(path.data()), nullptr);
  root_ = path;
  keeper::Layout layout;
  layout.root = root_ / "root";
  layout.runroot = root_ / "run";
  engine_ = std::make_unique<Engine>(layout);
  context_ = std::make_unique<Context>(layout);
  makeImage(root_, engine_->images());
}

void EngineTest::TearDownTestSuite() {
  if (!engine_) {
    return;
  }
  context_->cgroups().open(cgroupParent)->remove();
  context_.reset();
  engine_.reset();
  awaitChildren();
  removeTree(root_);
}

void EngineTest::SetUp() {
  if (!engine_) {
    GTEST_SKIP() << "needs root, and private network and mount namespaces";
  }
  before_ = traces();
  filesBefore_ = files();
}

void EngineTest::TearDown() {
  if (!engine_) {
    return;
  }
  for (int round = 0; round < 3; ++round) {  // dependents go before what they depend on
    for (const ContainerSummary& one : engine().listContainers()) {
      if (!one.infra && one.pod.empty()) {
        errorOf([&] { engine().removeContainer(one.id, true, 0); });
      }
    }
    for (const PodSummary& one : engine().listPods()) {
      errorOf([&] { engine().removePod(one.id, true, 0); });
    }
  }
  EXPECT_TRUE(waitFor([&] { return traces() == before_; }));
  EXPECT_EQ(traces(), before_);
  EXPECT_EQ(files(), filesBefore_);
}

std::set<std::string> EngineTest::traces() {
  std::set<std::string> lines;
  for (const store::PodRow& row : context().registry.pods()) {
    lines.insert(cat("pod ", row.name, " ", row.spec));
  }
  for (const store::ContainerRow& row : context().registry.containers()) {
    lines.insert(cat("container ", row.name, " ", row.spec));
  }
  for (const store::LeaseRow& row : context().registry.leases(network::defaultBridge().name)) {
    lines.insert(cat("lease ", row.address, " of ", row.owner));
  }
  for (const std::string& file : files()) {
    const Path path = file;
    const Path parent = path.parent_path();
    const bool live = path.extension() == ".container" || path.filename() == "keeper.sock" ||
                      path.filename() == "config.json";
    if (parent == root_ / "root/containers" || parent == root_ / "run/state" || live) {
      lines.insert(file);
    }
  }
  addCgroups(cgroupParent, lines);
  return lines;
}

std::set<std::string> EngineTest::files() {
  std::set<std::string> files;
  addTree(root_ / "root/containers", files);
  addTree(root_ / "run/state", files);
  addTree(root_ / "run/sandboxes", files);
  return files;
}

PodSpec EngineTest::pod(const std::string& name) {
  PodSpec spec;
  spec.name = name;
  spec.share = {NamespaceKind::net, NamespaceKind::ipc, NamespaceKind::uts};
  spec.cgroupParent = cgroupParent;
  return spec;
}

ContainerSpec EngineTest::container(const std::string& name, std::vector<std::string> command,
                                    const std::string& pod) {
  ContainerSpec spec;
  spec.name = name;
  spec.pod = pod;
  spec.image = "box";
  spec.command = std::move(command);
  spec.stopTimeout = 1;
  if (pod.empty()) {
    spec.cgroupParent = cgroupParent;
  }
  return spec;
}

std::string EngineTest::run(ContainerSpec spec) {
  std::string id = engine().createContainer(std::move(spec));
  engine().startContainer(id);
  return id;
}

EngineTest::Output EngineTest::runToEnd(ContainerSpec spec) {
  using Frame = keeper::Attachment::Frame;
  std::string id = engine().createContainer(std::move(spec));
  AttachedStart started = engine().startAttached(id, false);
  Output output;
  while (const auto frame = started.attachment.receive()) {
    if (frame->frame == Frame::exit) {
      output.code = parseNumber<int>(frame->data).value_or(-1);
      break;
    }
    output.text += frame->data;
  }
  engine().waitContainer(id);
  engine().removeContainer(id, true, 0);
  return output;
}

EngineTest::Output EngineTest::exec(const std::string& container, std::vector<std::string> command,
                                    const std::string& user) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const UniqueFd reader(ends[0]);
  Engine::ExecRequest request;
  request.command = std::move(command);
  request.user = user;
  request.stdout_ = UniqueFd(ends[1]);
  const runtime::Started started = engine().exec(container, std::move(request));
  Output output;
  output.text = readAll(reader.get());
  output.code = waitForExit(started.pidfd.get()).code;
  return output;
}

std::string EngineTest::namespaceOf(const std::string& container, NamespaceKind kind) {
  const pid_t pid = engine().containerSummary(container).state.pid;
  return std::filesystem::read_symlink(cat("/proc/", pid, "/ns/", traits(kind).name)).native();
}

std::optional<Error> EngineTest::errorOf(const std::function<void()>& step) {
  try {
    step();
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

bool EngineTest::waitFor(const std::function<bool()>& condition) {
  for (int attempt = 0; attempt < 300; ++attempt) {
    if (condition()) {
      return true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return condition();
}

}  // namespace engine
