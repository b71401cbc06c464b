// SPDX-License-Identifier: Apache-2.0
#include "model/tests.h"

#include <array>
#include <string_view>

namespace lamella::model {
namespace {

constexpr std::array<std::string_view, 7> kCompanions = {
    "conftest.py", "__init__.py", "pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg"};

}  // namespace

std::vector<std::string> possible_paths(const Tests& tests) {
  std::vector<std::string> paths;
  for (std::size_t i = 1; i < tests.command.size(); ++i) {
    std::string word = tests.command[i].substr(0, tests.command[i].find("::"));
    while (word.starts_with("./")) word.erase(0, 2);
    while (word.ends_with('/')) word.pop_back();
    const bool inside = !word.empty() && word != "." && word.front() != '/' && word.front() != '-' &&
                        ("/" + word + "/").find("/../") == std::string::npos;
    if (inside) paths.push_back(std::move(word));
  }
  return paths;
}

std::vector<std::string> companions_of(const std::string& path) {
  std::vector<std::string> found;
  std::string folder;
  for (std::size_t from = 0;;) {
    for (const std::string_view name : kCompanions) {
      if (!folder.empty() || name != "__init__.py") found.push_back(folder + std::string(name));
    }
    const auto slash = path.find('/', from);
    if (slash == std::string::npos) return found;
    folder = path.substr(0, slash + 1);
    from = slash + 1;
  }
}

}  // namespace lamella::model
