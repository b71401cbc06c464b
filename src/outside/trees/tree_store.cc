// SPDX-License-Identifier: Apache-2.0
#include "trees/tree_store.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "base/encoding.h"
#include "crypto/key_builder.h"
#include "os/file.h"
#include "os/random.h"
#include "os/system_error.h"
#include "os/temp_directory.h"
#include "os/walk.h"
#include "trees/tree_content.h"

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
  return set_mode(path, mode_of(entry));
}

Result<> write_tree(const archive::ZipReader& zip, const fs::path& folder, os::ThreadPool& pool) {
  for (const auto& [name, item] : content_of(zip)) {
    if (item.kind == base::FileKind::kDirectory) LAMELLA_TRY(os::make_directories(folder / name));
  }
  constexpr std::size_t kBatch = 64;
  const std::size_t count = zip.entries().size();
  return pool.parallel_for((count + kBatch - 1) / kBatch, [&](std::size_t batch) -> Result<> {
    for (std::size_t i = batch * kBatch; i < std::min(count, (batch + 1) * kBatch); ++i) {
      LAMELLA_TRY(write_entry(zip, zip.entries()[i], folder));
    }
    return {};
  });
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

bool is_whole(const archive::ZipReader& zip, const fs::path& place, os::ThreadPool& pool) {
  const auto found = content_of(place, pool);
  return found && *found == content_of(zip);
}

/// Takes the folder off its name at once, and then apart, unless another has replaced it.
Result<> discard(const fs::path& place, std::uint64_t inode) {
  LAMELLA_TRY_ASSIGN(const auto now, os::file_info(place));
  if (!now || now->inode != inode) return {};
  LAMELLA_TRY_ASSIGN(const auto folder, os::TempDirectory::create_in(place.parent_path()));
  return os::rename_path(place, folder.path() / "old");
}

}  // namespace

fs::path TreeStore::path_of(const Digest& digest) const { return root_ / "trees" / digest.hex(); }

bool TreeStore::is_checked(const Digest& name, const fs::path& place) {
  const auto info = os::file_info(place);
  const std::lock_guard lock(mutex_);
  const auto known = checked_.find(name);
  return known != checked_.end() && info && *info && (*info)->inode == known->second;
}

Result<> TreeStore::remember(const Digest& name, const fs::path& place) {
  LAMELLA_TRY_ASSIGN(const auto info, os::file_info(place));
  const std::lock_guard lock(mutex_);
  if (info) checked_[name] = info->inode;
  return {};
}

Result<> TreeStore::set_aside(const Digest& digest, std::uint64_t inode) {
  LAMELLA_TRY_ASSIGN(const auto now, os::file_info(path_of(digest)));
  if (!now || now->inode != inode) return {};  // another process has replaced it
  events_.emit({.kind = "cache.damaged",
                .subject = digest.brief(),
                .text = "an unpacked tree no longer matches its zip; it is set aside and made again",
                .severity = base::Severity::kWarning,
                .fields = {{"digest", digest.hex()}}});
  LAMELLA_TRY(os::make_directories(root_ / "quarantine", 0700));
  const std::string name = "tree-" + digest.hex() + "-" + os::system_random().hex(4);
  return os::rename_path(path_of(digest), root_ / "quarantine" / name);
}

Result<fs::path> TreeStore::unpack(std::span<const std::byte> bytes, const Digest& digest,
                                   archive::Profile profile, os::ThreadPool& pool) {
  const fs::path place = path_of(digest);
  if (is_checked(digest, place)) return place;
  LAMELLA_TRY_ASSIGN(const auto zip, archive::ZipReader::open(bytes, profile));
  LAMELLA_TRY(verify_links(zip));
  LAMELLA_TRY_ASSIGN(auto there, os::file_info(place));
  if (there && !is_whole(zip, place, pool)) {
    LAMELLA_TRY(set_aside(digest, there->inode));
    there.reset();
  }
  if (!there) {
    LAMELLA_TRY(os::make_directories(place.parent_path()));
    LAMELLA_TRY_ASSIGN(auto folder, os::TempDirectory::create_in(place.parent_path()));
    LAMELLA_TRY(write_tree(zip, folder.path(), pool));
    LAMELLA_TRY(publish(std::move(folder), place));
  }
  LAMELLA_TRY(remember(digest, place));
  return place;
}

Result<fs::path> TreeStore::merge(std::span<const Digest> layers) {
  if (layers.size() == 1) return path_of(layers.front());
  crypto::KeyBuilder key("merged");
  std::vector<fs::path> trees;
  for (const Digest& layer : layers) {
    key.add("layer", layer);
    trees.push_back(path_of(layer));
  }
  const Digest name = key.finish();
  const fs::path place = root_ / "merged" / name.hex();
  if (is_checked(name, place)) return place;
  LAMELLA_TRY(os::make_directories(place.parent_path()));
  LAMELLA_TRY_ASSIGN(const auto there, os::file_info(place));
  const auto right = there ? is_merge_of(place, trees) : Result<bool>(false);
  if (!right || !*right) {
    if (there) LAMELLA_TRY(discard(place, there->inode));
    LAMELLA_TRY_ASSIGN(auto folder, os::TempDirectory::create_in(place.parent_path()));
    for (const fs::path& tree : trees) LAMELLA_TRY(link_tree(tree, folder.path()));
    LAMELLA_TRY(publish(std::move(folder), place));
  }
  LAMELLA_TRY(remember(name, place));
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
