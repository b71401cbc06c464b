// SPDX-License-Identifier: Apache-2.0
//
// What a verb gives back: one record, which the terminal and `--json` both render, and the error when it
// ended badly although there is something to show.  A verb that has nothing to show returns the error alone.
#pragma once

#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "base/result.h"
#include "document/value.h"

namespace lamella::commands {

struct Outcome {
  document::Value record;          ///< an object; its first member is "schema"
  std::optional<Error> error;      ///< decides the exit code
  std::vector<Error> others = {};  ///< that ended badly beside it; shown after the record, before `error`

  /// The first decides.  None is success.
  void fail(std::vector<Error> errors) {
    if (errors.empty()) return;
    error = std::move(errors.front());
    others.assign(std::make_move_iterator(errors.begin() + 1), std::make_move_iterator(errors.end()));
  }
};

/// {"schema":1} to add to.
inline document::Value new_record() { return document::Value::object({{"schema", 1}}); }

/// The error as records spell it: code, exit, message, where, why, remedy, trace, facts.
document::Value to_value(const Error& error);

}  // namespace lamella::commands
