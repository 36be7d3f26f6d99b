#include <csignal>
#include <filesystem>

#include "base/id.h"
#include "base/json.h"
#include "engine/engine.h"
#include "engine/test_engine.h"

namespace engine {
namespace {

class Containers : public EngineTest {};

TEST_F(Containers, RunsACommandAndHandsItsOutputAndCodeThrough) {
  const Output output = runToEnd(container("", {"sh", "-c", "echo out; echo err >&2; exit 3"}));
  EXPECT_EQ(output.code, 3);
  EXPECT_TRUE(contains(output.text, "out\n"));
  EXPECT_TRUE(contains(output.text, "err\n"));
}

TEST_F(Containers, AContainerHasItsOwnEverything) {
  const std::string id = run(container("one", {"sleep", "100"}));
  for (const NamespaceTraits& entry : namespaceTable) {
    EXPECT_NE(namespaceOf(id, entry.kind),
              std::filesystem::read_symlink(cat("/proc/self/ns/", entry.name)).native());
  }
  EXPECT_EQ(exec(id, {"hostname"}).text, id.substr(0, 12) + "\n");
  EXPECT_EQ(engine().containerSummary("one").state.status, "running");
  engine().stopContainer("one", 0);
  EXPECT_EQ(engine().containerSummary("one").state.status, "exited");
  EXPECT_EQ(engine().waitContainer("one"), 137);
}

TEST_F(Containers, AFreePortOfTheHostIsChosenAndShown) {
  ContainerSpec spec = container("single", {"sleep", "100"});
  spec.network.ports = {{"", 0, 80, 1, "tcp"}};
  run(spec);
  EXPECT_NE(engine().ports("single").at(0).hostPort, 0);
  PodSpec web = pod("web");
  web.share = {NamespaceKind::uts};
  engine().createPod(web);
  spec.name = "member";
  spec.pod = "web";
  spec.cgroupParent.clear();
  run(spec);
  EXPECT_NE(engine().ports("member").at(0).hostPort, 0);
  ContainerSpec guest = container("guest", {"sleep", "100"});
  guest.namespaces[NamespaceKind::net] = {NamespaceMode::Source::container, "single"};
  run(guest);
  EXPECT_EQ(engine().ports("guest"), engine().ports("single"));
}

TEST_F(Containers, JoinsAnotherContainersNamespacesAndStartsIt) {
  engine().createContainer(container("base", {"sleep", "100"}));
  ContainerSpec spec = container("guest", {"sleep", "100"});
  for (const NamespaceTraits& entry : namespaceTable) {
    spec.namespaces[entry.kind] = {NamespaceMode::Source::container, "base"};
  }
  run(spec);
  EXPECT_EQ(engine().containerSummary("base").state.status, "running");
  for (const NamespaceTraits& entry : namespaceTable) {
    EXPECT_EQ(namespaceOf("guest", entry.kind), namespaceOf("base", entry.kind)) << entry.name;
  }
  EXPECT_EQ(exec("guest", {"cat", "/etc/hosts"}).text, exec("base", {"cat", "/etc/hosts"}).text);
  EXPECT_EQ(exec("base", {"touch", "/dev/shm/mark"}).code, 0);
  EXPECT_EQ(exec("guest", {"ls", "/dev/shm"}).text, "mark\n");
  const auto refused = errorOf([] { engine().removeContainer("base", true, 0); });
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->kind(), ErrorKind::in_use);
  EXPECT_TRUE(contains(refused->what(), "guest"));
}

TEST_F(Containers, ExecRunsAsAskedAndOnlyInARunningContainer) {
  ContainerSpec spec = container("one", {"sleep", "100"});
  spec.env = {"A=1"};
  const std::string id = run(spec);
  EXPECT_EQ(exec(id, {"sh", "-c", "echo $A $HOSTNAME"}).text, cat("1 ", id.substr(0, 12), "\n"));
  EXPECT_TRUE(contains(exec(id, {"id"}, "user").text, "uid=1000(user)"));
  EXPECT_EQ(exec(id, {"sh", "-c", "exit 7"}).code, 7);
  EXPECT_EQ(errorOf([&] { exec(id, {"nope"}); })->kind(), ErrorKind::no_command);
  engine().stopContainer(id, 0);
  EXPECT_EQ(errorOf([&] { exec(id, {"true"}); })->kind(), ErrorKind::in_use);
}

TEST_F(Containers, TopShowsTheContainersProcessesAsItSeesThem) {
  run(container("one", {"sh", "-c", "sleep 100; true"}));
  // The shell's child is a copy of the shell until it executes.
  ASSERT_TRUE(waitFor([] {
    const auto rows = engine().top("one", {});
    return rows.size() == 3 && rows[2][7] == "sleep 100";
  }));
  const auto rows = engine().top("one", {});
  EXPECT_EQ(rows[0], (std::vector<std::string>{"USER", "PID", "PPID", "%CPU", "ELAPSED", "TTY",
                                               "TIME", "COMMAND"}));
  EXPECT_EQ(rows[1][0], "root");
  EXPECT_EQ(rows[1][1], "1");
  EXPECT_EQ(rows[1][2], "0");
  EXPECT_EQ(rows[2][2], "1");
  EXPECT_EQ(engine().top("one", {"pid,comm"})[1].size(), 2U);
  EXPECT_EQ(errorOf([] { engine().top("one", {"nope"}); })->kind(), ErrorKind::invalid);
}

TEST_F(Containers, AnImagesVolumeUserAndLabelsAreTheContainers) {
  ContainerSpec spec = container("one", {"sh", "-c", "cat /data/file; id -u"});
  spec.image = "volume";
  const std::string id = engine().createContainer(spec);
  EXPECT_EQ(engine().containerSummary(id).labels.at("from"), "image");
  engine().removeContainer(id, false, {});
  EXPECT_EQ(runToEnd(spec).text, "content\n1000\n");
}

TEST_F(Containers, ARunningContainerIsRemovedWithForceOnly) {
  run(container("one", {"sleep", "100"}));
  const auto refused = errorOf([] { engine().removeContainer("one", false, {}); });
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->kind(), ErrorKind::in_use);
  EXPECT_TRUE(contains(refused->what(), "without force"));
  EXPECT_NO_THROW(engine().removeContainer("one", true, 0));
  EXPECT_EQ(errorOf([] { engine().containerSummary("one"); })->kind(), ErrorKind::not_found);
}

