// SPDX-License-Identifier: Apache-2.0
//
// Words of the command line to a verb, its arguments and its flags, by the tables.  Strict: an unknown verb
// or flag, a flag of another verb, a value where none belongs, a flag twice: all are refused, with the
// nearest name.
//
// Flags may stand before, between and after the arguments; "--" ends them; "-" is an argument.
// Threads: pure.  Errors: usage.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/verb_table.h"

namespace lamella::cli {

struct Given {
  const Verb* verb = nullptr;  ///< nullptr: no words at all, or only --help or --version
  std::vector<std::string> arguments;
  std::map<std::string, std::vector<std::string>, std::less<>> flags;  ///< "" as the value of a bare flag

  bool has(std::string_view flag) const { return flags.contains(flag); }
  std::string value(std::string_view flag, std::string_view fallback = {}) const;
  std::vector<std::string> values(std::string_view flag) const;
  std::string argument(std::size_t index, std::string_view fallback = {}) const;
};

/// `words` are those after the program's name.
Result<Given> parse(std::span<const std::string> words);

/// True if --json was asked for, whatever else is wrong with the words.
bool wants_json(std::span<const std::string> words);

}  // namespace lamella::cli
