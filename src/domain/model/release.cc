// SPDX-License-Identifier: Apache-2.0
#include "model/release.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "base/diagnostic.h"
#include "base/trim.h"

namespace lamella::model {
namespace {

constexpr std::array kBumps = {Bump::kNone, Bump::kPatch, Bump::kMinor, Bump::kMajor};

/// One to three numbers with dots between them; `count` says how many there were.
struct Numbers {
  Release release;
  int count = 0;
};

std::optional<Numbers> parse_numbers(std::string_view text) {
  Numbers numbers;
  std::uint32_t* const places[] = {&numbers.release.major, &numbers.release.minor, &numbers.release.patch};
  for (;;) {
    if (numbers.count == 3) return std::nullopt;
    const std::string_view word = text.substr(0, text.find('.'));
    const bool padded = word.size() > 1 && word.front() == '0';
    const auto [end, trouble] =
        std::from_chars(word.data(), word.data() + word.size(), *places[numbers.count]);
    if (trouble != std::errc() || end != word.data() + word.size() || padded) return std::nullopt;
    ++numbers.count;
    if (word.size() == text.size()) return numbers;
    text.remove_prefix(word.size() + 1);
  }
}

/// The next release that shares no more than `kept` leading numbers; nullopt past the largest number.
std::optional<Release> after(const Release& release, int kept) {
  constexpr std::uint32_t kMost = ~std::uint32_t{0};
  const std::uint32_t raised = kept == 0 ? release.major : kept == 1 ? release.minor : release.patch;
  if (raised == kMost) return kept == 0 ? std::nullopt : after(release, kept - 1);
  if (kept == 0) return Release{release.major + 1, 0, 0};
  if (kept == 1) return Release{release.major, release.minor + 1, 0};
  return Release{release.major, release.minor, release.patch + 1};
}

}  // namespace

std::optional<Release> parse_release(std::string_view text) {
  const auto numbers = parse_numbers(text);
  return numbers && numbers->count == 3 ? std::optional(numbers->release) : std::nullopt;
}

std::string to_string(const Release& release) {
  return fmt::format("{}.{}.{}", release.major, release.minor, release.patch);
}

std::string_view to_string(Bump bump) {
  switch (bump) {
    case Bump::kNone: return "none";
    case Bump::kPatch: return "patch";
    case Bump::kMinor: return "minor";
    case Bump::kMajor: return "major";
  }
  return "";
}

std::optional<Bump> parse_bump(std::string_view text) {
  for (const Bump one : kBumps) {
    if (text == to_string(one)) return one;
  }
  return std::nullopt;
}

Release bumped(const Release& release, Bump bump) {
  switch (bump) {
    case Bump::kNone: return release;
    case Bump::kPatch: return {release.major, release.minor, release.patch + 1};
    case Bump::kMinor: return {release.major, release.minor + 1, 0};
    case Bump::kMajor: return {release.major + 1, 0, 0};
  }
  return release;
}

std::optional<ReleaseRange::Span> ReleaseRange::span_of(std::string_view part) {
  if (part == "*") return Span{};
  std::string_view sign;
  for (const std::string_view one : {">=", "<=", "^", "~", ">", "<", "="}) {
    if (part.starts_with(one)) {
      sign = one;
      break;
    }
  }
  const auto numbers = parse_numbers(base::trimmed(part.substr(sign.size()), " "));
  if (!numbers) return std::nullopt;
  const Release& from = numbers->release;
  const auto next = after(from, numbers->count - 1);  // behind everything the numbers stand for
  if (sign == ">=") return Span{from, {}};
  if (sign == "<") return Span{{}, from};
  if (sign == "<=") return Span{{}, next};
  if (sign == ">") return next ? Span{*next, {}} : Span{from, from};
  if (sign == "~") return Span{from, after(from, numbers->count > 1 ? 1 : 0)};
  if (sign == "^") {
    const int kept = from.major > 0 || numbers->count == 1   ? 0
                     : from.minor > 0 || numbers->count == 2 ? 1
                                                             : 2;
    return Span{from, after(from, kept)};
  }
  return Span{from, next};
}

Result<ReleaseRange> ReleaseRange::parse(std::string_view text) {
  ReleaseRange range;
  range.text_ = text;
  for (std::string_view rest = text;;) {
    const std::string_view part = rest.substr(0, rest.find(','));
    const auto span = span_of(base::trimmed(part, " "));
    if (!span) {
      return Error(ErrorCode::kUsage, fmt::format("'{}' is no range of releases", base::escaped(text)))
          .remedy("write it like ^2, ~2.1, >=1.4,<3 or 2.1.0");
    }
    range.spans_.push_back(*span);
    if (part.size() == rest.size()) return range;
    rest.remove_prefix(part.size() + 1);
  }
}

bool ReleaseRange::holds(const Release& release) const {
  for (const Span& span : spans_) {
    if (release < span.least || (span.end && release >= *span.end)) return false;
  }
  return true;
}

}  // namespace lamella::model
