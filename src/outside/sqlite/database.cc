// SPDX-License-Identifier: Apache-2.0
#include "sqlite/database.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <memory>

#include "os/fd.h"

namespace lamella::sqlite {
namespace {

constexpr const char* kInMemory = ":memory:";

using StatementHandle = std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)>;

base::ErrorCode code_of(int rc) {
  switch (rc & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return ErrorCode::kConflict;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return ErrorCode::kCorrupt;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM: return ErrorCode::kIo;
    default: return ErrorCode::kInternal;
  }
}

std::string remedy_of(base::ErrorCode code) {
  switch (code) {
    case ErrorCode::kConflict: return "another process holds the database; try again when it is done";
    case ErrorCode::kCorrupt: return "restore the file from a backup, or move it away to start anew";
    case ErrorCode::kIo: return "check free space and permissions";
    default: return {};
  }
}

/// SQLite gives its -wal and -shm files the mode of the database, and that the umask's.
void create_private(const std::filesystem::path& path) {
  const os::UniqueFd created(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (created) ::fchmod(created.get(), 0600);
}

Error error_of(sqlite3* handle, int rc, std::string what) {
  const ErrorCode code = code_of(rc);
  const char* file = handle == nullptr ? nullptr : sqlite3_db_filename(handle, "main");
  return Error(code, std::move(what))
      .at(file == nullptr ? "" : file)
      .because(handle == nullptr ? sqlite3_errstr(rc) : sqlite3_errmsg(handle))
      .remedy(remedy_of(code));
}

int bind(sqlite3_stmt* statement, int index, const Cell& cell) {
  if (const auto* integer = std::get_if<std::int64_t>(&cell))
    return sqlite3_bind_int64(statement, index, *integer);
  if (const auto* real = std::get_if<double>(&cell)) return sqlite3_bind_double(statement, index, *real);
  if (const auto* text = std::get_if<std::string>(&cell)) {
    return sqlite3_bind_text64(statement, index, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  return sqlite3_bind_null(statement, index);
}

Cell column(sqlite3_stmt* statement, int index) {
  switch (sqlite3_column_type(statement, index)) {
    case SQLITE_INTEGER: return static_cast<std::int64_t>(sqlite3_column_int64(statement, index));
    case SQLITE_FLOAT: return sqlite3_column_double(statement, index);
    case SQLITE_NULL: return nullptr;
    default: {
      const auto* data = static_cast<const char*>(sqlite3_column_blob(statement, index));
      const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, index));
      return data == nullptr ? std::string() : std::string(data, size);
    }
  }
}

Result<std::vector<Row>> execute(sqlite3* handle, std::string_view sql, const std::vector<Cell>& cells) {
  sqlite3_stmt* raw = nullptr;
  int rc = sqlite3_prepare_v2(handle, sql.data(), static_cast<int>(sql.size()), &raw, nullptr);
  const StatementHandle statement(raw, &sqlite3_finalize);
  if (rc != SQLITE_OK) return error_of(handle, rc, fmt::format("cannot prepare '{}'", sql));
  for (std::size_t i = 0; i < cells.size(); ++i) {
    rc = bind(raw, static_cast<int>(i) + 1, cells[i]);
    if (rc != SQLITE_OK) return error_of(handle, rc, fmt::format("cannot bind value {} of '{}'", i + 1, sql));
  }
  std::vector<Row> rows;
  while ((rc = sqlite3_step(raw)) == SQLITE_ROW) {
    std::vector<Cell> row;
    const int columns = sqlite3_column_count(raw);
    row.reserve(static_cast<std::size_t>(columns));
    for (int i = 0; i < columns; ++i) row.push_back(column(raw, i));
    rows.emplace_back(std::move(row));
  }
  if (rc != SQLITE_DONE) return error_of(handle, rc, fmt::format("cannot run '{}'", sql));
  return rows;
}

}  // namespace

std::int64_t Row::integer(std::size_t column) const {
  const Cell& cell = cells_.at(column);
  if (const auto* value = std::get_if<std::int64_t>(&cell)) return *value;
  if (const auto* value = std::get_if<double>(&cell)) return static_cast<std::int64_t>(*value);
  return 0;
}

double Row::real(std::size_t column) const {
  const Cell& cell = cells_.at(column);
  if (const auto* value = std::get_if<double>(&cell)) return *value;
  return static_cast<double>(integer(column));
}

const std::string& Row::text(std::size_t column) const {
  static const std::string empty;
  const auto* value = std::get_if<std::string>(&cells_.at(column));
  return value == nullptr ? empty : *value;
}

void Database::Close::operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }

