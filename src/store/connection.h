#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/file.h"

struct sqlite3;
struct sqlite3_stmt;

namespace store {

/// A statement of SQLite broke one of the schema's constraints.
enum class Constraint { unique, foreignKey, other };

class ConstraintError : public Error {
 public:
  ConstraintError(Constraint constraint, const std::string& what)
      : Error(ErrorKind::exists, what), constraint_(constraint) {}
  Constraint constraint() const noexcept { return constraint_; }

 private:
  Constraint constraint_;
};

/// One connection to one database file. Throws Error that names the file.
class Connection {
 public:
  /// Opens a file that is there; nothing where it is not.
  static std::optional<Connection> open(const Path& file);
  /// Creates the file, or opens one that is there.
  static Connection create(const Path& file);

  sqlite3* handle() const noexcept { return handle_.get(); }
  const Path& file() const noexcept { return file_; }

  /// Runs statements without results.
  void execute(const char* sql) const;
  /// Rows changed by the last statement.
  std::int64_t changes() const;
  bool inTransaction() const;
  /// Frames in the write-ahead log after the last commit on this connection; 0 before there was
  /// one.
  int logFrames() const noexcept { return *logFrames_; }
  /// Brings what is in the log into the file. Waits for the disk, and for others that read or
  /// write.
  void shortenLog() const;
  /// Begins to write: BEGIN IMMEDIATE, which waits for another writer here rather than fail
  /// half-way.
  void beginWriting();

  /// The Error for what the last call on this connection returned.
  [[noreturn]] void fail(int code) const;

 private:
  friend class Statement;
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  /// By their SQL. Preparing one costs more than most of them do.
  using Statements = std::multimap<std::string, std::unique_ptr<sqlite3_stmt, Finalize>>;

  Connection(std::unique_ptr<sqlite3, Close> handle, Path file, std::unique_ptr<int> logFrames)
      : logFrames_(std::move(logFrames)), handle_(std::move(handle)), file_(std::move(file)) {}
  Statements::node_type prepare(std::string_view sql) const;
  static std::optional<Connection> openWith(const Path& file, int flags);

  std::unique_ptr<int> logFrames_;  ///< SQLite writes to it
  std::unique_ptr<sqlite3, Close> handle_;
  std::unique_ptr<Statements> idle_ = std::make_unique<Statements>();
  Path file_;
  bool tuned_ = false;
};

/// A prepared statement, from the connection's store of such and returned to it. Parameters are
/// bound in order, columns read in order; the texts are copied. Must end before the connection is
/// moved.
class Statement {
 public:
  Statement(const Connection& connection, std::string_view sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  template <typename... Values>
  Statement& bind(const Values&... values) {
    (bindNext(values), ...);
    return *this;
  }

  /// True while there is a row.
  bool step();
  /// For a statement without rows.
  void run() { step(); }

  std::string text(int column) const;
  std::int64_t number(int column) const;
  bool isNull(int column) const;

 private:
  void bindNext(std::string_view text);
  void bindNext(std::int64_t number);
  void bindNext(std::nullptr_t);
  template <typename T>
  void bindNext(const std::optional<T>& value) {
    if (value) {
      bindNext(*value);
    } else {
      bindNext(nullptr);
    }
  }

  const Connection& connection_;
  Connection::Statements::node_type prepared_;
  sqlite3_stmt* statement_;
  int bound_ = 0;
};

}  // namespace store
