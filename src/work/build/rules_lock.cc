// SPDX-License-Identifier: Apache-2.0
#include "build/rules_lock.h"

#include <algorithm>
#include <iterator>

#include "base/tree_text.h"
#include "build/lock_text.h"
#include "document/toml.h"
#include "model/glob.h"

namespace lamella::build {

using document::Value;

namespace {

constexpr LockKind kKind{kRulesSchema, "the rules lock", "delete it; the next build makes it again"};

/// Globs are checked here, so that planning can take them as they are.
Result<BackedOut> read_backed_out(const Value& row) {
  BackedOut out{row.text("artifact"),      row.text("distribution"), row.text("rule"),
                sorted_texts(row, "keep"), row.text("version"),      row.text("why")};
  for (const std::string& pattern : out.keep) {
    auto glob = model::Glob::parse(pattern);
    if (!glob) return Error(std::move(glob).error()).at(row.position());
  }
  return out;
}

Value to_value(const BackedOut& one) {
  return Value::object({{"artifact", one.artifact},
                        {"distribution", one.distribution},
                        {"rule", one.rule},
                        {"version", one.version},
                        {"why", one.why},
                        {"keep", Value::array_of(one.keep)}});
}

BytecodeLimit read_limit(const Value& row) {
  const auto count = [&](std::string_view key) { return static_cast<std::uint64_t>(row.integer(key)); };
  return {row.text("layer"),    row.text("distribution"), row.text("version"), sorted_texts(row, "modules"),
          row.integer("bytes"), count("saved_us"),        count("without"),    count("without_us")};
}

Value to_value(const BytecodeLimit& one) {
  return Value::object({{"layer", one.layer},
                        {"distribution", one.distribution},
                        {"version", one.version},
                        {"bytes", one.bytes},
                        {"saved_us", one.saved_us},
                        {"without", one.without},
                        {"without_us", one.without_us},
                        {"modules", Value::array_of(one.modules)}});
}

}  // namespace

const Placement* RulesLock::find_placement(const std::string& layer) const {
  const auto found = placed.find(layer);
  return found == placed.end() ? nullptr : &found->second;
}

void RulesLock::forget_placement(const std::string& layer) {
  set_limits(layer, {});
  placed.erase(layer);
}

void RulesLock::set_limits(const std::string& layer, const std::vector<BytecodeLimit>& rows) {
  std::erase_if(limits, [&](const BytecodeLimit& one) { return one.layer == layer; });
  limits.insert(limits.end(), rows.begin(), rows.end());
  std::sort(limits.begin(), limits.end(), [](const auto& a, const auto& b) { return a.key() < b.key(); });
}

bool RulesLock::add(const BackedOut& found) {
  const auto place =
      std::lower_bound(backed_out.begin(), backed_out.end(), found,
                       [](const BackedOut& a, const BackedOut& b) { return a.key() < b.key(); });
  if (place == backed_out.end() || place->key() != found.key()) {
    backed_out.insert(place, found);
    return !found.keep.empty();
  }
  std::vector<std::string> both;
  std::set_union(place->keep.begin(), place->keep.end(), found.keep.begin(), found.keep.end(),
                 std::back_inserter(both));
  const bool more = both.size() > place->keep.size();
  place->keep = std::move(both);
  place->version = found.version;
  place->why = found.why;
  return more;
}

bool RulesLock::has_layer(const std::string& layer) const {
  return std::any_of(traced.begin(), traced.end(), [&](const auto& row) { return row.first.first == layer; });
}

Result<RulesLock> parse_rules_lock(std::string_view text, std::string_view file) {
  LAMELLA_TRY_ASSIGN(const Value document, parse_lock_text(text, file, kKind));
  RulesLock rules;
  for (const Value& row : document.items("traced")) {
    rules.traced[{row.text("layer"), row.text("distribution")}] = sorted_texts(row, "modules");
  }
  std::map<std::string, std::vector<BytecodeLimit>> limits;
  for (const Value& row : document.items("bytecode")) limits[row.text("layer")].push_back(read_limit(row));
  for (const auto& [layer, rows] : limits) rules.set_limits(layer, rows);
  for (const Value& row : document.items("placed"))
    rules.placed[row.text("layer")] = {row.text("inputs"), row.text("imports")};
  for (const Value& row : document.items("unstripped")) {
    rules.add(Unstripped{row.text("artifact"), row.text("distribution"), sorted_texts(row, "files"),
                         row.text("why")});
  }
  for (const Value& row : document.items("backed_out")) {
    LAMELLA_TRY_ASSIGN(const BackedOut one, read_backed_out(row));
    rules.add(one);
  }
  return rules;
}

bool RulesLock::add(const Unstripped& found) {
  const auto place =
      std::lower_bound(unstripped.begin(), unstripped.end(), found,
                       [](const Unstripped& a, const Unstripped& b) { return a.key() < b.key(); });
  if (place == unstripped.end() || place->key() != found.key()) {
    unstripped.insert(place, found);
    return !found.files.empty();
  }
  std::vector<std::string> both;
  std::set_union(place->files.begin(), place->files.end(), found.files.begin(), found.files.end(),
                 std::back_inserter(both));
  const bool more = both.size() > place->files.size();
  place->files = std::move(both);
  place->why = found.why;
  return more;
}

std::string render_rules_lock(const RulesLock& rules) {
  Value document = Value::object({{"schema", kRulesSchema}});
  Value rows = Value::array();
  for (const auto& [where, modules] : rules.traced) {
    rows.push_back(Value::object(
        {{"layer", where.first}, {"distribution", where.second}, {"modules", Value::array_of(modules)}}));
  }
  if (!rules.traced.empty()) document.set("traced", std::move(rows));
  Value placed = Value::array();
  for (const auto& [layer, one] : rules.placed) {
    placed.push_back(Value::object({{"layer", layer}, {"inputs", one.inputs}, {"imports", one.imports}}));
  }
  if (!rules.placed.empty()) document.set("placed", std::move(placed));
  Value limits = Value::array();
  for (const BytecodeLimit& one : rules.limits) limits.push_back(to_value(one));
  if (!rules.limits.empty()) document.set("bytecode", std::move(limits));
  Value whole = Value::array();
  for (const Unstripped& one : rules.unstripped) {
    whole.push_back(Value::object({{"artifact", one.artifact},
                                   {"distribution", one.distribution},
                                   {"why", one.why},
                                   {"files", Value::array_of(one.files)}}));
  }
  if (!rules.unstripped.empty()) document.set("unstripped", std::move(whole));
  Value exceptions = Value::array();
  for (const BackedOut& one : rules.backed_out) exceptions.push_back(to_value(one));
  if (!rules.backed_out.empty()) document.set("backed_out", std::move(exceptions));
  const std::string more = rules.backed_out.empty() ? "" : ", and what prune rules may not drop";
  return "# Written by `lamella build`: where bytecode goes" + more +
         ".  Commit it; a second build then runs straight.\n" + document::render_toml(document);
}

Result<RulesLock> load_rules_lock(const base::FileTree& tree) {
  LAMELLA_TRY_ASSIGN(const auto text, base::read_text(tree, kRulesLockPath));
  if (!text) return RulesLock();
  return parse_rules_lock(*text, kRulesLockPath);
}

}  // namespace lamella::build
