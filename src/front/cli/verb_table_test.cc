// SPDX-License-Identifier: Apache-2.0
#include "cli/verb_table.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "cli/dispatch.h"
#include "cli/help.h"

namespace lamella::cli {
namespace {

TEST(VerbTable, NamesAndLettersAreUnique) {
  std::set<std::string_view> names;
  std::set<char> letters;
  for (const Verb& verb : verbs()) EXPECT_TRUE(names.insert(verb.name).second) << verb.name;
  names.clear();
  for (const Flag& flag : flags()) {
    EXPECT_TRUE(names.insert(flag.name).second) << flag.name;
    EXPECT_TRUE(flag.letter == '\0' || letters.insert(flag.letter).second) << flag.letter;
  }
}

TEST(VerbTable, EveryVerbOfAFlagExists) {
  for (const Flag& flag : flags()) {
    std::size_t found = 0;
    for (const Verb& verb : verbs()) found += applies(flag, verb) ? 1U : 0U;
    std::size_t named = flag.verbs.empty() ? verbs().size() : 1;
    for (const char c : flag.verbs) named += c == ',' ? 1U : 0U;
    EXPECT_EQ(found, named) << flag.name;
  }
}

TEST(VerbTable, EveryVerbHasAHandlerAndEveryHandlerAVerb) {
  for (const Verb& verb : verbs())
    EXPECT_TRUE(verb.name == "help" || find_handler(verb.name) != nullptr) << verb.name;
  for (const Handler& handler : handlers()) EXPECT_NE(find_verb(handler.verb), nullptr) << handler.verb;
}

TEST(VerbTable, HelpFitsAHundredColumns) {
  const auto check = [](const std::string& text) {
    for (std::size_t at = 0; at < text.size();) {
      const auto end = text.find('\n', at);
      EXPECT_LE(columns(text.substr(at, end - at)), 106U) << text.substr(at, end - at);
      at = end + 1;
    }
  };
  check(overview({}));
  for (const Verb& verb : verbs()) check(help_of(verb, {}));
}

}  // namespace
}  // namespace lamella::cli
