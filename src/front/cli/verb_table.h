// SPDX-License-Identifier: Apache-2.0
//
// Every verb and every flag, once.  Parsing, `lamella help` and `--help` are all read from these tables; a
// verb or flag that is not here does not exist.
//
// Invariants (cli/verb_table_test.cc)
//   F1 names are unique; a letter means the same flag everywhere.
//   F2 every verb a flag names exists; every verb has a handler (cli/dispatch.cc).
//   F3 every help line fits beside its name in 100 columns.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace lamella::cli {

struct Verb {
  std::string_view name;       ///< one word, or two: "local serve"
  std::string_view arguments;  ///< as help shows them: "[NAME]..."
  std::size_t least = 0;       ///< arguments
  std::size_t most = 0;        ///< arguments; kAny for no bound
  std::string_view group;      ///< heading in the overview
  std::string_view help;       ///< one line
  std::string_view more;       ///< paragraphs for `help VERB`
};

inline constexpr std::size_t kAny = static_cast<std::size_t>(-1);

enum class Takes {
  kNothing,
  kValue,       ///< --flag VALUE or --flag=VALUE
  kMaybeValue,  ///< --flag or --flag=VALUE
  kMaybeWord,   ///< --flag, --flag=VALUE, or after the verb also --flag VALUE
};

struct Flag {
  std::string_view name;  ///< without dashes
  char letter = '\0';
  Takes takes = Takes::kNothing;
  std::string_view value;    ///< placeholder in help
  std::string_view choices;  ///< "a|b": nothing else may be given; "" for any text
  bool repeats = false;
  std::string_view verbs;  ///< "build, local serve"; "" for every verb
  std::string_view help;
};

std::span<const Verb> verbs();
std::span<const Flag> flags();

/// nullptr if there is none.
const Verb* find_verb(std::string_view name);
bool applies(const Flag& flag, const Verb& verb);

}  // namespace lamella::cli
