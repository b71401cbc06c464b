// SPDX-License-Identifier: Apache-2.0
#include "endpoint/log_store.h"

#include "endpoint/schema.h"

namespace lamella::endpoint {
namespace {

/// The bounds are looked at once in so many records of the whole file.
constexpr std::int64_t kTrimEach = 64;

Result<> trim(sqlite::Database& db, const LogRecord& record, const LogBounds& bounds) {
  // The newest record that has to go: everything of this function up to it is over one of the bounds.
  LAMELLA_TRY_ASSIGN(
      const auto row,
      db.query_one("SELECT MAX(id) FROM (SELECT id, ROW_NUMBER() OVER newest AS place, "
                   "SUM(LENGTH(text)) OVER newest AS bytes FROM log_event WHERE region = ? AND function = ? "
                   "WINDOW newest AS (ORDER BY id DESC)) WHERE place > 1 AND (place > ? OR bytes > ?)",
                   record.region, record.function, bounds.records, bounds.bytes));
  if (!row || row->is_null(0)) return {};
  LAMELLA_TRY(db.run("DELETE FROM log_event WHERE region = ? AND function = ? AND id <= ?", record.region,
                     record.function, row->integer(0)));
  return {};
}

}  // namespace

Result<LogStore> LogStore::open(const std::filesystem::path& path, LogBounds bounds) {
  LAMELLA_TRY_ASSIGN(auto state, State::open(path, log_migrations(), false));
  return LogStore(std::move(state), bounds);
}

Result<> LogStore::add(const LogRecord& record) {
  return state_.change([&](sqlite::Database& db) -> Result<> {
    LAMELLA_TRY(
        db.run("INSERT INTO log_event (region, function, stream, version, request_id, time, text) "
               "VALUES (?, ?, ?, ?, ?, ?, ?)",
               record.region, record.function, record.stream, record.version, record.request_id, record.time,
               record.text));
    if (db.last_insert_id() % kTrimEach != 0) return {};
    return trim(db, record, bounds_);
  });
}

Result<std::vector<LogRecord>> LogStore::read(const std::string& region, const std::string& function,
                                              std::int64_t from_id, std::int64_t start_time,
                                              std::int64_t end_time, std::int64_t limit) {
  return state_.read([&](sqlite::Database& db) -> Result<std::vector<LogRecord>> {
    LAMELLA_TRY_ASSIGN(
        const auto rows,
        db.query("SELECT id, region, function, stream, version, request_id, time, text FROM log_event "
                 "WHERE region = ? AND function = ? AND id >= ? AND time >= ? AND time < ? "
                 "ORDER BY id LIMIT ?",
                 region, function, from_id, start_time, end_time, limit));
    std::vector<LogRecord> records;
    for (const auto& row : rows) {
      records.push_back({row.integer(0), row.text(1), row.text(2), row.text(3), row.text(4), row.text(5),
                         row.integer(6), row.text(7)});
    }
    return records;
  });
}

}  // namespace lamella::endpoint
