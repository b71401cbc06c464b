// SPDX-License-Identifier: Apache-2.0
#include "config/uv_sources.h"

#include <algorithm>
#include <array>

#include "config/requirement.h"
#include "config/workspace_path.h"

namespace lamella::config {
namespace {

using document::Value;

bool is_archive(std::string_view path) {
  constexpr std::array<std::string_view, 5> kEndings = {".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2"};
  return std::any_of(kEndings.begin(), kEndings.end(),
                     [&](std::string_view ending) { return path.ends_with(ending); });
}

UvSource source_of(const Value& entry, std::string_view file) {
  if (const std::string index = entry.text("index"); !index.empty()) return {UvSource::Kind::kIndex, index};
  if (entry.boolean("workspace")) return {UvSource::Kind::kInRepo};
  if (const std::string path = entry.text("path"); !path.empty()) return in_repo_source(file, path);
  return {UvSource::Kind::kOutside};
}

}  // namespace

UvSource in_repo_source(std::string_view file, std::string_view folder) {
  auto path = path_beside(file, folder);
  if (!path || is_archive(*path)) return {UvSource::Kind::kOutside};
  return {UvSource::Kind::kInRepo, *std::move(path)};
}

UvSource uv_source_of(const Value& document, std::string_view file, std::string_view normalised_name) {
  const Value* sources = document.find({"tool", "uv", "sources"});
  if (sources == nullptr || !sources->is_object()) return {};
  for (const document::Member& member : *sources->as_object()) {
    if (config::normalised_name(member.key) != normalised_name) continue;
    if (!member.value.is_array()) return source_of(member.value, file);
    UvSource all{UvSource::Kind::kOutside};
    const auto& entries = *member.value.as_array();
    for (const Value& entry : entries) {
      const UvSource one = source_of(entry, file);
      if (&entry != &entries.front() && !(one == all)) return {UvSource::Kind::kOutside};
      all = one;
    }
    return all;
  }
  return {};
}

}  // namespace lamella::config
