// SPDX-License-Identifier: Apache-2.0
//
// A tree that remembers which paths were asked for: what a build depends on beside its own inputs.
// Threads: as the tree it wraps.
#pragma once

#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/file_tree.h"

namespace lamella::commands {

class ConsultedTree final : public base::FileTree {
 public:
  /// `tree` must outlive it.
  explicit ConsultedTree(const base::FileTree& tree) : tree_(tree) {}

  Result<std::optional<base::TreeEntry>> stat(std::string_view path) const override {
    note(path);
    return tree_.stat(path);
  }
  Result<std::vector<base::TreeEntry>> list(std::string_view path) const override {
    note(path);
    return tree_.list(path);
  }
  Result<std::optional<std::string>> read(std::string_view path) const override {
    note(path);
    return tree_.read(path);
  }

  /// Sorted, each once; absent ones too.
  std::vector<std::string> paths() const {
    const std::lock_guard lock(mutex_);
    return {paths_.begin(), paths_.end()};
  }

 private:
  void note(std::string_view path) const {
    const std::lock_guard lock(mutex_);
    paths_.emplace(path);
  }

  const base::FileTree& tree_;
  mutable std::mutex mutex_;
  mutable std::set<std::string> paths_;  // guarded by mutex_
};

}  // namespace lamella::commands
