#include "store/registry.h"

#include "base/id.h"
#include "base/timed_phase.h"
#include "store/connection.h"
#include "store/rows.h"
#include "store/schema.h"

namespace store {
namespace {

[[noreturn]] void failTaken(const Connection& connection, const std::string& name) {
  Statement owner(
      connection,
      "SELECT owner, EXISTS(SELECT 1 FROM pods WHERE id = owner) FROM names WHERE name = ?");
  if (!owner.bind(name).step()) {
    throw Error(ErrorKind::exists, "an object with this id exists");
  }
  throw Error(ErrorKind::exists,
              cat("the name \"", name, "\" is in use by ",
                  owner.number(1) != 0 ? "pod " : "container ", shortId(owner.text(0))));
}

/// Takes the name for an object, new or renamed.
void takeName(const Connection& connection, const std::string& name, const std::string& owner) {
  try {
    Statement(connection,
              "INSERT INTO names(name, owner) VALUES(?1, ?2)"
              " ON CONFLICT(owner) DO UPDATE SET name = excluded.name")
        .bind(name, owner)
        .run();
  } catch (const ConstraintError&) {
    failTaken(connection, name);
  }
}

void removeNameAndLeases(const Connection& connection, const std::string& id) {
  Statement(connection, "DELETE FROM names WHERE owner = ?").bind(id).run();
  Statement(connection, "DELETE FROM leases WHERE owner = ?").bind(id).run();
}

void update(const Connection& connection, std::string_view kind, const std::string& id,
            const std::string& name, const std::string& spec) {
  Statement(connection, cat("UPDATE ", kind, "s SET name = ?2, spec = ?3 WHERE id = ?1"))
      .bind(id, name, spec)
      .run();
  if (connection.changes() == 0) {
    throw Error(ErrorKind::not_found, cat("there is no ", kind, " ", shortId(id)));
  }
  takeName(connection, name, id);
}

}  // namespace

Registry::Registry(Path file) : file_(std::move(file)) {}

Registry::~Registry() = default;

Connection& Registry::connection() const {
  if (!connection_) {
    const TimedPhase phase("open registry");
    connection_ = std::make_unique<Connection>(openRegistry(file_));
  }
  return *connection_;
}

bool Registry::logIsLong() const {
  // A microsecond a frame for each command, against two fsyncs for each time.
  constexpr int longLog = 128;
  return connection_ && connection_->logFrames() >= longLog;
}

void Registry::shortenLog() {
  connection().shortenLog();
}

Registry::Transaction::Transaction(Registry& registry) : registry_(registry) {
  Connection& connection = registry_.connection();
  nested_ = connection.inTransaction();
  if (nested_) {
    connection.execute("SAVEPOINT step");
  } else {
    connection.beginWriting();
  }
  open_ = true;
}

Registry::Transaction::~Transaction() {
  if (!open_) {
    return;
  }
  try {
    registry_.connection().execute(nested_ ? "ROLLBACK TO step; RELEASE step" : "ROLLBACK");
  } catch (const Error&) {
    // SQLite has rolled back by itself (disk full, input/output error).
  }
}

void Registry::Transaction::commit() {
  registry_.connection().execute(nested_ ? "RELEASE step" : "COMMIT");
  open_ = false;
}

void Registry::addPod(const PodRow& row) {
  const Connection& connection = this->connection();
  transaction([&] {
    takeName(connection, row.name, row.id);
    Statement insert(connection, cat("INSERT INTO pods(", podColumns, ") VALUES(?,?,?,?,?,?,?)"));
    insert.bind(row.id, row.name, row.spec, row.created);
    bindKeeper(insert, row.keeper);
    insert.run();
  });
}

void Registry::addContainer(const ContainerRow& row) {
  const Connection& connection = this->connection();
  transaction([&] {
    takeName(connection, row.name, row.id);
    Statement insert(connection, cat("INSERT INTO containers(", containerColumns,
                                     ") VALUES(?,?,?,?,?,?,?,?,?)"));
    insert.bind(row.id, row.name, row.spec, row.created);
    bindKeeper(insert, row.keeper);
    insert.bind(row.pod.empty() ? std::nullopt : std::optional<std::string_view>(row.pod),
                row.image);
    try {
      insert.run();
    } catch (const ConstraintError& error) {
      if (error.constraint() == Constraint::foreignKey) {
        throw Error(ErrorKind::not_found, cat("there is no pod ", shortId(row.pod)));
      }
      throw;
    }
  });
}

void Registry::updatePod(const std::string& id, const std::string& name, const std::string& spec) {
  transaction([&] { update(connection(), "pod", id, name, spec); });
}

void Registry::updateContainer(const std::string& id, const std::string& name,
                               const std::string& spec) {
  transaction([&] { update(connection(), "container", id, name, spec); });
}

void Registry::setKeeper(const std::string& id, const std::optional<KeeperIdentity>& keeper) {
  const Connection& connection = this->connection();
  transaction([&] {
    for (const std::string_view table : {"pods", "containers"}) {
      Statement set(
          connection,
          cat("UPDATE ", table, " SET boot_id = ?, keeper_pid = ?, keeper_start = ? WHERE id = ?"));
      bindKeeper(set, keeper);
      set.bind(id).run();
      if (connection.changes() != 0) {
        return;
      }
    }
    if (keeper) {
      throw Error(ErrorKind::not_found, cat("there is no pod or container ", shortId(id)));
    }
  });
}

void Registry::removePod(const std::string& id) {
  const Connection& connection = this->connection();
  transaction([&] {
    try {
      Statement(connection, "DELETE FROM pods WHERE id = ?").bind(id).run();
    } catch (const ConstraintError&) {
      throw Error(ErrorKind::in_use,
                  cat("pod ", shortId(id), " has containers: remove them first, or all with -f"));
    }
    removeNameAndLeases(connection, id);
  });
}

void Registry::removeContainer(const std::string& id) {
  const Connection& connection = this->connection();
  transaction([&] {
    Statement(connection, "DELETE FROM containers WHERE id = ?").bind(id).run();
    removeNameAndLeases(connection, id);
  });
}

std::optional<PodRow> Registry::findPod(const std::string& reference) const {
  return find(connection(), cat("SELECT ", podColumns, " FROM pods"), reference, podOf);
}

std::optional<ContainerRow> Registry::findContainer(const std::string& reference) const {
  return find(connection(), cat("SELECT ", containerColumns, " FROM containers"), reference,
              containerOf);
}

std::vector<PodRow> Registry::pods() const {
  Statement query(connection(), cat("SELECT ", podColumns, " FROM pods ORDER BY rowid"));
  return oldestFirst(rows(query, podOf));
}

std::vector<ContainerRow> Registry::containers() const {
  Statement query(connection(),
                  cat("SELECT ", containerColumns, " FROM containers ORDER BY rowid"));
  return oldestFirst(rows(query, containerOf));
}

std::vector<ContainerRow> Registry::containersOf(const std::string& pod) const {
  Statement query(connection(), cat("SELECT ", containerColumns,
                                    " FROM containers WHERE pod = ? ORDER BY rowid"));
  query.bind(pod);
  return oldestFirst(rows(query, containerOf));
}

bool Registry::addLease(const LeaseRow& row) {
  const Connection& connection = this->connection();
  return transaction([&] {
    Statement(connection, "INSERT OR IGNORE INTO leases(network, address, owner) VALUES(?,?,?)")
        .bind(row.network, row.address, row.owner)
        .run();
    if (connection.changes() == 0) {
      return false;
    }
    Statement(connection, "INSERT OR REPLACE INTO last_leases(network, address) VALUES(?,?)")
        .bind(row.network, row.address)
        .run();
    return true;
  });
}

std::vector<LeaseRow> Registry::leases(const std::string& network) const {
  Statement query(connection(), "SELECT network, address, owner FROM leases WHERE network = ?");
  query.bind(network);
  return rows(query, leaseOf);
}

std::vector<LeaseRow> Registry::leasesOf(const std::string& owner) const {
  Statement query(connection(), "SELECT network, address, owner FROM leases WHERE owner = ?");
  query.bind(owner);
  return rows(query, leaseOf);
}

void Registry::removeLeases(const std::string& owner) {
  transaction(
      [&] { Statement(connection(), "DELETE FROM leases WHERE owner = ?").bind(owner).run(); });
}

std::string Registry::lastLease(const std::string& network) const {
  Statement query(connection(), "SELECT address FROM last_leases WHERE network = ?");
  return query.bind(network).step() ? query.text(0) : std::string();
}

}  // namespace store
