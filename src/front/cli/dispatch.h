// SPDX-License-Identifier: Apache-2.0
//
// From a parsed verb to the command that does it and the function that renders its record: one row a verb.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/parse.h"
#include "cli/terminal.h"
#include "commands/outcome.h"
#include "commands/session.h"

namespace lamella::cli {

/// What people get to read: results, and what belongs beside them.
struct Text {
  std::string out;
  std::string err;
};

struct Handler {
  std::string_view verb;
  Result<commands::Outcome> (*run)(const Given& given, const commands::Setting& setting);
  Text (*render)(const document::Value& record, const Given& given, const Style& style);
};

std::span<const Handler> handlers();
/// nullptr for "help".
const Handler* find_handler(std::string_view verb);

}  // namespace lamella::cli
