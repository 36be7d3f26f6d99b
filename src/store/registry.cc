#include "store/registry.h"

#include "base/id.h"
#include "store/connection.h"
#include "store/schema.h"

namespace store {
namespace {

constexpr std::string_view podColumns =
    "id, name, spec, created, boot_id, keeper_pid, keeper_start";
constexpr std::string_view containerColumns =
    "id, name, spec, created, boot_id, keeper_pid, keeper_start, pod, image";

std::optional<KeeperIdentity> keeperOf(const Statement& row) {
  if (row.isNull(4)) {
    return std::nullopt;
  }
  return KeeperIdentity{row.text(4), static_cast<pid_t>(row.number(5)),
                        static_cast<std::uint64_t>(row.number(6))};
}

PodRow podOf(const Statement& row) {
  return {row.text(0), row.text(1), row.text(2), row.number(3), keeperOf(row)};
}

ContainerRow containerOf(const Statement& row) {
  return {row.text(0), row.text(1),   row.text(7),  row.text(8),
          row.text(2), row.number(3), keeperOf(row)};
}

void bindKeeper(Statement& statement, const std::optional<KeeperIdentity>& keeper) {
  if (keeper) {
    statement.bind(keeper->bootId, static_cast<std::int64_t>(keeper->pid),
                   static_cast<std::int64_t>(keeper->startTime));
  } else {
    statement.bind(nullptr, nullptr, nullptr);
  }
}

constexpr std::size_t idSize = 64;

bool isHexadecimal(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

template <typename Row>
std::optional<Row> findByName(const Connection& connection, std::string_view select,
                              const std::string& name, Row (*rowOf)(const Statement&)) {
  Statement query(connection, cat(select, " WHERE id = (SELECT owner FROM names WHERE name = ?)"));
  return query.bind(name).step() ? std::optional<Row>(rowOf(query)) : std::nullopt;
}

/// By a full id, or by a prefix that one id has.
template <typename Row>
std::optional<Row> findById(const Connection& connection, std::string_view select,
                            const std::string& prefix, Row (*rowOf)(const Statement&)) {
  Statement query(connection,
                  cat(select, " WHERE id >= ?1 AND id < ?1 || 'g' ORDER BY id LIMIT 2"));
  if (!query.bind(prefix).step()) {
    return std::nullopt;
  }
  Row row = rowOf(query);
  if (row.id != prefix && query.step()) {
    throw Error(ErrorKind::invalid,
                cat("\"", prefix, "\" is the beginning of more than one id: ", shortId(row.id),
                    ", ", shortId(query.text(0)), ": give more digits or the name"));
  }
  return row;
}

/// By full id, else by name, else by the beginning of an id.
template <typename Row>
std::optional<Row> find(const Connection& connection, std::string_view select,
                        const std::string& reference, Row (*rowOf)(const Statement&)) {
  const bool hexadecimal = isHexadecimal(reference);
  const bool fullId = hexadecimal && reference.size() == idSize;
  std::optional<Row> row;
  if (fullId) {
    row = findById(connection, select, reference, rowOf);
  }
  if (!row) {
    row = findByName(connection, select, reference, rowOf);
  }
  if (!row && hexadecimal && !fullId) {
    row = findById(connection, select, reference, rowOf);
  }
  return row;
}

template <typename Row>
std::vector<Row> rows(Statement& statement, Row (*rowOf)(const Statement&)) {
  std::vector<Row> all;
  while (statement.step()) {
    all.push_back(rowOf(statement));
  }
  return all;
}

LeaseRow leaseOf(const Statement& row) {
  return {row.text(0), row.text(1), row.text(2)};
}

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

struct Registry::Database {
  Connection connection;
};

Registry::Registry(const Path& file)
    : database_(std::make_unique<Database>(Database{openRegistry(file)})) {}

Registry::~Registry() = default;

Registry::Transaction::Transaction(Registry& registry) : registry_(registry) {
  Connection& connection = registry_.database_->connection;
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
    registry_.database_->connection.execute(nested_ ? "ROLLBACK TO step; RELEASE step"
                                                    : "ROLLBACK");
  } catch (const Error&) {
    // SQLite has rolled back by itself (disk full, input/output error).
  }
}

void Registry::Transaction::commit() {
  registry_.database_->connection.execute(nested_ ? "RELEASE step" : "COMMIT");
  open_ = false;
}

void Registry::addPod(const PodRow& row) {
  const Connection& connection = database_->connection;
  transaction([&] {
    takeName(connection, row.name, row.id);
    Statement insert(connection, cat("INSERT INTO pods(", podColumns, ") VALUES(?,?,?,?,?,?,?)"));
    insert.bind(row.id, row.name, row.spec, row.created);
    bindKeeper(insert, row.keeper);
    insert.run();
  });
}

void Registry::addContainer(const ContainerRow& row) {
  const Connection& connection = database_->connection;
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
  transaction([&] { update(database_->connection, "pod", id, name, spec); });
}

void Registry::updateContainer(const std::string& id, const std::string& name,
                               const std::string& spec) {
  transaction([&] { update(database_->connection, "container", id, name, spec); });
}

void Registry::setKeeper(const std::string& id, const std::optional<KeeperIdentity>& keeper) {
  const Connection& connection = database_->connection;
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
  const Connection& connection = database_->connection;
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
  const Connection& connection = database_->connection;
  transaction([&] {
    Statement(connection, "DELETE FROM containers WHERE id = ?").bind(id).run();
    removeNameAndLeases(connection, id);
  });
}

std::optional<PodRow> Registry::findPod(const std::string& reference) const {
  return find(database_->connection, cat("SELECT ", podColumns, " FROM pods"), reference, podOf);
}

std::optional<ContainerRow> Registry::findContainer(const std::string& reference) const {
  return find(database_->connection, cat("SELECT ", containerColumns, " FROM containers"),
              reference, containerOf);
}

std::vector<PodRow> Registry::pods() const {
  Statement query(database_->connection,
                  cat("SELECT ", podColumns, " FROM pods ORDER BY created, rowid"));
  return rows(query, podOf);
}

std::vector<ContainerRow> Registry::containers() const {
  Statement query(database_->connection,
                  cat("SELECT ", containerColumns, " FROM containers ORDER BY created, rowid"));
  return rows(query, containerOf);
}

std::vector<ContainerRow> Registry::containersOf(const std::string& pod) const {
  Statement query(
      database_->connection,
      cat("SELECT ", containerColumns, " FROM containers WHERE pod = ? ORDER BY created, rowid"));
  query.bind(pod);
  return rows(query, containerOf);
}

bool Registry::addLease(const LeaseRow& row) {
  const Connection& connection = database_->connection;
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
  Statement query(database_->connection,
                  "SELECT network, address, owner FROM leases WHERE network = ?");
  query.bind(network);
  return rows(query, leaseOf);
}

std::vector<LeaseRow> Registry::leasesOf(const std::string& owner) const {
  Statement query(database_->connection,
                  "SELECT network, address, owner FROM leases WHERE owner = ?");
  query.bind(owner);
  return rows(query, leaseOf);
}

void Registry::removeLeases(const std::string& owner) {
  transaction([&] {
    Statement(database_->connection, "DELETE FROM leases WHERE owner = ?").bind(owner).run();
  });
}

std::string Registry::lastLease(const std::string& network) const {
  Statement query(database_->connection, "SELECT address FROM last_leases WHERE network = ?");
  return query.bind(network).step() ? query.text(0) : std::string();
}

}  // namespace store
