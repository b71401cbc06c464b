// SPDX-License-Identifier: Apache-2.0
//
// A budget as records spell it: {"unzipped","zipped","aim"}, bytes or null.
#pragma once

#include "document/value.h"
#include "model/packaging.h"

namespace lamella::commands {

inline document::Value budget_record(const model::Budget& budget) {
  const auto number = [](const std::optional<std::uint64_t>& bytes) {
    return bytes ? document::Value(*bytes) : document::Value();
  };
  return document::Value::object({{"unzipped", number(budget.unzipped)},
                                  {"zipped", number(budget.zipped)},
                                  {"aim", number(budget.aim)}});
}

}  // namespace lamella::commands
