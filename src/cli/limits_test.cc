#include "cli/limits.h"

#include <gtest/gtest.h>

namespace cli {
namespace {

std::string refusalOf(const std::function<void()>& step) {
  try {
    step();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

Resources limits(const std::vector<std::string>& line) {
  Options options("run", "IMAGE");
  Resources resources;
  addLimits(options, resources);
  options.parse(line, Options::Order::anywhere);
  checkLimits(resources);
  return resources;
}

TEST(Limits, ReadValues) {
  const auto resources =
      limits({"--cpus=1.5", "-m", "6g", "--memory-swap=-1", "--cpu-shares", "512", "--cpuset-cpus",
              "0-3,6", "--memory-reservation=1m", "--pids-limit", "-1"});
  EXPECT_EQ(resources.cpus, 1.5);
  EXPECT_EQ(resources.memory, 6LL << 30);
  EXPECT_EQ(resources.memorySwap, -1);
  EXPECT_EQ(resources.cpuShares, 512U);
  EXPECT_EQ(resources.cpusetCpus, "0-3,6");
  EXPECT_EQ(resources.memoryReservation, 1 << 20);
  EXPECT_EQ(resources.pidsLimit, -1);
}

TEST(Limits, ZeroIsNoLimit) {
  const auto resources = limits({"--cpus=0", "--memory=0", "--cpu-shares=0"});
  EXPECT_EQ(resources.cpus, 0);
  EXPECT_EQ(resources.memory, 0);
  EXPECT_EQ(resources.cpuShares, 0U);
}

TEST(Limits, OfDevices) {
  const auto resources = limits({"--device-read-bps=/dev/sda:1mb,/dev/sdb:5", "--device-write-iops",
                                 "/dev/sda:12", "--blkio-weight-device=/dev/sda:200",
                                 "--blkio-weight", "10", "--cgroup-conf=memory.high=5m=x"});
  ASSERT_EQ(resources.readBps.size(), 2U);
  EXPECT_EQ(resources.readBps[0].device, "/dev/sda");
  EXPECT_EQ(resources.readBps[0].value, 1U << 20);
  EXPECT_EQ(resources.readBps[1].value, 5U);
  EXPECT_EQ(resources.writeIops.at(0).value, 12U);
  EXPECT_EQ(resources.blkioWeightDevice.at(0).value, 200U);
  EXPECT_EQ(resources.blkioWeight, 10U);
  EXPECT_EQ(resources.cgroupConf.at("memory.high"), "5m=x");
  for (const char* bad :
       {"--device-read-bps=sda:1mb", "--device-read-bps=/dev/sda", "--device-read-bps=/dev/sda:-1",
        "--device-write-iops=/dev/sda:1mb", "--blkio-weight=9", "--blkio-weight=1001",
        "--blkio-weight-device=/dev/sda:5", "--memory-swappiness=101", "--cgroup-conf=memory.high",
        "--cgroup-conf=../memory.high=1", "--cpu-rt-runtime=x"}) {
    EXPECT_NE(refusalOf([&] { limits({bad}); }), "") << bad;
  }
}

TEST(Limits, RefusalsNameOptionValueAndRule) {
  EXPECT_EQ(
      refusalOf([] { limits({"--memory=5x"}); }),
      "option --memory: invalid value \"5x\": it must be a number with an optional unit b, k, "
      "m, g or t, such as 512m");
  EXPECT_EQ(refusalOf([] {
              limits({"-m", "-1"});
            }).substr(0, 33),
            "option -m: invalid value \"-1\": it");
  EXPECT_EQ(refusalOf([] { limits({"--cpus=many"}); }),
            "option --cpus: invalid value \"many\": it must be a number of CPUs, such as 1.5");
  for (const char* bad : {"--cpus=-1", "--cpus=0.001", "--cpus=nan", "--cpu-shares=1",
                          "--cpuset-cpus=3-1", "--cpuset-cpus=", "--cpuset-mems=a",
                          "--memory-swap=12q", "--pids-limit=x", "--cpu-quota=x"}) {
    EXPECT_NE(refusalOf([&] { limits({bad}); }), "") << bad;
  }
}

TEST(Limits, ContradictionsAreRefused) {
  EXPECT_NE(refusalOf([] { limits({"--cpus=1", "--cpu-quota=1000"}); }), "");
  EXPECT_NE(refusalOf([] { limits({"--memory-swap=1g"}); }), "");
  EXPECT_NE(refusalOf([] { limits({"--memory=2g", "--memory-swap=1g"}); }), "");
  EXPECT_NE(refusalOf([] { limits({"--memory=1g", "--memory-reservation=2g"}); }), "");
  EXPECT_EQ(refusalOf([] { limits({"--memory=1g", "--memory-swap=1g"}); }), "");
}

TEST(Ulimit, ReadsSoftAndHard) {
  const auto limit = parseUlimit("nofile=1024:2048");
  EXPECT_EQ(limit.name, "nofile");
  EXPECT_EQ(limit.soft, 1024);
  EXPECT_EQ(limit.hard, 2048);
  EXPECT_EQ(parseUlimit("RLIMIT_CORE=-1").soft, -1);
  EXPECT_EQ(parseUlimit("nproc=5").hard, 5);
  for (const char* bad :
       {"nofile", "nofile=", "nofile=a", "nofile=2:1", "files=1", "nofile=-1:5"}) {
    EXPECT_THROW(parseUlimit(bad), Error) << bad;
  }
}

TEST(RestartPolicy, KnowsPodmansWords) {
  EXPECT_EQ(parseRestartPolicy("on-failure:3").maxRetries, 3U);
  EXPECT_EQ(parseRestartPolicy("on-failure").maxRetries, 0U);
  EXPECT_EQ(parseRestartPolicy("never").name, "no");
  EXPECT_EQ(parseRestartPolicy("unless-stopped").name, "unless-stopped");
  for (const char* bad : {"sometimes", "always:3", "on-failure:", "on-failure:x", ""}) {
    EXPECT_THROW(parseRestartPolicy(bad), Error) << bad;
  }
}

}  // namespace
}  // namespace cli
