// SPDX-License-Identifier: Apache-2.0
//
// Greedy matching with two places to go back to: the last '*' and the last '**'.  Earlier ones need no
// second try: a '*' ends before the next '/', so what follows it sits in one step of the path, and a '**'
// that starts earlier accepts everything that a later one does.  Most pairs fail at the first or last
// characters.
#include "model/glob.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/diagnostic.h"

namespace lamella::model {
namespace {

Error bad_pattern(std::string_view pattern, std::string why) {
  return Error(ErrorCode::kUsage,
               fmt::format("'{}' is not a path pattern", base::escaped(pattern.substr(0, 200))))
      .because(std::move(why));
}

/// The characters of a class body such as "a-z_" or "!0-9".
std::string class_set(std::string_view body) {
  const bool negated = body.starts_with('!');
  if (negated) body.remove_prefix(1);
  std::string in(256, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) {
    const auto first = static_cast<unsigned char>(body[i]);
    auto last = first;
    if (i + 2 < body.size() && body[i + 1] == '-') {
      last = static_cast<unsigned char>(body[i + 2]);
      i += 2;
    }
    for (unsigned c = first; c <= last; ++c) in[c] = 1;
  }
  std::string set;
  for (unsigned c = 1; c < 256; ++c) {
    if (c != '/' && (in[c] != 0) != negated) set += static_cast<char>(c);
  }
  return set;
}

constexpr std::size_t kLongestPattern = 1024;

bool has_parent_step(std::string_view path) {
  while (true) {
    const auto slash = path.find('/');
    if (path.substr(0, slash) == "..") return true;
    if (slash == std::string_view::npos) return false;
    path.remove_prefix(slash + 1);
  }
}

}  // namespace

Result<Glob> Glob::parse(std::string_view pattern) {
  if (pattern.empty()) return bad_pattern(pattern, "it is empty");
  if (pattern.size() > kLongestPattern) return bad_pattern(pattern, "it is longer than 1024 characters");
  if (pattern.front() == '/')
    return bad_pattern(pattern, "it is absolute; patterns start below the module root");
  if (has_parent_step(pattern)) return bad_pattern(pattern, "it leaves its folder through '..'");
  Glob glob;
  glob.text_ = pattern;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const bool deep = pattern.substr(i).starts_with("**");
    const bool starts_step = i == 0 || pattern[i - 1] == '/';
    if (deep && starts_step && pattern.substr(i).starts_with("**/")) {
      glob.tokens_.push_back({Kind::kFolders, 0, {}});
      i += 2;
    } else if (deep) {
      glob.tokens_.push_back({Kind::kDeepStar, 0, {}});
      i += 1;
    } else if (pattern[i] == '*') {
      glob.tokens_.push_back({Kind::kStar, 0, {}});
    } else if (pattern[i] == '?') {
      glob.tokens_.push_back({Kind::kAny, 0, {}});
    } else if (pattern[i] == '[') {
      const auto end = pattern.find(']', i + 2);
      if (end == std::string_view::npos) return bad_pattern(pattern, "a '[' is not closed");
      glob.tokens_.push_back({Kind::kClass, 0, class_set(pattern.substr(i + 1, end - i - 1))});
      i = end;
    } else {
      glob.tokens_.push_back({Kind::kLiteral, pattern[i], {}});
    }
  }
  for (const Token& token : glob.tokens_) {
    if (token.kind != Kind::kLiteral) break;
    glob.prefix_ += token.literal;
  }
  for (std::size_t i = glob.tokens_.size(); i > glob.prefix_.size(); --i) {
    if (glob.tokens_[i - 1].kind != Kind::kLiteral) break;
    glob.suffix_.insert(glob.suffix_.begin(), glob.tokens_[i - 1].literal);
  }
  glob.tokens_.erase(glob.tokens_.begin(),
                     glob.tokens_.begin() + static_cast<std::ptrdiff_t>(glob.prefix_.size()));
  return glob;
}

bool Glob::accepts(const Token& token, char c) {
  if (token.kind == Kind::kLiteral) return c == token.literal;
  return c != '/' && (token.kind == Kind::kAny || token.set.find(c) != std::string::npos);
}

bool Glob::matches(std::string_view path) const {
  if (!path.starts_with(prefix_)) return false;
  path.remove_prefix(prefix_.size());
  if (path.size() < suffix_.size() || !path.ends_with(suffix_)) return false;

  constexpr std::size_t kNone = std::string_view::npos;
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = kNone;  // the last kStar's token, and where it may be extended to
  std::size_t star_end = 0;
  std::size_t deep = kNone;  // the same for the last kDeepStar or kFolders
  std::size_t deep_end = 0;
  while (true) {
    if (t == tokens_.size()) {
      if (p == path.size()) return true;
    } else if (tokens_[t].kind == Kind::kStar) {
      star = t++;
      star_end = p;
      continue;
    } else if (tokens_[t].kind == Kind::kDeepStar || tokens_[t].kind == Kind::kFolders) {
      if (tokens_[t].kind == Kind::kDeepStar && t + 1 == tokens_.size()) return true;
      deep = t++;
      deep_end = p;
      star = kNone;
      continue;
    } else if (p < path.size() && accepts(tokens_[t], path[p])) {
      ++p;
      ++t;
      continue;
    }
    if (star != kNone && star_end < path.size() && path[star_end] != '/') {
      p = ++star_end;
      t = star + 1;
      continue;
    }
    if (deep == kNone) return false;
    const bool folders = tokens_[deep].kind == Kind::kFolders;
    const std::size_t step = folders ? path.find('/', deep_end) : deep_end < path.size() ? deep_end : kNone;
    if (step == kNone) return false;
    p = deep_end = step + 1;
    t = deep + 1;
    star = kNone;
  }
}

bool any_matches(const std::vector<Glob>& globs, std::string_view path) {
  return std::any_of(globs.begin(), globs.end(), [&](const Glob& glob) { return glob.matches(path); });
}

}  // namespace lamella::model
