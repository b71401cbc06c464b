// SPDX-License-Identifier: Apache-2.0
#include "resolve/version.h"

#include <algorithm>
#include <charconv>
#include <tuple>
#include <utility>

#include "base/trim.h"

namespace lamella::resolve {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alnum(char c) { return is_digit(c) || (c >= 'a' && c <= 'z'); }

std::string lowered(std::string_view text) {
  std::string out(base::trimmed(text, " \t\n\r"));
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

/// A text being consumed from the front.
class Cursor {
 public:
  explicit Cursor(std::string_view rest) : rest_(rest) {}

  bool done() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }
  bool take(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  bool take_any(std::string_view characters) {
    if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::optional<std::uint64_t> number() {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc()) return std::nullopt;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }
  bool at_digit() const { return !rest_.empty() && is_digit(rest_.front()); }
  std::string_view word() {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_alnum);
    const auto length = static_cast<std::size_t>(end - rest_.begin());
    const auto taken = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return taken;
  }

 private:
  std::string_view rest_;
};

/// The number after a segment's word, 0 where it is left out: "rc", "rc1", "rc.1".
std::uint64_t implied_number(Cursor& cursor) {
  Cursor ahead = cursor;
  ahead.take_any("._-");
  if (!ahead.at_digit()) return 0;
  cursor = ahead;
  return cursor.number().value_or(0);
}

struct PreWord {
  std::string_view word;
  int rank;
};
constexpr PreWord kPreWords[] = {{"alpha", -3}, {"beta", -2}, {"preview", -1}, {"pre", -1},
                                 {"rc", -1},    {"a", -3},    {"b", -2},       {"c", -1}};

}  // namespace

std::optional<Version> Version::parse(std::string_view text) {
  const std::string lower = lowered(text);
  Cursor cursor(lower);
  Version version;
  cursor.take("v");
  auto number = cursor.number();
  if (!number) return std::nullopt;
  if (cursor.take("!")) {
    version.epoch_ = *number;
    number = cursor.number();
    if (!number) return std::nullopt;
  }
  version.release_.push_back(*number);
  for (Cursor ahead = cursor; ahead.take(".") && ahead.at_digit(); ahead = cursor) {
    number = ahead.number();
    if (!number) return std::nullopt;
    version.release_.push_back(*number);
    cursor = ahead;
  }
  {
    Cursor ahead = cursor;
    ahead.take_any("._-");
    for (const auto& [word, rank] : kPreWords) {
      if (!ahead.take(word)) continue;
      version.pre_rank_ = rank;
      version.pre_ = implied_number(ahead);
      cursor = ahead;
      break;
    }
  }
  {
    Cursor ahead = cursor;
    if (ahead.take("-") && ahead.at_digit()) {
      version.post_ = ahead.number().value_or(0);
      cursor = ahead;
    } else {
      ahead = cursor;
      ahead.take_any("._-");
      if (ahead.take("post") || ahead.take("rev") || ahead.take("r")) {
        version.post_ = implied_number(ahead);
        cursor = ahead;
      }
    }
  }
  {
    Cursor ahead = cursor;
    ahead.take_any("._-");
    if (ahead.take("dev")) {
      version.dev_ = implied_number(ahead);
      cursor = ahead;
    }
  }
  if (cursor.take("+")) {
    do {
      const auto part = cursor.word();
      if (part.empty()) return std::nullopt;
      version.local_.emplace_back(part);
    } while (cursor.take_any("._-"));
  }
  if (!cursor.done()) return std::nullopt;
  return version;
}

namespace {

/// Numbers above words, longer above shorter: the order of local versions.
std::strong_ordering compare_local(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    const bool a_number = std::all_of(a[i].begin(), a[i].end(), is_digit);
    const bool b_number = std::all_of(b[i].begin(), b[i].end(), is_digit);
    if (a_number != b_number) return a_number ? std::strong_ordering::greater : std::strong_ordering::less;
    if (a_number) {
      const auto x = Cursor(a[i]).number().value_or(0);
      const auto y = Cursor(b[i]).number().value_or(0);
      if (x != y) return x <=> y;
    } else if (a[i] != b[i]) {
      return a[i] <=> b[i];
    }
  }
  return a.size() <=> b.size();
}

}  // namespace

