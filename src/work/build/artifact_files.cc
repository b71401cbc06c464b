// SPDX-License-Identifier: Apache-2.0
#include "build/artifact_files.h"

#include <algorithm>
#include <vector>

#include "build/attest.h"
#include "os/directory.h"

namespace lamella::build {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBriefDigits = 12;

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// Everything in the folder that is named as a zip of ours.
Result<std::vector<std::pair<fs::path, ZipName>>> zips_in(const fs::path& folder) {
  std::vector<std::pair<fs::path, ZipName>> zips;
  LAMELLA_TRY_ASSIGN(const auto there, os::file_info(folder));
  if (!there || there->kind != base::FileKind::kDirectory) return zips;
  LAMELLA_TRY_ASSIGN(const auto entries, os::list_directory(folder));
  for (const os::DirectoryEntry& entry : entries) {
    auto name = parse_zip_name(entry.name);
    if (name && entry.kind == base::FileKind::kFile) zips.emplace_back(folder / entry.name, *std::move(name));
  }
  return zips;
}

/// The zip and what is told of it.
Result<> remove_artifact(const fs::path& zip) {
  for (const fs::path& file : attestations_of(zip)) LAMELLA_TRY(os::remove_path(file));
  return os::remove_path(zip);
}

}  // namespace

std::optional<ZipName> parse_zip_name(std::string_view file) {
  constexpr std::string_view kEnding = ".zip";
  if (!file.ends_with(kEnding)) return std::nullopt;
  file.remove_suffix(kEnding.size());
  // From the right: names may hold dashes, architectures and runtimes hold none.
  std::string_view parts[3];  // target's runtime, its architecture, digest
  for (int i = 2; i >= 0; --i) {
    const auto dash = file.rfind('-');
    if (dash == std::string_view::npos) return std::nullopt;
    parts[i] = file.substr(dash + 1);
    file = file.substr(0, dash);
  }
  const auto dash = file.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  ZipName name{std::string(file.substr(0, dash)), std::string(file.substr(dash + 1)),
               std::string(parts[0]) + "-" + std::string(parts[1]), std::string(parts[2])};
  if (name.kind != "layer" && name.kind != "function") return std::nullopt;
  if (name.name.empty() || name.brief.size() != kBriefDigits || !is_hex(name.brief)) return std::nullopt;
  return name;
}

Result<> forget(const fs::path& workspace, const Request& request) {
  const auto wanted = [&](const std::string& name, bool layer) {
    return request.wants(name) && (layer || !request.layers_only);
  };
  LAMELLA_TRY(os::remove_path(index_path(workspace)));
  Manifest manifest = load_manifest(workspace);
  const auto gone = std::erase_if(manifest.made, [&](const Made& made) {
    return wanted(made.artifact.name, made.artifact.kind == model::ArtifactKind::kLayer);
  });
  if (gone > 0) LAMELLA_TRY(save_manifest(workspace, manifest));
  LAMELLA_TRY_ASSIGN(const auto zips, zips_in(artifact_folder(workspace)));
  for (const auto& [path, zip] : zips) {
    if (wanted(zip.name, zip.kind == "layer")) LAMELLA_TRY(remove_artifact(path));
  }
  return {};
}

Result<std::vector<OldZip>> old_zips(const fs::path& workspace, std::int64_t now_ns,
                                     std::chrono::hours grace) {
  const std::int64_t before = now_ns - std::chrono::nanoseconds(grace).count();
  std::vector<OldZip> old;
  LAMELLA_TRY_ASSIGN(auto zips, zips_in(artifact_folder(workspace)));
  for (auto& [path, name] : zips) {
    LAMELLA_TRY_ASSIGN(const auto info, os::file_info(path));
    if (info && info->mtime_ns < before) old.push_back({std::move(path), std::move(name), info->size});
  }
  return old;
}

Result<Swept> sweep_zips(const std::vector<OldZip>& old, const Manifest& manifest,
                         const std::set<std::string>& keep) {
  std::set<std::string> referred;
  for (const Made& made : manifest.made) referred.insert(fs::path(made.artifact.path).filename().string());
  Swept swept;
  for (const OldZip& zip : old) {
    if (referred.contains(zip.path.filename().string()) || keep.contains(zip.name.brief)) continue;
    LAMELLA_TRY(remove_artifact(zip.path));
    ++swept.files;
    swept.bytes += zip.bytes;
  }
  return swept;
}

}  // namespace lamella::build
