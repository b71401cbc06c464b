// SPDX-License-Identifier: Apache-2.0
#include "model/opt_distributions.h"

#include <algorithm>
#include <charconv>

namespace lamella::model {
namespace {

constexpr std::string_view kMetadata = ".dist-info/METADATA";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// {1, 40, 3} of "1.40.3"; nullopt for anything else.
std::optional<std::vector<unsigned>> release_of(std::string_view text) {
  std::vector<unsigned> parts;
  while (true) {
    unsigned part = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), part);
    if (error != std::errc()) return std::nullopt;
    parts.push_back(part);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.empty()) break;
    if (text.front() != '.') return std::nullopt;
    text.remove_prefix(1);
  }
  while (parts.size() > 1 && parts.back() == 0) parts.pop_back();
  return parts;
}

std::optional<bool> meets_one(const std::vector<unsigned>& version, std::string_view clause) {
  const auto first_digit = std::find_if(clause.begin(), clause.end(), is_digit);
  const std::string_view sign = clause.substr(0, static_cast<std::size_t>(first_digit - clause.begin()));
  const auto wanted = release_of(clause.substr(sign.size()));
  if (!wanted) return std::nullopt;
  if (sign == "<") return version < *wanted;
  if (sign == "<=") return version <= *wanted;
  if (sign == ">") return version > *wanted;
  if (sign == ">=") return version >= *wanted;
  if (sign == "==") return version == *wanted;
  if (sign == "!=") return version != *wanted;
  return std::nullopt;
}

std::uint64_t bytes_of(const OptPart& part) {
  std::uint64_t sum = 0;
  for (const OptFile& file : part.files) sum += file.size;
  return sum;
}

std::size_t root_of(const std::vector<std::string>& roots, const std::string& path) {
  const auto found =
      std::find_if(roots.begin(), roots.end(), [&](const auto& root) { return path.starts_with(root); });
  return static_cast<std::size_t>(found - roots.begin());
}

}  // namespace

bool is_distribution(std::string_view part) {
  return !part.empty() && part != "in-repo" && !part.starts_with("archive:") && !part.starts_with("command:");
}

std::string normalised_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool separator = c == '-' || c == '_' || c == '.';
    if (separator && !out.empty() && out.back() == '-') continue;
    out += separator ? '-' : static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  }
  return out;
}

std::optional<bool> meets(std::string_view version, std::string_view specifier) {
  const auto have = release_of(version);
  if (!have) return std::nullopt;
  bool all = true;
  while (!specifier.empty()) {
    const auto comma = std::min(specifier.find(','), specifier.size());
    std::string clause;
    for (const char c : specifier.substr(0, comma)) {
      if (c != ' ' && c != '(' && c != ')') clause += c;
    }
    specifier.remove_prefix(std::min(comma + 1, specifier.size()));
    if (clause.empty()) continue;
    const auto met = meets_one(*have, clause);
    if (!met) return std::nullopt;
    all = all && *met;
  }
  return all;
}

Distributions distributions_of(const OptView& view) {
  Distributions found;
  const auto roots = view.module_roots();
  for (std::size_t m = 0; m < view.members().size(); ++m) {
    const auto& parts = view.members()[m]->parts;
    for (std::size_t p = 0; p < parts.size(); ++p) {
      for (const OptFile& file : parts[p].facts->files) {
        if (!file.path.ends_with(kMetadata)) continue;
        const std::string below = view.below_module_root(m, file.path);
        const std::string_view stem =
            std::string_view(below).substr(0, below.size() - std::min(below.size(), kMetadata.size()));
        const auto dash = stem.find('-');
        if (dash == std::string_view::npos || stem.find('/') != std::string_view::npos) continue;
        FoundDistribution one{normalised_name(stem.substr(0, dash)),
                              std::string(stem.substr(dash + 1)),
                              {m, p},
                              file.path,
                              root_of(roots, view.mount(m) + file.path),
                              0};
        if (normalised_name(parts[p].distribution) == one.name) one.bytes = bytes_of(*parts[p].facts);
        found[one.name].push_back(std::move(one));
      }
    }
  }
  for (auto& [name, all] : found) {
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
      return a.root != b.root ? a.root < b.root : a.from.member > b.from.member;
    });
  }
  return found;
}

}  // namespace lamella::model