Result<Database> Database::open(const std::filesystem::path& path, const Options& options) {
  sqlite3* handle = nullptr;
  if (!options.read_only && path != kInMemory) create_private(path);
  const int flags = options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int rc = sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database(handle);
  if (rc != SQLITE_OK)
    return error_of(handle, rc, "cannot open the database").while_doing("opening " + path.string());
  sqlite3_busy_timeout(handle, static_cast<int>(options.busy_timeout.count()));
  if (!options.read_only) {
    LAMELLA_TRY(database.query("PRAGMA journal_mode = WAL"));
    LAMELLA_TRY(
        database.script(options.durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL"));
  }
  LAMELLA_TRY(database.script("PRAGMA foreign_keys = ON"));
  return database;
}

Result<Database> Database::in_memory() { return open(kInMemory, {}); }

Result<> Database::migrate(std::span<const std::string_view> scripts) {
  LAMELLA_TRY_ASSIGN(const auto row, query_one("PRAGMA user_version"));
  const auto version = static_cast<std::size_t>(row ? row->integer(0) : 0);
  if (version == scripts.size()) return {};
  Transaction transaction(*this);
  LAMELLA_TRY(transaction.begin());
  LAMELLA_TRY_ASSIGN(const auto again, query_one("PRAGMA user_version"));
  const auto from = static_cast<std::size_t>(again ? again->integer(0) : 0);
  if (from > scripts.size()) {
    return Error(ErrorCode::kCorrupt,
                 fmt::format("the database has schema {}, this version knows {}", from, scripts.size()))
        .because("it was written by a newer version")
        .remedy("use that version, or a newer one");
  }
  for (std::size_t i = from; i < scripts.size(); ++i) LAMELLA_TRY(script(scripts[i]));
  LAMELLA_TRY(script(fmt::format("PRAGMA user_version = {}", scripts.size())));
  return transaction.commit();
}

Result<> Database::script(std::string_view sql) {
  const std::string text(sql);
  const int rc = sqlite3_exec(handle_.get(), text.c_str(), nullptr, nullptr, nullptr);
  if (rc != SQLITE_OK)
    return error_of(handle_.get(), rc, fmt::format("cannot run '{}'", text.substr(0, 120)));
  return {};
}

std::int64_t Database::last_insert_id() const { return sqlite3_last_insert_rowid(handle_.get()); }

Result<> Database::check() {
  LAMELLA_TRY_ASSIGN(const auto rows, query("PRAGMA quick_check"));
  if (rows.size() == 1 && rows.front().text(0) == "ok") return {};
  return Error(ErrorCode::kCorrupt, "the database is damaged")
      .because(rows.empty() ? "no answer" : rows.front().text(0))
      .remedy(remedy_of(ErrorCode::kCorrupt));
}

Result<std::int64_t> Database::run_cells(std::string_view sql, const std::vector<Cell>& cells) {
  LAMELLA_TRY(execute(handle_.get(), sql, cells));
  return static_cast<std::int64_t>(sqlite3_changes64(handle_.get()));
}

Result<std::vector<Row>> Database::query_cells(std::string_view sql, const std::vector<Cell>& cells) {
  return execute(handle_.get(), sql, cells);
}

Transaction::~Transaction() {
  if (open_) (void)database_.script("ROLLBACK");
}

Result<> Transaction::begin() {
  LAMELLA_TRY(database_.script("BEGIN IMMEDIATE"));
  open_ = true;
  return {};
}

Result<> Transaction::commit() {
  LAMELLA_TRY(database_.script("COMMIT"));
  open_ = false;
  return {};
}

}  // namespace lamella::sqlite
