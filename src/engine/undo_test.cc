#include <netinet/in.h>
#include <sys/socket.h>

#include "base/json.h"
#include "engine/test_engine.h"

/// Whatever fails midway leaves registry, directories, cgroups and leases as they were.
namespace engine {
namespace {

class Undo : public EngineTest {
 protected:
  /// What the step is refused with; it must leave no trace.
  static std::optional<Error> refusal(const std::function<void()>& step) {
    const std::set<std::string> before = traces();
    std::optional<Error> error = errorOf(step);
    EXPECT_TRUE(error) << "was not refused";
    EXPECT_TRUE(waitFor([&] { return traces() == before; }));
    EXPECT_EQ(traces(), before);
    return error;
  }
  static ErrorKind refused(const std::function<void()>& step) {
    const std::optional<Error> error = refusal(step);
    return error ? error->kind() : ErrorKind::internal;
  }
};

/// A TCP port of the host that somebody else has.
class TakenPort {
 public:
  TakenPort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    socklen_t size = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(socket_.get(), generic, size), 0);
    EXPECT_EQ(::listen(socket_.get(), 1), 0);
    EXPECT_EQ(::getsockname(socket_.get(), generic, &size), 0);
    number_ = ntohs(address.sin_port);
  }
  PortMapping mapping() const { return {"", number_, 80, 1, "tcp"}; }

 private:
  UniqueFd socket_;
  std::uint16_t number_ = 0;
};

TEST_F(Undo, ANameInUse) {
  engine().createPod(pod("web"));
  engine().createContainer(container("one", {"true"}));
  EXPECT_EQ(refused([] { engine().createPod(pod("web")); }), ErrorKind::exists);
  EXPECT_EQ(refused([] { engine().createPod(pod("one")); }), ErrorKind::exists);
  EXPECT_EQ(refused([] { engine().createContainer(container("web", {"true"})); }),
            ErrorKind::exists);
  EXPECT_EQ(refused([] { engine().createContainer(container("one", {"true"})); }),
            ErrorKind::exists);
}

TEST_F(Undo, AnUnknownImage) {
  ContainerSpec spec = container("one", {"true"});
  spec.image = "nope";
  const auto error = refusal([&] { engine().createContainer(spec); });
  EXPECT_EQ(error->kind(), ErrorKind::not_found);
  EXPECT_NE(std::string(error->what()).find("nope"), std::string::npos);
}

TEST_F(Undo, AnUnknownPodOrNamespaceTarget) {
  EXPECT_EQ(refused([] { engine().createContainer(container("one", {"true"}, "nope")); }),
            ErrorKind::not_found);
  ContainerSpec spec = container("one", {"true"});
  spec.namespaces[NamespaceKind::net] = {NamespaceMode::Source::container, "nope"};
  EXPECT_EQ(refused([&] { engine().createContainer(spec); }), ErrorKind::not_found);
  spec.namespaces[NamespaceKind::net] = {NamespaceMode::Source::path, "/nonexistent"};
  EXPECT_EQ(refused([&] { engine().createContainer(spec); }), ErrorKind::not_found);
}

TEST_F(Undo, ANamespaceOfTheWrongKind) {
  ContainerSpec spec = container("one", {"true"});
  spec.namespaces[NamespaceKind::uts] = {NamespaceMode::Source::path, "/proc/self/ns/ipc"};
  const std::string id = engine().createContainer(spec);
  refused([&] { engine().startContainer(id); });
  EXPECT_EQ(engine().containerSummary(id).state.status, "created");
}

TEST_F(Undo, AnAddressOutsideTheNetworkOrTaken) {
  ContainerSpec spec = container("one", {"true"});
  spec.network.ip = "192.0.2.1";
  refused([&] { engine().createContainer(spec); });
  PodSpec web = pod("web");
  web.network.ip = network::bridgeFor(engine().layout().root).gateway4 + "7";
  engine().createPod(web);
  spec.network.ip = web.network.ip;
  EXPECT_EQ(refused([&] { engine().createContainer(spec); }), ErrorKind::in_use);
  PodSpec other = pod("other");
  other.network.ip = web.network.ip;
  EXPECT_EQ(refused([&] { engine().createPod(other); }), ErrorKind::in_use);
}

TEST_F(Undo, AMissingUser) {
  ContainerSpec spec = container("one", {"true"});
  spec.user = "nobody-here";
  const std::string id = engine().createContainer(spec);
  const auto error = refusal([&] { engine().startContainer(id); });
  EXPECT_NE(std::string(error->what()).find("nobody-here"), std::string::npos);
  EXPECT_EQ(engine().containerSummary(id).state.status, "created");
}

