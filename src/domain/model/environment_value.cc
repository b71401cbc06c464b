// SPDX-License-Identifier: Apache-2.0
#include "model/environment_value.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/diagnostic.h"

namespace lamella::model {
namespace {

using Kind = EnvironmentPart::Kind;

Error bad_value(std::string why) {
  return Error(ErrorCode::kUsage, "this value's placeholders cannot be read")
      .because(std::move(why))
      .remedy(
          "use {environment}, {param:NAME}, {param:NAME=DEFAULT}, {env:NAME} or {ssm:/PATH}; {{ is a brace");
}

/// A newline would end the line wherever somebody lists variables, a NUL the value itself.
bool is_one_line(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
  });
}

Error not_one_line(std::string what) {
  return Error(ErrorCode::kUsage, std::move(what))
      .because("a variable's value is one line")
      .remedy("encode it, for example with base64, or read it at start from Parameter Store");
}

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  });
}

Result<EnvironmentPart> parse_placeholder(std::string_view text) {
  const auto fail = [&](std::string_view why) {
    return bad_value(fmt::format("{{{}}} {}", base::escaped(text.substr(0, 100)), why));
  };
  if (text == "environment") return EnvironmentPart{Kind::kEnvironment, "", std::nullopt};
  if (text.starts_with("param:")) {
    text.remove_prefix(6);
    const auto equals = text.find('=');
    EnvironmentPart part{Kind::kParam, std::string(text.substr(0, equals)), std::nullopt};
    if (equals != std::string_view::npos) part.fallback = std::string(text.substr(equals + 1));
    if (!is_name(part.text))
      return bad_value("a {param:NAME} has letters, digits, '-', '_' and '.' in its name");
    return part;
  }
  if (text.starts_with("env:")) {
    if (!is_name(text.substr(4))) return fail("does not name a variable");
    return EnvironmentPart{Kind::kEnv, std::string(text.substr(4)), std::nullopt};
  }
  if (text.starts_with("ssm:")) {
    if (!text.substr(4).starts_with('/') || text.size() < 6) return fail("needs a path that starts with '/'");
    return EnvironmentPart{Kind::kSsm, std::string(text.substr(4)), std::nullopt};
  }
  return fail("is not a placeholder");
}

std::string doubled(std::string_view literal) {
  std::string out;
  for (const char c : literal) {
    if (c == '{' || c == '}') out += c;
    out += c;
  }
  return out;
}

std::string render(const EnvironmentPart& part) {
  switch (part.kind) {
    case Kind::kLiteral: return doubled(part.text);
    case Kind::kEnvironment: return "{environment}";
    case Kind::kParam:
      return part.fallback ? fmt::format("{{param:{}={}}}", part.text, *part.fallback)
                           : fmt::format("{{param:{}}}", part.text);
    case Kind::kEnv: return fmt::format("{{env:{}}}", part.text);
    case Kind::kSsm: return fmt::format("{{ssm:{}}}", part.text);
  }
  return "";
}

}  // namespace

bool EnvironmentValue::is_secret() const {
  return std::any_of(parts.begin(), parts.end(), [](const EnvironmentPart& part) {
    return part.kind == Kind::kEnv || part.kind == Kind::kSsm;
  });
}

Result<EnvironmentValue> parse_environment_value(std::string_view text) {
  if (!is_one_line(text)) return not_one_line("this value has a newline or another control character");
  EnvironmentValue value;
  std::string literal;
  const auto flush = [&] {
    if (!literal.empty()) value.parts.push_back({Kind::kLiteral, literal, std::nullopt});
    literal.clear();
  };
  while (!text.empty()) {
    if (text.starts_with("{{") || text.starts_with("}}")) {
      literal += text.front();
      text.remove_prefix(2);
    } else if (text.front() == '}') {
      return bad_value("a '}' closes nothing");
    } else if (text.front() == '{') {
      const auto end = text.find('}');
      if (end == std::string_view::npos) return bad_value("a '{' is not closed");
      LAMELLA_TRY_ASSIGN(EnvironmentPart part, parse_placeholder(text.substr(1, end - 1)));
      flush();
      value.parts.push_back(std::move(part));
      text.remove_prefix(end + 1);
    } else {
      literal += text.front();
      text.remove_prefix(1);
    }
  }
  flush();
  return value;
}

std::string to_string(const EnvironmentValue& value) {
  std::string out;
  for (const EnvironmentPart& part : value.parts) out += render(part);
  return out;
}

Result<std::string> resolve(const EnvironmentValue& value, const EnvironmentLookup& lookup) {
  std::string out;
  for (const EnvironmentPart& part : value.parts) {
    if (part.kind == Kind::kLiteral) {
      out += part.text;
      continue;
    }
    LAMELLA_TRY_ASSIGN(std::optional<std::string> found, lookup(part));
    if (!found) found = part.fallback;
    if (!found) {
      auto error = Error(ErrorCode::kUsage, fmt::format("{} is not set", render(part)));
      if (part.kind != Kind::kParam) return error;
      return std::move(error).remedy(fmt::format(
          "pass --param {}=VALUE, or give it a default: {{param:{}=VALUE}}", part.text, part.text));
    }
    if (!is_one_line(*found)) {
      return not_one_line(
          fmt::format("the value of {} has a newline or another control character", render(part)));
    }
    out += *found;
  }
  return out;
}

}  // namespace lamella::model
