// SPDX-License-Identifier: Apache-2.0
#include "commands/slimming.h"

#include <map>

namespace lamella::commands {

using document::Value;

Value slimming_record(const build::Made& made) {
  std::map<std::string, std::uint64_t> totals;
  std::uint64_t stripped = 0;
  std::uint64_t bytecode = 0;
  std::uint64_t source = 0;
  std::uint64_t wheels = 0;
  Value by_rule = Value::array();
  Value kept = Value::array();
  for (const build::Part& part : made.parts) {
    const package::SegmentRecord& segment = part.segment;
    wheels += segment.wheel_bytes;
    stripped += segment.stripped_bytes;
    bytecode += segment.bytecode_bytes;
    source += segment.source_bytes;
    for (const auto& [rule, count] : segment.dropped) {
      if (count.files > 0) totals[rule] += count.bytes;
      by_rule.push_back(Value::object({{"rule", rule},
                                       {"distribution", segment.distribution},
                                       {"version", segment.version},
                                       {"files", count.files},
                                       {"bytes", count.bytes}}));
    }
    for (const auto& [word, count] : segment.kept) {
      kept.push_back(Value::object({{"word", word},
                                    {"distribution", segment.distribution},
                                    {"files", count.files},
                                    {"bytes", count.bytes}}));
    }
  }
  Value rules = Value::object();
  for (const auto& [rule, bytes] : totals) rules.set(rule, bytes);
  Value bought = Value::array();
  for (const build::Bought& one : made.bought) bought.push_back(build::to_value(one));
  return Value::object({{"wheel_bytes", wheels},
                        {"stripped_bytes", stripped},
                        {"bytecode_bytes", bytecode},
                        {"source_bytes", source},
                        {"rules", std::move(rules)},
                        {"by_rule", std::move(by_rule)},
                        {"kept", std::move(kept)},
                        {"bought", std::move(bought)},
                        {"idle", Value::array_of(made.idle)}});
}

Value to_value(const build::Culprit& culprit) {
  return Value::object({{"artifact", culprit.rule.artifact},
                        {"distribution", culprit.rule.distribution},
                        {"version", culprit.rule.version},
                        {"rule", culprit.rule.rule},
                        {"why", culprit.rule.why},
                        {"keep", Value::array_of(culprit.rule.keep)},
                        {"files", culprit.files},
                        {"bytes", culprit.bytes},
                        {"files_out", culprit.files_out},
                        {"bytes_out", culprit.bytes_out},
                        {"smallest", culprit.smallest}});
}

}  // namespace lamella::commands
