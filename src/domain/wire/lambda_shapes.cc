// SPDX-License-Identifier: Apache-2.0
#include "wire/lambda_shapes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/encoding.h"
#include "base/units.h"
#include "document/json.h"
#include "wire/lambda_members.h"
#include "wire/service_error.h"

namespace lamella::wire {
namespace {

using detail::Members;
using detail::Presence;
using document::Value;

// The service takes requests up to 70167211 bytes.
constexpr std::size_t kLongestBody = std::size_t{72} << 20;

template <class T>
constexpr bool kIsOptional = false;
template <class T>
constexpr bool kIsOptional<std::optional<T>> = true;

// Struct to text.

Value to_value(const std::string& text) { return text; }
Value to_value(std::int64_t number) { return number; }
Value to_value(double number) { return number; }
Value to_value(bool flag) { return flag; }
Value to_value(const Blob& blob) { return base::to_base64(base::as_bytes(blob.bytes)); }
Value to_value(Instant instant) { return render_timestamp(instant); }

template <class T>
Value to_value(const std::vector<T>& items);
template <class T>
Value to_value(const std::map<std::string, T>& items);
template <class Shape>
requires requires { Members<Shape>::list; }
Value to_value(const Shape& shape);

template <class T>
Value to_value(const std::vector<T>& items) {
  Value out = Value::array();
  for (const T& item : items) out.push_back(to_value(item));
  return out;
}

template <class T>
Value to_value(const std::map<std::string, T>& items) {
  Value out = Value::object();
  for (const auto& [name, item] : items) out.set(name, to_value(item));
  return out;
}

template <class Shape>
void write_members(const Shape& shape, Value& out) {
  const auto write = [&](const auto& member) {
    const auto& field = shape.*member.field;
    using Field = std::remove_cvref_t<decltype(field)>;
    if constexpr (kIsOptional<Field>) {
      if (field) out.set(std::string(member.name), to_value(*field));
    } else if constexpr (requires { Members<Field>::list; }) {
      if (member.presence == Presence::kInline) {
        write_members(field, out);
      } else {
        out.set(std::string(member.name), to_value(field));
      }
    } else {
      out.set(std::string(member.name), to_value(field));
    }
  };
  std::apply([&](const auto&... member) { (write(member), ...); }, Members<Shape>::list);
}

template <class Shape>
requires requires { Members<Shape>::list; }
Value to_value(const Shape& shape) {
  Value out = Value::object();
  write_members(shape, out);
  return out;
}

// Text to struct.

/// What went wrong on the way, with places as the service writes them: "environment.variables".
struct Complaints {
  std::vector<std::string> missing;
  std::vector<std::string> mistyped;
};

std::string place_of(const std::string& outer, std::string_view name) {
  std::string place = outer.empty() ? "" : outer + ".";
  place += name;
  char& first = place[place.size() - name.size()];
  if (first >= 'A' && first <= 'Z') first = static_cast<char>(first - 'A' + 'a');
  return place;
}

class Reader {
 public:
  explicit Reader(Complaints& complaints) : complaints_(complaints) {}

