// SPDX-License-Identifier: Apache-2.0
#include "document/value.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace lamella::document {

std::string_view describe(Kind kind) {
  switch (kind) {
    case Kind::kNull: return "null";
    case Kind::kBool: return "a boolean";
    case Kind::kInteger: return "an integer";
    case Kind::kDouble: return "a number";
    case Kind::kString: return "a string";
    case Kind::kTime: return "a time";
    case Kind::kArray: return "a list";
    case Kind::kObject: return "a table";
  }
  return "";
}

base::Position Mark::position() const { return {file ? *file : std::string(), line, column}; }

Value Value::array(std::initializer_list<Value> items) { return array(Array(items)); }

Value Value::array(std::vector<Value> items) {
  Value value;
  value.data_ = std::move(items);
  return value;
}

Value Value::array_of(const std::vector<std::string>& items) {
  return array(Array(items.begin(), items.end()));
}

Value Value::object(std::initializer_list<Field> members) {
  Object object;
  object.reserve(members.size());
  for (const Field& field : members) object.emplace_back(std::string(field.key), std::move(field.value));
  Value value;
  value.data_ = std::move(object);
  return value;
}

Value Value::time(std::string text) {
  Value value;
  value.data_ = Time{std::move(text)};
  return value;
}

Value Value::or_null(const std::optional<std::string>& text) { return text ? Value(*text) : Value(); }

std::optional<bool> Value::as_bool() const {
  const auto* v = std::get_if<bool>(&data_);
  return v ? std::optional(*v) : std::nullopt;
}

std::optional<std::int64_t> Value::as_integer() const {
  const auto* v = std::get_if<std::int64_t>(&data_);
  return v ? std::optional(*v) : std::nullopt;
}

std::optional<double> Value::as_number() const {
  if (const auto* v = std::get_if<double>(&data_)) return *v;
  if (const auto* v = std::get_if<std::int64_t>(&data_)) return static_cast<double>(*v);
  return std::nullopt;
}

const std::string* Value::as_string() const { return std::get_if<std::string>(&data_); }

const std::string* Value::as_time() const {
  const auto* v = std::get_if<Time>(&data_);
  return v ? &v->text : nullptr;
}

const Array* Value::as_array() const { return std::get_if<Array>(&data_); }
Array* Value::as_array() { return std::get_if<Array>(&data_); }
const Object* Value::as_object() const { return std::get_if<Object>(&data_); }
Object* Value::as_object() { return std::get_if<Object>(&data_); }

const Value* Value::find(std::string_view key) const {
  const Object* object = as_object();
  if (!object) return nullptr;
  const auto at = std::find_if(object->begin(), object->end(), [&](const Member& m) { return m.key == key; });
  return at == object->end() ? nullptr : &at->value;
}

Value* Value::find(std::string_view key) { return const_cast<Value*>(std::as_const(*this).find(key)); }

const Value* Value::find(std::initializer_list<std::string_view> path) const {
  const Value* at = this;
  for (const auto key : path) {
    if (at) at = at->find(key);
  }
  return at;
}

std::string Value::text(std::string_view key, std::string_view fallback) const {
  const Value* value = find(key);
  const std::string* string = value ? value->as_string() : nullptr;
  return string ? *string : std::string(fallback);
}

std::int64_t Value::integer(std::string_view key, std::int64_t fallback) const {
  const Value* value = find(key);
  return value ? value->as_integer().value_or(fallback) : fallback;
}

bool Value::boolean(std::string_view key, bool fallback) const {
  const Value* value = find(key);
  return value ? value->as_bool().value_or(fallback) : fallback;
}

std::vector<std::string> Value::texts(std::string_view key) const {
  std::vector<std::string> texts;
  for (const Value& item : items(key)) {
    if (const std::string* text = item.as_string()) texts.push_back(*text);
  }
  return texts;
}

const Array& Value::items(std::string_view key) const {
  static const Array none;
  const Value* value = find(key);
  return value && value->is_array() ? *value->as_array() : none;
}

const Object& Value::members(std::string_view key) const {
  static const Object none;
  const Value* value = find(key);
  return value && value->is_object() ? *value->as_object() : none;
}

Value& Value::set(std::string key, Value value) {
  assert(is_null() || is_object());
  if (!is_object()) data_ = Object();
  if (Value* old = find(key)) return *old = std::move(value);
  return as_object()->emplace_back(std::move(key), std::move(value)).value;
}

Value& Value::push_back(Value value) {
  assert(is_null() || is_array());
  if (!is_array()) data_ = Array();
  return as_array()->emplace_back(std::move(value));
}

bool Value::erase(std::string_view key) {
  Object* object = as_object();
  return object && std::erase_if(*object, [&](const Member& m) { return m.key == key; }) > 0;
}

namespace {

bool same_members(const Object& a, const Object& b) {
  if (a.size() != b.size()) return false;
  const auto sorted = [](const Object& object) {
    std::vector<const Member*> members;
    members.reserve(object.size());
    for (const Member& member : object) members.push_back(&member);
    std::sort(members.begin(), members.end(),
              [](const Member* x, const Member* y) { return x->key < y->key; });
    return members;
  };
  const auto left = sorted(a);
  const auto right = sorted(b);
  return std::equal(left.begin(), left.end(), right.begin(), [](const Member* x, const Member* y) {
    return x->key == y->key && x->value == y->value;
  });
}

}  // namespace

bool operator==(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Kind::kNull: return true;
    case Kind::kTime: return *a.as_time() == *b.as_time();
    case Kind::kArray: return *a.as_array() == *b.as_array();
    case Kind::kObject: return same_members(*a.as_object(), *b.as_object());
    case Kind::kBool: return a.as_bool() == b.as_bool();
    case Kind::kInteger: return a.as_integer() == b.as_integer();
    case Kind::kDouble: return a.as_number() == b.as_number();
    case Kind::kString: return *a.as_string() == *b.as_string();
  }
  return false;
}

}  // namespace lamella::document
