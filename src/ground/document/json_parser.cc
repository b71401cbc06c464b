// SPDX-License-Identifier: Apache-2.0
//
// Recursive descent, one function per production of RFC 8259.  By hand because every node and key needs its
// place, which the library's events do not carry; json_test.cc holds it against that library.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "base/utf8.h"
#include "document/json.h"
#include "document/source_text.h"

namespace lamella::document {
namespace {

/// Room that is made at once: most objects have no more.
constexpr std::size_t kUsualMembers = 8;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

class JsonParser {
 public:
  JsonParser(SourceText& source, const JsonLimits& limits)
      : source_(source), text_(source.text()), depth_(limits.depth), places_(limits.places) {}

  Result<Value> document() {
    Value value;
    LAMELLA_TRY(this->value(value));
    skip_space();
    if (at_ < text_.size()) return fail("there is text after the end of the JSON value");
    return value;
  }

 private:
  Error fail(std::string what, std::size_t length = 1) {
    return source_.error_at(std::move(what), at_, length);
  }
  Error fail_at(std::size_t offset, std::string what) { return source_.error_at(std::move(what), offset); }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  void skip_space() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r')) {
      ++at_;
    }
  }

  Result<> value(Value& out) {
    skip_space();
    if (at_ >= text_.size()) return fail("the JSON text ends where a value is expected");
    if (!places_) return unplaced_value(out);
    Mark mark = source_.mark(at_);
    LAMELLA_TRY(unplaced_value(out));
    out.set_mark(std::move(mark));
    return {};
  }
  Mark place_of_key() { return places_ ? source_.mark(at_) : Mark(); }

  Result<> unplaced_value(Value& out) {
    switch (peek()) {
      case '{': return object(out);
      case '[': return array(out);
      case '"': {
        std::string text;
        LAMELLA_TRY(string(text));
        out = Value(std::move(text));
        return {};
      }
      case 't': return word("true", true, out);
      case 'f': return word("false", false, out);
      case 'n': return word("null", nullptr, out);
      default: return number(out);
    }
  }

  Result<> word(std::string_view word, Value value, Value& out) {
    if (!text_.substr(at_).starts_with(word)) return fail("this is no JSON value");
    at_ += word.size();
    out = std::move(value);
    return {};
  }

  Result<> enter() {
    if (open_ == depth_) return fail(fmt::format("JSON is nested deeper than {} levels", depth_));
    ++open_;
    ++at_;
    skip_space();
    return {};
  }

  Result<> array(Value& out) {
    LAMELLA_TRY(enter());
    out = Value::array();
    Array& items = *out.as_array();
    if (!take(']')) {
      do {
        LAMELLA_TRY(value(items.emplace_back()));
        skip_space();
      } while (take(','));
      if (!take(']')) return fail("expected ',' or ']' in a list");
    }
    --open_;
    return {};
  }

  Result<> object(Value& out) {
    LAMELLA_TRY(enter());
    out = Value::object();
    Object& members = *out.as_object();
    if (!take('}')) {
      members.reserve(kUsualMembers);
      do {
        skip_space();
        if (peek() != '"') return fail("expected a key in double quotes");
        Member& member = members.emplace_back(std::string(), Value(), place_of_key());
        LAMELLA_TRY(string(member.key));
        skip_space();
        if (!take(':')) return fail("expected ':' after a key");
        LAMELLA_TRY(value(member.value));
        skip_space();
      } while (take(','));
      if (!take('}')) return fail("expected ',' or '}' in an object");
      LAMELLA_TRY(refuse_duplicates(members));
    }
    --open_;
    return {};
  }

  Result<> refuse_duplicates(const Object& members) {
    sorted_.clear();
    for (const Member& member : members) sorted_.push_back(&member);
    std::sort(sorted_.begin(), sorted_.end(), [](const Member* a, const Member* b) {
      const int order = a->key.compare(b->key);
      return order != 0 ? order < 0 : a < b;
    });
    const auto twice = std::adjacent_find(sorted_.begin(), sorted_.end(),
                                          [](const auto* a, const auto* b) { return a->key == b->key; });
    if (twice == sorted_.end()) return {};
    const Member& first = **twice;
    const Member& second = **std::next(twice);
    const std::string what = fmt::format("the key \"{}\" is there twice", base::escaped(first.key));
    if (!places_) return fail(what);
    return source_.error(what, second.key_mark, first.key.size() + 2)
        .because(fmt::format("it is set first in line {}", first.key_mark.line));
  }

