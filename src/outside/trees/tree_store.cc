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
#include "os/system_error.h"
#include "os/temp_directory.h"
#include "os/walk.h"
#include "store/cache_folder.h"
#include "trees/tree_content.h"
#include "trees/tree_folder.h"

namespace lamella::trees {
namespace {

namespace fs = std::filesystem;
using archive::Entry;
using archive::EntryKind;

constexpr std::uint64_t kLargestLink = 4096;  // PATH_MAX
constexpr int kMostAttempts = 8;  // each lost to another process that removed or replaced the tree

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

bool is_whole(const Content& wanted, const fs::path& place, os::ThreadPool& pool) {
  const auto found = content_of(place, pool);
  return found && *found == wanted;
}

/// What cannot be noted here is not verified without its zip.
Result<> note(const fs::path& tree, const Digest& sum) {
  if (noted_sum(tree) == sum) return {};
  const auto noted = note_sum(tree, sum);
  return noted || store::is_read_only(noted.error()) ? Result<>() : noted;
}

Error unsettled(const fs::path& place) {
  return Error(ErrorCode::kConflict, "a tree is removed as often as it is made")
      .at(place.string())
      .remedy("run it again when no other command cleans the cache");
}

}  // namespace

fs::path TreeStore::path_of(const Digest& digest) const { return trees_folder(root_) / digest.hex(); }

bool TreeStore::is_checked(const Tree& tree) {
  const std::lock_guard lock(mutex_);
  const auto known = checked_.find(tree.name());
  return known != checked_.end() && known->second == tree.inode();
}

void TreeStore::remember(const Digest& name, std::uint64_t inode) {
  const std::lock_guard lock(mutex_);
  checked_[name] = inode;
}

Result<> TreeStore::publish(os::TempDirectory folder, const Digest& name, const fs::path& place) {
  LAMELLA_TRY(set_mode(folder.path(), 0755));
  LAMELLA_TRY_ASSIGN(const auto info, os::file_info(folder.path()));
  LAMELLA_TRY_ASSIGN(const bool first, os::rename_if_absent(folder.path(), place));
  if (!first) return {};
  (void)folder.keep();
  if (info) remember(name, info->inode);
  return {};
}

Result<Tree> TreeStore::unpack(std::span<const std::byte> bytes, const Digest& digest,
                               archive::Profile profile, os::ThreadPool& pool) {
  const fs::path place = path_of(digest);
  for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
    LAMELLA_TRY_ASSIGN(auto tree, Tree::hold(digest, place));
    if (tree && is_checked(*tree)) return *std::move(tree);
    LAMELLA_TRY_ASSIGN(const auto zip, archive::ZipReader::open(bytes, profile));
    LAMELLA_TRY(verify_links(zip));
    const Content wanted = content_of(zip);
    if (tree && is_whole(wanted, place, pool)) {
      LAMELLA_TRY(note(place, sum_of(wanted)));
      remember(digest, tree->inode());
      return *std::move(tree);
    }
    LAMELLA_TRY_ASSIGN(const auto there, os::file_info(place));
    if (there) LAMELLA_TRY(set_aside(root_, digest, tree ? tree->inode() : there->inode, events_));
    LAMELLA_TRY(os::make_directories(place.parent_path()));
    LAMELLA_TRY_ASSIGN(auto folder, os::TempDirectory::create_in(place.parent_path()));
    LAMELLA_TRY(write_tree(zip, folder.path(), pool));
    LAMELLA_TRY(note(place, sum_of(wanted)));
    LAMELLA_TRY(publish(std::move(folder), digest, place));
  }
  return unsettled(place);
}

Result<Tree> TreeStore::merge(std::span<const Tree> layers) {
  if (layers.size() == 1) return layers.front();
  crypto::KeyBuilder key("merged");
  std::vector<fs::path> trees;
  for (const Tree& layer : layers) {
    key.add("layer", layer.name());
    trees.push_back(layer.path());
  }
  const Digest name = key.finish();
  const fs::path place = merged_folder(root_) / name.hex();
  for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
    LAMELLA_TRY_ASSIGN(auto tree, Tree::hold(name, place));
    if (tree && is_checked(*tree)) return *std::move(tree);
    const auto right = tree ? is_merge_of(place, trees) : Result<bool>(false);
    if (right && *right) {
      remember(name, tree->inode());
      return *std::move(tree);
    }
    if (tree) {
      const std::uint64_t inode = tree->inode();
      tree.reset();  // or its own lock would keep it
      LAMELLA_TRY(discard(place, inode));
    }
    LAMELLA_TRY(os::make_directories(place.parent_path()));
    LAMELLA_TRY_ASSIGN(auto folder, os::TempDirectory::create_in(place.parent_path()));
    for (const fs::path& one : trees) LAMELLA_TRY(link_tree(one, folder.path()));
    LAMELLA_TRY(publish(std::move(folder), name, place));
  }
  return unsettled(place);
}

Result<os::TempDirectory> TreeStore::variant(const fs::path& tree, std::span<const Addition> added,
                                             std::span<const std::string> removed) const {
  const fs::path parent = merged_folder(root_);
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
