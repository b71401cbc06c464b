// SPDX-License-Identifier: Apache-2.0
#include "change/leftovers.h"

#include <algorithm>
#include <array>

namespace lamella::change {

std::string file_name(std::string_view path) { return std::string(path.substr(path.rfind('/') + 1)); }

bool is_leftover(std::string_view path, base::FileKind) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  constexpr std::array<std::string_view, 9> kNames = {"__pycache__", ".git",          ".hg",
                                                      ".DS_Store",   ".lamella",      ".mypy_cache",
                                                      ".venv",       ".pytest_cache", ".ruff_cache"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end() || name.ends_with(".pyc") ||
         name.ends_with('~') || name.ends_with(".swp");
}

bool is_build_leftover(std::string_view path) {
  const std::string_view top = path.substr(0, path.find('/'));
  return top == "build" || top == "dist" || path.ends_with(".egg-info") ||
         path.find(".egg-info/") != std::string_view::npos;
}

}  // namespace lamella::change
