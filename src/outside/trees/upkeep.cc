// SPDX-License-Identifier: Apache-2.0
#include "trees/upkeep.h"

#include <algorithm>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "os/clock.h"
#include "os/file.h"
#include "os/temp_directory.h"
#include "os/walk.h"
#include "trees/tree_content.h"
#include "trees/tree_folder.h"

namespace lamella::trees {
namespace {

namespace fs = std::filesystem;
using std::chrono::nanoseconds;

constexpr std::chrono::hours kAnyAge{-24};  // below zero: what was made just now has the clock's tick to come

/// A tree's folder, without what is in it.
struct Found {
  fs::path path;
  Digest name;
};

/// One file, whatever paths lead to it.
struct Shared {
  std::uint64_t bytes = 0;
  std::uint64_t trees = 0;  ///< that have it
};

Result<std::vector<os::DirectoryEntry>> entries_of(const fs::path& folder) {
  LAMELLA_TRY_ASSIGN(const auto there, os::file_info(folder));
  if (!there) return std::vector<os::DirectoryEntry>();
  return os::list_directory(folder);
}

Result<> list_into(std::vector<Found>& found, const fs::path& folder) {
  LAMELLA_TRY_ASSIGN(const auto entries, entries_of(folder));
  for (const auto& entry : entries) {
    const auto name = Digest::from_hex(entry.name);
    if (name && entry.kind == base::FileKind::kDirectory) found.push_back({folder / entry.name, *name});
  }
  return {};
}

/// What is below a folder; nothing of one that went meanwhile.
std::vector<os::WalkEntry> files_of(const fs::path& folder) {
  auto found = os::walk(folder);
  return found ? std::move(*found) : std::vector<os::WalkEntry>();
}

std::uint64_t bytes_of(const fs::path& folder) {
  std::uint64_t bytes = 0;
  for (const auto& file : files_of(folder)) bytes += file.info.size;
  return bytes;
}

/// All trees with their files, and what they weigh together.
class Survey {
 public:
  static Result<Survey> make(const fs::path& root, os::ThreadPool& pool) {
    Survey survey;
    std::vector<Found> found;
    LAMELLA_TRY(list_into(found, merged_folder(root)));
    LAMELLA_TRY(list_into(found, trees_folder(root)));
    survey.trees_.resize(found.size());
    LAMELLA_TRY(pool.parallel_for(found.size(), [&](std::size_t i) -> Result<> {
      Tree& tree = survey.trees_[i];
      tree.path = found[i].path;
      LAMELLA_TRY_ASSIGN(const auto info, os::file_info(tree.path));
      tree.used_ns = info ? info->mtime_ns : 0;
      for (const auto& file : files_of(tree.path)) tree.files.emplace_back(file.info.inode, file.info.size);
      return {};
    }));
    for (const Tree& tree : survey.trees_) survey.add(tree);
    std::stable_sort(survey.trees_.begin(), survey.trees_.end(),
                     [](const Tree& a, const Tree& b) { return a.used_ns < b.used_ns; });
    return survey;
  }

  struct Tree {
    fs::path path;
    std::int64_t used_ns = 0;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> files;  ///< inode and size
  };

  const std::vector<Tree>& by_age() const { return trees_; }
  std::uint64_t bytes() const { return bytes_; }

  /// Counts the tree as gone.
  void leave_out(const Tree& tree) {
    for (const auto& [inode, size] : tree.files) {
      Shared& shared = files_[inode];
      if (--shared.trees == 0) bytes_ -= shared.bytes;
    }
  }

 private:
  void add(const Tree& tree) {
    for (const auto& [inode, size] : tree.files) {
      Shared& shared = files_[inode];
      if (shared.trees++ > 0) continue;
      shared.bytes = size;
      bytes_ += size;
    }
  }

