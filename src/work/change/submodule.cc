// SPDX-License-Identifier: Apache-2.0
#include "change/submodule.h"

#include <string_view>
#include <vector>

#include "os/file.h"

namespace lamella::change {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLargestModules = 1'000'000;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

/// The paths in the text of a .gitmodules: lines `path = vendor/library`.
std::vector<std::string> paths_of(std::string_view text) {
  std::vector<std::string> paths;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const auto equals = line.find('=');
    if (equals == std::string_view::npos || trimmed(line.substr(0, equals)) != "path") continue;
    std::string_view value = trimmed(line.substr(equals + 1));
    if (value.size() > 1 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    paths.emplace_back(value);
  }
  return paths;
}

/// The working tree around `folder`; "" outside of any.
fs::path working_tree_of(fs::path folder) {
  while (!os::exists(folder / ".git")) {
    if (!folder.has_relative_path()) return {};
    folder = folder.parent_path();
  }
  return folder;
}

bool is_at_or_below(const fs::path& path, const fs::path& folder) {
  const fs::path inside = path.lexically_relative(folder);
  return !inside.empty() && *inside.begin() != "..";
}

}  // namespace

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
