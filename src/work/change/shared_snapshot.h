// SPDX-License-Identifier: Apache-2.0
//
// A snapshot that asks another one about folders that are the same in both: a working tree answers with a look,
// where a commit has to unpack the tree of every folder.
//
// Threads: as the snapshots it stands on, which must outlive it.  Errors: theirs.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "change/snapshot.h"
#include "os/thread_pool.h"

namespace lamella::change {

/// The ids of folders, by path: Snapshot::plain_id().
using PlainIds = std::map<std::string, ContentId, std::less<>>;

class SharedSnapshot final : public Snapshot {
 public:
  /// `tree`, but for those of `folders` that are in it as they are in `other`, whose ids they give.
  static Result<SharedSnapshot> make(const Snapshot& tree, const Snapshot& other, const PlainIds& folders,
                                     os::ThreadPool& pool) {
    const std::vector<std::pair<std::string, ContentId>> all(folders.begin(), folders.end());
    std::vector<std::optional<ContentId>> here(all.size());
    const auto look = [&](std::size_t i) -> Result<> {
      LAMELLA_TRY_ASSIGN(here[i], tree.folder_id(all[i].first));
      return {};
    };
    LAMELLA_TRY(pool.parallel_for(all.size(), look));
    SharedSnapshot shared(tree, other);
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (here[i] == all[i].second) shared.same_.insert(all[i]);
    }
    return shared;
  }

  std::string name() const override { return tree_->name(); }
  Result<std::optional<base::TreeEntry>> stat(std::string_view path) const override {
    return asked(path).stat(path);
  }
  Result<std::vector<std::optional<base::TreeEntry>>> stat_each(
      std::string_view folder, std::span<const std::string_view> names) const override {
    return (same_.contains(folder) ? *other_ : asked(folder)).stat_each(folder, names);
  }
  Result<std::vector<base::TreeEntry>> list(std::string_view path) const override {
    return asked(path).list(path);
  }
  Result<std::optional<std::string>> read(std::string_view path) const override {
    return asked(path).read(path);
  }
  Result<SnapshotFolder> folder(std::string_view path) const override { return tree_->folder(path); }
  Result<ContentId> identify(const SnapshotFile& file) const override { return tree_->identify(file); }
  Result<std::optional<ContentId>> folder_id(std::string_view path) const override {
    const auto same = same_.find(path);
    return same == same_.end() ? tree_->folder_id(path) : std::optional(same->second);
  }

 private:
  SharedSnapshot(const Snapshot& tree, const Snapshot& other) : tree_(&tree), other_(&other) {}

  /// What is below a folder that is the same; the folder itself is the tree's.
  const Snapshot& asked(std::string_view path) const {
    for (auto slash = path.rfind('/'); slash != std::string_view::npos && slash > 0;
         slash = path.rfind('/', slash - 1)) {
      if (same_.contains(path.substr(0, slash))) return *other_;
    }
    return *tree_;
  }

  const Snapshot* tree_;
  const Snapshot* other_;
  PlainIds same_;
};

}  // namespace lamella::change
