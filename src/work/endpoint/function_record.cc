// SPDX-License-Identifier: Apache-2.0
#include "endpoint/function_record.h"

#include <array>
#include <charconv>

#include "crypto/sha256.h"
#include "endpoint/layer_record.h"
#include "model/arn.h"

namespace lamella::endpoint {
namespace {

constexpr std::array<std::pair<Transition, std::string_view>, 3> kTransitions = {
    {{Transition::kNone, ""}, {Transition::kCreate, "create"}, {Transition::kUpdate, "update"}}};

constexpr std::string_view kSelect =
    "SELECT region, name, version, snapshot, previous, description, transition, ready_at, revision, modified "
    "FROM function_version ";

std::string_view text_of(Transition transition) {
  for (const auto& [value, text] : kTransitions) {
    if (value == transition) return text;
  }
  return "";
}

Transition transition_of(const std::string& wanted) {
  for (const auto& [value, text] : kTransitions) {
    if (text == wanted) return value;
  }
  return Transition::kNone;
}

wire::Instant instant(std::int64_t milliseconds) {
  return wire::Instant(std::chrono::milliseconds(milliseconds));
}

std::string layers_text(const std::vector<Digest>& layers) {
  std::vector<std::string> words;
  for (const Digest& layer : layers) words.push_back(layer.hex());
  return join_words(words);
}

Result<FunctionRecord> from_row(sqlite::Database& db, const sqlite::Row& row) {
  FunctionRecord record;
  record.region = row.text(0);
  record.name = row.text(1);
  record.version = row.integer(2);
  LAMELLA_TRY_ASSIGN(record.snapshot, read_snapshot(db, row.integer(3)));
  if (!row.is_null(4)) record.previous = row.integer(4);
  if (!row.is_null(5)) record.description = row.text(5);
  record.transition = transition_of(row.text(6));
  record.ready_at = instant(row.integer(7));
  record.revision = row.text(8);
  record.modified = instant(row.integer(9));
  return record;
}

Result<std::vector<FunctionRecord>> from_rows(sqlite::Database& db, const std::vector<sqlite::Row>& rows) {
  std::vector<FunctionRecord> records;
  for (const auto& row : rows) {
    LAMELLA_TRY_ASSIGN(auto record, from_row(db, row));
    records.push_back(std::move(record));
  }
  return records;
}

Result<> store_snapshot(sqlite::Database& db, Snapshot& snapshot) {
  const std::string configuration = wire::render(snapshot.configuration);
  const std::string layers = layers_text(snapshot.layers);
  const std::string digest = crypto::sha256(configuration + "\n" + snapshot.blob.hex() + "\n" + layers).hex();
  LAMELLA_TRY(
      db.run("INSERT OR IGNORE INTO snapshot (digest, configuration, blob, unzipped, layers) "
             "VALUES (?, ?, ?, ?, ?)",
             digest, configuration, snapshot.blob.hex(), snapshot.unzipped, layers));
  LAMELLA_TRY_ASSIGN(const auto row, db.query_one("SELECT id FROM snapshot WHERE digest = ?", digest));
  if (!row) return Error(ErrorCode::kInternal, "a snapshot is gone while it is written");
  snapshot.id = row->integer(0);
  return {};
}

/// A UUID made of another: the id of what a transition leads to.
std::string derived_revision(const std::string& revision) {
  const std::string hex = crypto::sha256(revision + " settled").hex();
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-4" + hex.substr(13, 3) + "-8" + hex.substr(17, 3) +
         "-" + hex.substr(20, 12);
}

}  // namespace

std::string version_text(std::int64_t version) {
  return version == kLatest ? "$LATEST" : std::to_string(version);
}

std::optional<std::int64_t> version_number(const std::string& text) {
  if (text == "$LATEST") return kLatest;
  if (!model::is_version_number(text)) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool in_transition(const FunctionRecord& record, wire::Instant now) {
  return record.transition != Transition::kNone && now < record.ready_at;
}

std::string revision_at(const FunctionRecord& record, wire::Instant now) {
  const bool settled = record.transition != Transition::kNone && now >= record.ready_at;
  return settled ? derived_revision(record.revision) : record.revision;
}

void begin(FunctionRecord& record, Transition transition, wire::Instant now, std::chrono::milliseconds takes,
           std::string revision) {
  record.transition = transition;
  record.ready_at = transition == Transition::kNone ? now : now + takes;
  record.revision = std::move(revision);
}

wire::FunctionConfiguration shown(const FunctionRecord& record, const std::string& qualifier,
                                  wire::Instant now, Detail detail) {
  wire::FunctionConfiguration out = record.snapshot.configuration;
  if (!qualifier.empty()) out.function_arn += ":" + qualifier;
  out.version = version_text(record.version);
  if (record.description) out.description = *record.description;
  out.last_modified = record.modified;
  out.revision_id = revision_at(record, now);
  if (detail == Detail::kListed) {
    out.runtime_version_config.reset();
    return out;
  }
  const bool moving = in_transition(record, now);
  const bool created = moving && record.transition == Transition::kCreate;
  out.state = created ? "Pending" : "Active";
  if (created) {
    out.state_reason = "The function is being created.";
    out.state_reason_code = "Creating";
    return out;
  }
  out.last_update_status = moving ? "InProgress" : "Successful";
  if (moving) {
    // The service's own words, though nothing is being created.
    out.last_update_status_reason = "The function is being created.";
    out.last_update_status_reason_code = "Creating";
  }
  return out;
}

Result<Snapshot> read_snapshot(sqlite::Database& db, std::int64_t id) {
  LAMELLA_TRY_ASSIGN(
      const auto row,
      db.query_one("SELECT configuration, blob, unzipped, layers FROM snapshot WHERE id = ?", id));
  if (!row) return Error(ErrorCode::kCorrupt, "the endpoint's state lacks a snapshot").at(std::to_string(id));
  Snapshot snapshot;
  snapshot.id = id;
  auto configuration = wire::parse<wire::FunctionConfiguration>(row->text(0));
  const auto blob = Digest::from_hex(row->text(1));
  if (!configuration || !blob) {
    return Error(ErrorCode::kCorrupt, "a snapshot in the endpoint's state is damaged").at(std::to_string(id));
  }
  snapshot.configuration = *std::move(configuration);
  snapshot.blob = *blob;
  snapshot.unzipped = row->integer(2);
  for (const std::string& word : split_words(row->text(3))) {
    snapshot.layers.push_back(Digest::from_hex(word).value_or(Digest()));
  }
  return snapshot;
}

Result<std::optional<FunctionRecord>> find_function(sqlite::Database& db, const std::string& region,
                                                    const std::string& name, std::int64_t version) {
  static const std::string sql = std::string(kSelect) + "WHERE region = ? AND name = ? AND version = ?";
  LAMELLA_TRY_ASSIGN(const auto row, db.query_one(sql, region, name, version));
  if (!row) return std::nullopt;
  LAMELLA_TRY_ASSIGN(auto record, from_row(db, *row));
  return record;
}

Result<std::vector<FunctionRecord>> function_versions(sqlite::Database& db, const std::string& region,
                                                      const std::string& name) {
  static const std::string sql = std::string(kSelect) + "WHERE region = ? AND name = ? ORDER BY version";
  LAMELLA_TRY_ASSIGN(const auto rows, db.query(sql, region, name));
  return from_rows(db, rows);
}

Result<std::vector<FunctionRecord>> functions_of(sqlite::Database& db, const std::string& region) {
  static const std::string sql = std::string(kSelect) + "WHERE region = ? AND version = 0 ORDER BY name";
  LAMELLA_TRY_ASSIGN(const auto rows, db.query(sql, region));
  return from_rows(db, rows);
}

Result<std::optional<FunctionRecord>> last_published(sqlite::Database& db, const std::string& region,
                                                     const std::string& name) {
  static const std::string sql =
      std::string(kSelect) + "WHERE region = ? AND name = ? AND version > 0 ORDER BY version DESC LIMIT 1";
  LAMELLA_TRY_ASSIGN(const auto row, db.query_one(sql, region, name));
  if (!row) return std::nullopt;
  LAMELLA_TRY_ASSIGN(auto record, from_row(db, *row));
  return record;
}

Result<> put_function(sqlite::Database& db, FunctionRecord& record) {
  LAMELLA_TRY(store_snapshot(db, record.snapshot));
  LAMELLA_TRY(db.run(
      "INSERT OR REPLACE INTO function_version (region, name, version, snapshot, previous, description, "
      "transition, ready_at, revision, modified) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      record.region, record.name, record.version, record.snapshot.id, record.previous, record.description,
      text_of(record.transition), record.ready_at.time_since_epoch().count(), record.revision,
      record.modified.time_since_epoch().count()));
  return {};
}

Result<> delete_version(sqlite::Database& db, const FunctionRecord& record) {
  LAMELLA_TRY(db.run("DELETE FROM function_version WHERE region = ? AND name = ? AND version = ?",
                     record.region, record.name, record.version));
  return {};
}

Result<> delete_function(sqlite::Database& db, const std::string& region, const std::string& name) {
  LAMELLA_TRY(db.run("DELETE FROM alias WHERE region = ? AND function = ?", region, name));
  LAMELLA_TRY(db.run("DELETE FROM function_version WHERE region = ? AND name = ?", region, name));
  LAMELLA_TRY(
      db.run("UPDATE function SET deleted = 1, tags = NULL WHERE region = ? AND name = ?", region, name));
  return {};
}

Result<> put_function_name(sqlite::Database& db, const std::string& region, const std::string& name,
                           const std::optional<wire::StringMap>& tags) {
  std::optional<std::string> text;
  if (tags) text = wire::render(wire::TagList{*tags});
  LAMELLA_TRY(
      db.run("INSERT INTO function (region, name, tags) VALUES (?, ?, ?) ON CONFLICT (region, name) "
             "DO UPDATE SET tags = excluded.tags, deleted = 0",
             region, name, text));
  return {};
}

Result<wire::StringMap> function_tags(sqlite::Database& db, const std::string& region,
                                      const std::string& name) {
  LAMELLA_TRY_ASSIGN(const auto row,
                     db.query_one("SELECT tags FROM function WHERE region = ? AND name = ?", region, name));
  if (!row || row->is_null(0)) return wire::StringMap{};
  LAMELLA_TRY_ASSIGN(auto list, wire::parse<wire::TagList>(row->text(0)));
  return std::move(list.tags);
}

Result<std::int64_t> take_version_number(sqlite::Database& db, const std::string& region,
                                         const std::string& name) {
  LAMELLA_TRY(db.run("UPDATE function SET last_version = last_version + 1 WHERE region = ? AND name = ?",
                     region, name));
  LAMELLA_TRY_ASSIGN(
      const auto row,
      db.query_one("SELECT last_version FROM function WHERE region = ? AND name = ?", region, name));
  if (!row) return Error(ErrorCode::kCorrupt, "the endpoint's state lacks a function").at(name);
  return row->integer(0);
}

}  // namespace lamella::endpoint
