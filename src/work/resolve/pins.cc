// SPDX-License-Identifier: Apache-2.0
#include "resolve/pins.h"

#include "config/requirement.h"
#include "resolve/closure.h"

namespace lamella::resolve {
namespace {

std::string who(const RootInputs& root) { return std::string(to_string(root.kind)) + " " + root.name; }

/// Digests that lines of a root pin, by package: only these files will do.
void add_pinned(const RootInputs& root, Hashes& hashes) {
  for (const auto* lines : {&root.requirements.requirements, &root.requirements.constraints}) {
    for (const auto& line : *lines) {
      for (const std::string& hash : line.hashes) {
        if (hash.starts_with("sha256:")) hashes[line.requirement.normalised()].insert(hash.substr(7));
      }
    }
  }
}

bool has_one_version(const config::Requirement& requirement) {
  return requirement.specifier.starts_with("==") && requirement.specifier.find(',') == std::string::npos &&
         !requirement.specifier.ends_with(".*");
}

/// Where a file pins by hash, each of its requirements has one version and a hash, there or in a constraint.
Result<> check_root(const RootInputs& root) {
  std::set<std::string> versions;
  Hashes hashes;
  add_pinned(root, hashes);
  for (const auto* lines : {&root.requirements.requirements, &root.requirements.constraints}) {
    for (const auto& line : *lines) {
      if (has_one_version(line.requirement)) versions.insert(line.requirement.normalised());
    }
  }
  std::string missing;
  for (const auto& line : root.requirements.requirements) {
    const std::string name = line.requirement.normalised();
    const bool version = versions.contains(name);
    if (version && hashes.contains(name)) continue;
    missing += (missing.empty() ? "" : "\n") + base::to_string(line.text.position) + ": " + name +
               (version ? " has no hash" : " has no version");
  }
  if (missing.empty()) return {};
  return Error(ErrorCode::kMismatch, who(root) + " pins by hash, but not all of its requirements")
      .because(missing)
      .remedy("write NAME==VERSION --hash=sha256:... for each of them, or take all hashes out");
}

}  // namespace

Hashes pinned_hashes(const LockInputs& inputs) {
  Hashes hashes;
  for (const RootInputs& root : inputs.roots) add_pinned(root, hashes);
  return hashes;
}

Result<> check_pinned(const LockInputs& inputs) {
  for (const RootInputs& root : inputs.roots) {
    if (root.pinned()) LAMELLA_TRY(check_root(root));
  }
  return {};
}

Result<> check_pinned(const LockInputs& inputs, const LockFile& lock) {
  for (const RootInputs& root : inputs.roots) {
    if (!root.pinned()) continue;
    Hashes hashes;
    add_pinned(root, hashes);
    LAMELLA_TRY_ASSIGN(const Packages packages, closure_of(lock, root.kind, root.name));
    std::string missing;
    for (const LockedPackage* package : packages) {
      const auto found = hashes.find(package->name);
      if (found != hashes.end() && found->second.contains(package->wheel.sha256.hex())) continue;
      missing += (missing.empty() ? "" : "\n") + package->name + "==" + package->version +
                 " --hash=sha256:" + package->wheel.sha256.hex();
    }
    if (missing.empty()) continue;
    return Error(ErrorCode::kMismatch, who(root) + " pins by hash, but not all that it gets")
        .because("without a hash in its files:\n" + missing)
        .remedy("add these lines after checking them, or take all hashes out");
  }
  return {};
}

}  // namespace lamella::resolve
