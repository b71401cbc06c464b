// SPDX-License-Identifier: Apache-2.0
#include "package/prune.h"

#include <algorithm>
#include <array>

namespace lamella::package {
namespace {

bool has_word(std::string_view name, std::string_view word) {
  const auto same = [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  };
  return std::search(name.begin(), name.end(), word.begin(), word.end(), same) != name.end();
}

/// Python sources are code even when a licence gives them their name.
bool is_licence_file(std::string_view name) {
  if (name.ends_with(".py") || name.ends_with(".pyc")) return false;
  constexpr std::array<std::string_view, 5> kWords = {"license", "licence", "copying", "notice", "authors"};
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view word) { return has_word(name, word); });
}

}  // namespace

bool is_always_kept(std::string_view path) {
  const auto info = path.find(".dist-info/");
  if (info == std::string_view::npos) return false;
  const std::string_view name = path.substr(info + std::string_view(".dist-info/").size());
  constexpr std::array<std::string_view, 4> kMetadata = {"METADATA", "entry_points.txt", "WHEEL",
                                                         "top_level.txt"};
  if (std::find(kMetadata.begin(), kMetadata.end(), name) != kMetadata.end()) return true;
  return name.starts_with("licenses/") || is_licence_file(name);
}

bool Pruner::is_foreign_service(std::string_view path) const {
  if (recipe_.services.empty()) return false;
  for (const std::string_view data : {"botocore/data/", "boto3/data/"}) {
    if (!path.starts_with(data)) continue;
    const std::string_view rest = path.substr(data.size());
    const auto slash = rest.find('/');
    if (slash == std::string_view::npos) return false;  // endpoints.json and its like serve every service
    return std::find(recipe_.services.begin(), recipe_.services.end(), rest.substr(0, slash)) ==
           recipe_.services.end();
  }
  return false;
}

std::string Pruner::dropped_by(std::string_view path) const {
  if (is_always_kept(path)) return {};
  if (any_matches(recipe_.keep, path)) return {};
  if (path.ends_with(".pyc") || path.ends_with(".pyo")) return "stale-bytecode";
  if (any_matches(recipe_.drop, path)) return "layer";
  if (is_foreign_service(path)) return "services";
  for (const NamedRule& named : recipe_.rules) {
    if (any_matches(named.rule.drop, path) && !any_matches(named.rule.keep, path)) return named.name;
  }
  return {};
}

}  // namespace lamella::package
