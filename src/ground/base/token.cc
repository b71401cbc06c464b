// SPDX-License-Identifier: Apache-2.0
#include "base/token.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace lamella::base {
namespace {

/// What follows the prefix.
struct Form {
  std::string_view prefix;
  std::string_view what;
  std::string_view more;  ///< characters beside letters and digits
  std::size_t least = 0;  ///< characters after the prefix
};

/// As the issuers publish them: AWS "Unique identifiers" of IAM; GitHub "About authentication", GitLab "Token
/// overview", Slack "Token types", Stripe "API keys", Google Cloud "API keys", npm "About access tokens", PyPI
/// "API tokens".  A JSON Web Token begins with base64 of {" twice (RFC 7519).
constexpr std::array kForms = {
    Form{"AKIA", "an AWS access key", "", 16},  Form{"ASIA", "an AWS access key", "", 16},
    Form{"ghp_", "a GitHub token", "", 36},     Form{"gho_", "a GitHub token", "", 36},
    Form{"ghu_", "a GitHub token", "", 36},     Form{"ghs_", "a GitHub token", "", 36},
    Form{"ghr_", "a GitHub token", "", 36},     Form{"github_pat_", "a GitHub token", "_", 22},
    Form{"glpat-", "a GitLab token", "-_", 20}, Form{"xoxa-", "a Slack token", "-", 10},
    Form{"xoxb-", "a Slack token", "-", 10},    Form{"xoxp-", "a Slack token", "-", 10},
    Form{"xoxr-", "a Slack token", "-", 10},    Form{"xoxs-", "a Slack token", "-", 10},
    Form{"sk_live_", "a Stripe key", "", 16},   Form{"rk_live_", "a Stripe key", "", 16},
    Form{"AIza", "a Google API key", "-_", 35}, Form{"npm_", "an npm token", "", 36},
    Form{"pypi-AgE", "a PyPI token", "-_", 50}, Form{"eyJ", "a JSON Web Token", "-_.", 40},
};
constexpr std::string_view kKeyBegin = "-----BEGIN ";
constexpr std::string_view kKeyEnd = "PRIVATE KEY-----";
constexpr std::size_t kLongestKeyKind = 20;  // "ENCRYPTED ", "OPENSSH "

bool is_alnum(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

/// The token of that form at the front of `text`; 0 bytes if it is none.
std::size_t length_of(const Form& form, std::string_view text) {
  if (!text.starts_with(form.prefix)) return 0;
  std::size_t end = form.prefix.size();
  while (end < text.size() && (is_alnum(text[end]) || form.more.find(text[end]) != std::string_view::npos))
    ++end;
  const bool fixed = form.prefix == "AKIA" || form.prefix == "ASIA";
  const std::size_t size = end - form.prefix.size();
  if (fixed && size != form.least) return 0;
  // A JSON Web Token has three parts; base64 of any JSON begins the same.
  if (form.prefix == "eyJ" &&
      std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), '.') != 2)
    return 0;
  return size < form.least ? 0 : end;
}

/// A PEM block as far as the text has it: its first line names it, all that follows is the key.
std::size_t length_of_key(std::string_view text) {
  if (!text.starts_with(kKeyBegin)) return 0;
  const auto named = text.find(kKeyEnd);
  if (named == std::string_view::npos || named > kKeyBegin.size() + kLongestKeyKind) return 0;
  const auto begin = named + kKeyEnd.size();
  const auto end = text.find("-----END ", begin);
  if (end == std::string_view::npos)
    return text.find_first_of("\"'\n", begin) == std::string_view::npos ? text.size()
                                                                        : text.find_first_of("\"'\n", begin);
  const auto last = text.find(kKeyEnd, end);
  return last == std::string_view::npos ? text.size() : last + kKeyEnd.size();
}

}  // namespace

std::vector<Token> find_tokens(std::string_view text) {
  std::vector<Token> found;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (at > 0 && (is_alnum(text[at - 1]) || text[at - 1] == '_')) continue;
    Token token{at, length_of_key(text.substr(at)), "a private key"};
    for (const Form& form : kForms) {
      if (token.size > 0) break;
      token.size = length_of(form, text.substr(at));
      token.what = form.what;
    }
    if (token.size == 0) continue;
    found.push_back(token);
    at += token.size - 1;
  }
  return found;
}

std::string without_tokens(std::string text) {
  for (const Token& token : find_tokens(text)) {
    const auto begin = text.begin() + static_cast<std::ptrdiff_t>(token.begin);
    std::fill(begin, begin + static_cast<std::ptrdiff_t>(token.size), '*');
  }
  return text;
}

}  // namespace lamella::base
