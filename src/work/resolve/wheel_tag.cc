// SPDX-License-Identifier: Apache-2.0
#include "resolve/wheel_tag.h"

#include <algorithm>

#include "base/split.h"

namespace lamella::resolve {
namespace {

std::vector<std::string> words(std::string_view text, char separator) {
  const auto parts = base::split(text, separator);
  return {parts.begin(), parts.end()};
}

std::string join(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : ".") + part;
  return out;
}

Error no_wheel(std::string_view filename) {
  return Error(ErrorCode::kRejected, "not the name of a wheel").at(std::string(filename));
}

/// manylinux tags a glibc loads, newest first, then what predates them all.
std::vector<std::string> platforms(const model::Target& target) {
  const std::string machine(model::machine_name(target.architecture));
  const bool intel = target.architecture == model::Architecture::kX86_64;
  const model::GlibcVersion glibc = model::glibc_of(model::os_of(target.runtime));
  std::vector<std::string> tags;
  const int oldest = intel ? 5 : 17;  // before these no manylinux of that machine exists
  for (int minor = glibc.minor; minor >= oldest; --minor) {
    tags.push_back("manylinux_2_" + std::to_string(minor) + "_" + machine);
    if (minor == 17) tags.push_back("manylinux2014_" + machine);
    if (minor == 12) tags.push_back("manylinux2010_" + machine);
    if (minor == 5) tags.push_back("manylinux1_" + machine);
  }
  tags.push_back("linux_" + machine);
  return tags;
}

}  // namespace

std::string WheelName::tag() const { return join(python) + "-" + join(abi) + "-" + join(platform); }

Result<WheelName> parse_wheel_name(std::string_view filename) {
  if (!filename.ends_with(".whl") || filename.size() > 4096) return no_wheel(filename);
  const auto parts = words(filename.substr(0, filename.size() - 4), '-');
  if (parts.size() != 5 && parts.size() != 6) return no_wheel(filename);
  if (std::any_of(parts.begin(), parts.end(), [](const std::string& part) { return part.empty(); })) {
    return no_wheel(filename);
  }
  const std::size_t tags = parts.size() - 3;
  WheelName name{.distribution = parts[0],
                 .version = parts[1],
                 .build = parts.size() == 6 ? parts[2] : "",
                 .python = words(parts[tags], '.'),
                 .abi = words(parts[tags + 1], '.'),
                 .platform = words(parts[tags + 2], '.')};
  if (!name.build.empty() && (name.build[0] < '0' || name.build[0] > '9')) return no_wheel(filename);
  return name;
}

std::vector<std::string> accepted_tags(const model::Target& target) {
  const int minor = target.runtime.minor;
  const std::string major = std::to_string(target.runtime.major);
  const std::string cp = "cp" + major;
  const std::string py = "py" + major;
  const std::string own = cp + std::to_string(minor);
  const auto native = platforms(target);
  std::vector<std::string> tags;
  const auto add = [&](const std::string& python, const std::string& abi) {
    for (const std::string& platform : native) tags.push_back(python + "-" + abi + "-" + platform);
  };
  add(own, own);
  add(own, "abi3");
  add(own, "none");
  for (int older = minor - 1; older >= 2; --older) add(cp + std::to_string(older), "abi3");
  std::vector<std::string> generic{py + std::to_string(minor), py};
  for (int older = minor - 1; older >= 0; --older) generic.push_back(py + std::to_string(older));
  for (const std::string& python : generic) add(python, "none");
  tags.push_back(own + "-none-any");
  for (const std::string& python : generic) tags.push_back(python + "-none-any");
  return tags;
}

std::optional<std::size_t> fit(const WheelName& wheel, const std::vector<std::string>& accepted) {
  std::optional<std::size_t> best;
  for (const std::string& python : wheel.python) {
    for (const std::string& abi : wheel.abi) {
      for (const std::string& platform : wheel.platform) {
        const auto found = std::find(accepted.begin(), accepted.end(), python + "-" + abi + "-" + platform);
        if (found == accepted.end()) continue;
        const auto place = static_cast<std::size_t>(found - accepted.begin());
        if (!best || place < *best) best = place;
      }
    }
  }
  return best;
}

std::string describe_wanted(const model::Target& target) {
  const model::GlibcVersion glibc = model::glibc_of(model::os_of(target.runtime));
  const std::string major = std::to_string(target.runtime.major);
  return "cp" + major + std::to_string(target.runtime.minor) + ", abi3 or py" + major +
         " for any platform or manylinux_" + std::to_string(glibc.major) + "_" + std::to_string(glibc.minor) +
         " and older on " + std::string(model::machine_name(target.architecture));
}

}  // namespace lamella::resolve
