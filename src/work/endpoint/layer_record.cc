// SPDX-License-Identifier: Apache-2.0
#include "endpoint/layer_record.h"

#include <fmt/ranges.h>

#include <sstream>

#include "endpoint/credentials.h"
#include "wire/lambda_operations.h"

namespace lamella::endpoint {
namespace {

constexpr std::string_view kSelect =
    "SELECT region, name, version, blob, size, unzipped, description, license, runtimes, architectures, "
    "created "
    "FROM layer_version ";

std::optional<wire::Strings> words_of(const sqlite::Row& row, std::size_t column) {
  if (row.is_null(column)) return std::nullopt;
  return split_words(row.text(column));
}

std::optional<std::string> text_of(const std::optional<wire::Strings>& words) {
  if (!words) return std::nullopt;
  return join_words(*words);
}

LayerRecord from_row(const sqlite::Row& row) {
  LayerRecord record;
  record.region = row.text(0);
  record.name = row.text(1);
  record.version = row.integer(2);
  record.blob = Digest::from_hex(row.text(3)).value_or(Digest());
  record.size = row.integer(4);
  record.unzipped = row.integer(5);
  record.description = row.text(6);
  if (!row.is_null(7)) record.license = row.text(7);
  record.runtimes = words_of(row, 8);
  record.architectures = words_of(row, 9);
  record.created = wire::Instant(std::chrono::milliseconds(row.integer(10)));
  return record;
}

}  // namespace

std::string join_words(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, " "));
}

std::vector<std::string> split_words(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

Result<std::optional<LayerRecord>> find_layer(sqlite::Database& db, const std::string& region,
                                              const std::string& name, std::int64_t version,
                                              Deleted deleted) {
  static const std::string sql =
      std::string(kSelect) + "WHERE region = ? AND name = ? AND version = ? AND deleted <= ?";
  LAMELLA_TRY_ASSIGN(const auto row,
                     db.query_one(sql, region, name, version, deleted == Deleted::kShown ? 1 : 0));
  if (!row) return std::nullopt;
  return from_row(*row);
}

Result<std::vector<LayerRecord>> layer_versions(sqlite::Database& db, const std::string& region,
                                                const std::string& name) {
  static const std::string sql =
      std::string(kSelect) + "WHERE region = ? AND name = ? AND deleted = 0 ORDER BY version DESC";
  LAMELLA_TRY_ASSIGN(const auto rows, db.query(sql, region, name));
  std::vector<LayerRecord> records;
  for (const auto& row : rows) records.push_back(from_row(row));
  return records;
}

Result<std::vector<std::string>> layer_names(sqlite::Database& db, const std::string& region) {
  LAMELLA_TRY_ASSIGN(
      const auto rows,
      db.query("SELECT DISTINCT name FROM layer_version WHERE region = ? AND deleted = 0 ORDER BY name",
               region));
  std::vector<std::string> names;
  for (const auto& row : rows) names.push_back(row.text(0));
  return names;
}

Result<> add_layer(sqlite::Database& db, LayerRecord& record) {
  LAMELLA_TRY_ASSIGN(const auto row,
                     db.query_one("SELECT MAX(version) FROM layer_version WHERE region = ? AND name = ?",
                                  record.region, record.name));
  record.version = (row ? row->integer(0) : 0) + 1;
  LAMELLA_TRY(
      db.run("INSERT INTO layer_version (region, name, version, blob, size, unzipped, description, license, "
             "runtimes, architectures, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
             record.region, record.name, record.version, record.blob.hex(), record.size, record.unzipped,
             record.description, record.license, text_of(record.runtimes), text_of(record.architectures),
             record.created.time_since_epoch().count()));
  return {};
}

Result<> delete_layer(sqlite::Database& db, const std::string& region, const std::string& name,
                      std::int64_t version) {
  LAMELLA_TRY(db.run("UPDATE layer_version SET deleted = 1 WHERE region = ? AND name = ? AND version = ?",
                     region, name, version));
  return {};
}

std::string layer_arn(const LayerRecord& record) {
  return fmt::format("arn:{}:lambda:{}:{}:layer:{}", wire::partition_of(record.region), record.region,
                     kAccount, record.name);
}

std::string layer_version_arn(const LayerRecord& record) {
  return fmt::format("{}:{}", layer_arn(record), record.version);
}

wire::LayerVersion listed(const LayerRecord& record) {
  wire::LayerVersion version;
  version.layer_version_arn = layer_version_arn(record);
  version.description = record.description;
  version.created_date = record.created;
  version.version = record.version;
  version.compatible_runtimes = record.runtimes;
  version.compatible_architectures = record.architectures;
  version.license_info = record.license;
  return version;
}

}  // namespace lamella::endpoint
