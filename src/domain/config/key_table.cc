// SPDX-License-Identifier: Apache-2.0
#include "config/key_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/suggest.h"

namespace lamella::config {
namespace {

using document::Kind;
using document::Value;

struct Name {
  unsigned bit;
  std::string_view text;
};

constexpr Name kAcceptNames[] = {{kText, "a string"},
                                 {kInteger, "an integer"},
                                 {kNumber, "a number"},
                                 {kBool, "true or false"},
                                 {kTable, "a table"},
                                 {kTextList, "a list of strings"},
                                 {kTableList, "a list of tables"},
                                 {kMixedList, "a list of strings and tables"},
                                 {kTime, "a time"}};

std::string describe_accepted(const Key& key) {
  std::vector<std::string> names;
  for (const auto& [bit, text] : kAcceptNames) {
    if ((key.accepts & bit) == 0) continue;
    const bool own_words = bit == kText && (key.format == Format::kSize || key.format == Format::kDuration);
    names.emplace_back(own_words ? describe(key.format) : text);
  }
  return fmt::format("{}", fmt::join(names, " or "));
}

/// The bits of `accepts` that `value` satisfies, its elements included.
unsigned kinds_of(const Value& value) {
  switch (value.kind()) {
    case Kind::kString: return kText;
    case Kind::kInteger: return kInteger | kNumber;
    case Kind::kDouble: return kNumber;
    case Kind::kBool: return kBool;
    case Kind::kTime: return kTime;
    case Kind::kObject: return kTable;
    case Kind::kNull: return 0;
    case Kind::kArray: break;
  }
  const auto all = [&](auto what) {
    return std::all_of(value.as_array()->begin(), value.as_array()->end(), what);
  };
  return (all([](const Value& one) { return one.is_string(); }) ? kTextList : 0U) |
         (all([](const Value& one) { return one.is_object(); }) ? kTableList : 0U) |
         (all([](const Value& one) { return one.is_string() || one.is_object(); }) ? kMixedList : 0U);
}

class Checker {
 public:
  Checker(std::span<const Key> table, const SourceFile& source) : table_(table), source_(source) {}

  /// `path` names the table for people: "layers.core".
  Result<> check_table(std::string_view shape, const Value& table, const std::string& path) {
    for (const document::Member& member : *table.as_object()) {
      const Key* key = find_key(table_, shape, member.key);
      if (key == nullptr) return unknown(shape, member, path);
      const std::string inner = path.empty() ? member.key : fmt::format("{}.{}", path, member.key);
      if (key->built == Built::kLater) {
        return source_
            .usage(fmt::format("'{}' is known, but not built yet in this version", base::escaped(inner)),
                   member.key_position())
            .remedy("leave it out for now");
      }
      if (key->name == "*") {
        if (auto named = check_format(key->name_format, member.key); !named) {
          return place(*key, std::move(named).error(), member.key_position());
        }
      }
      LAMELLA_TRY(check_value(*key, member.value, inner));
    }
    return check_required(shape, table, path);
  }

 private:
  Error place(const Key& key, Error error, const base::Position& position) const {
    const bool may_be_secret = key.format == Format::kVariable;
    return may_be_secret ? source_.at_hiding_texts(std::move(error), position)
                         : source_.at(std::move(error), position);
  }

  Result<> check_value(const Key& key, const Value& value, const std::string& path) {
    if ((key.accepts & kAnything) != 0) return {};
    const unsigned kinds = kinds_of(value) & key.accepts;
    if (kinds == 0) return wrong_type(key, value, path);
    if ((kinds & kText) != 0) return check_text(key, value, path);
    if ((kinds & kTable) != 0) return check_table(key.of, value, path);
    if ((kinds & kTextList) != 0) {
      for (const Value& one : *value.as_array()) LAMELLA_TRY(check_text(key, one, path));
    } else if ((kinds & kTableList) != 0) {
      for (const Value& one : *value.as_array()) LAMELLA_TRY(check_table(key.of, one, path + "[]"));
    } else if ((kinds & kMixedList) != 0) {
      for (const Value& one : *value.as_array())
        LAMELLA_TRY(one.is_string() ? check_text(key, one, path) : check_table(key.entry, one, path + "[]"));
    }
    return {};
  }

