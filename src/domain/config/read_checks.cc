// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <array>

#include "base/units.h"
#include "config/read_workspace.h"
#include "config/workspace_path.h"

namespace lamella::config {
namespace {

using document::Value;
using model::PlacedText;

constexpr std::array<std::string_view, 4> kForms = {"event", "http", "script", "command"};

Result<model::Expectation> read_expectation(const Value& check) {
  model::Expectation expect;
  const Value* value = check.find("expect");
  if (value == nullptr) return expect;
  if (const Value* path = value->find("path")) {
    LAMELLA_TRY_ASSIGN(expect.path, model::parse_json_path(*path->as_string()));
  }
  if (const Value* equals = value->find("equals")) expect.equals = *equals;
  if (const Value* exists = value->find("exists")) expect.exists = exists->as_bool();
  if (const Value* matches = value->find("matches")) expect.matches = *matches->as_string();
  if (const Value* below = value->find("below")) expect.below = below->as_number();
  if (const Value* error = value->find("error")) expect.error = *error->as_string();
  return expect;
}

/// The one form the check has; more or fewer is an error.
Result<std::string_view> form_of(const Value& check, const SourceFile& source) {
  std::string_view form;
  for (const std::string_view one : kForms) {
    const Value* value = check.find(one);
    if (value == nullptr) continue;
    if (!form.empty()) {
      return source.usage(fmt::format("a check has '{}' or '{}', not both", form, one), value->position())
          .remedy("make it two checks");
    }
    form = one;
  }
  if (form.empty()) {
    return source.usage("a check needs an event or a script", check.position())
        .remedy("add `event = \"events/one.json\"` with `expect`, or `script = \"check.py\"`");
  }
  return form;
}

Result<model::Check> read_check(const Value& value, const SourceFile& source) {
  model::Check check;
  check.name = value.text("name");
  check.position = value.position();
  if (check.name.empty()) return source.usage("a check's name is empty", value.find("name")->position());
  if (value.text("stage") == "integration") {
    return source
        .usage("the stage 'integration' is known, but not built yet in this version",
               value.find("stage")->position())
        .remedy("leave it out for now");
  }
  if (const Value* timeout = value.find("timeout")) {
    LAMELLA_TRY_ASSIGN(check.timeout, base::parse_duration(*timeout->as_string()));
  }
  LAMELLA_TRY_ASSIGN(const std::string_view form, form_of(value, source));
  LAMELLA_TRY_ASSIGN(model::Expectation expect, read_expectation(value));
  const Value& body = *value.find(form);
  if (form == "script") {
    if (const Value* unused = value.find("expect")) {
      return source.usage("a script has no 'expect': its exit code decides", unused->position())
          .remedy("leave `expect` out");
    }
    LAMELLA_TRY_ASSIGN(std::string path, normalised_path(*body.as_string()));
    check.what = model::ScriptCheck{{std::move(path), body.position()}};
  } else if (body.is_string()) {
    LAMELLA_TRY_ASSIGN(std::string path, normalised_path(*body.as_string()));
    check.what = model::EventCheck{PlacedText{std::move(path), body.position()}, std::move(expect)};
  } else {
    check.what = model::EventCheck{body, std::move(expect)};
  }
  return check;
}

}  // namespace

Result<std::vector<model::Check>> read_checks(const Value& table, const SourceFile& source) {
  std::vector<model::Check> checks;
  for (const Value& one : table.items("checks")) {
    LAMELLA_TRY_ASSIGN(model::Check check, read_check(one, source));
    for (const model::Check& other : checks) {
      if (other.name == check.name) {
        return source
            .usage(fmt::format("two checks are called '{}'", base::escaped(check.name)), check.position)
            .remedy("give one another name");
      }
    }
    checks.push_back(std::move(check));
  }
  return checks;
}

}  // namespace lamella::config