TEST_F(Undo, ACommandThatIsNotThereOrNotExecutable) {
  engine().createContainer(container("one", {"nope"}));
  EXPECT_EQ(refused([] { engine().startContainer("one"); }), ErrorKind::no_command);
  engine().createContainer(container("two", {"/etc/text"}));
  EXPECT_EQ(refused([] { engine().startAttached("two", false); }), ErrorKind::not_executable);
}

TEST_F(Undo, APortInUseOnTheHost) {
  const TakenPort taken;
  ContainerSpec spec = container("one", {"sleep", "100"});
  spec.network.ports = {taken.mapping()};
  engine().createContainer(spec);
  EXPECT_EQ(refused([] { engine().startContainer("one"); }), ErrorKind::in_use);
  PodSpec web = pod("web");
  web.network.ports = {taken.mapping()};
  engine().createPod(web);
  EXPECT_EQ(refused([] { engine().startPod("web"); }), ErrorKind::in_use);
  EXPECT_EQ(engine().podSummary("web").infraId.empty(), false);
}

TEST_F(Undo, APortInUseThatAMemberAsksFor) {
  const TakenPort taken;
  engine().createPod(pod("web"));
  engine().startPod("web");
  ContainerSpec spec = container("one", {"sleep", "100"}, "web");
  spec.network.ports = {taken.mapping()};
  engine().createContainer(spec);
  EXPECT_EQ(refused([] { engine().startContainer("one"); }), ErrorKind::in_use);
  EXPECT_TRUE(engine().ports("one").empty());
}

TEST_F(Undo, APortOfAMemberThatCannotStartIsTakenBack) {
  engine().createPod(pod("web"));
  engine().startPod("web");
  ContainerSpec spec = container("one", {"nope"}, "web");
  spec.network.ports = {{"", 18081, 80, 1, "tcp"}};
  engine().createContainer(spec);
  EXPECT_EQ(refused([] { engine().startContainer("one"); }), ErrorKind::no_command);
  EXPECT_TRUE(engine().ports("one").empty());
  EXPECT_EQ(engine().inspectPod("web")["InfraConfig"]["PortBindings"], Json::object());
}

TEST_F(Undo, AMembersOwnNetworkThatCannotBe) {
  const TakenPort taken;
  PodSpec web = pod("web");
  web.share = {NamespaceKind::ipc};
  engine().createPod(web);
  engine().startPod("web");
  ContainerSpec spec = container("one", {"sleep", "100"}, "web");
  spec.network.ports = {taken.mapping()};
  engine().createContainer(spec);
  EXPECT_EQ(refused([] { engine().startContainer("one"); }), ErrorKind::in_use);
}

TEST_F(Undo, UserErrorsAreFoundAtCreate) {
  const auto atCreate = [](const std::function<void(ContainerSpec&)>& set) {
    return refused([&] {
      ContainerSpec spec = container("one", {"true"});
      set(spec);
      engine().createContainer(spec);
    });
  };
  EXPECT_EQ(atCreate([](ContainerSpec& spec) { spec.resources.memory = 1; }), ErrorKind::invalid);
  EXPECT_EQ(atCreate([](ContainerSpec& spec) { spec.capAdd = {"FOO"}; }), ErrorKind::invalid);
  EXPECT_EQ(atCreate([](ContainerSpec& spec) { spec.workdir = "rel"; }), ErrorKind::invalid);
  EXPECT_EQ(atCreate([](ContainerSpec& spec) { spec.devices = {"/dev/nope"}; }),
            ErrorKind::invalid);
  EXPECT_EQ(atCreate([](ContainerSpec& spec) { spec.stopSignal = "FOO"; }), ErrorKind::invalid);
  EXPECT_EQ(atCreate([](ContainerSpec& spec) {
              spec.ulimits = {{"foo", 1, 1}};
            }),
            ErrorKind::invalid);
  EXPECT_EQ(atCreate([](ContainerSpec& spec) { spec.name = "a b"; }), ErrorKind::invalid);
}

TEST_F(Undo, AVolumeThatCannotBeFilledLeavesNoContainer) {
  const image::Image box = engine().images().get("volume");
  // A layer that is gone: what a damaged store looks like.
  const Path moved = box.layers[0].native() + ".away";
  ASSERT_EQ(::rename(box.layers[0].c_str(), moved.c_str()), 0);
  ContainerSpec spec = container("one", {"true"});
  spec.image = "volume";
  const auto error = refusal([&] { engine().createContainer(spec); });
  ASSERT_EQ(::rename(moved.c_str(), box.layers[0].c_str()), 0);
  EXPECT_TRUE(error);
}

}  // namespace
}  // namespace engine
