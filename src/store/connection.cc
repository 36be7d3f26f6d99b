#include "store/connection.h"

#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

namespace store {
namespace {

/// How long a writer waits for the others' transactions, each of which takes well under a
/// millisecond.
constexpr long patienceMicroseconds = 60'000'000;

/// SQLite waits by sleeping; its own steps are milliseconds long where a transaction takes a tenth
/// of one.
int waitForOthers(void* /*unused*/, int attempt) {
  constexpr long step = 100;
  constexpr long longest = 5'000;
  constexpr int ramp = longest / step;
  const long waited = attempt <= ramp ? attempt * (attempt + 1L) / 2 * step
                                      : ramp * (ramp + 1L) / 2 * step + (attempt - ramp) * longest;
  if (waited > patienceMicroseconds) {
    return 0;
  }
  // Unlike steps keep a crowd that started together from meeting again.
  const long jitter = getpid() % 64;
  const long microseconds = std::min<long>((attempt + 1L) * step, longest) + jitter;
  const timespec pause{0, microseconds * 1000};
  nanosleep(&pause, nullptr);
  return 1;
}

int rememberFrames(void* frames, sqlite3* /*handle*/, const char* /*name*/, int count) {
  *static_cast<int*>(frames) = count;
  return SQLITE_OK;
}

ErrorKind kindOf(int code) {
  switch (code & 0xff) {
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return ErrorKind::denied;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorKind::in_use;
    default:
      return ErrorKind::system;
  }
}

}  // namespace

void Connection::Close::operator()(sqlite3* handle) const {
  sqlite3_close_v2(handle);
}

void Connection::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

std::optional<Connection> Connection::openWith(const Path& file, int flags) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &raw,
                                   flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  std::unique_ptr<sqlite3, Close> handle(raw);
  if (!handle) {
    throw Error(ErrorKind::system, cat("opening the registry ", file.native(), ": out of memory"),
                ENOMEM);
  }
  if (code != SQLITE_OK) {
    const int number = sqlite3_system_errno(raw);
    if (number == ENOENT) {
      return std::nullopt;
    }
    const std::string reason =
        number != 0 ? std::generic_category().message(number) : std::string(sqlite3_errmsg(raw));
    throw Error(number == EACCES ? ErrorKind::denied : kindOf(code),
                cat("opening the registry ", file.native(), ": ", reason), number);
  }
  sqlite3_busy_handler(raw, waitForOthers, nullptr);
  auto frames = std::make_unique<int>(0);
  // In place of SQLite's own transfer to the file at a commit, for which its command would wait.
  sqlite3_wal_hook(raw, rememberFrames, frames.get());
  sqlite3_db_config(raw, SQLITE_DBCONFIG_ENABLE_FKEY, 1, nullptr);
  // Else the last process to close the file, which is nearly every command, would pay for two
  // fsyncs.
  sqlite3_db_config(raw, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  return Connection(std::move(handle), file, std::move(frames));
}

std::optional<Connection> Connection::open(const Path& file) {
  return openWith(file, SQLITE_OPEN_READWRITE);
}

Connection Connection::create(const Path& file) {
  auto connection = openWith(file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  if (!connection) {
    throw Error(ErrorKind::not_found,
                cat("creating the registry ", file.native(), ": no such directory"), ENOENT);
  }
  return std::move(*connection);
}

void Connection::execute(const char* sql) const {
  const int code = sqlite3_exec(handle(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) {
    fail(code);
  }
}

std::int64_t Connection::changes() const {
  return sqlite3_changes64(handle());
}

void Connection::shortenLog() const {
  // Only an empty one is not read through again by the next process.
  const int code =
      sqlite3_wal_checkpoint_v2(handle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  if (code != SQLITE_OK) {
    fail(code);
  }
}

bool Connection::inTransaction() const {
  return sqlite3_get_autocommit(handle()) == 0;
}

void Connection::beginWriting() {
  if (!tuned_) {
    // Only who writes needs it: no fsync at a commit. A power cut may take the last commits, never
    // the whole.
    execute("PRAGMA synchronous=NORMAL");
    tuned_ = true;
  }
  execute("BEGIN IMMEDIATE");
}

void Connection::fail(int code) const {
  const std::string what = cat("registry ", file_.native(), ": ", sqlite3_errmsg(handle()));
  switch (code) {
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_UNIQUE:
      throw ConstraintError(Constraint::unique, what);
    case SQLITE_CONSTRAINT_FOREIGNKEY:
    case SQLITE_CONSTRAINT_TRIGGER:  // ON DELETE RESTRICT
      throw ConstraintError(Constraint::foreignKey, what);
    default:
      break;
  }
  if ((code & 0xff) == SQLITE_CONSTRAINT) {
    throw ConstraintError(Constraint::other, what);
  }
  throw Error(kindOf(code), what, sqlite3_system_errno(handle()));
}

Connection::Statements::node_type Connection::prepare(std::string_view sql) const {
  std::string key(sql);
  if (auto idle = idle_->extract(key)) {
    return idle;
  }
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v2(handle(), sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  if (code != SQLITE_OK) {
    fail(code);
  }
  Statements one;
  return one.extract(one.emplace(std::move(key), statement));
}

Statement::Statement(const Connection& connection, std::string_view sql)
    : connection_(connection),
      prepared_(connection.prepare(sql)),
      statement_(prepared_.mapped().get()) {}

Statement::~Statement() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
  connection_.idle_->insert(std::move(prepared_));
}

bool Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) {
    return true;
  }
  if (code != SQLITE_DONE) {
    connection_.fail(code);
  }
  return false;
}

std::string Statement::text(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  const int size = sqlite3_column_bytes(statement_, column);
  return bytes == nullptr ? std::string() : std::string(bytes, static_cast<std::size_t>(size));
}

std::int64_t Statement::number(int column) const {
  return sqlite3_column_int64(statement_, column);
}

bool Statement::isNull(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

void Statement::bindNext(std::string_view text) {
  const int code = sqlite3_bind_text64(statement_, ++bound_, text.data(), text.size(),
                                       SQLITE_TRANSIENT, SQLITE_UTF8);
  if (code != SQLITE_OK) {
    connection_.fail(code);
  }
}

void Statement::bindNext(std::int64_t number) {
  const int code = sqlite3_bind_int64(statement_, ++bound_, number);
  if (code != SQLITE_OK) {
    connection_.fail(code);
  }
}

void Statement::bindNext(std::nullptr_t) {
  const int code = sqlite3_bind_null(statement_, ++bound_);
  if (code != SQLITE_OK) {
    connection_.fail(code);
  }
}

}  // namespace store
