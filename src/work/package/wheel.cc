// SPDX-License-Identifier: Apache-2.0
#include "package/wheel.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>

#include "base/diagnostic.h"
#include "base/encoding.h"

namespace lamella::package {
namespace {

constexpr std::uint64_t kLargestMetadata = 16'000'000;  // a METADATA of more is an attack, not a description

/// PEP 503 without the dashes' direction: runs of "-", "_" and "." are one, case does not count.
std::string folded(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '-' || c == '_' || c == '.') {
      if (!out.ends_with('-')) out += '-';
    } else {
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  return out;
}

Error bad(const Wheel& wheel, std::string what) {
  return Error(ErrorCode::kRejected, std::move(what))
      .at(wheel.filename)
      .because("a wheel that contradicts itself installs differently with every tool")
      .remedy("report it to the package's maintainers, and pin another version");
}

/// A version as file name, folder and lock may each write it: "1.0-2" is "1.0_2", "2018.01" is "2018.1",
/// "1.0.0" is "1".
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
    const char c = version.front();
    out += c == '-' ? '_' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    version.remove_prefix(1);
  }
  while (out.ends_with(".0")) out.resize(out.size() - 2);
  return out;
}

Result<std::string> dist_info_of(const archive::ZipReader& zip, const Wheel& wheel) {
  std::set<std::string> found;
  for (const archive::Entry& entry : zip.entries()) {
    const std::string_view top = std::string_view(entry.name).substr(0, entry.name.find('/'));
    if (top.size() != entry.name.size() && top.ends_with(".dist-info")) found.emplace(top);
  }
  if (found.size() != 1)
    return bad(wheel, fmt::format("the wheel has {} dist-info folders, not one", found.size()));
  const std::string& folder = *found.begin();
  const std::string_view stem =
      std::string_view(folder).substr(0, folder.size() - std::string_view(".dist-info").size());
  const auto dash = stem.rfind('-');
  if (dash == std::string_view::npos || folded(stem.substr(0, dash)) != folded(wheel.distribution)) {
    return bad(wheel, fmt::format("its dist-info folder '{}' is not for {}", base::escaped(folder),
                                  wheel.distribution));
  }
  if (folded_version(stem.substr(dash + 1)) != folded_version(wheel.version)) {
    return bad(wheel, fmt::format("its dist-info folder '{}' is not for version {}", base::escaped(folder),
                                  wheel.version));
  }
  for (const char* name : {"WHEEL", "METADATA", "RECORD"}) {
    if (zip.find(folder + "/" + name) == nullptr)
      return bad(wheel, fmt::format("the wheel has no {}/{}", folder, name));
  }
  return folder;
}

/// The first field of a RECORD line: plain, or quoted with doubled quotes.
std::string first_field(std::string_view line) {
  if (!line.starts_with('"')) return std::string(line.substr(0, line.find(',')));
  std::string out;
  for (std::size_t i = 1; i < line.size(); ++i) {
    if (line[i] == '"') {
      if (i + 1 >= line.size() || line[i + 1] != '"') break;
      ++i;
    }
    out += line[i];
  }
  return out;
}

/// RECORD itself or a signature of it: the only files that RECORD need not list.
bool is_record(std::string_view name, const std::string& folder) {
  return name == folder + "/RECORD" || name == folder + "/RECORD.jws" || name == folder + "/RECORD.p7s";
}

Result<> check_record(const archive::ZipReader& zip, const Wheel& wheel, const std::string& folder) {
  LAMELLA_TRY_ASSIGN(const auto bytes, inflate_entry(zip, *zip.find(folder + "/RECORD"), kLargestMetadata));
  std::set<std::string> listed;
  std::string_view text = base::as_text(bytes);
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) listed.insert(first_field(line));
  }
  for (const std::string& name : listed) {
    if (zip.find(name) == nullptr)
      return bad(wheel, fmt::format("RECORD names '{}', which is not there", base::escaped(name)));
  }
  for (const archive::Entry& entry : zip.entries()) {
    if (entry.kind == archive::EntryKind::kDirectory || listed.contains(entry.name)) continue;
    if (!is_record(entry.name, folder))
      return bad(wheel, fmt::format("RECORD misses '{}'", base::escaped(entry.name)));
  }
  return {};
}

/// Where a file is installed; nullopt for what a target folder has no place for (headers).
Result<std::optional<std::string>> installed_path(std::string_view name, const Wheel& wheel) {
  const auto slash = name.find('/');
  const std::string_view top = name.substr(0, slash);
  if (slash == std::string_view::npos || !top.ends_with(".data")) return std::optional(std::string(name));
  const std::string_view rest = name.substr(slash + 1);
  const std::string_view scheme = rest.substr(0, rest.find('/'));
  const std::string_view path =
      scheme.size() == rest.size() ? std::string_view() : rest.substr(scheme.size() + 1);
  if (scheme == "purelib" || scheme == "platlib" || scheme == "data") return std::optional(std::string(path));
  if (scheme == "scripts") return std::optional("bin/" + std::string(path));
  if (scheme == "headers") return std::optional<std::string>();
  return bad(wheel,
             fmt::format("'{}' uses the unknown scheme '{}'", base::escaped(name), base::escaped(scheme)));
}

}  // namespace

Result<std::vector<WheelFile>> read_wheel(const archive::ZipReader& zip, const Wheel& wheel) {
  LAMELLA_TRY_ASSIGN(const std::string folder, dist_info_of(zip, wheel));
  LAMELLA_TRY(check_record(zip, wheel, folder));
  std::vector<WheelFile> files;
  for (const archive::Entry& entry : zip.entries()) {
    if (entry.kind == archive::EntryKind::kDirectory) continue;
    if (is_record(entry.name, folder)) continue;
    LAMELLA_TRY_ASSIGN(auto path, installed_path(entry.name, wheel));
    if (!path || path->empty()) continue;
    const bool script = path->starts_with("bin/");
    files.push_back({std::move(*path), &entry, entry.executable() || script});
  }
  std::sort(files.begin(), files.end(),
            [](const WheelFile& a, const WheelFile& b) { return a.path < b.path; });
  const auto twice = std::adjacent_find(
      files.begin(), files.end(), [](const WheelFile& a, const WheelFile& b) { return a.path == b.path; });
  if (twice != files.end())
    return bad(wheel, fmt::format("two of its files install as '{}'", base::escaped(twice->path)));
  return files;
}

}  // namespace lamella::package
