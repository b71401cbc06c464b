// SPDX-License-Identifier: Apache-2.0
//
// SQLite behind Result: database, statement, transaction, migrations.  Knows no schema of its own.
//
// A file that it makes is its owner's alone (0600), whatever the umask.
//
// Threads: a Database and its statements belong to one thread at a time; open one per thread, or guard it.
// Several processes may open one file: writers wait up to Options::busy_timeout.
//
// Errors: io (full, read-only, unreadable), corrupt (SQLite finds damage), conflict (busy past the time-out),
// internal (SQL that does not fit the schema: our bug).
//
//   LAMELLA_TRY_ASSIGN(auto db, sqlite::Database::open(path, {.durable = true}));
//   LAMELLA_TRY(db.migrate(kMigrations));
//   sqlite::Transaction transaction(db);
//   LAMELLA_TRY(transaction.begin());
//   LAMELLA_TRY(db.run("INSERT INTO alias (name, version) VALUES (?, ?)", name, version));
//   LAMELLA_TRY(transaction.commit());
//   LAMELLA_TRY_ASSIGN(auto rows, db.query("SELECT version FROM alias WHERE name = ?", name));
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

struct sqlite3;

namespace lamella::sqlite {

using Cell = std::variant<std::nullptr_t, std::int64_t, double, std::string>;

/// One row of a result.  Text and blobs are both strings.
class Row {
 public:
  explicit Row(std::vector<Cell> cells) : cells_(std::move(cells)) {}
  /// REQUIRES: the column exists.  A NULL reads as 0 or "".
  std::int64_t integer(std::size_t column) const;
  double real(std::size_t column) const;
  const std::string& text(std::size_t column) const;
  bool is_null(std::size_t column) const { return std::holds_alternative<std::nullptr_t>(cells_.at(column)); }

 private:
  std::vector<Cell> cells_;
};

struct Options {
  bool durable = false;  ///< synchronous=FULL: an acknowledged commit survives power loss
  bool read_only = false;
  std::chrono::milliseconds busy_timeout{10'000};
};

class Database {
 public:
  static Result<Database> open(const std::filesystem::path& path, const Options& options);
  /// A database that lives in memory, for tests.
  static Result<Database> in_memory();

  /// Applies the scripts that user_version says are missing, each in a transaction.  A file newer than the
  /// list is refused as corrupt state ("written by a newer version").
  Result<> migrate(std::span<const std::string_view> scripts);

  /// Runs one statement that returns no rows; gives the number of rows changed.
  template <class... Values>
  Result<std::int64_t> run(std::string_view sql, const Values&... values) {
    return run_cells(sql, {cell(values)...});
  }
  template <class... Values>
  Result<std::vector<Row>> query(std::string_view sql, const Values&... values) {
    return query_cells(sql, {cell(values)...});
  }
  /// The first row, or nullopt.
  template <class... Values>
  Result<std::optional<Row>> query_one(std::string_view sql, const Values&... values) {
    auto rows = query_cells(sql, {cell(values)...});
    if (!rows) return base::Error(std::move(rows).error());
    if (rows->empty()) return std::optional<Row>();
    return std::optional<Row>(std::move(rows->front()));
  }
  /// Several statements without parameters.
  Result<> script(std::string_view sql);
  std::int64_t last_insert_id() const;
  /// PRAGMA quick_check: corrupt if SQLite finds damage.
  Result<> check();

 private:
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  explicit Database(sqlite3* handle) : handle_(handle) {}
  static Cell cell(std::nullptr_t) { return nullptr; }
  static Cell cell(std::string_view text) { return std::string(text); }
  static Cell cell(double value) { return value; }
  template <class T>
  requires std::is_integral_v<T>
  static Cell cell(T value) { return static_cast<std::int64_t>(value); }
  template <class T>
  static Cell cell(const std::optional<T>& value) {
    return value ? cell(*value) : Cell(nullptr);
  }
  Result<std::int64_t> run_cells(std::string_view sql, const std::vector<Cell>& cells);
  Result<std::vector<Row>> query_cells(std::string_view sql, const std::vector<Cell>& cells);

  std::unique_ptr<sqlite3, Close> handle_;
};

/// BEGIN IMMEDIATE ... COMMIT; destroying it before commit() rolls back.
class Transaction {
 public:
  explicit Transaction(Database& database) : database_(database) {}
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  Result<> begin();
  Result<> commit();

 private:
  Database& database_;
  bool open_ = false;
};

}  // namespace lamella::sqlite
