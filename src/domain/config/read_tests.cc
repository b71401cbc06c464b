// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <optional>

#include "config/key_table.h"
#include "config/read_workspace.h"
#include "config/workspace_path.h"

namespace lamella::config {
namespace {

using document::Value;

/// Words between blanks; quotes of either kind hold blanks together.  nullopt: a quote is left open.
std::optional<std::vector<std::string>> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool started = false;
  char quote = '\0';
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\t' || c == '\n';
    if (quote != '\0') {
      if (c == quote)
        quote = '\0';
      else
        word.push_back(c);
    } else if (c == '"' || c == '\'') {
      quote = c;
      started = true;
    } else if (!blank) {
      word.push_back(c);
      started = true;
    } else if (started) {
      words.push_back(std::move(word));
      word.clear();
      started = false;
    }
  }
  if (quote != '\0') return std::nullopt;
  if (started) words.push_back(std::move(word));
  return words;
}

/// "pytest ...", "python -m MODULE ..." or "python FILE ...".
bool can_run(const std::vector<std::string>& command) {
  if (command.empty()) return false;
  if (command.front() != "python") return check_format(Format::kModule, command.front()).has_value();
  if (command.size() < 2) return false;
  if (command[1] == "-m") return command.size() > 2 && check_format(Format::kModule, command[2]).has_value();
  return !command[1].empty() && command[1].front() != '-';
}

}  // namespace

Result<model::Tests> read_tests(const Value& table, const SourceFile& source) {
  model::Tests tests;
  const Value* command = table.find("tests");
  for (const std::string_view key : {"test_requirements", "test_files"}) {
    const Value* orphan = command == nullptr ? table.find(key) : nullptr;
    if (orphan == nullptr) continue;
    return source
        .usage(fmt::format("'{}' says what tests need, and there are no tests", key), orphan->position())
        .remedy("add `tests`, the command that runs them");
  }
  if (command == nullptr) return tests;
  tests.position = command->position();
  auto words = words_of(*command->as_string());
  if (!words || !can_run(*words)) {
    return source.usage("the command of `tests` cannot be run", tests.position)
        .because(words ? "it begins with a module that is run as a program, or with python and -m or a file; "
                         "there is no shell"
                       : "a quotation mark is not closed")
        .remedy("for example: tests = \"pytest layers/core/tests\"");
  }
  tests.command = *std::move(words);
  LAMELLA_TRY(read_requirements_key(table, "test_requirements", source, tests.requirements));
  if (table.find("test_requirements") == nullptr && tests.command.front() != "python")
    tests.requirements.listed.push_back({tests.command.front(), tests.position});
  for (const Value& one : table.items("test_files")) {
    LAMELLA_TRY_ASSIGN(std::string path, normalised_path(*one.as_string()));
    tests.files.push_back({std::move(path), one.position()});
  }
  return tests;
}

}  // namespace lamella::config
