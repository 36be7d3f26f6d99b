#include "runtime/process_setup.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include "runtime/seccomp_profile.h"
#include "runtime/test_container.h"

namespace runtime::test {
namespace {

using ProcessTest = ContainerTest;

std::string statusLine(const oci::RuntimeSpec& spec) {
  return run(spec).out;
}

TEST_F(ProcessTest, RootHasTheCapabilitiesOfTheSpecificationOnly) {
  // CHOWN 0, DAC_OVERRIDE 1, FOWNER 3, KILL 5, SETGID 6, SETUID 7, SETPCAP 8, NET_BIND_SERVICE 10,
  // SYS_CHROOT 18
  EXPECT_EQ(statusLine(spec("grep -E '^Cap(Inh|Prm|Eff|Bnd|Amb)' /proc/self/status")),
            "CapInh:\t0000000000000000\nCapPrm:\t00000000000405eb\nCapEff:\t00000000000405eb\n"
            "CapBnd:\t00000000000405eb\nCapAmb:\t0000000000000000\n");
}

TEST_F(ProcessTest, AnotherUserHasNoneButTheAmbientOnes) {
  oci::RuntimeSpec other = spec("grep -E '^Cap(Prm|Eff|Amb)' /proc/self/status");
  other.process.user.uid = 1000;
  EXPECT_EQ(statusLine(other),
            "CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nCapAmb:\t0000000000000000\n");
  auto& capabilities = *other.process.capabilities;
  capabilities.ambient = capabilities.inheritable = {"CAP_NET_BIND_SERVICE"};
  EXPECT_EQ(statusLine(other),
            "CapPrm:\t0000000000000400\nCapEff:\t0000000000000400\nCapAmb:\t0000000000000400\n");
}

TEST_F(ProcessTest, WithoutCapabilitiesRootHasNone) {
  oci::RuntimeSpec bare = spec("grep -E '^Cap(Eff|Bnd)' /proc/self/status");
  bare.process.capabilities.reset();
  EXPECT_EQ(statusLine(bare), "CapEff:\t0000000000000000\nCapBnd:\t0000000000000000\n");
}

TEST_F(ProcessTest, UnknownCapabilityIsRefused) {
  oci::RuntimeSpec wrong = spec("true");
  wrong.process.capabilities->bounding = {"CAP_NONSENSE"};
  try {
    run(wrong);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid);
    EXPECT_NE(std::string(error.what()).find("CAP_NONSENSE"), std::string::npos);
  }
}

TEST_F(ProcessTest, NoNewPrivileges) {
  oci::RuntimeSpec plain = spec("grep NoNewPrivs /proc/self/status");
  EXPECT_EQ(statusLine(plain), "NoNewPrivs:\t0\n");
  plain.process.noNewPrivileges = true;
  EXPECT_EQ(statusLine(plain), "NoNewPrivs:\t1\n");
}

TEST_F(ProcessTest, UserByNameTakesGroupsAndHomeOfTheImage) {
  LaunchOptions options;
  options.user = "web";
  EXPECT_EQ(run(spec("id; echo $HOME"), std::move(options)).out,
            "uid=1000(web) gid=1000(web) groups=10(wheel)\n/home/web\n");
}

TEST_F(ProcessTest, UserAndGroupByNumberAndFurtherGroups) {
  LaunchOptions options;
  options.user = "4242:2000";
  options.groups = {"web", "777"};
  EXPECT_EQ(run(spec("id; echo $HOME"), std::move(options)).out,
            "uid=4242 gid=2000(extra) groups=777,1000(web)\n/\n");
}

TEST_F(ProcessTest, MissingUserIsNamed) {
  for (const char* user : {"nobody-here", "web:nobody-here"}) {
    LaunchOptions options;
    options.user = user;
    try {
      run(spec("true"), std::move(options));
      FAIL() << "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::not_found);
      EXPECT_NE(std::string(error.what()).find("nobody-here"), std::string::npos);
    }
  }
}

TEST_F(ProcessTest, HomeOfTheSpecificationIsKept) {
  oci::RuntimeSpec given = spec("echo $HOME");
  given.process.env.push_back("HOME=/elsewhere");
  EXPECT_EQ(run(given).out, "/elsewhere\n");
}

TEST_F(ProcessTest, OtherUsersCanOpenTheirStandardOutputByName) {
  LaunchOptions options;
  options.user = "web";
  EXPECT_EQ(run(spec("echo text > /dev/stdout"), std::move(options)).out, "text\n");
}

TEST_F(ProcessTest, WorkingDirectoryIsCreatedForTheUser) {
  oci::RuntimeSpec moved = spec("pwd; stat -c %u:%g .");
  moved.process.cwd = "/srv/deep/er";
  LaunchOptions options;
  options.user = "web";
  EXPECT_EQ(run(moved, std::move(options)).out, "/srv/deep/er\n1000:1000\n");
}

TEST_F(ProcessTest, WorkingDirectoryThroughADescriptorOfOursStaysInside) {
  for (int fd = 3; fd < 24; ++fd) {
    oci::RuntimeSpec escape = spec("pwd");
    escape.process.cwd = cat("/proc/self/fd/", fd, "/..");
    try {
      EXPECT_EQ(run(escape).out.substr(0, 6), "/proc/") << fd;
    } catch (const Error&) {
      SUCCEED() << "refused, as most are";
    }
  }
}

TEST_F(ProcessTest, LimitsAreSetAndClampedToWhatIsPossible) {
  oci::RuntimeSpec limited = spec("ulimit -n; ulimit -Hn");
  limited.process.rlimits = {{"RLIMIT_NOFILE", 100, 200}};
  EXPECT_EQ(run(limited).out, "100\n200\n");
  rlimit own{};
  getrlimit(RLIMIT_NOFILE, &own);
  limited.process.rlimits = {{"RLIMIT_NOFILE", own.rlim_max, own.rlim_max + 1}};
  const Outcome outcome = run(limited);
  EXPECT_EQ(outcome.code, 0);
  EXPECT_NE(outcome.out.find(cat(own.rlim_max)), std::string::npos);
}

TEST_F(ProcessTest, OomScoreIsSetWherePossible) {
  oci::RuntimeSpec scored = spec("cat /proc/self/oom_score_adj");
  scored.process.oomScoreAdj = 500;
  EXPECT_EQ(run(scored).out, "500\n");
  scored.process.oomScoreAdj = -1000;
  EXPECT_EQ(run(scored).code, 0);
}

TEST_F(ProcessTest, UmaskAndSignalsAreFresh) {
  signal(SIGPIPE, SIG_IGN);
  const oci::RuntimeSpec status =
      usualSpec(root(), {"grep", "-E", "Sig(Blk|Ign)", "/proc/self/status"});
  EXPECT_EQ(run(status).out, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
  signal(SIGPIPE, SIG_DFL);
  oci::RuntimeSpec plain = spec("umask");
  EXPECT_EQ(run(plain).out, "0022\n");
  plain.process.user.umask = 0077;
  EXPECT_EQ(run(plain).out.substr(0, 5), "0077\n");
}

class SeccompTest : public ContainerTest {
 protected:
  /// Under our own profile, whatever the machine has.
  Outcome underProfile(const std::string& script, bool noNewPrivileges, const std::string& user) {
    oci::RuntimeSpec guarded = spec(script);
    guarded.process.noNewPrivileges = noNewPrivileges;
    LaunchOptions options;
    options.user = user;
    const Path profile = directory() / "profile.json";
    replaceFile(profile, defaultSeccompProfile);
    options.seccompFilter = seccompFilterFor(
        profile, capabilityMask(guarded.process.capabilities->bounding), directory() / "cache");
    return run(guarded, std::move(options));
  }
};

TEST_F(SeccompTest, ProfileRefusesWhatItSaysAndProgramsRun) {
  for (const bool noNewPrivileges : {false, true}) {
    for (const char* user : {"0", "web"}) {
      const Outcome outcome = underProfile(
          "grep Seccomp: /proc/self/status; mount -t tmpfs x /tmp; unshare -U true; echo done",
          noNewPrivileges, user);
      EXPECT_EQ(outcome.out.substr(0, 11), "Seccomp:\t2\n") << user;
      EXPECT_NE(outcome.out.find("mount: permission denied"), std::string::npos) << outcome.out;
      EXPECT_NE(outcome.out.find("unshare(0x10000000): Operation not permitted"), std::string::npos)
          << outcome.out;
      EXPECT_NE(outcome.out.find("done"), std::string::npos) << outcome.out;
    }
  }
}

TEST_F(SeccompTest, ExecIsUnderTheFilterToo) {
  const Running container(spec("exec sleep 60"));
  LaunchOptions options;
  options.seccompFilter = seccompFilterFor({}, 0, directory() / "cache");
  EXPECT_EQ(exec(container.pid(), spec("grep Seccomp: /proc/self/status"), std::move(options)).out,
            "Seccomp:\t2\n");
}

TEST_F(SeccompTest, RulesOfTheSpecificationAreCompiledAndKept) {
  oci::RuntimeSpec guarded = spec("mkdir /tmp/x; echo done");
  guarded.linux_.seccomp.emplace();
  guarded.linux_.seccomp->defaultAction = "SCMP_ACT_ALLOW";
  guarded.linux_.seccomp->syscalls.push_back({{"mkdir", "mkdirat"}, "SCMP_ACT_ERRNO", EXDEV, {}});
  for (int i = 0; i < 2; ++i) {
    LaunchOptions options;
    options.seccompCache = directory() / "cache";
    EXPECT_EQ(run(guarded, std::move(options)).out,
              "mkdir: can't create directory '/tmp/x': Invalid cross-device link\ndone\n");
  }
  EXPECT_FALSE(std::filesystem::is_empty(directory() / "cache"));
}

class TerminalTest : public ContainerTest {
 protected:
  static std::string readTerminal(int master) {
    std::string text;
    char buffer[256];
    for (ssize_t length = 0; (length = read(master, buffer, sizeof buffer)) > 0;) {
      text.append(buffer, static_cast<std::size_t>(length));
    }
    return text;
  }
};

TEST_F(TerminalTest, IsOfTheContainersOwnDevptsAndControls) {
  oci::RuntimeSpec interactive =
      spec("tty; stty size; echo hello > /dev/console; echo tty > /dev/tty; stat -c %u $(tty)");
  interactive.process.terminal = true;
  interactive.process.consoleHeight = 33;
  interactive.process.consoleWidth = 99;
  LaunchOptions options;
  options.user = "web";
  const Started started = Launch::container(interactive, std::move(options)).wait();
  ASSERT_TRUE(started.console);
  EXPECT_EQ(readTerminal(started.console.get()), "/dev/pts/0\r\n33 99\r\nhello\r\ntty\r\n1000\r\n");
  EXPECT_EQ(waitForExit(started.pidfd.get()).code, 0);
}

TEST_F(TerminalTest, ExecGetsOneInTheRunningContainer) {
  const Running container(spec("exec sleep 60"));
  oci::RuntimeSpec interactive = spec("tty; test -t 0 && echo yes");
  interactive.process.terminal = true;
  const Started started = Launch::exec(container.pid(), interactive, {}).wait();
  ASSERT_TRUE(started.console);
  EXPECT_EQ(readTerminal(started.console.get()), "/dev/pts/0\r\nyes\r\n");
  waitForExit(started.pidfd.get());
}

}  // namespace
}  // namespace runtime::test
