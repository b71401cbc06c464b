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

void Pruner::judge_service(std::string_view path, Verdict& verdict) const {
  if (recipe_.services.empty()) return;
  for (const std::string_view data : {"botocore/data/", "boto3/data/"}) {
    if (!path.starts_with(data)) continue;
    const std::string_view rest = path.substr(data.size());
    const auto slash = rest.find('/');
    if (slash == std::string_view::npos) return;  // endpoints.json and its like serve every service
    const std::string service(rest.substr(0, slash));
    const auto& wanted = recipe_.services;
    if (std::find(wanted.begin(), wanted.end(), service) == wanted.end()) {
      verdict.matching.emplace_back("services");
    } else {
      verdict.kept_by.push_back("service " + service);
      verdict.spared = true;
    }
  }
}

void Pruner::judge_rule(const std::string& name, bool named, std::string_view path, Verdict& verdict) const {
  if (!named) return;
  const auto exceptions = recipe_.put_back.find(name);
  if (exceptions != recipe_.put_back.end() && any_matches(exceptions->second, path)) {
    verdict.kept_by.push_back("put back " + name);
    verdict.spared = true;
  } else {
    verdict.matching.push_back(name);
  }
}

bool is_bytecode(std::string_view path) { return path.ends_with(".pyc") || path.ends_with(".pyo"); }

Verdict Pruner::verdict(std::string_view path) const {
  Verdict verdict;
  if (is_always_kept(path)) return verdict;
  if (is_bytecode(path)) verdict.matching.emplace_back(kStaleBytecode);
  for (const model::Glob& glob : recipe_.drop) judge_rule(own_rule(glob), glob.matches(path), path, verdict);
  judge_service(path, verdict);
  for (const NamedRule& named : recipe_.rules) {
    const bool names_it = any_matches(named.rule.drop, path) && !any_matches(named.rule.keep, path);
    judge_rule(named.name, names_it, path, verdict);
  }
  if (!verdict.matching.empty()) verdict.dropped_by = verdict.matching.front();
  for (const model::Glob& glob : recipe_.keep) {
    if (!glob.matches(path)) continue;
    verdict.kept_by.push_back("keep " + glob.text());
    verdict.spared = verdict.spared || !verdict.dropped_by.empty();
    verdict.dropped_by.clear();
  }
  return verdict;
}

}  // namespace lamella::package