  std::vector<Tree> trees_;
  std::unordered_map<std::uint64_t, Shared> files_;
  std::uint64_t bytes_ = 0;
};

/// Damaged trees that were not used for `age`, and what killed processes left.
Result<std::vector<fs::path>> leftovers(const fs::path& root, std::chrono::seconds age) {
  std::vector<fs::path> found;
  for (const char* folder : {"trees", "merged", "scratch", "runtime-root"}) {
    LAMELLA_TRY_ASSIGN(const auto abandoned, os::TempDirectory::abandoned_in(root / folder, age));
    found.insert(found.end(), abandoned.begin(), abandoned.end());
  }
  LAMELLA_TRY_ASSIGN(const auto aside, entries_of(quarantine_folder(root)));
  for (const auto& entry : aside) {
    const fs::path path = quarantine_folder(root) / entry.name;
    if (entry.kind == base::FileKind::kDirectory && may_go(path, age)) found.push_back(path);
  }
  return found;
}

struct Verdict {
  enum State { kGone, kUnknown, kWhole, kDamaged } state = kGone;
  std::uint64_t bytes = 0;
};

Result<Verdict> verdict_on(const fs::path& root, const Found& tree, EventSink& events, os::ThreadPool& pool) {
  LAMELLA_TRY_ASSIGN(const auto before, os::file_info(tree.path));
  if (!before) return Verdict();
  const auto noted = noted_sum(tree.path);
  if (!noted) return Verdict{Verdict::kUnknown};
  const auto content = content_of(tree.path, pool);
  Verdict verdict{Verdict::kWhole};
  if (content) {
    for (const auto& [path, item] : *content) verdict.bytes += item.size;
  }
  if (content && sum_of(*content) == *noted) return verdict;
  LAMELLA_TRY_ASSIGN(const auto after, os::file_info(tree.path));
  if (!after || after->inode != before->inode) return Verdict();
  verdict.state = Verdict::kDamaged;
  LAMELLA_TRY(set_aside(root, tree.name, before->inode, events));
  return verdict;
}

/// Merged trees that have a file which is in none of the trees: the next use would make them again.
Result<> remove_stale(const std::vector<Found>& merged, const std::vector<Found>& trees) {
  std::unordered_set<std::uint64_t> known;
  for (const Found& tree : trees) {
    for (const auto& file : files_of(tree.path)) known.insert(file.info.inode);
  }
  for (const Found& tree : merged) {
    const auto files = files_of(tree.path);
    const bool stale = std::any_of(files.begin(), files.end(),
                                   [&](const auto& file) { return !known.contains(file.info.inode); });
    if (stale) LAMELLA_TRY(remove_unused(tree.path, kAnyAge));
  }
  return {};
}

}  // namespace

Result<TreeStats> tree_stats(const fs::path& root, os::ThreadPool& pool) {
  LAMELLA_TRY_ASSIGN(const Survey survey, Survey::make(root, pool));
  return TreeStats{survey.by_age().size(), survey.bytes()};
}

Result<TreeTrim> trim_trees(const fs::path& root, std::uint64_t max_bytes, std::chrono::seconds grace,
                            store::Apply apply, os::ThreadPool& pool) {
  const std::chrono::seconds age = grace + kAgeGrain;
  TreeTrim trim;
  LAMELLA_TRY_ASSIGN(const auto left, leftovers(root, age));
  for (const fs::path& path : left) {
    trim.bytes_freed += bytes_of(path);
    if (apply == store::Apply::kYes) LAMELLA_TRY(os::remove_tree(path));
  }
  LAMELLA_TRY_ASSIGN(Survey survey, Survey::make(root, pool));
  for (const Survey::Tree& tree : survey.by_age()) {
    if (survey.bytes() <= max_bytes) break;
    if (apply == store::Apply::kYes) {
      LAMELLA_TRY_ASSIGN(const bool removed, remove_unused(tree.path, age));
      if (!removed) continue;
    } else if (!may_go(tree.path, age)) {
      continue;
    }
    const std::uint64_t before = survey.bytes();
    survey.leave_out(tree);
    trim.bytes_freed += before - survey.bytes();
    ++trim.trees_removed;
  }
  trim.kept = {survey.by_age().size() - trim.trees_removed, survey.bytes()};
  return trim;
}

Result<TreeVerification> verify_trees(const fs::path& root, EventSink& events, os::ThreadPool& pool,
                                      std::stop_token stop) {
  std::vector<Found> merged;
  std::vector<Found> trees;
  LAMELLA_TRY(list_into(merged, merged_folder(root)));  // first: what they are made of is there already
  LAMELLA_TRY(list_into(trees, trees_folder(root)));
  TreeVerification report;
  std::mutex mutex;
  LAMELLA_TRY(pool.parallel_for(
      trees.size(),
      [&](std::size_t i) -> Result<> {
        LAMELLA_TRY_ASSIGN(const Verdict verdict, verdict_on(root, trees[i], events, pool));
        const std::lock_guard lock(mutex);
        report.unknown += verdict.state == Verdict::kUnknown ? 1 : 0;
        report.trees += verdict.state == Verdict::kWhole || verdict.state == Verdict::kDamaged ? 1 : 0;
        report.bytes += verdict.bytes;
        if (verdict.state == Verdict::kDamaged) report.damaged.push_back(trees[i].name);
        return {};
      },
      stop));
  std::sort(report.damaged.begin(), report.damaged.end());
  LAMELLA_TRY(remove_stale(merged, trees));
  return report;
}

}  // namespace lamella::trees
