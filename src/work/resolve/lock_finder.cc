// SPDX-License-Identifier: Apache-2.0
#include "resolve/lock_finder.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "config/requirement.h"
#include "resolve/test_group.h"

namespace lamella::resolve {
namespace {

constexpr std::string_view kPrefix = "locks/pylock.";

std::set<std::string> names_in(const std::vector<std::string>& requirements) {
  std::set<std::string> names;
  for (const std::string& text : requirements) {
    if (const auto one = config::parse_requirement(text)) names.insert(one->normalised());
  }
  return names;
}

bool share_a_name(const std::vector<std::string>& some, const std::vector<std::string>& others) {
  const auto known = names_in(others);
  const auto names = names_in(some);
  return std::any_of(names.begin(), names.end(), [&](const auto& name) { return known.contains(name); });
}

bool is_member(const LockGroup& group, const RootInputs& root) {
  return root.kind == RootKind::kLayer ? group.has_layer(root.name) : group.has_function(root.name);
}

/// What asks for something and is not in `own`.
std::vector<const RootInputs*> not_in(const LockInputs& inputs, const LockFile* own) {
  std::vector<const RootInputs*> wanted;
  for (const RootInputs& root : inputs.roots) {
    const bool known = own != nullptr && own->find_root(root.kind, root.name) != nullptr;
    if (root.kind != RootKind::kBuild && !root.requirements.requirements.empty() && !known)
      wanted.push_back(&root);
  }
  return wanted;
}

/// How well `lock` answers for `wanted`: 0, not at all; a layer of a group that is no more may have another name now.
int rank(const LockFile& lock, const RootInputs& wanted, bool orphan) {
  const auto asked = wanted.canonical();
  int best = 0;
  for (const LockedRoot& root : lock.roots) {
    if (root.kind != wanted.kind || root.requirements.empty()) continue;
    const bool equal = root.requirements == asked;
    if (root.name == wanted.name && (equal || share_a_name(root.requirements, asked)))
      best = std::max(best, equal ? 3 : 2);
    else if (equal && orphan)
      best = std::max(best, 1);
  }
  return best;
}

/// Adds what `to` does not know.
void add(const LockFile& from, LockFile& to) {
  for (const LockedRoot& root : from.roots) {
    if (to.find_root(root.kind, root.name) == nullptr) to.roots.push_back(root);
  }
  std::vector<LockedPackage> more;
  std::copy_if(from.packages.begin(), from.packages.end(), std::back_inserter(more),
               [&](const LockedPackage& package) { return to.find(package.name) == nullptr; });
  to.packages.insert(to.packages.end(), more.begin(), more.end());
  std::sort(to.packages.begin(), to.packages.end(),
            [](const LockedPackage& a, const LockedPackage& b) { return a.name < b.name; });
}

}  // namespace

bool is_called(const LockFile& lock, std::string_view path) {
  return LockGroup{lock.group, lock.target, {}, {}}.lock_path() == path;
}

std::map<std::string, LockGroup> lock_files(const model::Workspace& workspace) {
  std::map<std::string, LockGroup> files;
  for (LockGroup& group : lock_groups(workspace)) files.emplace(group.lock_path(), std::move(group));
  for (TestGroup& tests : test_groups(workspace))
    files.emplace(tests.group.lock_path(), std::move(tests.group));
  return files;
}

/// A file that answers for some of what is wanted.
struct LockFinder::Match {
  const File* file = nullptr;
  std::vector<const RootInputs*> roots{};
  int rank = 0;
};

Result<> LockFinder::read_files() {
  if (files_) return {};
  std::vector<File> files;
  auto groups = lock_files(workspace_);
  LAMELLA_TRY_ASSIGN(const auto entries, tree_.list("locks"));
  for (const base::TreeEntry& entry : entries) {
    if (entry.kind != base::FileKind::kFile || !entry.path.starts_with(kPrefix)) continue;
    LAMELLA_TRY_ASSIGN(auto text, tree_.read(entry.path));
    if (!text) continue;
    File file{entry.path, *std::move(text), {}};
    if (const auto group = groups.find(entry.path); group != groups.end()) file.group = group->second;
    files.push_back(std::move(file));
  }
  files_ = std::move(files);
  return {};
}

const LockFile* LockFinder::lock_in(File& file) {
  if (file.foreign) return nullptr;
  if (!file.lock) {
    auto lock = parse_lock(file.text, file.path);
    file.foreign = !lock || !is_called(*lock, file.path);
    if (file.foreign) return nullptr;
    file.lock = *std::move(lock);
  }
  return &*file.lock;
}

std::optional<LockFinder::Match> LockFinder::match(File& file, const std::vector<const RootInputs*>& wanted,
                                                   const model::Target& target) {
  Match found{.file = &file};
  for (const RootInputs* root : wanted) {
    if (file.group && is_member(*file.group, *root)) continue;  // its own tests, or what it ships
    if (file.group && file.text.find('"' + root->name + '"') == std::string::npos) continue;
    const LockFile* lock = lock_in(file);
    if (lock == nullptr || lock->target != target) return std::nullopt;
    const int one = rank(*lock, *root, !file.group);
    if (one == 0) continue;
    found.roots.push_back(root);
    found.rank += one;
  }
  return found.roots.empty() ? std::nullopt : std::optional(std::move(found));
}

/// The best first.
std::vector<LockFinder::Match> LockFinder::matches(const LockInputs& inputs,
                                                   const std::vector<const RootInputs*>& wanted) {
  std::vector<Match> found;
  const std::string own = inputs.group.lock_path();
  const std::string ending = "-" + model::short_name(inputs.group.target) + ".toml";
  for (File& file : *files_) {
    if (file.path == own || !file.path.ends_with(ending)) continue;
    if (auto one = match(file, wanted, inputs.group.target)) found.push_back(*std::move(one));
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Match& a, const Match& b) { return a.rank > b.rank; });
  return found;
}

Result<std::optional<FoundLock>> LockFinder::find(const LockInputs& inputs) {
  std::optional<FoundLock> found;
  LAMELLA_TRY_ASSIGN(auto own, load_lock(tree_, inputs.group));
  if (own) {
    auto stale = why_stale(*own, inputs);
    found = FoundLock{*std::move(own), std::move(stale), inputs.group.lock_path()};
    if (found->stale.empty()) return found;
  }
  const auto wanted = not_in(inputs, found ? &found->lock : nullptr);
  if (wanted.empty()) return found;
  const std::lock_guard guard(mutex_);
  LAMELLA_TRY(read_files());
  const auto all = matches(inputs, wanted);
  const auto same = std::find_if(all.begin(), all.end(), [digest = inputs.digest()](const Match& one) {
    return one.file->lock->inputs == digest;
  });
  std::set<const RootInputs*> answered;
  for (auto one = found || same == all.end() ? all.begin() : same; one != all.end(); ++one) {
    const LockFile& lock = *one->file->lock;
    if (!found) {
      found = FoundLock{lock, why_stale(lock, inputs), one->file->path};
      found->lock.group = inputs.group.name;
      if (found->stale.empty()) return found;
    } else if (std::any_of(one->roots.begin(), one->roots.end(),
                           [&](const RootInputs* root) { return !answered.contains(root); })) {
      add(lock, found->lock);
    }
    answered.insert(one->roots.begin(), one->roots.end());
  }
  return found;
}

}  // namespace lamella::resolve
