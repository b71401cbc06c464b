// SPDX-License-Identifier: Apache-2.0
#include "config/clear_secrets.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <map>
#include <string>

#include "base/token.h"
#include "model/environment_value.h"

namespace lamella::config {
namespace {

using document::Member;
using document::Value;

constexpr std::array<std::string_view, 9> kSecretEndings = {"SECRET",     "TOKEN",       "PASSWORD",
                                                            "PASSWD",     "PASSPHRASE",  "API_KEY",
                                                            "ACCESS_KEY", "PRIVATE_KEY", "SECRET_KEY"};
constexpr std::size_t kShortestSecret = 10;
/// Bits per character.  English words have about 2.5 to 3.2 at such lengths, 16 random hexadecimal digits 3.3,
/// 20 random letters and digits 4.
constexpr double kLeastEntropy = 3.0;

double entropy(std::string_view text) {
  std::map<char, double> counts;
  for (const char c : text) counts[c] += 1;
  double bits = 0;
  for (const auto& [c, count] : counts) {
    const double share = count / static_cast<double>(text.size());
    bits -= share * std::log2(share);
  }
  return bits;
}

bool has(std::string_view text, int (*kind)(int)) {
  return std::any_of(text.begin(), text.end(), [&](unsigned char c) { return kind(c) != 0; });
}

/// The literal text of a variable, or "" if part of it comes from elsewhere.
std::string literal_of(const std::string& text) {
  const auto value = model::parse_environment_value(text);
  if (!value) return {};
  std::string literal;
  for (const model::EnvironmentPart& part : value->parts) {
    if (part.kind != model::EnvironmentPart::Kind::kLiteral) return {};
    literal += part.text;
  }
  return literal;
}

class Search {
 public:
  explicit Search(const SourceFile& source) : source_(source) {}

  void look(const Value& value, bool variable = false) {
    if (const std::string* text = value.as_string()) look_at(*text, value, variable);
    if (const auto* items = value.as_array()) {
      for (const Value& item : *items) look(item);
    }
    if (const auto* members = value.as_object()) {
      const bool variables = path_.ends_with(".environment");
      const std::size_t size = path_.size();
      for (const Member& member : *members) {
        if (size > 0) path_ += '.';
        path_ += member.key;
        look(member.value, variables);
        path_.resize(size);
      }
    }
  }

  std::vector<model::ClearSecret> found() && { return std::move(found_); }

 private:
  void look_at(const std::string& text, const Value& value, bool variable) {
    const auto tokens = base::find_tokens(text);
    if (!tokens.empty()) return add(tokens.front().what, value);
    if (!variable || !names_secret(path_.substr(path_.rfind('.') + 1))) return;
    if (looks_random(literal_of(text))) add("what looks like a secret", value);
  }

  void add(std::string_view what, const Value& value) {
    const Error shown =
        source_.at_hiding_texts(Error(ErrorCode::kUsage, "a secret is typed in clear"), value.position());
    base::Position position = value.position();
    if (position.file.empty()) position.file = source_.file();
    found_.push_back({path_, what, std::move(position), shown.excerpt()});
  }

  const SourceFile& source_;
  std::string path_;  ///< of the value that is looked at
  std::vector<model::ClearSecret> found_;
};

}  // namespace

bool names_secret(std::string_view variable) {
  std::string upper(variable);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return std::any_of(kSecretEndings.begin(), kSecretEndings.end(), [&](std::string_view ending) {
    if (!upper.ends_with(ending)) return false;
    return upper.size() == ending.size() || upper[upper.size() - ending.size() - 1] == '_';
  });
}

bool looks_random(std::string_view value) {
  if (value.size() < kShortestSecret) return false;
  const bool place = value.starts_with("arn:") || value.starts_with('/') || value.starts_with("./") ||
                     value.find("://") != std::string_view::npos || value.find(' ') != std::string_view::npos;
  if (place) return false;
  const bool mixed = has(value, std::isdigit) && has(value, std::isalpha);
  const bool odd = has(value, std::ispunct) && has(value, std::isupper) && has(value, std::islower);
  return (mixed || odd) && entropy(value) >= kLeastEntropy;
}

std::vector<model::ClearSecret> clear_secrets(const Value& document, const SourceFile& source) {
  Search search(source);
  search.look(document);
  return std::move(search).found();
}

}  // namespace lamella::config
