// SPDX-License-Identifier: Apache-2.0
#include "resolve/lock.h"

#include <algorithm>
#include <set>

#include "base/tree_text.h"
#include "config/requirement.h"

namespace lamella::resolve {
namespace {

template <class List, class Same>
auto* first_that(List& list, Same same) {
  const auto found = std::find_if(list.begin(), list.end(), same);
  return found == list.end() ? nullptr : &*found;
}

std::string listed(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + text;
  return out.empty() ? "nothing" : out;
}

}  // namespace

const LockedPackage* LockFile::find(std::string_view normalised_name) const {
  const auto found =
      std::lower_bound(packages.begin(), packages.end(), normalised_name,
                       [](const LockedPackage& p, std::string_view name) { return p.name < name; });
  return found != packages.end() && found->name == normalised_name ? &*found : nullptr;
}

const LockedRoot* LockFile::find_root(RootKind kind, std::string_view name) const {
  return first_that(roots, [&](const LockedRoot& root) { return root.kind == kind && root.name == name; });
}

Result<std::optional<LockFile>> load_lock(const base::FileTree& tree, const LockGroup& group) {
  LAMELLA_TRY_ASSIGN(const auto text, base::read_text(tree, group.lock_path()));
  if (!text) return std::optional<LockFile>();
  LAMELLA_TRY_ASSIGN(auto lock, parse_lock(*text, group.lock_path()));
  return std::optional<LockFile>(std::move(lock));
}

std::vector<Reason> why_stale(const LockFile& lock, const LockInputs& inputs) {
  if (lock.target == inputs.group.target && lock.inputs == inputs.digest()) return {};
  std::vector<Reason> reasons;
  std::set<std::pair<RootKind, std::string>> wanted;
  for (const RootInputs& root : inputs.roots) {
    wanted.insert({root.kind, root.name});
    const auto now = root.canonical();
    const LockedRoot* locked = lock.find_root(root.kind, root.name);
    if (locked == nullptr) {
      reasons.push_back({"root-added",
                         root.name,
                         {},
                         listed(now),
                         std::string(to_string(root.kind)) + " " + root.name + " is not in the lock"});
    } else if (locked->requirements == now && !root.no_deps && !locked->no_deps &&
               locked->alone != root.alone()) {
      reasons.push_back({"no-deps-changed", root.name, listed(locked->alone), listed(root.alone()),
                         root.name + " takes other requirements without what they need"});
    } else if (locked->no_deps != root.no_deps) {
      reasons.push_back(
          {"no-deps-changed", root.name, locked->no_deps ? "no_deps" : "", root.no_deps ? "no_deps" : "",
           root.name + (root.no_deps ? " no longer takes" : " now takes") + " what its requirements need"});
    } else if (locked->requirements != now) {
      reasons.push_back({"requirements-changed", root.name, listed(locked->requirements), listed(now),
                         "the requirements of " + root.name + " changed"});
    }
  }
  for (const LockedRoot& root : lock.roots) {
    if (wanted.contains({root.kind, root.name})) continue;
    reasons.push_back(
        {"root-removed",
         root.name,
         listed(root.requirements),
         {},
         std::string(to_string(root.kind)) + " " + root.name + " is no longer in this lock group"});
  }
  if (reasons.empty()) {
    reasons.push_back(
        {"settings-changed",
         lock.group,
         {},
         {},
         "constraints, overrides, hashes, indexes, exclude_newer or the way of resolving changed"});
  }
  return reasons;
}

std::vector<Reason> differences(const LockFile& before, const LockFile& after) {
  std::vector<Reason> reasons;
  for (const LockedPackage& now : after.packages) {
    const LockedPackage* old = before.find(now.name);
    if (old == nullptr) {
      reasons.push_back(
          {"package-added", now.name, {}, now.version, now.name + " " + now.version + " is new"});
    } else if (old->version != now.version) {
      reasons.push_back({"package-changed", now.name, old->version, now.version,
                         now.name + " moves from " + old->version + " to " + now.version});
    } else if (old->wheel.sha256 != now.wheel.sha256) {
      reasons.push_back({"wheel-changed", now.name, old->wheel.filename, now.wheel.filename,
                         now.name + " " + now.version +
                             (now.build ? " is built from another source" : " comes in another wheel")});
    } else if (old->build != now.build) {
      reasons.push_back({"build-changed", now.name, {}, {}, now.name + " is built in another way"});
    }
  }
  for (const LockedPackage& old : before.packages) {
    if (after.find(old.name) != nullptr) continue;
    reasons.push_back({"package-removed", old.name, old.version, {}, old.name + " is no longer needed"});
  }
  return reasons;
}

}  // namespace lamella::resolve
