// SPDX-License-Identifier: Apache-2.0
#include "resolve/edges.h"

#include <algorithm>
#include <utility>

#include "config/requirement.h"
#include "resolve/asked.h"
#include "resolve/requires_dist.h"

namespace lamella::resolve {
namespace {

/// "urllib3" or "urllib3[brotli,socks]".
std::string need_text(const config::Requirement& requirement) {
  std::set<std::string> extras;
  for (const std::string& extra : requirement.extras) extras.insert(config::normalised_name(extra));
  std::string out;
  for (const std::string& extra : extras) out += (out.empty() ? "[" : ",") + extra;
  return requirement.normalised() + (out.empty() ? "" : out + "]");
}

using Seen = std::set<std::pair<std::size_t, std::string>>;

/// Fills in who needs whom, starting from the roots, extra by extra.
class Edges {
 public:
  Edges(LockFile& lock, const std::vector<Metadata>& metadata, const LockInputs& inputs,
        const std::set<std::string>& placed, const std::set<std::string>& without_needs)
      : lock_(lock),
        metadata_(metadata),
        placed_(placed),
        without_needs_(without_needs),
        any_unneeded_(!inputs.overrides.empty()),
        asked_(lock.target, inputs.overrides) {}

  Result<std::set<std::string>> fill() {
    Seen shared;  // by roots that take nothing alone: what they reach, they reach for each other
    for (const LockedRoot& root : lock_.roots) {
      LAMELLA_TRY_ASSIGN(const Asked asked, asked_by(root, lock_.target));
      seen_.clear();
      if (asked.alone.empty()) seen_.swap(shared);
      LAMELLA_TRY(walk(root, asked));
      if (asked.alone.empty()) seen_.swap(shared);
      if (!asked.alone.empty() && !root.no_deps) any_unneeded_ = true;
    }
    if (lacking_.empty()) LAMELLA_TRY(drop_unneeded());
    return std::move(lacking_);
  }

 private:
  static Error disagree(std::string why) {
    return Error(ErrorCode::kInternal, "uv and the wheels' metadata disagree on what is needed")
        .because(std::move(why));
  }

  Result<> walk(const LockedRoot& root, const Asked& asked) {
    alone_ = asked.alone;
    for (const auto& requirement : asked.requirements) LAMELLA_TRY(reach(requirement, root.name));
    while (!open_.empty()) {
      const auto [index, extra] = std::move(open_.back());
      open_.pop_back();
      LAMELLA_TRY(expand(index, extra));
    }
    return {};
  }

  /// Only what was asked for to place it, what an override put out of use, or what is needed where a root takes
  /// something alone, may be chosen in vain.
  Result<> drop_unneeded() {
    std::set<std::string> unneeded;
    for (std::size_t i = 0; i < lock_.packages.size(); ++i) {
      const std::string& name = lock_.packages[i].name;
      if (needed_.contains(i)) continue;
      if (!any_unneeded_ && !placed_.contains(name))
        return disagree(name + " is chosen, but nothing needs it");
      unneeded.insert(name);
    }
    std::erase_if(lock_.packages, [&](const LockedPackage& one) { return unneeded.contains(one.name); });
    return {};
  }

  Result<> reach(const config::Requirement& requirement, const std::string& from) {
    const LockedPackage* package = lock_.find(requirement.normalised());
    if (package == nullptr)
      return disagree(from + " needs " + requirement.normalised() + ", which was not chosen");
    const auto index = static_cast<std::size_t>(package - lock_.packages.data());
    needed_.insert(index);
    if (alone_.contains(package->name)) return {};
    const auto open = [&](const std::string& extra) {
      if (seen_.insert({index, extra}).second) open_.emplace_back(index, extra);
    };
    open("");
    for (const std::string& extra : requirement.extras) open(config::normalised_name(extra));
    return {};
  }

  Result<> expand(std::size_t index, const std::string& extra) {
    LockedPackage& package = lock_.packages[index];
    if (without_needs_.contains(package.name)) {
      lacking_.insert(package.name);
      return {};
    }
    std::set<std::string> needs;
    LAMELLA_TRY_ASSIGN(const auto asked, asked_.of(metadata_[index], extra));
    for (const config::Requirement& one : asked) {
      LAMELLA_TRY(reach(one, package.name));
      needs.insert(need_text(one));
    }
    if (!needs.empty()) package.needs[extra].assign(needs.begin(), needs.end());
    return {};
  }

  LockFile& lock_;
  const std::vector<Metadata>& metadata_;
  const std::set<std::string>& placed_;
  const std::set<std::string>& without_needs_;
  bool any_unneeded_;
  const RequiresDist asked_;
  std::set<std::string, std::less<>> alone_;  ///< by the root that is being walked from
  std::set<std::size_t> needed_;
  std::set<std::string> lacking_;  ///< chosen without their needs, which some root wants
  Seen seen_;
  std::vector<std::pair<std::size_t, std::string>> open_;
};

}  // namespace

Result<std::set<std::string>> fill_needs(LockFile& lock, const std::vector<Metadata>& metadata,
                                         const LockInputs& inputs, const std::set<std::string>& placed,
                                         const std::set<std::string>& without_needs) {
  return Edges(lock, metadata, inputs, placed, without_needs).fill();
}

}  // namespace lamella::resolve