  Result<> string(std::string& out) {
    const std::size_t start = at_++;
    while (true) {
      const char* const run = text_.data() + at_;
      const char* const end = text_.data() + text_.size();
      const char* at = run;
      while (at != end && *at != '"' && *at != '\\' && static_cast<unsigned char>(*at) >= 0x20) ++at;
      out.append(run, at);
      at_ += static_cast<std::size_t>(at - run);
      if (at_ >= text_.size()) return fail_at(start, "this string does not end");
      if (take('"')) return {};
      if (!take('\\')) return fail("a control character in a string must be written as an escape");
      LAMELLA_TRY(escape(out));
    }
  }

  Result<> escape(std::string& out) {
    const char c = peek();
    ++at_;
    switch (c) {
      case '"':
      case '\\':
      case '/': out.push_back(c); return {};
      case 'b': out.push_back('\b'); return {};
      case 'f': out.push_back('\f'); return {};
      case 'n': out.push_back('\n'); return {};
      case 'r': out.push_back('\r'); return {};
      case 't': out.push_back('\t'); return {};
      case 'u': return unicode_escape(out);
      default: return fail_at(at_ - 2, "unknown escape in a string");
    }
  }

  std::optional<std::uint32_t> hex4() {
    if (text_.size() - at_ < 4) return std::nullopt;
    std::uint32_t value = 0;
    const char* begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, begin + 4, value, 16);
    if (error != std::errc() || end != begin + 4) return std::nullopt;
    at_ += 4;
    return value;
  }

  Result<> unicode_escape(std::string& out) {
    const std::size_t start = at_ - 2;
    const auto first = hex4();
    if (!first) return fail_at(start, "\\u needs four hexadecimal digits");
    if (*first < 0xD800 || *first > 0xDFFF) {
      base::append_utf8(out, *first);
      return {};
    }
    if (*first < 0xDC00 && take('\\') && take('u')) {
      if (const auto second = hex4(); second && *second >= 0xDC00 && *second <= 0xDFFF) {
        base::append_utf8(out, 0x10000 + ((*first - 0xD800) << 10) + (*second - 0xDC00));
        return {};
      }
    }
    return fail_at(start, "half of a surrogate pair stands alone");
  }

  bool digits() {
    const std::size_t start = at_;
    while (is_digit(peek())) ++at_;
    return at_ > start;
  }

  Result<> number(Value& out) {
    const std::size_t start = at_;
    bool integer = true;
    take('-');
    if (!take('0') && !digits()) return fail_at(start, "this is no JSON value");
    if (take('.')) {
      integer = false;
      if (!digits()) return fail("expected a digit after the decimal point");
    }
    if (peek() == 'e' || peek() == 'E') {
      integer = false;
      ++at_;
      if (!take('+')) take('-');
      if (!digits()) return fail("expected a digit in the exponent");
    }
    const char* begin = text_.data() + start;
    const char* end = text_.data() + at_;
    if (std::int64_t whole = 0; integer && std::from_chars(begin, end, whole).ec == std::errc()) {
      out = Value(whole);
      return {};
    }
    double real = 0;
    if (std::from_chars(begin, end, real).ec != std::errc()) {
      // Out of range both ways: too small is zero to every reader, too large has no value.
      const auto exponent = text_.substr(start, at_ - start).find_first_of("eE");
      if (exponent != std::string_view::npos && begin[exponent + 1] == '-') {
        out = Value(0.0);
        return {};
      }
      return fail_at(start, "this number is too large");
    }
    out = Value(real);
    return {};
  }

  SourceText& source_;
  std::string_view text_;
  std::size_t depth_;
  bool places_;
  std::vector<const Member*> sorted_;  ///< of the object at hand; here to be allocated once
  std::size_t open_ = 0;
  std::size_t at_ = 0;
};

}  // namespace

Result<Value> parse_json(std::string_view text, std::string_view file, const JsonLimits& limits) {
  SourceText source(text, file, limits.code);
  LAMELLA_TRY(source.check(limits.bytes));
  return JsonParser(source, limits).document();
}

}  // namespace lamella::document
