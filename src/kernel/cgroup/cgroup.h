#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "kernel/fd.h"

/// A limit of one block device, by the name that io.max has for it: "rbps", "wbps" (bytes per
/// second), "riops", "wiops" (operations per second); or "weight" (10 to 1000). 0 takes it away.
struct IoLimit {
  std::string key;
  unsigned major = 0, minor = 0;
  std::uint64_t value = 0;
  bool operator==(const IoLimit&) const = default;
};

/// Allows (or not) some of "rwm" (read, write, mknod) for devices of a type ("c", "b", "a": both);
/// an absent number is any.
struct DeviceRule {
  bool allow = true;
  std::string type = "a";
  std::optional<unsigned> major, minor;
  std::string access = "rwm";
  bool operator==(const DeviceRule&) const = default;
};

/// Limits in the terms of cgroup v2, whatever the version: an absent one is left as it is, noLimit
/// takes it away.
struct CgroupLimits {
  static constexpr std::int64_t noLimit = -1;
  std::optional<std::int64_t> memoryMax;   ///< bytes
  std::optional<std::int64_t> memoryLow;   ///< bytes, --memory-reservation
  std::optional<std::int64_t> swapMax;     ///< bytes of swap alone, as v2's memory.swap.max
  bool swapImplied = false;                ///< swapMax follows from memoryMax, nobody asked for it
  std::optional<std::int64_t> cpuQuota;    ///< microseconds per period
  std::optional<std::uint64_t> cpuPeriod;  ///< microseconds
  std::optional<std::uint64_t> cpuShares;  ///< v1's scale, 2 to 262144; 0: the kernel's
  std::optional<std::int64_t> pidsMax;
  std::string cpusetCpus, cpusetMems;       ///< empty: left
  std::optional<std::uint64_t> swappiness;  ///< 0 to 100; v1 alone
  std::optional<bool> oomKillDisable;       ///< v1 alone
  std::optional<std::uint64_t> rtPeriod;    ///< microseconds; v1 alone
  std::optional<std::int64_t> rtRuntime;    ///< microseconds per rtPeriod; v1 alone
  std::optional<std::uint64_t> ioWeight;    ///< 10 to 1000; 0: the kernel's
  /// Bytes by the size of a huge page as the kernel writes it ("2MB").
  std::map<std::string, std::int64_t> hugetlb;
  std::vector<IoLimit> io;
  /// A later rule wins; what none names is refused. Absent: every device.
  std::optional<std::vector<DeviceRule>> devices;
  /// Further files of the node and what is written there ("memory.high"), after all others; v2
  /// alone.
  std::map<std::string, std::string> files;
  bool operator==(const CgroupLimits&) const = default;
};

/// Takes over what the change has.
void merge(CgroupLimits& limits, const CgroupLimits& change);

struct CgroupStats {
  /// What is rarely asked for costs half as many files again; `usual` leaves it out.
  enum class Extent { usual, whole };

  std::uint64_t cpuUsec = 0;        ///< user and system
  std::uint64_t cpuSystemUsec = 0;  ///< system alone; whole
  std::uint64_t memoryUsage = 0;    ///< bytes, less the inactive file cache
  std::uint64_t memoryPeak = 0;     ///< bytes; whole
  /// What it can have at most, by its own limit or by one above it; absent: no limit.
  std::optional<std::uint64_t> memoryMax;
  std::uint64_t pids = 0;
  std::uint64_t pidsPeak = 0;            ///< the present number before Linux 6.6; whole
  std::optional<std::uint64_t> pidsMax;  ///< its own; whole
  /// From and to block devices. On v1 of the processes that live, and those that they have waited
  /// for: the io accounting of its own does not know who wrote through the page cache.
  std::uint64_t readBytes = 0, writeBytes = 0;
};

/// Pressure stall information (Documentation/accounting/psi.rst): percent of the last 10, 60 and
/// 300 seconds in which some, or all, processes waited for the resource.
struct Pressure {
  std::array<double, 3> some{}, full{};
};

/// Wakes who polls `fd` for `events` whenever memory has run out.
struct OomWatch {
  UniqueFd fd;
  std::uint32_t events = 0;
};

/// One node of the cgroup tree, by its path from the root ("/peapod/pod-ID/ctr-ID"), on whatever
/// layout the machine has: v2, v1, or hybrid (v1 controllers beside a v2 hierarchy without any). It
/// owns nothing: the node in the kernel lives from create() to remove(), across processes. Who asks
/// for "memory max 6 GiB" never asks which version.
class Cgroup {
 public:
  virtual ~Cgroup() = default;
  Cgroup(const Cgroup&) = delete;
  Cgroup& operator=(const Cgroup&) = delete;

