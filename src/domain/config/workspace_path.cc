// SPDX-License-Identifier: Apache-2.0
#include "config/workspace_path.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/diagnostic.h"

namespace lamella::config {
namespace {

/// What the messages call the place that a path is in.
struct Root {
  std::string_view place;
  std::string_view top;
};

constexpr Root kWorkspace = {"the workspace", "the folder of lamella.toml"};
constexpr Root kArtifact = {"the artifact", "the artifact's top"};

Result<std::string> normalise(std::string_view path, const Root& root) {
  const auto bad_path = [&root](std::string_view shown, std::string why) {
    return Error(ErrorCode::kUsage, fmt::format("'{}' is not a path in {}", base::escaped(shown), root.place))
        .because(std::move(why));
  };
  if (path.empty()) return bad_path(path, "it is empty");
  if (path.front() == '/') return bad_path(path, fmt::format("it is absolute; paths start at {}", root.top));
  if (path.find('\\') != std::string_view::npos)
    return bad_path(path, "it has a backslash; folders are parted by '/'");
  if (std::any_of(path.begin(), path.end(),
                  [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; })) {
    return bad_path(path, "it has a control character");
  }
  if (base::escaped(path) != path)
    return bad_path(path, "it has a character that cannot be seen, or that turns the text around");
  std::vector<std::string_view> steps;
  for (std::string_view rest = path; !rest.empty();) {
    const auto slash = rest.find('/');
    const std::string_view step = rest.substr(0, slash);
    rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
    if (step.empty() || step == ".") continue;
    if (step != "..") {
      steps.push_back(step);
    } else if (steps.empty()) {
      return bad_path(path, fmt::format("it leaves {}", root.top));
    } else {
      steps.pop_back();
    }
  }
  if (steps.empty()) return bad_path(path, fmt::format("it is {} itself", root.top));
  return fmt::format("{}", fmt::join(steps, "/"));
}

}  // namespace

Result<std::string> normalised_path(std::string_view path) { return normalise(path, kWorkspace); }

Result<std::string> normalised_inside(std::string_view path) { return normalise(path, kArtifact); }

Result<std::string> path_beside(std::string_view from, std::string_view path) {
  const auto slash = from.rfind('/');
  if (slash == std::string_view::npos || path.starts_with('/')) return normalised_path(path);
  return normalised_path(fmt::format("{}/{}", from.substr(0, slash), path));
}

}  // namespace lamella::config
