#include "store/registry.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>

#include "base/id.h"
#include "base/test_dir.h"

namespace store {
namespace {

class RegistryTest : public testing::Test {
 protected:
  Path file() const { return dir_ / "state.db"; }

  static PodRow pod(const std::string& id, const std::string& name) {
    return {id, name, R"({"name":")" + name + "\"}", 1, std::nullopt};
  }
  static ContainerRow container(const std::string& id, const std::string& name,
                                const std::string& pod = "") {
    return {id, name, pod, "sha256:1", "{}", 2, std::nullopt};
  }
  void runSql(const char* sql) const {
    sqlite3* raw = nullptr;
    ASSERT_EQ(sqlite3_open(file().c_str(), &raw), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(raw, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(raw);
    sqlite3_close(raw);
  }

  TestDir dir_;
};

template <typename Step>
Error errorOf(Step&& step) {
  try {
    step();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error";
  return {ErrorKind::internal, ""};
}

TEST_F(RegistryTest, KeepsWhatWasAddedAcrossConnections) {
  {
    Registry registry(file());
    PodRow row = pod("aa11", "web");
    row.keeper = KeeperIdentity{"boot", 42, 18446744073709551615U};
    registry.addPod(row);
    registry.addContainer(container("bb22", "server", "aa11"));
  }
  const Registry registry(file());
  const auto found = registry.findPod("web");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, "aa11");
  EXPECT_EQ(found->spec, R"({"name":"web"})");
  EXPECT_EQ(found->created, 1);
  ASSERT_TRUE(found->keeper);
  EXPECT_EQ(found->keeper->bootId, "boot");
  EXPECT_EQ(found->keeper->pid, 42);
  EXPECT_EQ(found->keeper->startTime, 18446744073709551615U);
  const auto member = registry.findContainer("server");
  ASSERT_TRUE(member);
  EXPECT_EQ(member->pod, "aa11");
  EXPECT_EQ(member->image, "sha256:1");
  EXPECT_FALSE(member->keeper);
}

TEST_F(RegistryTest, LeavesNothingBesideTheFileWhenItCreatesIt) {
  Registry(file()).pods();
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(dir_.path())) {
    names.insert(entry.path().filename());
  }
  names.erase("state.db-wal");
  names.erase("state.db-shm");
  EXPECT_EQ(names, std::set<std::string>{"state.db"});
}

TEST_F(RegistryTest, TheLogOfManyCommandsIsShortened) {
  const Path log = file().native() + "-wal";
  int commands = 0;
  for (bool isLong = false; !isLong && commands < 1000; ++commands) {
    Registry registry(file());
    registry.addPod(pod(cat("aa", commands), cat("pod", commands)));
    isLong = registry.logIsLong();
  }
  EXPECT_GT(commands, 10);
  EXPECT_LT(commands, 1000);
  EXPECT_GT(std::filesystem::file_size(log), 0U);
  Registry(file()).shortenLog();
  EXPECT_EQ(std::filesystem::file_size(log), 0U);
  EXPECT_EQ(Registry(file()).pods().size(), static_cast<std::size_t>(commands));
  Registry last(file());
  last.addPod(pod("last", "last"));
  EXPECT_FALSE(last.logIsLong());
}

TEST_F(RegistryTest, CreatesTheDirectoriesAbove) {
  const Path below = dir_ / "a/b/state.db";
  Registry(below).addPod(pod("aa11", "web"));
  EXPECT_TRUE(Registry(below).findPod("aa11"));
}

TEST_F(RegistryTest, NamesAreUniqueAcrossPodsAndContainers) {
  Registry registry(file());
  registry.addPod(pod("aa1122334455667788", "web"));
  registry.addContainer(container("bb1122334455667788", "db"));
  const Error taken = errorOf([&] { registry.addContainer(container("cc", "web")); });
  EXPECT_EQ(taken.kind(), ErrorKind::exists);
  EXPECT_STREQ(taken.what(), "the name \"web\" is in use by pod aa1122334455");
  const Error other = errorOf([&] { registry.addPod(pod("dd", "db")); });
  EXPECT_STREQ(other.what(), "the name \"db\" is in use by container bb1122334455");
  EXPECT_EQ(registry.containers().size(), 1U);
  EXPECT_EQ(registry.pods().size(), 1U);
}

TEST_F(RegistryTest, RemovingFreesTheNameAndTheLeases) {
  Registry registry(file());
  registry.addPod(pod("aa", "web"));
  EXPECT_TRUE(registry.addLease({"podman", "10.0.0.2", "aa"}));
  registry.removePod("aa");
  registry.removePod("aa");
  EXPECT_FALSE(registry.findPod("aa"));
  EXPECT_TRUE(registry.leases("podman").empty());
  registry.addContainer(container("bb", "web"));
  registry.removeContainer("bb");
  registry.removeContainer("bb");
  registry.addPod(pod("cc", "web"));
}

TEST_F(RegistryTest, RenamesWhereTheNameIsFree) {
  Registry registry(file());
  registry.addPod(pod("aa", "web"));
  registry.addPod(pod("bb", "db"));
  registry.updatePod("aa", "front", "{\"x\":1}");
  EXPECT_FALSE(registry.findPod("web"));
  EXPECT_EQ(registry.findPod("front")->spec, "{\"x\":1}");
  EXPECT_EQ(errorOf([&] { registry.updatePod("aa", "db", "{}"); }).kind(), ErrorKind::exists);
  EXPECT_EQ(registry.findPod("aa")->name, "front");
  EXPECT_EQ(registry.findPod("aa")->spec, "{\"x\":1}");
  EXPECT_EQ(errorOf([&] { registry.updatePod("zz", "n", "{}"); }).kind(), ErrorKind::not_found);
  EXPECT_EQ(errorOf([&] { registry.updateContainer("aa", "n", "{}"); }).kind(),
            ErrorKind::not_found);
  registry.updatePod("aa", "n", "{}");
}

TEST_F(RegistryTest, APodWithContainersStays) {
  Registry registry(file());
  registry.addPod(pod("aa", "web"));
  registry.addContainer(container("bb", "db", "aa"));
  EXPECT_EQ(errorOf([&] { registry.removePod("aa"); }).kind(), ErrorKind::in_use);
  EXPECT_TRUE(registry.findPod("web"));
  registry.removeContainer("bb");
  registry.removePod("aa");
  EXPECT_FALSE(registry.findPod("web"));
}

TEST_F(RegistryTest, AContainerNeedsItsPod) {
  Registry registry(file());
  EXPECT_EQ(errorOf([&] { registry.addContainer(container("bb", "db", "aa")); }).kind(),
            ErrorKind::not_found);
  registry.addContainer(container("bb", "db"));  // the name was given back
}

TEST_F(RegistryTest, FindsByNameIdAndUnambiguousPrefix) {
  Registry registry(file());
  registry.addPod(pod("abc1", "first"));
  registry.addPod(pod("abd2", "second"));
  registry.addPod(pod("ffff", "abc1f"));
  registry.addPod(pod("1234", "abd"));
  EXPECT_EQ(registry.findPod("abc")->name, "first");
  EXPECT_EQ(registry.findPod("abc1")->name, "first");
  EXPECT_EQ(registry.findPod("abc1f")->name, "abc1f");
  EXPECT_EQ(registry.findPod("abd")->id, "1234") << "a name is stronger than a prefix";
  const Error error = errorOf([&] { registry.findPod("ab"); });
  EXPECT_EQ(error.kind(), ErrorKind::invalid);
  EXPECT_NE(std::string(error.what()).find("\"ab\""), std::string::npos);
  EXPECT_FALSE(registry.findPod(""));
  EXPECT_FALSE(registry.findPod("abc12"));
  EXPECT_FALSE(registry.findPod("%"));
  EXPECT_FALSE(registry.findContainer("first"));
}

TEST_F(RegistryTest, ListsOldestFirst) {
  Registry registry(file());
  PodRow young = pod("aa", "young");
  young.created = 20;
  registry.addPod(young);
  PodRow old = pod("bb", "old");
  old.created = 10;
  registry.addPod(old);
  registry.addContainer(container("c2", "m1", "bb"));
  registry.addContainer(container("c1", "m2", "bb"));
  registry.addContainer(container("c3", "m3", "aa"));
  EXPECT_EQ(registry.pods().front().name, "old");
  const auto members = registry.containersOf("bb");
  ASSERT_EQ(members.size(), 2U);
  EXPECT_EQ(members[0].name, "m1");
  EXPECT_EQ(registry.containers().size(), 3U);
}

TEST_F(RegistryTest, SetsAndClearsTheKeeper) {
  Registry registry(file());
  registry.addContainer(container("aa", "one"));
  registry.setKeeper("aa", KeeperIdentity{"boot", 7, 8});
  EXPECT_EQ(registry.findContainer("one")->keeper->startTime, 8U);
  registry.setKeeper("aa", std::nullopt);
  EXPECT_FALSE(registry.findContainer("one")->keeper);
  EXPECT_EQ(errorOf([&] { registry.setKeeper("zz", KeeperIdentity{}); }).kind(),
            ErrorKind::not_found);
}

TEST_F(RegistryTest, AnAddressIsLeasedOnce) {
  Registry registry(file());
  EXPECT_EQ(registry.lastLease("net"), "");
  EXPECT_TRUE(registry.addLease({"net", "10.0.0.2", "aa"}));
  EXPECT_FALSE(registry.addLease({"net", "10.0.0.2", "bb"}));
  EXPECT_TRUE(registry.addLease({"other", "10.0.0.2", "bb"}));
  EXPECT_TRUE(registry.addLease({"net", "10.0.0.3", "bb"}));
  EXPECT_EQ(registry.lastLease("net"), "10.0.0.3");
  EXPECT_EQ(registry.leases("net").size(), 2U);
  ASSERT_EQ(registry.leasesOf("bb").size(), 2U);
  registry.removeLeases("bb");
  EXPECT_TRUE(registry.leasesOf("bb").empty());
  EXPECT_EQ(registry.leases("net").at(0).owner, "aa");
  EXPECT_EQ(registry.lastLease("net"), "10.0.0.3") << "it goes on from there";
}

TEST_F(RegistryTest, ATransactionThatThrowsLeavesNothing) {
  Registry registry(file());
  EXPECT_THROW(registry.transaction([&] {
    registry.addPod(pod("aa", "web"));
    registry.addLease({"net", "10.0.0.2", "aa"});
    throw Error(ErrorKind::invalid, "changed my mind");
  }),
               Error);
  EXPECT_TRUE(registry.pods().empty());
  EXPECT_TRUE(registry.leases("net").empty());
  EXPECT_EQ(registry.lastLease("net"), "");
  registry.addContainer(container("bb", "web"));
}

TEST_F(RegistryTest, AStepThatFailsInsideATransactionIsUndoneAlone) {
  Registry registry(file());
  const int result = registry.transaction([&] {
    registry.addPod(pod("aa", "web"));
    EXPECT_THROW(registry.addContainer(container("bb", "db", "none")), Error);
    return 5;
  });
  EXPECT_EQ(result, 5);
  EXPECT_TRUE(registry.findPod("web"));
  registry.addPod(pod("cc", "db"));
}

TEST_F(RegistryTest, RefusesANewerSchema) {
  Registry(file()).pods();
  runSql("PRAGMA user_version=99");
  const Error error = errorOf([&] { Registry(file()).pods(); });
  EXPECT_EQ(error.kind(), ErrorKind::unsupported);
  EXPECT_NE(std::string(error.what()).find("version 99"), std::string::npos);
}

TEST_F(RegistryTest, FillsAnEmptyFile) {
  replaceFile(file(), "");
  Registry(file()).addPod(pod("aa", "web"));
  EXPECT_TRUE(Registry(file()).findPod("web"));
}

TEST_F(RegistryTest, SaysWhichFileIsNone) {
  replaceFile(file(), std::string(5000, 'x'));
  const Error error = errorOf([&] { Registry(file()).pods(); });
  EXPECT_NE(std::string(error.what()).find(file().native()), std::string::npos) << error.what();
}

/// Runs step in a child; its exit status.
template <typename Step>
pid_t inChild(Step&& step) {
  const pid_t child = fork();
  if (child == 0) {
    int status = 0;
    try {
      step();
    } catch (const std::exception& error) {
      dprintf(STDERR_FILENO, "%s\n", error.what());
      status = 1;
    }
    _exit(status);
  }
  return child;
}

int statusOf(pid_t child) {
  int status = -1;
  waitpid(child, &status, 0);
  return status;
}

TEST_F(RegistryTest, AReaderNeedsNoWriteAccess) {
  if (getuid() != 0) {
    GTEST_SKIP() << "changing the user needs root";
  }
  Registry(file()).addPod(pod("aa", "web"));
  ASSERT_EQ(chmod(dir_.path().c_str(), 0755), 0);
  const auto lookWithoutPrivileges = [&] {
    if (setgid(65534) != 0 || setuid(65534) != 0) {
      throw systemError("changing the user");
    }
    Registry registry(file());
    if (!registry.findPod("web")) {
      throw Error(ErrorKind::not_found, "the pod is not seen");
    }
    const Error denied = errorOf([&] { registry.addPod(pod("bb", "other")); });
    if (denied.kind() != ErrorKind::denied) {
      throw Error(denied);
    }
  };
  EXPECT_EQ(statusOf(inChild(lookWithoutPrivileges)), 0) << "with no other connection";
  // The other connection in a process of its own: SQLite's do not survive a fork.
  int ready[2];
  int end[2];
  ASSERT_EQ(pipe2(ready, O_CLOEXEC), 0);
  ASSERT_EQ(pipe2(end, O_CLOEXEC), 0);
  const pid_t other = inChild([&] {
    close(end[1]);
    const Registry registry(file());
    if (!registry.findPod("web") || write(ready[1], "r", 1) != 1) {
      throw systemError("opening it beside the reader");
    }
    char byte = 0;
    static_cast<void>(!read(end[0], &byte, 1));
  });
  char byte = 0;
  close(ready[1]);
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  EXPECT_EQ(statusOf(inChild(lookWithoutPrivileges)), 0) << "beside another connection";
  close(end[1]);
  EXPECT_EQ(statusOf(other), 0);
  close(ready[0]);
  close(end[0]);
}

TEST_F(RegistryTest, ManyProcessesAtOnceAllSucceed) {
  constexpr int processes = 16;
  constexpr int inserts = 50;
  alarm(120);
  std::vector<pid_t> children;
  // The file is not there yet, so that creating it is part of the crowd.
  for (int process = 0; process < processes; ++process) {
    children.push_back(inChild([&, process] {
      for (int number = 0; number < inserts; ++number) {
        Registry registry(file());
        const std::string id = newId();
        registry.addPod(pod(id, cat("p", process, "-", number)));
        registry.transaction([&] { registry.addLease({"net", cat(process, ".", number), id}); });
        if (!registry.findPod(id.substr(0, 20))) {
          throw Error(ErrorKind::not_found, "own row is not seen");
        }
      }
    }));
  }
  for (const pid_t child : children) {
    EXPECT_EQ(statusOf(child), 0);
  }
  alarm(0);
  const Registry registry(file());
  EXPECT_EQ(registry.pods().size(), static_cast<std::size_t>(processes * inserts));
  EXPECT_EQ(registry.leases("net").size(), static_cast<std::size_t>(processes * inserts));
}

}  // namespace
}  // namespace store
