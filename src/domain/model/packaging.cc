// SPDX-License-Identifier: Apache-2.0
#include "model/packaging.h"

#include <algorithm>

namespace lamella::model {

bool Command::sees(const CommandInput& input, std::string_view path) const {
  const bool left =
      path.starts_with(output.text) && (path.size() == output.text.size() || path[output.text.size()] == '/');
  return !left && (!input.pattern || input.pattern->matches(path));
}

std::string_view to_string(PruneProfile profile) {
  switch (profile) {
    case PruneProfile::kNone: return "none";
    case PruneProfile::kSafe: return "safe";
    case PruneProfile::kAggressive: return "aggressive";
  }
  return "";
}

std::optional<PruneProfile> parse_prune_profile(std::string_view text) {
  for (const auto profile : {PruneProfile::kNone, PruneProfile::kSafe, PruneProfile::kAggressive}) {
    if (text == to_string(profile)) return profile;
  }
  return std::nullopt;
}

std::string_view to_string(BytecodeMode mode) {
  switch (mode) {
    case BytecodeMode::kUncheckedHash: return "unchecked-hash";
    case BytecodeMode::kOnly: return "only";
    case BytecodeMode::kNone: return "none";
  }
  return "";
}

std::optional<BytecodeMode> parse_bytecode_mode(std::string_view text) {
  for (const auto mode : {BytecodeMode::kUncheckedHash, BytecodeMode::kOnly, BytecodeMode::kNone}) {
    if (text == to_string(mode)) return mode;
  }
  return std::nullopt;
}

BytecodeMode Bytecode::mode_for(std::string_view module_path, bool is_traced) const {
  const auto found = std::find_if(patterns.begin(), patterns.end(), [&](const BytecodePattern& pattern) {
    return pattern.glob.matches(module_path);
  });
  if (found != patterns.end()) return found->mode;
  return is_traced && traced ? *traced : fallback;
}

bool Bytecode::needs_interpreter() const {
  const auto compiles = [](BytecodeMode mode) { return mode != BytecodeMode::kNone; };
  return compiles(fallback) || (traced && compiles(*traced)) ||
         std::any_of(patterns.begin(), patterns.end(),
                     [&](const auto& pattern) { return compiles(pattern.mode); });
}

}  // namespace lamella::model
