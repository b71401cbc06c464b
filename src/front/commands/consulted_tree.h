// SPDX-License-Identifier: Apache-2.0
//
// A tree that remembers which paths were asked for, and how they stood at the first time: what a build
// depends on beside its own inputs. Threads: as the tree it wraps.
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/file_tree.h"
#include "change/stat_index.h"

namespace lamella::commands {

class ConsultedTree final : public base::FileTree {
 public:
  /// `tree`, which is of the folder `root`, must outlive it.
  ConsultedTree(const base::FileTree& tree, std::filesystem::path root)
      : tree_(tree), root_(std::move(root)) {}

  Result<std::optional<base::TreeEntry>> stat(std::string_view path) const override {
    note(path);
    return tree_.stat(path);
  }
  Result<std::vector<std::optional<base::TreeEntry>>> stat_each(
      std::string_view folder, std::span<const std::string_view> names) const override {
    for (const std::string_view name : names) note(base::path_in(folder, name));
    return tree_.stat_each(folder, names);
  }
  Result<std::vector<base::TreeEntry>> list(std::string_view path) const override {
    note(path);
    return tree_.list(path);
  }
  Result<std::optional<std::string>> read(std::string_view path) const override {
    note(path);
    return tree_.read(path);
  }

  /// Sorted by path, each once; absent ones too.  What could not be looked at is as if it were absent.
  std::vector<change::Sighting> seen() const {
    const std::lock_guard lock(mutex_);
    std::vector<change::Sighting> all;
    for (const auto& [path, sighting] : seen_) all.push_back(sighting);
    return all;
  }
  /// What we wrote ourselves counts as it is now.
  void look_again(const std::string& path) const {
    const std::lock_guard lock(mutex_);
    seen_.insert_or_assign(path, change::look(root_, path).value_or(change::Sighting{path, {}}));
  }

 private:
  void note(std::string_view path) const {
    const std::lock_guard lock(mutex_);
    const std::string key(path);
    if (!seen_.contains(key))
      seen_.emplace(key, change::look(root_, key).value_or(change::Sighting{key, {}}));
  }

  const base::FileTree& tree_;
  std::filesystem::path root_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, change::Sighting> seen_;  // guarded by mutex_
};

}  // namespace lamella::commands