  const std::string& path() const { return path_; }

  /// Makes the node, with what is missing above it, in the hierarchies that the limits and the
  /// statistics need, and puts the limits in force. A limit whose controller is missing is an Error
  /// (unsupported) that names it; then, as after any other error, nothing new is left behind. The
  /// node may exist.
  virtual void create(const CgroupLimits& limits) = 0;
  /// Changes limits of an existing node.
  virtual void apply(const CgroupLimits& limits) = 0;

  /// For CLONE_INTO_CGROUP (clone3(2)): the node in the v2 hierarchy. Empty where there is none.
  virtual UniqueFd openForClone() const = 0;
  /// Opens, in the caller, the files into which a process writes "0" to move itself into the node,
  /// beyond what CLONE_INTO_CGROUP did (none on v2). Writing a pid from outside would wait for an
  /// RCU grace period each.
  virtual std::vector<UniqueFd> openForSelfAttach() const = 0;
  /// The node's directory in each hierarchy it is in, by the name under which a container sees it
  /// below /sys/fs/cgroup: "memory", "cpu,cpuacct", "unified" (hybrid); one with an empty name on
  /// v2.
  virtual std::vector<std::pair<std::string, Path>> directories() const = 0;
  /// Moves a process that already runs. Slow on v1.
  virtual void attach(pid_t pid) = 0;

  virtual bool exists() const = 0;
  virtual std::vector<pid_t> processes() const = 0;       ///< of this node and all below it
  virtual std::vector<std::string> children() const = 0;  ///< names of the nodes directly below
  virtual void freeze() = 0;  ///< returns when everything below stands still
  virtual void thaw() = 0;
  virtual bool frozen() const = 0;
  /// SIGKILL to all processes of the node and below it, frozen ones too.
  virtual void kill() = 0;
  /// Zeros where the node is not there. Error with ENODEV where it vanishes meanwhile. `member`: a
  /// process that is in it, which spares v1 to look for others where it is alone; 0: none is known.
  virtual CgroupStats stats(CgroupStats::Extent extent, pid_t member) const = 0;
  CgroupStats stats() const { return stats(CgroupStats::Extent::whole, 0); }
  /// The limits in force at this node itself, read back from the kernel; what is not limited is
  /// absent. Without devices and files.
  virtual CgroupLimits limits() const = 0;
  /// Of "cpu", "memory" or "io". Nothing where the kernel does not measure it.
  virtual std::optional<Pressure> pressure(std::string_view resource) const = 0;
  /// Processes of the node and below it that the kernel ended for want of memory.
  virtual std::uint64_t oomKills() const = 0;
  /// Empty where the machine limits no memory.
  virtual OomWatch watchOom() const = 0;
  /// How often memory has run out at the limit of this node or of one above it, since `watch` was
  /// made (v1) or the node (v2).
  virtual std::uint64_t oomEvents(const OomWatch& watch) const = 0;
  /// How many forks the limit of processes has refused.
  virtual std::uint64_t pidsRefused() const = 0;
  /// For EPOLLPRI: the file that tells of it. Empty where there is none.
  virtual UniqueFd watchPids() const = 0;
  /// Removes the node and all below it. Waits, bounded, for killed processes to leave. It need not
  /// exist.
  virtual void remove() = 0;
  /// Removes the node where nothing is in it or below it (a parent that others may be using at this
  /// moment); false where it is still in use.
  virtual bool removeIfEmpty() = 0;

 protected:
  explicit Cgroup(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

/// By controller; see CgroupLayout::mount(). Shared by all nodes.
using CgroupMounts = std::shared_ptr<const std::map<std::string, Path>>;

/// The cgroup file systems of the machine, found once from a mountinfo and a mount point, so that a
/// temporary directory can stand for the kernel's in a test.
class CgroupLayout {
 public:
  enum class Version { v1, hybrid, v2 };

  static CgroupLayout detect(const Path& mountinfo = "/proc/self/mountinfo");

  Version version() const { return version_; }
  /// "v1", "v2" as `info` shows it (hybrid counts as v1, as in Podman).
  std::string_view versionName() const;
  /// Where a controller ("memory"), the v2 hierarchy ("") or a named one of v1 ("name=systemd") is
  /// mounted.
  std::optional<Path> mount(const std::string& controller) const;
  std::vector<std::string> controllers() const;
  std::unique_ptr<Cgroup> open(const std::string& path) const;

 private:
  Version version_ = Version::v2;
  CgroupMounts mounts_;
};
