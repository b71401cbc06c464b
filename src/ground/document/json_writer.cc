// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"
#include "document/json.h"
#include "document/literals.h"

namespace lamella::document {
namespace {

/// UTF-16 code units compare like code points but for those above the surrogates' range.
bool utf16_less(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    const auto x = base::decode_utf8(a);
    const auto y = base::decode_utf8(b);
    if (x.length == 0 || y.length == 0) return a < b;
    if (x.value != y.value) {
      const auto lead = [](std::uint32_t c) { return c < 0x10000 ? c : 0xD800 + ((c - 0x10000) >> 10); };
      return lead(x.value) != lead(y.value) ? lead(x.value) < lead(y.value) : x.value < y.value;
    }
    a.remove_prefix(x.length);
    b.remove_prefix(y.length);
  }
  return a.size() < b.size();
}

struct Style {
  int indent = 0;
  bool canonical = false;
};

class JsonWriter {
 public:
  explicit JsonWriter(Style style) : style_(style) {}

  void write(const Value& value) {
    switch (value.kind()) {
      case Kind::kNull: out_ += "null"; break;
      case Kind::kBool: out_ += *value.as_bool() ? "true" : "false"; break;
      case Kind::kInteger: write_integer(*value.as_integer()); break;
      case Kind::kDouble:
        out_ += style_.canonical ? ecmascript_number(*value.as_number()) : plain_double(*value.as_number());
        break;
      case Kind::kString: append_quoted(out_, *value.as_string()); break;
      case Kind::kTime: append_quoted(out_, *value.as_time()); break;
      case Kind::kArray: write_array(*value.as_array()); break;
      case Kind::kObject: write_object(*value.as_object()); break;
    }
  }
  std::string text() && { return std::move(out_); }

 private:
  // RFC 8785 knows only doubles; beyond 2^53 an integer keeps its digits, which is what a reader of 64 bits
  // signs.
  void write_integer(std::int64_t value) { fmt::format_to(std::back_inserter(out_), "{}", value); }

  void line() {
    if (style_.indent == 0) return;
    out_.push_back('\n');
    out_.append(static_cast<std::size_t>(style_.indent) * static_cast<std::size_t>(depth_), ' ');
  }

  void write_array(const Array& items) {
    out_.push_back('[');
    ++depth_;
    for (const Value& item : items) {
      if (&item != items.data()) out_.push_back(',');
      line();
      write(item);
    }
    --depth_;
    if (!items.empty()) line();
    out_.push_back(']');
  }

  void write_object(const Object& object) {
    std::vector<const Member*> members;
    members.reserve(object.size());
    for (const Member& member : object) members.push_back(&member);
    if (style_.canonical) {
      std::sort(members.begin(), members.end(),
                [](const Member* a, const Member* b) { return utf16_less(a->key, b->key); });
    }
    out_.push_back('{');
    ++depth_;
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (i > 0) out_.push_back(',');
      line();
      append_quoted(out_, members[i]->key);
      out_ += style_.indent > 0 ? ": " : ":";
      write(members[i]->value);
    }
    --depth_;
    if (!members.empty()) line();
    out_.push_back('}');
  }

  Style style_;
  int depth_ = 0;
  std::string out_;
};

}  // namespace

std::string render_json(const Value& value, int indent) {
  JsonWriter writer({.indent = indent});
  writer.write(value);
  return std::move(writer).text();
}

std::string canonical_json(const Value& value) {
  JsonWriter writer({.canonical = true});
  writer.write(value);
  return std::move(writer).text();
}

}  // namespace lamella::document
