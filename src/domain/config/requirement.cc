// SPDX-License-Identifier: Apache-2.0
#include "config/requirement.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/diagnostic.h"
#include "base/trim.h"

namespace lamella::config {
namespace {

constexpr std::size_t kLongest = 65'536;
constexpr std::array<std::string_view, 8> kOperators = {"===", "==", "~=", "!=", "<=", ">=", "<", ">"};

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
bool is_name_char(char c) { return is_alphanumeric(c) || c == '-' || c == '_' || c == '.'; }
constexpr std::string_view kBlanks = " \t";

Error bad_requirement(std::string_view text, std::string why) {
  return Error(ErrorCode::kUsage,
               fmt::format("'{}' is not a requirement", base::escaped(text.substr(0, 200))))
      .because(std::move(why))
      .remedy("write it as PEP 508 says, such as \"numpy==1.24.3\" or \"joblib>=1.2,<2\"");
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 200 && is_alphanumeric(text.front()) &&
         is_alphanumeric(text.back()) && std::all_of(text.begin(), text.end(), is_name_char);
}

bool is_version(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_name_char(c) || c == '*' || c == '+' || c == '!';
  });
}

/// Checks each clause and joins them without blanks.
Result<std::string> parse_specifier(std::string_view whole, std::string_view text) {
  if (text.starts_with('(') && text.ends_with(')'))
    text = base::trimmed(text.substr(1, text.size() - 2), kBlanks);
  std::string out;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const std::string_view clause = base::trimmed(text.substr(0, comma), kBlanks);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    const auto found = std::find_if(kOperators.begin(), kOperators.end(),
                                    [&](std::string_view one) { return clause.starts_with(one); });
    if (found == kOperators.end()) {
      return bad_requirement(whole, fmt::format("'{}' has no comparison in front", base::escaped(clause)));
    }
    const std::string_view version = base::trimmed(clause.substr(found->size()), kBlanks);
    if (!is_version(version)) {
      return bad_requirement(whole, fmt::format("'{}' is not a version", base::escaped(version)));
    }
    out += fmt::format("{}{}{}", out.empty() ? "" : ",", *found, version);
  }
  return out;
}

Result<std::vector<std::string>> parse_extras(std::string_view whole, std::string_view text) {
  std::vector<std::string> extras;
  while (!base::trimmed(text, kBlanks).empty()) {
    const auto comma = text.find(',');
    const std::string_view extra = base::trimmed(text.substr(0, comma), kBlanks);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    if (!is_name(extra)) return bad_requirement(whole, "an extra's name is malformed");
    extras.emplace_back(extra);
  }
  return extras;
}

}  // namespace

std::string normalised_name(std::string_view name) {
  std::string out;
  bool gap = false;
  for (const char c : name) {
    if (c == '-' || c == '_' || c == '.') {
      gap = true;
      continue;
    }
    if (gap) out += '-';
    gap = false;
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  if (gap) out += '-';
  return out;
}

Result<Requirement> parse_requirement(std::string_view text) {
  const std::string_view whole = text;
  if (text.size() > kLongest) return bad_requirement(whole, "it is longer than 64 KiB");
  const bool plain = std::none_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
  });
  if (!plain) return bad_requirement(whole, "it has a control character");
  text = base::trimmed(text, kBlanks);
  Requirement out;
  const auto name_end =
      static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_name_char) - text.begin());
  out.name = text.substr(0, name_end);
  if (!is_name(out.name)) return bad_requirement(whole, "it does not start with a package's name");
  text = base::trimmed(text.substr(name_end), kBlanks);
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return bad_requirement(whole, "a '[' is not closed");
    LAMELLA_TRY_ASSIGN(out.extras, parse_extras(whole, text.substr(1, close - 1)));
    text = base::trimmed(text.substr(close + 1), kBlanks);
  }
  // A URL may hold a ';', so that its marker needs a blank in front (PEP 508).
  const bool has_url = text.starts_with('@');
  const auto semicolon = has_url ? text.find(" ;") : text.find(';');
  if (semicolon != std::string_view::npos) {
    out.marker = base::trimmed(text.substr(semicolon + (has_url ? 2 : 1)), kBlanks);
    if (out.marker.empty()) return bad_requirement(whole, "nothing stands behind its ';'");
    text = base::trimmed(text.substr(0, semicolon), kBlanks);
  }
  if (has_url) {
    out.url = base::trimmed(text.substr(1), kBlanks);
    if (out.url.empty() || out.url.starts_with(';'))
      return bad_requirement(whole, "nothing stands behind its '@'");
    if (out.url.find_first_of(" \t") != std::string::npos)
      return bad_requirement(whole, "its address has a blank in it");
    return out;
  }
  LAMELLA_TRY_ASSIGN(out.specifier, parse_specifier(whole, text));
  return out;
}

std::string to_string(const Requirement& requirement) {
  std::string out = requirement.name;
  if (!requirement.extras.empty()) out += fmt::format("[{}]", fmt::join(requirement.extras, ","));
  if (!requirement.url.empty()) out += " @ " + requirement.url;
  out += requirement.specifier;
  if (!requirement.marker.empty()) out += " ; " + requirement.marker;
  return out;
}

}  // namespace lamella::config
