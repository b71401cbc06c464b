// SPDX-License-Identifier: Apache-2.0
#include "trees/tree_store.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "base/encoding.h"
#include "crypto/key_builder.h"
#include "os/file.h"
#include "os/system_error.h"
#include "os/temp_directory.h"
#include "os/walk.h"

namespace lamella::trees {
namespace {

namespace fs = std::filesystem;
using archive::Entry;
using archive::EntryKind;

constexpr std::uint64_t kLargestLink = 4096;  // PATH_MAX

Result<> set_mode(const fs::path& path, unsigned mode) {
  if (::chmod(path.c_str(), mode) != 0) return os::system_error(errno, "cannot set the mode", path);
  return {};
}

std::string without_slash(const std::string& name) {
  return name.ends_with('/') ? name.substr(0, name.size() - 1) : name;
}

/// Every folder that an entry names or stands in, parents first.
std::set<std::string> folders_of(const archive::ZipReader& zip) {
  std::set<std::string> folders;
  for (const Entry& entry : zip.entries()) {
    const std::string& name = entry.name;
    for (auto slash = name.find('/'); slash != std::string::npos; slash = name.find('/', slash + 1)) {
      folders.insert(name.substr(0, slash));
    }
  }
  return folders;
}

Result<> write_entry(const archive::ZipReader& zip, const Entry& entry, const fs::path& folder) {
  if (entry.kind == EntryKind::kDirectory) return {};
  const fs::path path = folder / entry.name;
  if (entry.kind == EntryKind::kSymlink) {
    LAMELLA_TRY_ASSIGN(const auto target, inflate_entry(zip, entry, kLargestLink));
    std::error_code error;
    fs::create_symlink(std::string(base::as_text(target)), path, error);
    if (error) return os::system_error(error.value(), "cannot make a symbolic link", path);
    return {};
  }
  LAMELLA_TRY_ASSIGN(const auto bytes, inflate_entry(zip, entry, entry.size));
  LAMELLA_TRY_ASSIGN(auto fd, os::open_append(path));
  LAMELLA_TRY(os::write_all(fd.get(), bytes));
  return set_mode(path, entry.mode & 0555U);
}

Result<> write_tree(const archive::ZipReader& zip, const fs::path& folder, os::ThreadPool& pool) {
  for (const std::string& name : folders_of(zip)) LAMELLA_TRY(os::make_directories(folder / name));
  constexpr std::size_t kBatch = 64;
  const std::size_t count = zip.entries().size();
  return pool.parallel_for((count + kBatch - 1) / kBatch, [&](std::size_t batch) -> Result<> {
    for (std::size_t i = batch * kBatch; i < std::min(count, (batch + 1) * kBatch); ++i) {
      LAMELLA_TRY(write_entry(zip, zip.entries()[i], folder));
    }
    return {};
  });
}

/// True if every entry is there with its size and kind.
Result<bool> is_whole(const archive::ZipReader& zip, const fs::path& folder) {
  LAMELLA_TRY_ASSIGN(const auto itself, os::file_info(folder));
  if (!itself) return false;
  for (const Entry& entry : zip.entries()) {
    LAMELLA_TRY_ASSIGN(const auto info, os::file_info(folder / without_slash(entry.name)));
    if (!info) return false;
    if (entry.kind == EntryKind::kFile && (info->kind != base::FileKind::kFile || info->size != entry.size))
      return false;
    if (entry.kind == EntryKind::kSymlink && info->kind != base::FileKind::kSymlink) return false;
  }
  return true;
}

/// Puts a finished folder under its name; someone else's finished one serves as well.
Result<> publish(os::TempDirectory folder, const fs::path& place) {
  LAMELLA_TRY(set_mode(folder.path(), 0755));
  LAMELLA_TRY_ASSIGN(const bool first, os::rename_if_absent(folder.path(), place));
  if (first) (void)folder.keep();
  return {};
}

Error clash(const std::string& path) {
  return Error(ErrorCode::kRejected, "a path is a file in one layer and a folder in another")
      .at(base::escaped(path))
      .because("Lambda extracts the layers one over the other into /opt")
      .remedy("rename one of the two, or drop it with a prune rule");
}

/// Adds one tree over what is merged so far.
Result<> link_tree(const fs::path& tree, const fs::path& merged) {
  LAMELLA_TRY_ASSIGN(const auto found, os::walk(tree, {.directories = true}));
  for (const auto& item : found) {
    const fs::path from = tree / item.path;
    const fs::path to = merged / item.path;
    if (item.info.kind == base::FileKind::kDirectory) {
      LAMELLA_TRY_ASSIGN(const auto there, os::file_info(to));
      if (there && there->kind != base::FileKind::kDirectory) return clash(item.path);
      LAMELLA_TRY(os::make_directories(to));
      continue;
    }
    auto linked = os::make_hard_link(from, to);
    if (linked) continue;
    if (linked.error().fact("errno") != "EEXIST") return Error(std::move(linked).error());
    LAMELLA_TRY_ASSIGN(const auto there, os::file_info(to));
    if (there && there->kind == base::FileKind::kDirectory) return clash(item.path);
    LAMELLA_TRY(os::remove_path(to));
    LAMELLA_TRY(os::make_hard_link(from, to));
  }
  return {};
}

}  // namespace

fs::path TreeStore::path_of(const Digest& digest) const { return root_ / "trees" / digest.hex(); }

Result<fs::path> TreeStore::unpack(std::span<const std::byte> bytes, const Digest& digest,
                                   archive::Profile profile, os::ThreadPool& pool) {
  const fs::path place = path_of(digest);
  {
    const std::lock_guard lock(mutex_);
    if (checked_.contains(digest)) return place;
  }
  LAMELLA_TRY_ASSIGN(const auto zip, archive::ZipReader::open(bytes, profile));
  LAMELLA_TRY(verify_links(zip));
  LAMELLA_TRY_ASSIGN(const bool whole, is_whole(zip, place));
  if (!whole) {
    LAMELLA_TRY(os::remove_tree(place));
    LAMELLA_TRY(os::make_directories(place.parent_path()));
    LAMELLA_TRY_ASSIGN(auto folder, os::TempDirectory::create_in(place.parent_path()));
    LAMELLA_TRY(write_tree(zip, folder.path(), pool));
    LAMELLA_TRY(publish(std::move(folder), place));
  }
  const std::lock_guard lock(mutex_);
  checked_.insert(digest);
  return place;
}

Result<fs::path> TreeStore::merge(std::span<const Digest> layers) {
  if (layers.size() == 1) return path_of(layers.front());
  crypto::KeyBuilder key("merged");
  for (const Digest& layer : layers) key.add("layer", layer);
  const fs::path place = root_ / "merged" / key.finish().hex();
  LAMELLA_TRY_ASSIGN(const auto there, os::file_info(place));
  if (there) return place;
  LAMELLA_TRY(os::make_directories(place.parent_path()));
  LAMELLA_TRY_ASSIGN(auto folder, os::TempDirectory::create_in(place.parent_path()));
  for (const Digest& layer : layers) {
    LAMELLA_TRY(link_tree(path_of(layer), folder.path()));
  }
  LAMELLA_TRY(publish(std::move(folder), place));
  return place;
}

Result<os::TempDirectory> TreeStore::variant(const fs::path& tree, std::span<const Addition> added,
                                             std::span<const std::string> removed) const {
  const fs::path parent = root_ / "merged";
  LAMELLA_TRY(os::make_directories(parent));
  LAMELLA_TRY_ASSIGN(auto folder, os::TempDirectory::create_in(parent));
  LAMELLA_TRY(set_mode(folder.path(), 0755));
  if (!tree.empty()) LAMELLA_TRY(link_tree(tree, folder.path()));
  for (const std::string& path : removed) LAMELLA_TRY(os::remove_path(folder.path() / path));
  for (const Addition& one : added) {
    const fs::path place = folder.path() / one.path;
    LAMELLA_TRY(os::make_directories(place.parent_path()));
    LAMELLA_TRY(os::remove_path(place));
    LAMELLA_TRY(os::make_hard_link(one.file, place));
  }
  return folder;
}

}  // namespace lamella::trees