  void read(const Value& from, std::string& to, const std::string& place) {
    if (const auto* text = from.as_string()) {
      to = *text;
    } else {
      mistyped(place, "a string");
    }
  }
  void read(const Value& from, std::int64_t& to, const std::string& place) {
    take(from.as_integer(), to, place, "an integer");
  }
  void read(const Value& from, double& to, const std::string& place) {
    take(from.as_number(), to, place, "a number");
  }
  void read(const Value& from, bool& to, const std::string& place) {
    take(from.as_bool(), to, place, "a boolean");
  }
  void read(const Value& from, Blob& to, const std::string& place) {
    const auto* text = from.as_string();
    const auto bytes = text ? base::from_base64(*text) : std::nullopt;
    if (bytes) {
      to.bytes = base::as_text(*bytes);
    } else {
      mistyped(place, "base64");
    }
  }
  void read(const Value& from, Instant& to, const std::string& place) {
    const auto* text = from.as_string();
    take(text ? parse_timestamp(*text) : std::nullopt, to, place, "a time");
  }
  template <class T>
  void read(const Value& from, std::optional<T>& to, const std::string& place) {
    read(from, to.emplace(), place);
  }
  template <class T>
  void read(const Value& from, std::vector<T>& to, const std::string& place) {
    if (!from.is_array()) return mistyped(place, "a list");
    std::size_t index = 1;
    for (const Value& item : *from.as_array()) {
      read(item, to.emplace_back(), fmt::format("{}.{}.member", place, index++));
    }
  }
  template <class T>
  void read(const Value& from, std::map<std::string, T>& to, const std::string& place) {
    if (!from.is_object()) return mistyped(place, "a map");
    for (const auto& member : *from.as_object()) read(member.value, to[member.key], place);
  }
  template <class Shape>
  requires requires { Members<Shape>::list; }
  void read(const Value& from, Shape& to, const std::string& place) {
    if (!from.is_object()) return mistyped(place, "a structure");
    const auto one = [&](const auto& member) {
      auto& field = to.*member.field;
      if (member.presence == Presence::kInline) return read(from, field, place);
      const Value* value = from.find(member.name);
      if (value && !value->is_null()) {
        read(*value, field, place_of(place, member.name));
      } else if (member.presence == Presence::kRequired) {
        complaints_.missing.push_back(place_of(place, member.name));
      }
    };
    std::apply([&](const auto&... member) { (one(member), ...); }, Members<Shape>::list);
  }

 private:
  template <class T>
  void take(const std::optional<T>& value, T& to, const std::string& place, std::string_view kind) {
    if (value) {
      to = *value;
    } else {
      mistyped(place, kind);
    }
  }
  void mistyped(const std::string& place, std::string_view kind) {
    complaints_.mistyped.push_back(fmt::format("{} must be {}", place.empty() ? "the body" : place, kind));
  }

  Complaints& complaints_;
};

Result<> verdict(const Complaints& complaints) {
  if (!complaints.mistyped.empty()) return refuse("SerializationException", complaints.mistyped.front());
  if (complaints.missing.empty()) return {};
  std::vector<std::string> sentences;
  for (const std::string& place : complaints.missing) {
    sentences.push_back(
        fmt::format("Value null at '{}' failed to satisfy constraint: Member must not be null", place));
  }
  return refuse("ValidationException",
                fmt::format("{} detected: {}", base::counted(sentences.size(), "validation error"),
                            fmt::join(sentences, "; ")));
}

}  // namespace

template <class Shape>
std::string render(const Shape& shape) {
  return document::render_json(to_value(shape));
}

template <class Shape>
Result<Shape> parse(std::string_view json) {
  Value value = Value::object();
  if (!json.empty()) {
    document::JsonLimits limits;
    limits.bytes = kLongestBody;
    auto parsed = document::parse_json(json, "body", limits);
    if (!parsed) return refuse("SerializationException", parsed.error().what());
    value = *std::move(parsed);
  }
  Shape shape;
  Complaints complaints;
  Reader(complaints).read(value, shape, "");
  LAMELLA_TRY(verdict(complaints));
  return shape;
}

#define LAMELLA_BODY(Shape)                         \
  template std::string render<Shape>(const Shape&); \
  template Result<Shape> parse<Shape>(std::string_view)

LAMELLA_BODY(PublishLayerVersionRequest);
LAMELLA_BODY(LayerVersion);
LAMELLA_BODY(LayerVersionPage);
LAMELLA_BODY(Layer);
LAMELLA_BODY(LayerPage);
LAMELLA_BODY(FunctionSettings);
LAMELLA_BODY(CreateFunctionRequest);
LAMELLA_BODY(UpdateFunctionCodeRequest);
LAMELLA_BODY(UpdateFunctionConfigurationRequest);
LAMELLA_BODY(FunctionConfiguration);
LAMELLA_BODY(Function);
LAMELLA_BODY(FunctionPage);
LAMELLA_BODY(PublishVersionRequest);
LAMELLA_BODY(FunctionVersionPage);
LAMELLA_BODY(TagList);
LAMELLA_BODY(CreateAliasRequest);
LAMELLA_BODY(UpdateAliasRequest);
LAMELLA_BODY(Alias);
LAMELLA_BODY(AliasPage);
LAMELLA_BODY(AccountSettings);

}  // namespace lamella::wire
