#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/file.h"
#include "base/rollback.h"
#include "kernel/cgroup/cgroup.h"

/// A run of writes into the files of one cgroup, all of them or none: what was there before is
/// written back unless commit() is reached. A refusal is an Error that names the controller, the
/// file, the value and the kernel's reason.
class KnobChanges {
 public:
  /// Of a node that has just been made there is nothing to put back.
  KnobChanges(std::string cgroup, bool fresh) : cgroup_(std::move(cgroup)), fresh_(fresh) {}

  /// `file` is "memory.max"; the controller's name is what stands before the first dot.
  void set(const Path& directory, std::string_view file, std::string_view value);
  /// False where the kernel has no such file.
  bool setIfThere(const Path& directory, std::string_view file, std::string_view value);
  /// One entry of a file that has a line for each: "8:0 1048576", "8:0 rbps=1048576 wbps=max"
  /// (entry "8:0", key "rbps"), "default 100". What was there before, or `none`, is the undo.
  struct Entry {
    std::string name, key, value, none;
  };
  void setEntry(const Path& directory, std::string_view file, const Entry& entry);
  /// Error (unsupported) where a limit of swap was asked for and the node has no such file.
  void requireSwap(const Path& directory, std::string_view file, const CgroupLimits& limits) const;
  bool fresh() const { return fresh_; }
  void commit() noexcept { undo_.commit(); }

 private:
  [[noreturn]] void failRefused(std::string_view file, std::string_view value, int code) const;
  [[noreturn]] void failMissing(std::string_view file, std::string_view value) const;

  std::string cgroup_;
  bool fresh_;
  Rollback undo_;
};

/// For who reads many nodes: while one lives, readKnob() goes to what is below these directories
/// from there and not from the root of the file system. Each level of a path below /sys is looked
/// up under locks, and a container's has eight. Made and unmade while nobody reads.
class KnobShortcuts {
 public:
  /// Those that are there.
  explicit KnobShortcuts(const std::vector<Path>& directories);
  ~KnobShortcuts();
  KnobShortcuts(const KnobShortcuts&) = delete;
  KnobShortcuts& operator=(const KnobShortcuts&) = delete;

  /// Opens a file for reading.
  static UniqueFd open(const std::string& file);

 private:
  struct Directory {
    std::string prefix;  ///< with a slash at its end
    UniqueFd fd;
  };
  static const KnobShortcuts* current_;
  std::vector<Directory> directories_;
};

/// The text of one of a node's files; nothing where there is no such.
std::optional<std::string> readKnob(const Path& directory, std::string_view file);
/// The number in a file that holds one number and nothing else; nothing where there is no such
/// file, or for "max".
std::optional<std::uint64_t> readCount(const Path& directory, std::string_view file);
/// The number that follows `key` in a file of "key number" lines; 0 where either is not there.
std::uint64_t readField(const Path& directory, std::string_view file, std::string_view key);
/// The same of the file's text.
std::uint64_t fieldOf(std::string_view text, std::string_view key);

/// cpu.weight (1 to 10000) for the shares of v1 (2 to 262144): the straight line through both ends
/// that systemd, runc and crun have used, so that a share means the same on all of them.
std::uint64_t weightFromShares(std::uint64_t shares);
/// The smallest shares that give the weight.
std::uint64_t sharesFromWeight(std::uint64_t weight);

/// Error (unsupported) for a limit without a controller: who asks must not believe it holds.
[[noreturn]] void failMissingController(const std::string& cgroup, std::string_view controller,
                                        std::string_view hierarchy);
