// SPDX-License-Identifier: Apache-2.0
#include "change/submodule.h"

#include <string_view>
#include <vector>

#include "base/split.h"
#include "base/trim.h"
#include "os/file.h"

namespace lamella::change {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLargestModules = 1'000'000;

/// The paths in the text of a .gitmodules: lines `path = vendor/library`.
std::vector<std::string> paths_of(std::string_view text) {
  std::vector<std::string> paths;
  for (const std::string_view line : base::split(text, '\n')) {
    const auto equals = line.find('=');
    if (equals == std::string_view::npos || base::trimmed(line.substr(0, equals)) != "path") continue;
    std::string_view value = base::trimmed(line.substr(equals + 1));
    if (value.size() > 1 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    paths.emplace_back(value);
  }
  return paths;
}

bool is_at_or_below(const fs::path& path, const fs::path& folder) {
  const fs::path inside = path.lexically_relative(folder);
  return !inside.empty() && *inside.begin() != "..";
}

}  // namespace

fs::path working_tree_of(fs::path folder) {
  while (!os::exists(folder / ".git")) {
    if (!folder.has_relative_path()) return {};
    folder = folder.parent_path();
  }
  return folder;
}

std::optional<std::string> missing_submodule(const fs::path& root, const std::string& path) {
  const fs::path top = working_tree_of(root);
  if (top.empty()) return std::nullopt;
  const auto text = os::read_file_if_present(top / ".gitmodules", kLargestModules);
  if (!text || !*text) return std::nullopt;
  const fs::path wanted = (root / path).lexically_normal();
  for (const std::string& submodule : paths_of(**text)) {
    const fs::path place = (top / submodule).lexically_normal();
    if ((is_at_or_below(wanted, place) || is_at_or_below(place, wanted)) && !os::exists(place / ".git"))
      return place.lexically_relative(root).string();
  }
  return std::nullopt;
}

}  // namespace lamella::change
