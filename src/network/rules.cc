#include "network/rules.h"

#include <fcntl.h>
#include <linux/netfilter.h>
#include <net/if.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/error.h"
#include "base/text.h"
#include "kernel/process.h"

namespace network {

const nftables::Table table{"peapod"};

namespace {

/// Counts up with every change of the rules; in the comment of each bridge's element, where
/// rulesStand() looks.
constexpr int rulesVersion = 2;

/// Statements that are also right where the table stands already: what is declared stays, chains
/// are flushed and filled.
constexpr std::string_view rules = R"(
table inet peapod {
  set bridges { type ifname; }
  set subnets4 { type ipv4_addr; flags interval; }
  set subnets6 { type ipv6_addr; flags interval; }
  map ports4 { type inet_proto . inet_service : ipv4_addr . inet_service; }
  map ports6 { type inet_proto . inet_service : ipv6_addr . inet_service; }
  map ports4_at { type inet_proto . ipv4_addr . inet_service : ipv4_addr . inet_service; }
  map ports6_at { type inet_proto . ipv6_addr . inet_service : ipv6_addr . inet_service; }
  chain guard { type filter hook prerouting priority raw; policy accept; }
  chain published { }
  chain from_outside { type nat hook prerouting priority dstnat; policy accept; }
  chain from_host { type nat hook output priority -100; policy accept; }
  chain through { type filter hook forward priority filter; policy accept; }
  chain inward { }
  chain leaving { type nat hook postrouting priority srcnat; policy accept; }
}
flush chain inet peapod guard
flush chain inet peapod published
flush chain inet peapod from_outside
flush chain inet peapod from_host
flush chain inet peapod through
flush chain inet peapod inward
flush chain inet peapod leaving
table inet peapod {
  chain guard {
    iifname @bridges ip daddr 127.0.0.0/8 drop
    iifname @bridges ip saddr 127.0.0.0/8 drop
  }
  chain published {
    dnat ip to meta l4proto . ip daddr . th dport map @ports4_at
    dnat ip to meta l4proto . th dport map @ports4
    dnat ip6 to meta l4proto . ip6 daddr . th dport map @ports6_at
    dnat ip6 to meta l4proto . th dport map @ports6
  }
  chain from_outside {
    fib daddr type local jump published
  }
  chain from_host {
    ip6 daddr ::1 return
    fib daddr type local jump published
  }
  chain through {
    oifname != @bridges accept
    iifname @bridges accept
    ct state established,related accept
    ct status dnat accept
    drop
  }
  chain inward {
    ct status dnat ip saddr @subnets4 masquerade
    ct status dnat ip6 saddr @subnets6 masquerade
    ip saddr 127.0.0.0/8 masquerade
  }
  chain leaving {
    oifname @bridges jump inward
    oifname != @bridges ip saddr @subnets4 masquerade
    oifname != @bridges ip6 saddr @subnets6 masquerade
  }
}
)";

/// A pod reports the multicast groups it listens to (MLDv2, RFC 3810), four times when it starts.
/// The bridge asks nobody and sends multicast to all its ports, so only the host may want to know:
/// handed to the other pods, the reports of one start cost as much as there are pods.
constexpr std::string_view bridgeRules = R"(
table bridge peapod {
  chain between { type filter hook forward priority filter; policy accept; }
}
flush chain bridge peapod between
)";

std::string commentOf(const Bridge& bridge) {
  return cat("rules ", rulesVersion, ' ', bridge.subnet4, ' ', bridge.subnet6);
}

std::vector<std::byte> deviceKey(const std::string& device) {
  std::vector<std::byte> key(IFNAMSIZ);
  const auto text =
      std::as_bytes(std::span(device)).first(std::min<std::size_t>(device.size(), IFNAMSIZ - 1));
  std::copy(text.begin(), text.end(), key.begin());
  return key;
}

