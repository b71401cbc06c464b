// SPDX-License-Identifier: Apache-2.0
//
// One tree for every document we read or write, whatever its syntax.  Each node knows where it stood
// in the source; keys of objects know their own place, so that an unknown key can be pointed at.
//
// Invariants
//   V1 An object keeps its members in source (or insertion) order and has no key twice.
//   V2 Copying is deep, moving is cheap; there is no sharing between two values.
//   V3 Equality ignores positions and the order of an object's members; 1 and 1.0 differ.
//
// Threads: const methods from any thread.  Errors: none; an accessor of the wrong kind gives nullptr or
// nullopt, never a conversion.
//
//   auto out = Value::object({{"schema", 1}, {"name", layer.name}, {"wheels", Value::array()}});
//   out.find("wheels")->push_back(wheel.hex());
//   if (const auto* name = value.find("name"); name && name->as_string()) use(*name->as_string());
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/diagnostic.h"

namespace lamella::document {

class Value;
struct Member;
struct Field;
using Array = std::vector<Value>;
using Object = std::vector<Member>;

enum class Kind { kNull, kBool, kInteger, kDouble, kString, kTime, kArray, kObject };

/// The kind as people call it: "a string", "a table", ...
std::string_view describe(Kind kind);

/// Where a node or key stands; line 0 is unknown.  The file's name is shared by all nodes of a document.
struct Mark {
  std::shared_ptr<const std::string> file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  base::Position position() const;
};

class Value {
 public:
  Value();
  Value(std::nullptr_t);                                         // NOLINT(google-explicit-constructor)
  Value(std::same_as<bool> auto v) : Value(std::in_place, v) {}  // NOLINT(google-explicit-constructor)
  Value(double v);                                               // NOLINT(google-explicit-constructor)
  Value(std::string v);                                          // NOLINT(google-explicit-constructor)
  Value(std::string_view v);                                     // NOLINT(google-explicit-constructor)
  Value(const char* v);                                          // NOLINT(google-explicit-constructor)
  /// REQUIRES: v fits 63 bits (bytes, counts and milliseconds do).
  template <std::integral T>
  requires(!std::same_as<T, bool> && !std::same_as<T, char>) Value(T v)
      : Value(std::in_place, static_cast<std::int64_t>(v)) {}  // NOLINT(google-explicit-constructor)

  Value(const Value&);
  Value(Value&&) noexcept;
  Value& operator=(const Value&);
  Value& operator=(Value&&) noexcept;
  ~Value();

  static Value array(std::initializer_list<Value> items = {});
  static Value array(std::vector<Value> items);
  static Value array_of(const std::vector<std::string>& items);
  /// REQUIRES: no key twice.
  static Value object(std::initializer_list<Field> members = {});
  /// An instant as its document wrote it (RFC 3339); rendered as a string in JSON, bare in TOML.
  static Value time(std::string text);
  /// `text`, or null when it is absent.
  static Value or_null(const std::optional<std::string>& text);

  Kind kind() const { return static_cast<Kind>(data_.index()); }
  bool is_null() const { return kind() == Kind::kNull; }
  bool is_string() const { return kind() == Kind::kString; }
  bool is_array() const { return kind() == Kind::kArray; }
  bool is_object() const { return kind() == Kind::kObject; }

  std::optional<bool> as_bool() const;
  std::optional<std::int64_t> as_integer() const;  ///< integers only
  std::optional<double> as_number() const;         ///< integers and doubles
  const std::string* as_string() const;            ///< strings only
  const std::string* as_time() const;              ///< times only
  const Array* as_array() const;
  Array* as_array();
  const Object* as_object() const;
  Object* as_object();

  /// The member under `key`; nullptr if this is no object or has none.
  const Value* find(std::string_view key) const;
  Value* find(std::string_view key);
  /// find() along "a", "b", "c".
  const Value* find(std::initializer_list<std::string_view> path) const;

  /// The member's value if it is there with this kind, else `fallback`: for records whose absent and
  /// malformed fields mean the same.
  std::string text(std::string_view key, std::string_view fallback = {}) const;
  std::int64_t integer(std::string_view key, std::int64_t fallback = 0) const;
  bool boolean(std::string_view key, bool fallback = false) const;
  /// The strings among the elements under `key`.
  std::vector<std::string> texts(std::string_view key) const;
  /// The elements or members under `key`, empty if there are none.
  const Array& items(std::string_view key) const;
  const Object& members(std::string_view key) const;

  /// Replaces or appends a member and returns it; a null becomes an object.  REQUIRES: null or object.
  Value& set(std::string key, Value value);
  /// Appends an element and returns it; a null becomes an array.  REQUIRES: null or array.
  Value& push_back(Value value);
  /// True if there was such a member.
  bool erase(std::string_view key);

  base::Position position() const { return mark_.position(); }
  const Mark& mark() const { return mark_; }
  void set_mark(Mark mark) { mark_ = std::move(mark); }

  friend bool operator==(const Value& a, const Value& b);

 private:
  Value(std::in_place_t, bool v);
  Value(std::in_place_t, std::int64_t v);

  struct Time {
    std::string text;
  };
  std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, Time, Array, Object> data_;
  Mark mark_;
};

struct Member {
  Member(std::string k, Value v) : key(std::move(k)), value(std::move(v)) {}
  Member(std::string k, Value v, Mark at) : key(std::move(k)), value(std::move(v)), key_mark(std::move(at)) {}

  std::string key;
  Value value;
  Mark key_mark;  ///< where the key itself stands

  base::Position key_position() const { return key_mark.position(); }
};

/// A member as object() takes it.  An initializer_list is of constants: what is mutable in it can be moved from.
struct Field {
  std::string_view key;
  mutable Value value;
};

// Here, because clang wants Member complete where a variant over it is made.
inline Value::Value() = default;
inline Value::Value(std::nullptr_t) {}
inline Value::Value(const Value&) = default;
inline Value::Value(Value&&) noexcept = default;
inline Value& Value::operator=(const Value&) = default;
inline Value& Value::operator=(Value&&) noexcept = default;
inline Value::~Value() = default;
inline Value::Value(std::in_place_t, bool v) : data_(v) {}
inline Value::Value(std::in_place_t, std::int64_t v) : data_(v) {}
inline Value::Value(double v) : data_(v) {}
inline Value::Value(std::string v) : data_(std::move(v)) {}
inline Value::Value(std::string_view v) : data_(std::string(v)) {}
inline Value::Value(const char* v) : data_(std::string(v)) {}

}  // namespace lamella::document
