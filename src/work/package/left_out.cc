// SPDX-License-Identifier: Apache-2.0
#include "package/left_out.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "archive/zip_reader.h"
#include "base/encoding.h"
#include "os/directory.h"
#include "os/file.h"
#include "package/bytecode.h"
#include "package/prune.h"
#include "package/wheel.h"

namespace lamella::package {
namespace {

/// Every folder a path stands in, the outermost first.
std::vector<std::string> folders_of(const std::string& path) {
  std::vector<std::string> folders;
  for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    folders.push_back(path.substr(0, slash));
  }
  return folders;
}

std::map<std::string, std::size_t> counts_by_folder(const std::vector<std::string>& paths) {
  std::map<std::string, std::size_t> counts;
  for (const std::string& path : paths) {
    for (const std::string& folder : folders_of(path)) ++counts[folder];
  }
  return counts;
}

/// The path as a pattern that matches it: what has a meaning in patterns becomes "any character".
std::string literal(std::string path) {
  for (char& c : path) {
    if (c == '*' || c == '[' || c == ']') c = '?';
  }
  return path;
}

Result<> write_file(const archive::ZipReader& zip, const Wheel& wheel, const WheelFile& file,
                    const std::filesystem::path& folder) {
  LAMELLA_TRY_ASSIGN(const auto content, read_content(zip, file, wheel, kLargestFile));
  LAMELLA_TRY(os::make_directories((folder / file.path).parent_path()));
  LAMELLA_TRY(os::write_file_atomic(folder / file.path, base::as_text(content)));
  return os::set_mode(folder / file.path, file.executable ? 0555 : 0444);
}

using Visit = std::function<Result<>(const archive::ZipReader&, const WheelFile&)>;

Result<std::vector<LeftOut>> visit_left_out(store::ContentStore& store, const Recipe& recipe,
                                            const Visit& visit) {
  LAMELLA_TRY_ASSIGN(auto blob, store.open(recipe.wheel.sha256));
  if (!blob) return Error(ErrorCode::kInternal, "the wheel was not fetched").at(recipe.wheel.filename);
  LAMELLA_TRY_ASSIGN(const auto bytes, blob->map());
  LAMELLA_TRY_ASSIGN(const auto zip, archive::ZipReader::open(bytes, archive::Profile::kWheel));
  LAMELLA_TRY_ASSIGN(const auto files, read_wheel(zip, recipe.wheel));
  const Pruner pruner(recipe);
  std::vector<LeftOut> found;
  for (const WheelFile& file : files) {
    Verdict verdict = pruner.verdict(file.path);
    const bool fixed =
        std::any_of(verdict.matching.begin(), verdict.matching.end(),
                    [](const std::string& rule) { return rule == "stale-bytecode" || rule == "services"; });
    if (verdict.dropped_by.empty() || fixed) continue;
    LAMELLA_TRY(visit(zip, file));
    found.push_back({file.path, std::move(verdict.matching), file.entry->size});
  }
  return found;
}

}  // namespace

Result<std::vector<LeftOut>> list_left_out(store::ContentStore& store, const Recipe& recipe) {
  return visit_left_out(store, recipe, [](const auto&, const auto&) { return Result<>(); });
}

Result<std::vector<LeftOut>> extract_left_out(store::ContentStore& store, const Recipe& recipe,
                                              const std::filesystem::path& folder) {
  return visit_left_out(store, recipe, [&](const archive::ZipReader& zip, const WheelFile& file) {
    return write_file(zip, recipe.wheel, file, folder);
  });
}

Result<> extract_files(store::ContentStore& store, const Wheel& wheel, const std::vector<std::string>& paths,
                       const std::filesystem::path& folder) {
  LAMELLA_TRY_ASSIGN(auto blob, store.open(wheel.sha256));
  if (!blob) return Error(ErrorCode::kInternal, "the wheel was not fetched").at(wheel.filename);
  LAMELLA_TRY_ASSIGN(const auto bytes, blob->map());
  LAMELLA_TRY_ASSIGN(const auto zip, archive::ZipReader::open(bytes, archive::Profile::kWheel));
  LAMELLA_TRY_ASSIGN(const auto files, read_wheel(zip, wheel));
  for (const WheelFile& file : files) {
    if (std::find(paths.begin(), paths.end(), file.path) != paths.end())
      LAMELLA_TRY(write_file(zip, wheel, file, folder));
  }
  return {};
}

Result<> extract_wheel(store::ContentStore& store, const Wheel& wheel, const std::filesystem::path& folder) {
  LAMELLA_TRY_ASSIGN(auto blob, store.open(wheel.sha256));
  if (!blob) return Error(ErrorCode::kInternal, "the wheel was not fetched").at(wheel.filename);
  LAMELLA_TRY_ASSIGN(const auto bytes, blob->map());
  LAMELLA_TRY_ASSIGN(const auto zip, archive::ZipReader::open(bytes, archive::Profile::kWheel));
  LAMELLA_TRY_ASSIGN(const auto files, read_wheel(zip, wheel));
  for (const WheelFile& file : files) LAMELLA_TRY(write_file(zip, wheel, file, folder));
  return {};
}

std::vector<std::string> patterns_for(const std::vector<std::string>& kept,
                                      const std::vector<std::string>& all) {
  const auto wanted = counts_by_folder(kept);
  const auto there = counts_by_folder(all);
  std::set<std::string> patterns;
  for (const std::string& path : kept) {
    std::string pattern = literal(path);
    for (const std::string& folder : folders_of(path)) {
      const auto count = wanted.at(folder);
      if (count < 2 || count != there.at(folder)) continue;
      pattern = literal(folder) + "/**";
      break;
    }
    patterns.insert(std::move(pattern));
  }
  return {patterns.begin(), patterns.end()};
}

}  // namespace lamella::package
