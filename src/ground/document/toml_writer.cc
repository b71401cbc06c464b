// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>

#include "document/literals.h"
#include "document/toml.h"

namespace lamella::document {
namespace {

constexpr std::size_t kWidth = 100;  // a longer list is written one element a line

std::string key_text(std::string_view key) {
  const bool bare = !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  if (bare) return std::string(key);
  std::string quoted;
  append_quoted(quoted, key, EscapeDelete::kYes);
  return quoted;
}

std::string double_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  return plain_double(value);
}

std::string inline_text(const Value& value);

std::string inline_array(const Array& items) {
  std::string out = "[";
  for (const Value& item : items) {
    if (item.is_null()) continue;
    if (out.size() > 1) out += ", ";
    out += inline_text(item);
  }
  return out + "]";
}

std::string inline_table(const Object& members) {
  std::string out = "{";
  for (const Member& member : members) {
    if (member.value.is_null()) continue;
    out += out.size() > 1 ? ", " : " ";
    out += key_text(member.key) + " = " + inline_text(member.value);
  }
  return out + (out.size() > 1 ? " }" : "}");
}

std::string inline_text(const Value& value) {
  switch (value.kind()) {
    case Kind::kNull: return "\"\"";
    case Kind::kBool: return *value.as_bool() ? "true" : "false";
    case Kind::kInteger: return std::to_string(*value.as_integer());
    case Kind::kDouble: return double_text(*value.as_number());
    case Kind::kTime: return *value.as_time();
    case Kind::kArray: return inline_array(*value.as_array());
    case Kind::kObject: return inline_table(*value.as_object());
    case Kind::kString: break;
  }
  std::string quoted;
  append_quoted(quoted, *value.as_string(), EscapeDelete::kYes);
  return quoted;
}

bool is_array_of_tables(const Value& value) {
  const Array* items = value.as_array();
  return items && !items->empty() &&
         std::all_of(items->begin(), items->end(), [](const Value& v) { return v.is_object(); });
}

class TomlWriter {
 public:
  void write_table(const Object& members, const std::string& path) {
    for (const Member& member : members) {
      if (!member.value.is_null() && !member.value.is_object() && !is_array_of_tables(member.value))
        write_line(member);
    }
    for (const Member& member : members) {
      if (const Object* table = member.value.as_object()) write_sub_table(*table, join(path, member.key));
    }
    for (const Member& member : members) {
      if (is_array_of_tables(member.value))
        write_array_of_tables(*member.value.as_array(), join(path, member.key));
    }
  }
  std::string text() && { return std::move(out_); }

 private:
  static std::string join(const std::string& path, std::string_view key) {
    return path.empty() ? key_text(key) : path + "." + key_text(key);
  }

  void header(std::string_view open, const std::string& path, std::string_view close) {
    if (!out_.empty()) out_ += "\n";
    out_ += fmt::format("{}{}{}\n", open, path, close);
  }

  void write_line(const Member& member) {
    const std::string lead = key_text(member.key) + " = ";
    const std::string line = inline_text(member.value);
    const Array* items = member.value.as_array();
    if (!items || lead.size() + line.size() <= kWidth) {
      out_ += lead + line + "\n";
      return;
    }
    out_ += lead + "[\n";
    for (const Value& item : *items) {
      if (!item.is_null()) out_ += "    " + inline_text(item) + ",\n";
    }
    out_ += "]\n";
  }

  /// A table of nothing but tables needs no header of its own.
  void write_sub_table(const Object& members, const std::string& path) {
    const bool only_tables =
        !members.empty() && std::all_of(members.begin(), members.end(), [](const Member& m) {
          return m.value.is_object() || is_array_of_tables(m.value);
        });
    if (!only_tables) header("[", path, "]");
    write_table(members, path);
  }

  void write_array_of_tables(const Array& items, const std::string& path) {
    for (const Value& item : items) {
      header("[[", path, "]]");
      for (const Member& member : *item.as_object()) {
        if (!member.value.is_null()) write_line(member);
      }
    }
  }

  std::string out_;
};

}  // namespace

std::string render_toml(const Value& document) {
  assert(document.is_object());
  TomlWriter writer;
  writer.write_table(*document.as_object(), "");
  return std::move(writer).text();
}

}  // namespace lamella::document