std::strong_ordering Version::operator<=>(const Version& other) const {
  if (epoch_ != other.epoch_) return epoch_ <=> other.epoch_;
  for (std::size_t i = 0; i < std::max(release_.size(), other.release_.size()); ++i) {
    const auto a = i < release_.size() ? release_[i] : 0;
    const auto b = i < other.release_.size() ? other.release_[i] : 0;
    if (a != b) return a <=> b;
  }
  // 1.0.dev1 < 1.0a1 < 1.0 < 1.0.post1, and .dev before what it leads to, at every level.
  const auto rank = [](const Version& v) {
    const bool only_dev = v.pre_rank_ == 0 && v.post_ == kNone && v.dev_ != kNone;
    return std::tuple(only_dev ? -4 : v.pre_rank_, v.pre_, v.post_ == kNone ? 0 : 1,
                      v.post_ == kNone ? 0 : v.post_, v.dev_);
  };
  if (const auto order = rank(*this) <=> rank(other); std::is_neq(order)) return order;
  return compare_local(local_, other.local_);
}

namespace {

constexpr std::string_view kBlanks = " \t";

bool has_prefix(const std::vector<std::uint64_t>& release, const std::vector<std::uint64_t>& prefix) {
  for (std::size_t i = 0; i < prefix.size(); ++i) {
    if ((i < release.size() ? release[i] : 0) != prefix[i]) return false;
  }
  return true;
}

}  // namespace

bool satisfies(const Version& version, std::string_view specifier) {
  Version bare = version;
  bare.local_.clear();
  const auto meets = [&](std::string_view clause) {
    Cursor cursor(clause);
    const auto op = [&]() -> std::string_view {
      for (const std::string_view candidate : {"===", "==", "!=", "~=", "<=", ">=", "<", ">"}) {
        if (cursor.take(candidate)) return candidate;
      }
      return {};
    }();
    std::string_view text = base::trimmed(cursor.rest(), kBlanks);
    const bool prefix = text.ends_with(".*");
    if (prefix) text.remove_suffix(2);
    const auto wanted = Version::parse(text);
    if (op.empty() || !wanted) return false;
    if (prefix) {
      const bool same = version.epoch_ == wanted->epoch_ && has_prefix(version.release_, wanted->release_);
      return op == "==" ? same : op == "!=" && !same;
    }
    const Version& mine = wanted->local_.empty() ? bare : version;
    if (op == "==" || op == "===") return mine == *wanted;
    if (op == "!=") return mine != *wanted;
    if (op == "<=") return bare <= *wanted;
    if (op == ">=") return bare >= *wanted;
    if (op == "<") {
      const bool earlier_of_same = bare.is_prerelease() && !wanted->is_prerelease() &&
                                   bare.epoch_ == wanted->epoch_ &&
                                   has_prefix(bare.release_, wanted->release_);
      return bare < *wanted && !earlier_of_same;
    }
    if (op == ">") {
      const bool later_of_same = bare.post_ != Version::kNone && wanted->post_ == Version::kNone &&
                                 bare.epoch_ == wanted->epoch_ && has_prefix(bare.release_, wanted->release_);
      return bare > *wanted && !later_of_same;
    }
    auto series = wanted->release_;
    if (series.size() < 2) return false;
    series.pop_back();
    return bare >= *wanted && version.epoch_ == wanted->epoch_ && has_prefix(version.release_, series);
  };
  while (!base::trimmed(specifier, kBlanks).empty()) {
    const auto comma = specifier.find(',');
    if (!meets(base::trimmed(specifier.substr(0, comma), kBlanks))) return false;
    if (comma == std::string_view::npos) break;
    specifier.remove_prefix(comma + 1);
  }
  return true;
}

}  // namespace lamella::resolve