  Result<> check_text(const Key& key, const Value& value, const std::string& path) {
    const std::string& text = *value.as_string();
    if (!key.choices.empty()) {
      const auto choices = split_choices(key.choices);
      if (std::find(choices.begin(), choices.end(), text) == choices.end()) {
        const auto near = base::nearest(text, choices);
        return source_
            .usage(fmt::format("'{}' cannot be \"{}\"", base::escaped(path), base::escaped(text)),
                   value.position())
            .remedy(near ? fmt::format("did you mean \"{}\"?", *near)
                         : fmt::format("use one of: {}", fmt::join(choices, ", ")));
      }
    }
    if (auto fits = check_format(key.format, text); !fits) {
      return place(key, std::move(fits).error(), value.position())
          .while_doing(fmt::format("reading {}", base::escaped(path)));
    }
    return {};
  }

  Error wrong_type(const Key& key, const Value& value, const std::string& path) const {
    const Value* culprit = &value;
    if (value.is_array() && (key.accepts & (kTextList | kTableList | kMixedList)) != 0) {
      const bool texts = (key.accepts & (kTextList | kMixedList)) != 0;
      const bool tables = (key.accepts & (kTableList | kMixedList)) != 0;
      for (const Value& one : *value.as_array()) {
        if ((texts && one.is_string()) || (tables && one.is_object())) continue;
        culprit = &one;
        break;
      }
    }
    const auto what = culprit == &value
                          ? fmt::format("'{}' must be {}, not {}", base::escaped(path),
                                        describe_accepted(key), document::describe(value.kind()))
                          : fmt::format("'{}' must be {}, but an element is {}", base::escaped(path),
                                        describe_accepted(key), document::describe(culprit->kind()));
    return place(key, Error(ErrorCode::kUsage, what), culprit->position());
  }

  Error unknown(std::string_view shape, const document::Member& member, const std::string& path) const {
    std::vector<std::string> names;
    for (const Key& key : table_) {
      if (key.shape == shape && key.name != "*" && key.built == Built::kYes) names.emplace_back(key.name);
    }
    const auto where = path.empty() ? std::string("at the top") : fmt::format("in '{}'", base::escaped(path));
    const auto near = base::nearest(member.key, names);
    return source_
        .usage(fmt::format("unknown key '{}' {}", base::escaped(member.key), where), member.key_position())
        .remedy(near ? fmt::format("did you mean '{}'?", *near)
                     : fmt::format("the keys here are: {}", fmt::join(names, ", ")));
  }

  Result<> check_required(std::string_view shape, const Value& table, const std::string& path) const {
    for (const Key& key : table_) {
      if (key.shape != shape || key.presence != Presence::kRequired || table.find(key.name) != nullptr)
        continue;
      const auto name = path.empty() ? std::string(key.name) : fmt::format("{}.{}", path, key.name);
      return source_
          .usage(fmt::format("'{}' is missing", base::escaped(name)),
                 path.empty() ? base::Position() : table.position())
          .remedy(fmt::format("add `{}`: {}", key.name, key.doc));
    }
    return {};
  }

  std::span<const Key> table_;
  const SourceFile& source_;
};

}  // namespace

const Key* find_key(std::span<const Key> table, std::string_view shape, std::string_view name) {
  const Key* any = nullptr;
  for (const Key& key : table) {
    if (key.shape != shape) continue;
    if (key.name == name) return &key;
    if (key.name == "*") any = &key;
  }
  return any;
}

std::vector<std::string> split_choices(std::string_view choices) {
  std::vector<std::string> out;
  while (!choices.empty()) {
    const auto bar = choices.find('|');
    out.emplace_back(choices.substr(0, bar));
    choices = bar == std::string_view::npos ? std::string_view() : choices.substr(bar + 1);
  }
  return out;
}

Result<> check_keys(std::span<const Key> table, std::string_view shape, const Value& document,
                    const SourceFile& source) {
  return Checker(table, source).check_table(shape, document, "");
}

}  // namespace lamella::config
