// SPDX-License-Identifier: Apache-2.0
#include "endpoint/alias_record.h"

#include "endpoint/function_record.h"
#include "endpoint/names.h"

namespace lamella::endpoint {
namespace {

constexpr std::string_view kSelect =
    "SELECT region, function, name, version, description, other, weight, revision FROM alias ";

AliasRecord from_row(const sqlite::Row& row) {
  AliasRecord alias;
  alias.region = row.text(0);
  alias.function = row.text(1);
  alias.name = row.text(2);
  alias.version = row.integer(3);
  alias.description = row.text(4);
  if (!row.is_null(5)) alias.other = row.integer(5);
  alias.weight = row.real(6);
  alias.revision = row.text(7);
  return alias;
}

}  // namespace

std::int64_t version_for(const AliasRecord& alias, double drawn) {
  return alias.other && drawn < alias.weight ? *alias.other : alias.version;
}

wire::Alias shown(const AliasRecord& alias) {
  wire::Alias out;
  out.alias_arn = function_arn(alias.region, alias.function, alias.name);
  out.name = alias.name;
  out.function_version = version_text(alias.version);
  out.description = alias.description;
  if (alias.other) {
    out.routing_config.emplace().additional_version_weights.emplace()[version_text(*alias.other)] =
        alias.weight;
  }
  out.revision_id = alias.revision;
  return out;
}

Result<std::optional<AliasRecord>> find_alias(sqlite::Database& db, const std::string& region,
                                              const std::string& function, const std::string& name) {
  static const std::string sql = std::string(kSelect) + "WHERE region = ? AND function = ? AND name = ?";
  LAMELLA_TRY_ASSIGN(const auto row, db.query_one(sql, region, function, name));
  if (!row) return std::nullopt;
  return from_row(*row);
}

Result<std::vector<AliasRecord>> aliases_of(sqlite::Database& db, const std::string& region,
                                            const std::string& function) {
  static const std::string sql = std::string(kSelect) + "WHERE region = ? AND function = ? ORDER BY name";
  LAMELLA_TRY_ASSIGN(const auto rows, db.query(sql, region, function));
  std::vector<AliasRecord> aliases;
  for (const auto& row : rows) aliases.push_back(from_row(row));
  return aliases;
}

Result<> put_alias(sqlite::Database& db, const AliasRecord& alias) {
  LAMELLA_TRY(
      db.run("INSERT OR REPLACE INTO alias (region, function, name, version, description, other, weight, "
             "revision) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
             alias.region, alias.function, alias.name, alias.version, alias.description, alias.other,
             alias.weight, alias.revision));
  return {};
}

Result<> delete_alias(sqlite::Database& db, const std::string& region, const std::string& function,
                      const std::string& name) {
  LAMELLA_TRY(
      db.run("DELETE FROM alias WHERE region = ? AND function = ? AND name = ?", region, function, name));
  return {};
}

}  // namespace lamella::endpoint
