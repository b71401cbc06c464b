// SPDX-License-Identifier: Apache-2.0
#include "model/json_path.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/diagnostic.h"

namespace lamella::model {
namespace {

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/// Takes "['name']" or "[12]" from the front of `rest`; false if it is neither.
bool take_bracket(std::string_view& rest, JsonPath& path) {
  rest.remove_prefix(1);
  if (rest.starts_with('\'') || rest.starts_with('"')) {
    const char quote = rest.front();
    const auto end = rest.find(quote, 1);
    if (end == std::string_view::npos || !rest.substr(end + 1).starts_with(']')) return false;
    path.steps.emplace_back(std::string(rest.substr(1, end - 1)));
    rest.remove_prefix(end + 2);
    return true;
  }
  std::int64_t index = 0;
  const auto [stop, error] = std::from_chars(rest.data(), rest.data() + rest.size(), index);
  rest.remove_prefix(static_cast<std::size_t>(stop - rest.data()));
  if (error != std::errc() || !rest.starts_with(']')) return false;
  rest.remove_prefix(1);
  path.steps.emplace_back(index);
  return true;
}

bool take_member(std::string_view& rest, JsonPath& path) {
  rest.remove_prefix(1);
  const auto end =
      static_cast<std::size_t>(std::find_if_not(rest.begin(), rest.end(), is_word) - rest.begin());
  path.steps.emplace_back(std::string(rest.substr(0, end)));
  rest.remove_prefix(end);
  return end > 0;
}

const document::Value* at_index(const document::Value& value, std::int64_t index) {
  const document::Array* items = value.as_array();
  if (items == nullptr) return nullptr;
  const auto size = static_cast<std::int64_t>(items->size());
  if (index < 0) index += size;
  return index < 0 || index >= size ? nullptr : &(*items)[static_cast<std::size_t>(index)];
}

}  // namespace

Result<JsonPath> parse_json_path(std::string_view text) {
  const auto fail = [&] {
    return Error(ErrorCode::kUsage,
                 fmt::format("'{}' is not a path into a document", base::escaped(text.substr(0, 200))))
        .remedy("write it like $.items[0].id or $['a key']");
  };
  std::string_view rest = text;
  if (!rest.starts_with('$')) return fail();
  rest.remove_prefix(1);
  JsonPath path;
  while (!rest.empty()) {
    const bool taken = rest.front() == '.'   ? take_member(rest, path)
                       : rest.front() == '[' ? take_bracket(rest, path)
                                             : false;
    if (!taken) return fail();
  }
  return path;
}

std::string to_string(const JsonPath& path) {
  std::string out = "$";
  for (const JsonPath::Step& step : path.steps) {
    const auto* name = std::get_if<std::string>(&step);
    if (name == nullptr) {
      out += fmt::format("[{}]", std::get<std::int64_t>(step));
    } else if (!name->empty() && std::all_of(name->begin(), name->end(), is_word)) {
      out += "." + *name;
    } else {
      const char quote = name->find('\'') == std::string::npos ? '\'' : '"';
      out += fmt::format("[{}{}{}]", quote, *name, quote);
    }
  }
  return out;
}

const document::Value* find(const document::Value& root, const JsonPath& path) {
  const document::Value* value = &root;
  for (const JsonPath::Step& step : path.steps) {
    const auto* name = std::get_if<std::string>(&step);
    value = name != nullptr ? value->find(*name) : at_index(*value, std::get<std::int64_t>(step));
    if (value == nullptr) return nullptr;
  }
  return value;
}

}  // namespace lamella::model
