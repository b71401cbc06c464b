// SPDX-License-Identifier: Apache-2.0
#include "config/rule_packs.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/key_table.h"
#include "config/requirement.h"
#include "config/source_file.h"
#include "document/toml.h"
#include "embedded/rule_packs.h"

namespace lamella::config {
namespace {

using document::Value;

constexpr auto kRequired = Presence::kRequired;

constexpr Key kKeys[] = {
    {"pack", "schema", kInteger, "Version of this file's format.", {}, {}, {}, {}, kRequired},
    {"pack", "pack", kText, "Name of the pack.", {}, Format::kPlainName, {}, {}, kRequired},
    {"pack", "distribution", kText, "The distribution it is for; default: every one."},
    {"pack", "rule", kTableList, "Its rules.", "rule", {}, {}, {}, kRequired},
    {"rule", "id", kText, "Name of the rule.", {}, Format::kPlainName, {}, {}, kRequired},
    {"rule",
     "profile",
     kText,
     "The mildest profile it belongs to; an extra one applies only where prune.extra names it.",
     {},
     {},
     "safe|aggressive|extra",
     {},
     kRequired},
    {"rule", "drop", kTextList, "Patterns to leave out.", {}, Format::kGlob, {}, {}, kRequired},
    {"rule", "keep", kTextList, "Exceptions.", {}, Format::kGlob},
    {"rule", "needs", kText | kTextList,
     "Distributions that must be in the layer or below it, with their versions."},
    {"rule", "why", kText, "Why nobody misses it.", {}, {}, {}, {}, kRequired},
};

Result<std::vector<model::Glob>> globs(const Value& table, std::string_view key) {
  std::vector<model::Glob> out;
  for (const Value& one : table.items(key)) {
    LAMELLA_TRY_ASSIGN(model::Glob glob, model::Glob::parse(*one.as_string()));
    out.push_back(std::move(glob));
  }
  return out;
}

Result<model::RuleNeed> read_need(const Value& value) {
  auto need = parse_requirement(*value.as_string());
  if (!need) return Error(std::move(need).error()).at(value.position());
  if (!need->extras.empty() || !need->url.empty() || !need->marker.empty()) {
    return Error(ErrorCode::kUsage, "a rule needs a name and versions, nothing else").at(value.position());
  }
  return model::RuleNeed{need->normalised(), need->specifier};
}

Result<model::PruneRule> read_rule(const Value& table) {
  model::PruneRule rule;
  rule.id = table.text("id");
  rule.by_name = table.text("profile") == "extra";
  if (!rule.by_name) rule.profile = *model::parse_prune_profile(table.text("profile"));
  LAMELLA_TRY_ASSIGN(rule.drop, globs(table, "drop"));
  LAMELLA_TRY_ASSIGN(rule.keep, globs(table, "keep"));
  const Value* one = table.find("needs");
  for (const Value& need :
       one != nullptr && one->is_string() ? document::Array{*one} : table.items("needs")) {
    LAMELLA_TRY_ASSIGN(rule.needs.emplace_back(), read_need(need));
  }
  rule.why = table.text("why");
  return rule;
}

}  // namespace

Result<model::RulePack> parse_rule_pack(std::string_view text, std::string_view file) {
  const SourceFile source(text, file);
  LAMELLA_TRY_ASSIGN(const Value document, document::parse_toml(text, file));
  LAMELLA_TRY(check_keys(kKeys, "pack", document, source));
  const Value& schema = *document.find("schema");
  if (schema.as_integer() != 1)
    return source.usage("this version reads rule packs of schema 1", schema.position());
  model::RulePack pack;
  pack.pack = document.text("pack");
  const std::string distribution = document.text("distribution", "*");
  pack.distribution = distribution == "*" ? distribution : normalised_name(distribution);
  for (const Value& table : document.items("rule")) {
    LAMELLA_TRY_ASSIGN(model::PruneRule rule, read_rule(table));
    const bool twice = std::any_of(pack.rules.begin(), pack.rules.end(),
                                   [&](const model::PruneRule& other) { return other.id == rule.id; });
    if (twice) return source.usage(fmt::format("two rules are called '{}'", rule.id), table.position());
    pack.rules.push_back(std::move(rule));
  }
  return pack;
}

Result<std::vector<model::RulePack>> built_in_rule_packs() {
  std::vector<base::EmbeddedFile> files(rule_packs().begin(), rule_packs().end());
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  std::vector<model::RulePack> packs;
  for (const base::EmbeddedFile& file : files) {
    auto pack = parse_rule_pack(file.text, file.name);
    if (!pack) return Error(ErrorCode::kInternal, pack.error().to_string());
    packs.push_back(std::move(pack).value());
  }
  return packs;
}

}  // namespace lamella::config
