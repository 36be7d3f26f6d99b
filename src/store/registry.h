#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "base/file.h"

/// What exists: the SQLite database of one root directory. Live state is not in it (keeper/state.h
/// has that).
namespace store {

class Connection;

/// The keeper that owns a pod's (or a single container's) running things. A boot_id other than the
/// machine's says that a reboot has ended it; the start time tells a process from a later one with
/// the same pid.
struct KeeperIdentity {
  std::string bootId;
  pid_t pid = 0;
  std::uint64_t startTime = 0;  ///< clock ticks since boot, /proc/PID/stat field 22
};

struct PodRow {
  std::string id, name;
  std::string spec;          ///< a PodSpec as JSON
  std::int64_t created = 0;  ///< nanoseconds since the epoch
  std::optional<KeeperIdentity> keeper;
};

struct ContainerRow {
  std::string id, name;
  std::string pod;    ///< the pod's id; empty: none
  std::string image;  ///< the image's id
  std::string spec;   ///< a ContainerSpec as JSON
  std::int64_t created = 0;
  std::optional<KeeperIdentity> keeper;  ///< of a container outside any pod
};

struct LeaseRow {
  std::string network, address, owner;
};

/// One connection. WAL with synchronous=NORMAL; short transactions; a busy database is waited for,
/// so that many commands at once neither fail nor queue behind one another's work. Names of pods
/// and containers are unique together, as in Podman.
class Registry {
 public:
  /// It is opened at its first use: created where it is missing, an older schema brought up to
  /// date. Error (unsupported) then for one that is newer.
  explicit Registry(Path file);
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  /// This connection has written, and left a write-ahead log so long that it is time for
  /// shortenLog(): the next process to open the file reads all of it.
  bool logIsLong() const;
  /// Brings the log into the file. Waits for the disk: not for a command that somebody waits for.
  void shortenLog();

  /// Error (exists) naming the owner of the name: `the name "web" is in use by pod 3f2a...`.
  void addPod(const PodRow& row);
  void addContainer(const ContainerRow& row);
  /// Error (not_found) where it is gone.
  void updatePod(const std::string& id, const std::string& name, const std::string& spec);
  void updateContainer(const std::string& id, const std::string& name, const std::string& spec);
  void setKeeper(const std::string& id, const std::optional<KeeperIdentity>& keeper);
  /// Takes the row with its leases. A pod with containers is Error (in_use). Gone already is no
  /// error.
  void removePod(const std::string& id);
  void removeContainer(const std::string& id);

  /// By name, full id, or a prefix of the id that only one has; Error (invalid) for a prefix that
  /// several have.
  std::optional<PodRow> findPod(const std::string& reference) const;
  std::optional<ContainerRow> findContainer(const std::string& reference) const;
  std::vector<PodRow> pods() const;              ///< oldest first
  std::vector<ContainerRow> containers() const;  ///< oldest first
  std::vector<ContainerRow> containersOf(const std::string& pod) const;

  /// False where the address is taken.
  bool addLease(const LeaseRow& row);
  std::vector<LeaseRow> leases(const std::string& network) const;
  std::vector<LeaseRow> leasesOf(const std::string& owner) const;
  void removeLeases(const std::string& owner);
  /// The last address given out in a network, empty at first.
  std::string lastLease(const std::string& network) const;

  /// Runs all of step in one transaction (BEGIN IMMEDIATE), undone where it throws. They nest.
  template <typename Step>
  auto transaction(Step&& step) {
    Transaction scope(*this);
    if constexpr (std::is_void_v<decltype(step())>) {
      step();
      scope.commit();
    } else {
      auto result = step();
      scope.commit();
      return result;
    }
  }

 private:
  class Transaction {
   public:
    explicit Transaction(Registry& registry);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit();

   private:
    Registry& registry_;
    bool open_ = false;
    bool nested_ = false;  ///< inside another one: a savepoint of it
  };
  Connection& connection() const;

  Path file_;
  mutable std::unique_ptr<Connection> connection_;
};

}  // namespace store
