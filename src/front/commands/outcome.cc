// SPDX-License-Identifier: Apache-2.0
#include "commands/outcome.h"

namespace lamella::commands {
namespace {

document::Value text_or_null(const std::string& text) {
  return text.empty() ? document::Value() : document::Value(text);
}

}  // namespace

document::Value to_value(const Error& error) {
  document::Value facts = document::Value::object();
  for (const auto& [key, value] : error.facts()) facts.set(key, value);
  return document::Value::object({{"code", base::to_string(error.code())},
                                  {"exit", static_cast<int>(error.code())},
                                  {"message", error.what()},
                                  {"where", text_or_null(error.where())},
                                  {"excerpt", text_or_null(error.excerpt())},
                                  {"why", text_or_null(error.why())},
                                  {"remedy", text_or_null(error.remedy())},
                                  {"trace", document::Value::array_of(error.trace())},
                                  {"facts", std::move(facts)}});
}

}  // namespace lamella::commands
