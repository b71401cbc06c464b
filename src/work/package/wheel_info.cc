// SPDX-License-Identifier: Apache-2.0
#include "package/wheel_info.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/diagnostic.h"
#include "base/trim.h"

namespace lamella::package {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string folded(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '-' || c == '_' || c == '.') {
      if (!out.ends_with('-')) out += '-';
    } else {
      out += lower(c);
    }
  }
  return out;
}

std::string folded_version(std::string_view version) {
  std::string out;
  while (!version.empty()) {
    const auto zeros = std::min(version.find_first_not_of('0'), version.size());
    const auto digits = std::min(version.find_first_not_of("0123456789"), version.size());
    if (digits > 0) {
      out += digits == zeros ? "0" : version.substr(zeros, digits - zeros);
      version.remove_prefix(digits);
      continue;
    }
    out += version.front() == '-' ? '_' : lower(version.front());
    version.remove_prefix(1);
  }
  while (out.ends_with(".0")) out.resize(out.size() - 2);
  return out;
}

/// Takes the first line off `text`.
std::string_view take_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

/// The values of a header before the first empty line; a folded value's first line.
std::vector<std::string_view> headers(std::string_view text, std::string_view name) {
  std::vector<std::string_view> values;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.empty() || line == "\r") break;
    const auto colon = line.find(':');
    const bool matches = colon == name.size() && std::equal(name.begin(), name.end(), line.begin(),
                                                            [](char a, char b) { return a == lower(b); });
    if (matches) values.push_back(base::trimmed(line.substr(colon + 1)));
  }
  return values;
}

Result<std::string_view> only_header(std::string_view text, std::string_view name, std::string_view file,
                                     const Wheel& wheel) {
  const auto values = headers(text, name);
  if (values.size() == 1) return values[0];
  return contradiction(wheel, fmt::format("{} has {} lines of '{}', not one", file, values.size(), name));
}

bool is_plain(std::string_view version) {
  return version.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace

Error contradiction(const Wheel& wheel, std::string what) {
  return Error(ErrorCode::kRejected, std::move(what))
      .at(wheel.filename)
      .because("a wheel that contradicts itself installs differently with every tool")
      .remedy("report it to the package's maintainers, and pin another version");
}

bool same_distribution(std::string_view a, std::string_view b) { return folded(a) == folded(b); }
bool same_version(std::string_view a, std::string_view b) { return folded_version(a) == folded_version(b); }

Result<> check_metadata(std::string_view text, const Wheel& wheel) {
  LAMELLA_TRY_ASSIGN(const std::string_view name, only_header(text, "name", "METADATA", wheel));
  LAMELLA_TRY_ASSIGN(const std::string_view version, only_header(text, "version", "METADATA", wheel));
  if (!same_distribution(name, wheel.distribution)) {
    return contradiction(
        wheel, fmt::format("its METADATA is of '{}', not of {}", base::escaped(name), wheel.distribution));
  }
  if (is_plain(version) && is_plain(wheel.version) && !same_version(version, wheel.version)) {
    return contradiction(wheel,
                         fmt::format("its METADATA is of version {}, not of {}", version, wheel.version));
  }
  return {};
}

Result<> check_wheel_version(std::string_view text, const Wheel& wheel) {
  LAMELLA_TRY_ASSIGN(const std::string_view version, only_header(text, "wheel-version", "WHEEL", wheel));
  if (version == "1" || version.starts_with("1.")) return {};
  return contradiction(wheel, fmt::format("it is of wheel version '{}'; known is 1", base::escaped(version)));
}

Result<> check_entry_points(std::string_view text, const Wheel& wheel) {
  bool scripts = false;
  while (!text.empty()) {
    const std::string_view line = base::trimmed(take_line(text));
    if (line.starts_with('[')) {
      scripts = line == "[console_scripts]" || line == "[gui_scripts]";
    } else if (scripts && !line.empty() && line.front() != '#' && line.front() != ';') {
      const std::string_view name = base::trimmed(line.substr(0, line.find('=')));
      if (name.find_first_of("/\\") != std::string_view::npos || name == "." || name == "..") {
        return contradiction(wheel,
                             fmt::format("its script '{}' would be made outside bin/", base::escaped(name)));
      }
    }
  }
  return {};
}

}  // namespace lamella::package
