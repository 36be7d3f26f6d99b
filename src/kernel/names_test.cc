// Names and numbers of signals, capabilities and limits.

#include <gtest/gtest.h>
#include <sys/prctl.h>

#include "base/error.h"
#include "kernel/capability.h"
#include "kernel/process.h"
#include "kernel/rlimit.h"
#include "kernel/signal.h"

namespace {

TEST(SignalNames, AreReadInAllForms) {
  for (const char* name : {"TERM", "SIGTERM", "term", "SigTerm", "15"}) {
    EXPECT_EQ(signalByName(name), SIGTERM) << name;
  }
  EXPECT_EQ(signalByName("9"), SIGKILL);
  EXPECT_EQ(signalByName("CLD"), SIGCHLD);
  EXPECT_EQ(signalByName("SIGRTMIN"), SIGRTMIN);
  EXPECT_EQ(signalByName("SIGRTMIN+3"), SIGRTMIN + 3);
  EXPECT_EQ(signalByName("rtmax-1"), SIGRTMAX - 1);
  EXPECT_EQ(signalByName("64"), 64);
}

TEST(SignalNames, OthersAreNone) {
  for (const char* name : {"", "0", "65", "-1", "NONSENSE", "SIG", "RTMIN-1", "RTMIN+99", "RTMAX+1",
                           "RTMIN+", "15x"}) {
    EXPECT_FALSE(signalByName(name)) << name;
  }
}

TEST(SignalNames, ArePrinted) {
  EXPECT_EQ(signalName(SIGTERM), "SIGTERM");
  EXPECT_EQ(signalName(SIGCHLD), "SIGCHLD");
  EXPECT_EQ(signalName(SIGRTMIN + 3), "SIGRTMIN+3");
  for (int signal = 1; signal <= 64; ++signal) {
    EXPECT_EQ(signalByName(signalName(signal)), signal);
  }
}

TEST(Capabilities, NamesGoBothWays) {
  EXPECT_EQ(capabilityByName("CAP_CHOWN"), 0U);
  EXPECT_EQ(capabilityByName("sys_admin"), 21U);
  EXPECT_EQ(capabilityByName("checkpoint_restore"), 40U);
  EXPECT_FALSE(capabilityByName("CAP_NONSENSE"));
  for (unsigned i = 0; i <= 40; ++i) {
    EXPECT_EQ(capabilityByName(capabilityName(i)), i);
  }
  EXPECT_EQ(capabilityNames(0x401),
            (std::vector<std::string>{"CAP_CHOWN", "CAP_NET_BIND_SERVICE"}));
}

TEST(Capabilities, MaskNamesWhatIsUnknown) {
  EXPECT_EQ(capabilityMask({"CAP_CHOWN", "KILL"}), 0x21U);
  EXPECT_THROW(capabilityMask({"CAP_CHOWN", "nonsense"}), Error);
  EXPECT_GE(lastCapability(), 40U - 3);
}

TEST(Capabilities, SetsOfAProcessAreNarrowed) {
  if (geteuid() != 0) {
    GTEST_SKIP() << "needs capabilities to lose";
  }
  const Child child = cloneProcess({});
  if (child.pid == 0) {
    limitBoundingSet(0x401);
    setCapabilities({0x400, 0x401, 0x401});
    setAmbientSet(0x1);
    const CapabilitySets now = currentCapabilities();
    const bool right = now.effective == 0x400 && now.permitted == 0x401 &&
                       now.inheritable == 0x401 && prctl(PR_CAPBSET_READ, 0, 0, 0, 0) == 1 &&
                       prctl(PR_CAPBSET_READ, 5, 0, 0, 0) == 0 &&
                       prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 0, 0, 0) == 1 &&
                       prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 10, 0, 0) == 0;
    _exit(right ? 0 : 1);
  }
  EXPECT_EQ(waitForExit(child.pidfd.get()).code, 0);
}

TEST(Rlimits, NamesAndClamping) {
  EXPECT_EQ(rlimitByName("RLIMIT_NOFILE"), RLIMIT_NOFILE);
  EXPECT_EQ(rlimitByName("core"), RLIMIT_CORE);
  EXPECT_FALSE(rlimitByName("nonsense"));
  const Child child = cloneProcess({});
  if (child.pid == 0) {
    setRlimit(RLIMIT_NOFILE, 100, 200);
    setCapabilities({});
    setRlimit(RLIMIT_NOFILE, 150, 5000);  // more than it may have
    rlimit now{};
    getrlimit(RLIMIT_NOFILE, &now);
    _exit(now.rlim_cur == 150 && now.rlim_max == 200 ? 0 : 1);
  }
  EXPECT_EQ(waitForExit(child.pidfd.get()).code, 0);
}

}  // namespace
