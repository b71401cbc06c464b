// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <string>

#include "config/key_table.h"
#include "config/workspace_file.h"
#include "config/workspace_keys.h"
#include "document/json.h"

namespace lamella::config {
namespace {

using document::Value;

Value reference(std::string_view shape) {
  return Value::object({{"$ref", fmt::format("#/$defs/{}", shape)}});
}

Value text_schema(const Key& key) {
  if (!key.choices.empty()) return Value::object({{"enum", Value::array_of(split_choices(key.choices))}});
  Value text = Value::object({{"type", "string"}});
  if (key.format != Format::kFree) text.set("title", describe(key.format));
  if (key.format == Format::kSize) text.set("pattern", R"(^[0-9]+(\.[0-9]+)? ?([kKMGT]?B|[KMG]iB)$)");
  if (key.format == Format::kDuration) text.set("pattern", R"(^[0-9]+(\.[0-9]+)? ?(ms|s|m|h|d)$)");
  return text;
}

/// Every form the value may take.
document::Array forms_of(const Key& key) {
  document::Array forms;
  const auto add = [&](unsigned bit, auto make) {
    if ((key.accepts & bit) != 0) forms.push_back(make());
  };
  const auto type = [](std::string_view name) { return [name] { return Value::object({{"type", name}}); }; };
  const auto list_of = [](Value items) {
    return Value::object({{"type", "array"}, {"items", std::move(items)}});
  };
  add(kText, [&] { return text_schema(key); });
  add(kInteger, type("integer"));
  add(kNumber, type("number"));
  add(kBool, type("boolean"));
  add(kTable, [&] { return reference(key.of); });
  add(kTextList, [&] { return list_of(text_schema(key)); });
  add(kTableList, [&] { return list_of(reference(key.of)); });
  add(kMixedList, [&] {
    return list_of(Value::object({{"anyOf", Value::array({text_schema(key), reference(key.entry)})}}));
  });
  return forms;
}

/// The documented default, in the key's own type.
Value default_of(const Key& key) {
  if ((key.accepts & kBool) != 0) return key.fallback == "true";
  if ((key.accepts & kInteger) == 0) return key.fallback;
  std::int64_t number = 0;
  std::from_chars(key.fallback.data(), key.fallback.data() + key.fallback.size(), number);
  return number;
}

Value property(const Key& key) {
  Value out = Value::object();
  out.set("description", key.built == Built::kYes
                             ? std::string(key.doc)
                             : fmt::format("{} Known, but not built yet: refused.", key.doc));
  document::Array forms = forms_of(key);
  if (forms.size() == 1) {
    for (document::Member& member : *forms.front().as_object()) out.set(member.key, std::move(member.value));
  } else if (!forms.empty()) {
    out.set("anyOf", Value::array(std::move(forms)));
  }
  if (key.name == "schema") out.set("const", 1);
  if (!key.fallback.empty() && key.name != "schema") out.set("default", default_of(key));
  return out;
}

Value shape_schema(std::string_view shape) {
  Value out = Value::object({{"type", "object"}});
  Value properties = Value::object();
  Value required = Value::array();
  Value others = false;
  for (const Key& key : workspace_keys()) {
    if (key.shape != shape) continue;
    if (key.name == "*") {
      others = property(key);
      continue;
    }
    properties.set(std::string(key.name), property(key));
    if (key.presence == Presence::kRequired) required.push_back(key.name);
  }
  if (!properties.as_object()->empty()) out.set("properties", std::move(properties));
  if (!required.as_array()->empty()) out.set("required", std::move(required));
  out.set("additionalProperties", std::move(others));
  return out;
}

}  // namespace

std::string json_schema() {
  Value schema = Value::object({{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                                {"title", "lamella.toml"},
                                {"description", "The workspace file of Lamella, format 1."}});
  const Value top = shape_schema("workspace");
  for (const document::Member& member : *top.as_object()) schema.set(member.key, member.value);
  Value definitions = Value::object();
  for (const Key& key : workspace_keys()) {
    if (key.shape != "workspace" && definitions.find(key.shape) == nullptr) {
      definitions.set(std::string(key.shape), shape_schema(key.shape));
    }
  }
  schema.set("$defs", std::move(definitions));
  return document::render_json(schema, 2) + "\n";
}

}  // namespace lamella::config