std::string scriptFor(const Bridge& bridge) {
  const std::string element = cat("element inet peapod bridges { \"", bridge.device, "\"");
  // An element's comment changes only with the element; adding first makes the deletion right where
  // it was not there.
  std::string script = cat(rules, "add ", element, " }\ndelete ", element, " }\nadd ", element,
                           " comment \"", commentOf(bridge), "\" }\n");
  if (!bridge.subnet4.empty()) {
    script += cat("add element inet peapod subnets4 { ", bridge.subnet4, " }\n");
  }
  if (!bridge.subnet6.empty()) {
    script += cat("add element inet peapod subnets6 { ", bridge.subnet6, " }\n");
  }
  return script;
}

std::string bridgeScript() {
  return cat(bridgeRules, "add rule bridge peapod between iifname \"", hostPrefix,
             "*\" ether daddr 33:33:00:00:00:16 drop\n");
}

UniqueFd memoryFile(const char* name) {
  UniqueFd fd(memfd_create(name, MFD_CLOEXEC));
  if (!fd) {
    throw systemError("creating a file in memory for nft");
  }
  return fd;
}

[[noreturn]] void execNft(int input, int output) {
  if (dup2(input, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0 &&
      dup2(output, STDERR_FILENO) >= 0) {
    for (const char* program :
         {"/usr/sbin/nft", "/sbin/nft", "/usr/bin/nft", "/usr/local/sbin/nft"}) {
      execl(program, "nft", "-f", "-", nullptr);
    }
  }
  _exit(127);
}

/// Empty, or what nft says was wrong; nothing has changed then.
std::string runNft(const Bridge& bridge, const std::string& script) {
  const UniqueFd input = memoryFile("nft-input");
  const UniqueFd output = memoryFile("nft-output");
  if (write(input.get(), script.data(), script.size()) != static_cast<ssize_t>(script.size()) ||
      lseek(input.get(), 0, SEEK_SET) != 0) {
    throw systemError("writing the nftables rules for nft");
  }
  const Child child = cloneProcess({});
  if (child.pid == 0) {
    execNft(input.get(), output.get());
  }
  const ExitStatus status = waitForExit(child.pidfd.get());
  if (status.code == 127) {
    throw Error(ErrorKind::unsupported,
                cat("network ", bridge.name,
                    ": the program nft cannot be executed; install the nftables package"));
  }
  if (status.code == 0) {
    return {};
  }
  std::array<char, 512> text{};
  const ssize_t count = pread(output.get(), text.data(), text.size(), 0);
  const std::string_view said(text.data(), count < 0 ? 0 : static_cast<std::size_t>(count));
  const std::string_view problem = trim(said.substr(0, said.find('\n')));
  return problem.empty() ? cat("nft ends with ", status.code) : std::string(problem);
}

}  // namespace

NetlinkSocket& filterSocket() {
  struct Kept {
    std::unique_ptr<NetlinkSocket> socket;
    pid_t process = 0;  // a forked child must not read its parent's answers
    ino_t net = 0;
  };
  static Kept kept;
  struct stat net {};
  if (stat("/proc/self/ns/net", &net) != 0) {
    throw systemError("looking at this process's network namespace");
  }
  if (!kept.socket || kept.process != getpid() || kept.net != net.st_ino) {
    kept = {std::make_unique<NetlinkSocket>(NETLINK_NETFILTER), getpid(), net.st_ino};
  }
  return *kept.socket;
}

bool rulesStand(const Bridge& bridge) {
  const auto element = nftables::find(filterSocket(), table, "bridges", deviceKey(bridge.device));
  return element && element->comment == commentOf(bridge);
}

void installRules(const Bridge& bridge) {
  const std::string script = scriptFor(bridge);
  // A kernel without the family bridge (CONFIG_NF_TABLES_BRIDGE) does without its rules.
  if (runNft(bridge, script + bridgeScript()).empty()) {
    return;
  }
  if (const std::string problem = runNft(bridge, script); !problem.empty()) {
    throw Error(ErrorKind::system,
                cat("network ", bridge.name, ": making the nftables table inet peapod: ", problem));
  }
}

}  // namespace network
