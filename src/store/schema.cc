#include "store/schema.h"

#include <unistd.h>

#include <array>

#include "base/id.h"
#include "base/rollback.h"

namespace store {
namespace {

/// Step n takes version n to n + 1. A step that has been released is never changed; add another.
constexpr std::array<const char*, 1> steps{R"sql(
CREATE TABLE names(
  name TEXT NOT NULL PRIMARY KEY,
  owner TEXT NOT NULL UNIQUE
) WITHOUT ROWID;
CREATE TABLE pods(
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  spec TEXT NOT NULL,
  created INTEGER NOT NULL,
  boot_id TEXT,
  keeper_pid INTEGER,
  keeper_start INTEGER
);
CREATE TABLE containers(
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  pod TEXT REFERENCES pods(id) ON DELETE RESTRICT,
  image TEXT NOT NULL,
  spec TEXT NOT NULL,
  created INTEGER NOT NULL,
  boot_id TEXT,
  keeper_pid INTEGER,
  keeper_start INTEGER
);
CREATE INDEX containers_pod ON containers(pod);
CREATE TABLE leases(
  network TEXT NOT NULL,
  address TEXT NOT NULL,
  owner TEXT NOT NULL,
  PRIMARY KEY(network, address)
) WITHOUT ROWID;
CREATE INDEX leases_owner ON leases(owner);
CREATE TABLE last_leases(
  network TEXT NOT NULL PRIMARY KEY,
  address TEXT NOT NULL
) WITHOUT ROWID;
)sql"};

constexpr std::int64_t presentVersion = steps.size();

std::int64_t versionOf(const Connection& connection) {
  Statement query(connection, "PRAGMA user_version");
  query.step();
  return query.number(0);
}

void bringUpToDate(Connection& connection) {
  connection.beginWriting();
  // Another process may have done it meanwhile.
  for (std::int64_t version = versionOf(connection); version < presentVersion; ++version) {
    connection.execute(steps.at(static_cast<std::size_t>(version)));
    connection.execute(cat("PRAGMA user_version=", version + 1).c_str());
  }
  connection.execute("COMMIT");
}

void requireKnown(const Connection& connection, std::int64_t version) {
  if (version > presentVersion) {
    throw Error(ErrorKind::unsupported,
                cat("the registry ", connection.file().native(), " has schema version ", version,
                    ", this peapod knows versions up to ", presentVersion,
                    ": use the peapod that wrote it, or a newer one"));
  }
}

void createComplete(const Path& file) {
  makeDirectories(file.parent_path(), 0711);
  const std::string temporary =
      file.parent_path() / cat(".", file.filename().native(), ".", shortId(newId()));
  Rollback cleanup;
  for (const char* suffix : {"", "-wal", "-shm"}) {
    cleanup.add([name = temporary + suffix] { unlink(name.c_str()); });
  }
  {
    Connection connection = Connection::create(temporary);
    // Each command reads the log from its beginning, and a row has a few hundred bytes.
    connection.execute("PRAGMA page_size=1024");
    bringUpToDate(connection);
    // Remembered by the file. Last, so that everything is in the file itself and nothing in a log
    // beside it.
    connection.execute("PRAGMA journal_mode=WAL");
  }
  if (link(temporary.c_str(), file.c_str()) != 0 && errno != EEXIST) {
    throw systemError("creating the registry ", file.native());
  }
}

}  // namespace

Connection openRegistry(const Path& file) {
  auto connection = Connection::open(file);
  if (!connection) {
    createComplete(file);
    connection = Connection::open(file);
  }
  if (!connection) {
    throw Error(ErrorKind::not_found, cat("opening the registry ", file.native(), ": it vanished"),
                ENOENT);
  }
  const std::int64_t version = versionOf(*connection);
  if (version != presentVersion) {
    requireKnown(*connection, version);
    if (version == 0) {
      connection->execute("PRAGMA journal_mode=WAL");  // an empty file
    }
    bringUpToDate(*connection);
  }
  return std::move(*connection);
}

}  // namespace store
