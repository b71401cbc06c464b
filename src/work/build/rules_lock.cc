// SPDX-License-Identifier: Apache-2.0
#include "build/rules_lock.h"

#include <algorithm>

#include "document/toml.h"

namespace lamella::build {

using document::Value;

bool RulesLock::has_layer(const std::string& layer) const {
  return std::any_of(traced.begin(), traced.end(), [&](const auto& row) { return row.first.first == layer; });
}

Result<RulesLock> parse_rules_lock(std::string_view text, std::string_view file) {
  LAMELLA_TRY_ASSIGN(const Value document, document::parse_toml(text, file));
  if (document.integer("schema") != kRulesSchema) {
    return Error(ErrorCode::kUsage, "this rules lock has another schema")
        .at(std::string(file))
        .remedy("delete it; the next build makes it again");
  }
  RulesLock rules;
  for (const Value& row : document.items("traced")) {
    auto& modules = rules.traced[{row.text("layer"), row.text("distribution")}];
    for (const Value& module : row.items("modules")) {
      if (module.is_string()) modules.push_back(*module.as_string());
    }
    std::sort(modules.begin(), modules.end());
  }
  return rules;
}

std::string render_rules_lock(const RulesLock& rules) {
  Value document = Value::object({{"schema", kRulesSchema}});
  Value rows = Value::array();
  for (const auto& [where, modules] : rules.traced) {
    rows.push_back(Value::object(
        {{"layer", where.first}, {"distribution", where.second}, {"modules", Value::array_of(modules)}}));
  }
  if (!rules.traced.empty()) document.set("traced", std::move(rows));
  return "# Written by `lamella build`: where bytecode goes.  Commit it; a second build then runs "
         "straight.\n" +
         document::render_toml(document);
}

Result<RulesLock> load_rules_lock(const base::FileTree& tree) {
  LAMELLA_TRY_ASSIGN(const auto text, tree.read(kRulesLockPath));
  if (!text) return RulesLock();
  return parse_rules_lock(*text, kRulesLockPath);
}

}  // namespace lamella::build
