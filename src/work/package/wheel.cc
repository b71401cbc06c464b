// SPDX-License-Identifier: Apache-2.0
#include "package/wheel.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>

#include "base/diagnostic.h"
#include "base/encoding.h"
#include "package/wheel_info.h"

namespace lamella::package {
namespace {

constexpr std::uint64_t kLargestMetadata = 16'000'000;  // a METADATA of more is an attack, not a description

Result<std::string> dist_info_of(const archive::ZipReader& zip, const Wheel& wheel) {
  std::set<std::string> found;
  for (const archive::Entry& entry : zip.entries()) {
    const std::string_view top = std::string_view(entry.name).substr(0, entry.name.find('/'));
    if (top.size() != entry.name.size() && top.ends_with(".dist-info")) found.emplace(top);
  }
  if (found.size() != 1)
    return contradiction(wheel, fmt::format("the wheel has {} dist-info folders, not one", found.size()));
  const std::string& folder = *found.begin();
  const std::string_view stem =
      std::string_view(folder).substr(0, folder.size() - std::string_view(".dist-info").size());
  const auto dash = stem.rfind('-');
  if (dash == std::string_view::npos || !same_distribution(stem.substr(0, dash), wheel.distribution)) {
    return contradiction(wheel, fmt::format("its dist-info folder '{}' is not for {}", base::escaped(folder),
                                            wheel.distribution));
  }
  if (!same_version(stem.substr(dash + 1), wheel.version)) {
    return contradiction(wheel, fmt::format("its dist-info folder '{}' is not for version {}",
                                            base::escaped(folder), wheel.version));
  }
  for (const char* name : {"WHEEL", "METADATA", "RECORD"}) {
    if (zip.find(folder + "/" + name) == nullptr)
      return contradiction(wheel, fmt::format("the wheel has no {}/{}", folder, name));
  }
  return folder;
}

/// RECORD itself or a signature of it: the only files that RECORD need not list.
bool is_record(std::string_view name, const std::string& folder) {
  return name == folder + "/RECORD" || name == folder + "/RECORD.jws" || name == folder + "/RECORD.p7s";
}

using Record = std::map<std::string, Recorded, std::less<>>;

Result<std::vector<std::byte>> inflated(const archive::ZipReader& zip, const archive::Entry& entry,
                                        const Wheel& wheel, std::uint64_t limit,
                                        std::vector<archive::BlockEnd>* ends = nullptr) {
  auto bytes = inflate_entry(zip, entry, limit, ends);
  if (bytes) return bytes;
  return Error(std::move(bytes).error())
      .while_doing("reading " + wheel.filename)
      .remedy("report it to the package's maintainers, and pin another version");
}

Result<std::string> text_of(const archive::ZipReader& zip, const archive::Entry& entry, const Wheel& wheel) {
  LAMELLA_TRY_ASSIGN(const auto bytes, inflated(zip, entry, wheel, kLargestMetadata));
  return std::string(base::as_text(bytes));
}

Result<Record> read_record(const archive::ZipReader& zip, const Wheel& wheel, const std::string& folder) {
  LAMELLA_TRY_ASSIGN(const std::string text, text_of(zip, *zip.find(folder + "/RECORD"), wheel));
  auto record = parse_record(text);
  if (!record) return contradiction(wheel, record.error().what());
  for (const auto& [name, recorded] : *record) {
    if (zip.find(name) == nullptr) {
      return contradiction(wheel, fmt::format("RECORD names '{}', which is not there", base::escaped(name)));
    }
  }
  for (const archive::Entry& entry : zip.entries()) {
    if (entry.kind == archive::EntryKind::kDirectory || record->contains(entry.name)) continue;
    if (!is_record(entry.name, folder)) {
      return contradiction(wheel, fmt::format("RECORD misses '{}'", base::escaped(entry.name)));
    }
  }
  return record;
}

Result<> check_texts(const archive::ZipReader& zip, const Wheel& wheel, const std::string& folder) {
  LAMELLA_TRY_ASSIGN(const std::string metadata, text_of(zip, *zip.find(folder + "/METADATA"), wheel));
  LAMELLA_TRY(check_metadata(metadata, wheel));
  LAMELLA_TRY_ASSIGN(const std::string version, text_of(zip, *zip.find(folder + "/WHEEL"), wheel));
  LAMELLA_TRY(check_wheel_version(version, wheel));
  const archive::Entry* scripts = zip.find(folder + "/entry_points.txt");
  if (scripts == nullptr) return {};
  LAMELLA_TRY_ASSIGN(const std::string entry_points, text_of(zip, *scripts, wheel));
  return check_entry_points(entry_points, wheel);
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
  return contradiction(
      wheel, fmt::format("'{}' uses the unknown scheme '{}'", base::escaped(name), base::escaped(scheme)));
}

/// No path twice, and none below a file; `files` are sorted.
Result<> check_places(const std::vector<WheelFile>& files, const Wheel& wheel) {
  std::set<std::string_view> places;
  for (const WheelFile& file : files) {
    if (!places.insert(file.path).second) {
      return contradiction(wheel, fmt::format("two of its files install as '{}'", base::escaped(file.path)));
    }
  }
  for (const std::string_view path : places) {
    for (auto slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', slash + 1)) {
      if (!places.contains(path.substr(0, slash))) continue;
      return contradiction(wheel, fmt::format("'{}' installs below a file", base::escaped(path)));
    }
  }
  return {};
}

}  // namespace

Result<std::vector<WheelFile>> read_wheel(const archive::ZipReader& zip, const Wheel& wheel) {
  LAMELLA_TRY_ASSIGN(const std::string folder, dist_info_of(zip, wheel));
  LAMELLA_TRY_ASSIGN(const Record record, read_record(zip, wheel, folder));
  LAMELLA_TRY(check_texts(zip, wheel, folder));
  std::vector<WheelFile> files;
  for (const archive::Entry& entry : zip.entries()) {
    if (entry.kind == archive::EntryKind::kDirectory) continue;
    if (is_record(entry.name, folder)) continue;
    LAMELLA_TRY_ASSIGN(auto path, installed_path(entry.name, wheel));
    if (!path || path->empty()) continue;
    const bool script = path->starts_with("bin/");
    files.push_back(
        {std::move(*path), &entry, entry.executable() || script, record.find(entry.name)->second});
  }
  std::sort(files.begin(), files.end(),
            [](const WheelFile& a, const WheelFile& b) { return a.path < b.path; });
  LAMELLA_TRY(check_places(files, wheel));
  return files;
}

Result<std::vector<std::byte>> read_content(const archive::ZipReader& zip, const WheelFile& file,
                                            const Wheel& wheel, std::uint64_t limit,
                                            std::vector<archive::BlockEnd>* ends) {
  LAMELLA_TRY_ASSIGN(auto bytes, inflated(zip, *file.entry, wheel, limit, ends));
  if (const std::string why = differs(file.recorded, bytes); !why.empty()) {
    return contradiction(wheel, fmt::format("'{}' was changed: {}", base::escaped(file.entry->name), why));
  }
  return bytes;
}

}  // namespace lamella::package
