// SPDX-License-Identifier: Apache-2.0
//
// parse(render(x)) == x for generated documents, and our JSON reader against an independent one.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>

#include "document/json.h"
#include "document/toml.h"

namespace lamella::document {
namespace {

rc::Gen<std::string> any_text() {
  return rc::gen::container<std::string>(
      rc::gen::oneOf(rc::gen::inRange('\1', '\x7f'), rc::gen::elementOf(std::string("\"\\\n.#'[]={}"))));
}

Value any_value(int depth) {
  switch (*rc::gen::inRange(0, depth > 0 ? 6 : 4)) {
    case 0: return *rc::gen::arbitrary<bool>();
    case 1: return *rc::gen::arbitrary<std::int64_t>();
    case 2: return *rc::gen::arbitrary<double>();
    case 3: return *any_text();
    case 4: {
      Value list = Value::array();
      for (int i = *rc::gen::inRange(0, 4); i > 0; --i) list.push_back(any_value(depth - 1));
      return list;
    }
    default: {
      Value table = Value::object();
      for (int i = *rc::gen::inRange(0, 4); i > 0; --i) table.set(*any_text(), any_value(depth - 1));
      return table;
    }
  }
}

RC_GTEST_PROP(JsonProperty, ParseIsTheInverseOfRender, ()) {
  const Value value = any_value(4);
  RC_ASSERT(parse_json(render_json(value, 2), "x").value() == value);
  RC_ASSERT(canonical_json(parse_json(canonical_json(value), "x").value()) == canonical_json(value));
}

RC_GTEST_PROP(TomlProperty, ParseIsTheInverseOfRender, ()) {
  Value document = Value::object();
  for (int i = *rc::gen::inRange(0, 5); i > 0; --i) document.set(*any_text(), any_value(4));
  const std::string text = render_toml(document);
  const auto back = parse_toml(text, "x");
  if (!back) RC_FAIL(text + "\n" + back.error().to_string());
  RC_ASSERT(*back == document);
}

RC_GTEST_PROP(JsonProperty, AgreesWithAnotherReader, ()) {
  std::string text = render_json(any_value(3));
  for (int i = *rc::gen::inRange(0, 3); i > 0 && !text.empty(); --i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
    text[at] = *rc::gen::elementOf(std::string("{}[],:\"\\0123456789.eE+-tfnu \n"));
  }
  const auto other = nlohmann::json::parse(text, nullptr, false);
  const auto ours = parse_json(text, "x");
  if (ours) RC_ASSERT(nlohmann::json::parse(render_json(*ours)) == other);
  if (!ours) RC_ASSERT(other.is_discarded() || ours.error().what().find("twice") != std::string::npos);
  const auto unplaced = parse_json(text, "x", {.places = false});
  RC_ASSERT(unplaced.has_value() == ours.has_value());
  RC_ASSERT(!ours || *unplaced == *ours);
}

}  // namespace
}  // namespace lamella::document