TEST_F(Containers, WhatOnlyARunningContainerCan) {
  engine().createContainer(container("one", {"sleep", "100"}));
  EXPECT_EQ(errorOf([] { engine().killContainer("one", SIGTERM); })->kind(), ErrorKind::in_use);
  EXPECT_EQ(errorOf([] { engine().pauseContainer("one"); })->kind(), ErrorKind::in_use);
  EXPECT_EQ(errorOf([] { engine().unpauseContainer("one"); })->kind(), ErrorKind::in_use);
  EXPECT_EQ(errorOf([] { engine().attach("one", false); })->kind(), ErrorKind::in_use);
  EXPECT_EQ(errorOf([] { engine().top("one", {}); })->kind(), ErrorKind::in_use);
  EXPECT_NO_THROW(engine().stopContainer("one", 0));
  EXPECT_EQ(engine().waitContainer("one"), 0);
}

TEST_F(Containers, PausesAndGoesOn) {
  run(container("one", {"sleep", "100"}));
  engine().pauseContainer("one");
  EXPECT_EQ(engine().containerSummary("one").state.status, "paused");
  EXPECT_EQ(errorOf([] { engine().pauseContainer("one"); })->kind(), ErrorKind::in_use);
  EXPECT_EQ(errorOf([] { exec("one", {"true"}); })->kind(), ErrorKind::in_use);
  engine().unpauseContainer("one");
  EXPECT_EQ(engine().containerSummary("one").state.status, "running");
}

TEST_F(Containers, ADeadKeepersContainerIsReclaimed) {
  const std::string id = run(container("one", {"sleep", "100"}));
  const pid_t pid = engine().containerSummary(id).state.pid;
  ASSERT_EQ(::kill(context().registry.findContainer(id)->keeper->pid, SIGKILL), 0);
  engine().stopContainer(id, 0);
  EXPECT_TRUE(waitFor([&] { return engine().containerSummary(id).state.status == "exited"; }));
  EXPECT_TRUE(waitFor([&] { return ::kill(pid, 0) != 0; }));
  EXPECT_NO_THROW(engine().startContainer(id));
  EXPECT_EQ(engine().containerSummary(id).state.status, "running");
}

TEST_F(Containers, AfterARebootAContainerHasExitedAndCanBeStarted) {
  const std::string id = run(container("one", {"sleep", "100"}));
  engine().stopContainer(id, 0);
  // What a reboot leaves: neither run directory nor an exit status.
  waitFor([&] { return !keeper::keeperRuns(context().layout, id); });
  removeTree(context().layout.runroot);
  const Path directory = context().layout.container(id);
  removeTree(directory / "exit.json");
  EXPECT_EQ(engine().containerSummary(id).state.status, "created");
  std::string bundle = readFile(directory / "config.json");
  bundle.replace(bundle.find(bootId()), bootId().size(), "earlier");
  replaceFile(directory / "config.json", bundle);
  EXPECT_EQ(engine().containerSummary(id).state.status, "exited");
  engine().startContainer(id);
  EXPECT_EQ(engine().containerSummary(id).state.status, "running");
}

TEST_F(Containers, StoppingEndsARestartPolicyToo) {
  ContainerSpec spec = container("one", {"false"});
  spec.restart.name = "always";
  run(spec);
  ASSERT_TRUE(waitFor([] { return engine().containerSummary("one").state.restarts > 0; }));
  engine().stopContainer("one", 0);
  const unsigned restarts = engine().containerSummary("one").state.restarts;
  EXPECT_NO_THROW(engine().removeContainer("one", false, {}));
  EXPECT_LT(restarts, 100U);
}

TEST_F(Containers, AnImageInUseStays) {
  engine().createContainer(container("one", {"true"}));
  const auto refused = errorOf([] { engine().removeImage("box", false); });
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->kind(), ErrorKind::in_use);
  EXPECT_TRUE(contains(refused->what(), "one"));
}

TEST_F(Containers, InfoHasPodmansFields) {
  const Json info = engine().info();
  EXPECT_GT(info["host"]["cpus"], 0);
  EXPECT_GT(info["host"]["memTotal"], 0);
  EXPECT_EQ(info["store"]["graphDriverName"], "overlay");
}

}  // namespace
}  // namespace engine
