#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "store/connection.h"
#include "store/registry.h"

/// Rows of the tables to the types of registry.h and back, and how a reference finds one.
namespace store {

inline constexpr std::string_view podColumns =
    "id, name, spec, created, boot_id, keeper_pid, keeper_start";
inline constexpr std::string_view containerColumns =
    "id, name, spec, created, boot_id, keeper_pid, keeper_start, pod, image";

inline std::optional<KeeperIdentity> keeperOf(const Statement& row) {
  if (row.isNull(4)) {
    return std::nullopt;
  }
  return KeeperIdentity{row.text(4), static_cast<pid_t>(row.number(5)),
                        static_cast<std::uint64_t>(row.number(6))};
}

inline PodRow podOf(const Statement& row) {
  return {row.text(0), row.text(1), row.text(2), row.number(3), keeperOf(row)};
}

inline ContainerRow containerOf(const Statement& row) {
  return {row.text(0), row.text(1),   row.text(7),  row.text(8),
          row.text(2), row.number(3), keeperOf(row)};
}

inline void bindKeeper(Statement& statement, const std::optional<KeeperIdentity>& keeper) {
  if (keeper) {
    statement.bind(keeper->bootId, static_cast<std::int64_t>(keeper->pid),
                   static_cast<std::int64_t>(keeper->startTime));
  } else {
    statement.bind(nullptr, nullptr, nullptr);
  }
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
  const bool fullId = isFullId(reference);
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

/// Rows that come in the order in which they were made, which is nearly always that of their times:
/// SQLite would copy them all to sort them.
template <typename Row>
std::vector<Row> oldestFirst(std::vector<Row> rows) {
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& one, const Row& other) { return one.created < other.created; });
  return rows;
}

inline LeaseRow leaseOf(const Statement& row) {
  return {row.text(0), row.text(1), row.text(2)};
}

}  // namespace store
