// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "base/utf8.h"
#include "document/source_text.h"
#include "document/toml.h"
#include "document/toml_nesting.h"

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
// The library asserts that "[=a]" cannot be, and then refuses it properly.
#define TOML_ASSERT(expr) static_assert(true)
#include <toml++/toml.h>

namespace lamella::document {
namespace {

/// The library counts columns in code points; ours are bytes.
class Lines {
 public:
  explicit Lines(std::string_view text) {
    while (true) {
      const auto end = text.find('\n');
      lines_.push_back(text.substr(0, end));
      if (end == std::string_view::npos) break;
      text.remove_prefix(end + 1);
    }
  }
  std::string_view line(std::size_t number) const {
    return number >= 1 && number <= lines_.size() ? lines_[number - 1] : std::string_view();
  }
  std::uint32_t byte_column(const toml::source_position& position) const {
    const std::string_view line = this->line(position.line);
    std::size_t offset = 0;
    for (std::uint32_t i = 1; i < position.column; ++i) {
      offset +=
          offset < line.size() ? std::max<std::size_t>(base::decode_utf8(line.substr(offset)).length, 1) : 1;
    }
    return static_cast<std::uint32_t>(offset + 1);
  }

 private:
  std::vector<std::string_view> lines_;
};

class TomlReader {
 public:
  explicit TomlReader(SourceText& source) : source_(source), lines_(source.text()) {}

  Result<Value> document() {
    const toml::parse_result parsed = toml::parse(source_.text(), std::string_view(*source_.file()));
    if (!parsed) return explain(parsed.error());
    return convert(parsed.table());
  }

 private:
  Mark mark(const toml::source_region& region) const {
    return source_.mark(region.begin.line, lines_.byte_column(region.begin));
  }

  Error explain(const toml::parse_error& error) const {
    const Mark place = mark(error.source());
    const std::string description(error.description());
    const bool twice = description.find("redefine") != std::string::npos;
    if (!twice) return source_.error("the TOML is malformed", place).because(description);
    const std::string first = first_definition(place.line);
    return source_.error("this key is set twice", source_.mark(place.line, 1), lines_.line(place.line).size())
        .because(first.empty() ? description : first)
        .remedy("keep one of the two");
  }

  /// Where the key of `line` was set before: what stands above is well-formed, and so is the key alone.
  std::string first_definition(std::uint32_t line) const {
    const std::string_view failing = lines_.line(line);
    std::string above;
    std::string header;
    for (std::uint32_t i = 1; i < line; ++i) {
      const std::string_view text = lines_.line(i);
      above.append(text).push_back('\n');
      const auto start = text.find_first_not_of(" \t");
      if (start != std::string_view::npos && text[start] == '[') header = text;
    }
    const bool is_header =
        failing.substr(std::min(failing.find_first_not_of(" \t"), failing.size())).starts_with('[');
    std::string alone(failing);
    if (!is_header) alone = header + "\n" + std::string(failing.substr(0, failing.find('='))) + "= 0\n";
    const toml::parse_result before = toml::parse(above);
    const toml::parse_result key = toml::parse(alone);
    if (!before || !key) return {};
    const std::uint32_t first = common_line(before.table(), key.table());
    return first == 0 ? std::string() : fmt::format("it is set first in line {}", first);
  }

  /// The line of the deepest key of `path`, a chain of tables with one member each, that `in` has.
  static std::uint32_t common_line(const toml::table& in, const toml::table& path) {
    std::uint32_t line = 0;
    const toml::table* tree = &in;
    const toml::table* step = &path;
    while (tree && step && !step->empty()) {
      const auto found = tree->find(step->begin()->first.str());
      if (found == tree->end()) break;
      line = found->first.source().begin.line;
      tree = last_table(found->second);
      step = last_table(step->begin()->second);
    }
    return line;
  }

  static const toml::table* last_table(const toml::node& node) {
    const toml::array* array = node.as_array();
    return array && !array->empty() ? array->back().as_table() : node.as_table();
  }

  Value convert(const toml::node& node) const {
    Value value = convert_unplaced(node);
    if (node.source().begin) value.set_mark(mark(node.source()));
    return value;
  }

  template <class T>
  static Value time(const T& literal) {
    std::ostringstream text;
    text << literal;
    return Value::time(text.str());
  }

  Value convert_unplaced(const toml::node& node) const {
    switch (node.type()) {
      case toml::node_type::table: return convert_table(*node.as_table());
      case toml::node_type::array: {
        Array items;
        for (const toml::node& item : *node.as_array()) items.push_back(convert(item));
        return Value::array(std::move(items));
      }
      case toml::node_type::string: return node.as_string()->get();
      case toml::node_type::integer: return node.as_integer()->get();
      case toml::node_type::floating_point: return node.as_floating_point()->get();
      case toml::node_type::boolean: return node.as_boolean()->get();
      case toml::node_type::date: return time(node.as_date()->get());
      case toml::node_type::time: return time(node.as_time()->get());
      case toml::node_type::date_time: return time(node.as_date_time()->get());
      default: return {};
    }
  }

  /// The library sorts by name; the source's order is that of the keys' places.
  Value convert_table(const toml::table& table) const {
    Value value = Value::object();
    Object& members = *value.as_object();
    members.reserve(table.size());
    for (const auto& [key, item] : table) {
      members.emplace_back(std::string(key.str()), convert(item), mark(key.source()));
    }
    std::stable_sort(members.begin(), members.end(), [](const Member& a, const Member& b) {
      return std::pair(a.key_mark.line, a.key_mark.column) < std::pair(b.key_mark.line, b.key_mark.column);
    });
    return value;
  }

  SourceText& source_;
  Lines lines_;
};

}  // namespace

Result<Value> parse_toml(std::string_view text, std::string_view file, const TomlLimits& limits) {
  SourceText source(text, file, limits.code);
  LAMELLA_TRY(source.check(limits.bytes));
  if (const auto deep = find_deep_nesting(source.text(), limits.depth)) {
    return source.error_at(fmt::format("the TOML is nested deeper than {} levels", limits.depth), *deep);
  }
  if (const auto bare = find_bare_non_ascii(source.text())) {
    return source.error_at("the TOML is malformed", *bare)
        .because("a character that is not ASCII stands outside of quotes")
        .remedy("put what it is a part of into quotes");
  }
  return TomlReader(source).document();
}

}  // namespace lamella::document
