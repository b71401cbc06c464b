// SPDX-License-Identifier: Apache-2.0
//
// One lock file: what a group of layers and functions gets, byte for byte.  On disk it is PEP 751
// (pylock.toml, lock-version 1.0) for one target, with one wheel per package, or one source distribution for a
// package that is built here; what the standard has no field for stands under [tool.lamella].
//
// Invariants (resolve/lock_test.cc)
//   L1 parse_lock(render_lock(x)) == x, and the same value always renders to the same bytes.
//   L2 packages are sorted by name, each name once and normalised; every wheel has a sha256.
//   L3 every edge and every root requirement that applies to the target ends at a package of the lock.
//   L4 no URL in it carries credentials.
//
// Errors of parse_lock: mismatch where a wheel has no sha256 (all of them are listed); usage otherwise.
// On disk: docs/formats/lock.md.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/file_tree.h"
#include "base/reason.h"
#include "base/result.h"
#include "model/target.h"
#include "resolve/lock_inputs.h"

namespace lamella::resolve {

struct LockedWheel {
  std::string filename;
  std::string url;
  Digest sha256;
  std::optional<std::uint64_t> size;

  bool operator==(const LockedWheel&) const = default;
};

/// How a source distribution becomes a wheel, as its pyproject.toml and its backend said when it was locked.
struct LockedBuild {
  std::string backend;                    ///< "setuptools.build_meta:__legacy__"
  std::vector<std::string> backend_path;  ///< folders of it that hold the backend
  std::vector<std::string> requirements;  ///< canonical PEP 508 texts, sorted

  bool operator==(const LockedBuild&) const = default;
};

struct LockedPackage {
  std::string name;  ///< normalised
  std::string version;
  std::string requires_python;  ///< as the package says it, or ""
  LockedWheel wheel;            ///< of one that is built here, its source distribution
  /// What it needs on this target, "numpy" or "urllib3[socks]", sorted; under "" always, under an extra's
  /// name in addition when that extra is asked for.
  std::map<std::string, std::vector<std::string>> needs{};
  std::optional<LockedBuild> build{};  ///< set of one that is built here

  bool operator==(const LockedPackage&) const = default;
};

/// A layer or function and what it asks for itself, as canonical PEP 508 texts, sorted.
struct LockedRoot {
  RootKind kind = RootKind::kLayer;
  std::string name;
  std::vector<std::string> requirements;
  bool no_deps = false;              ///< it gets these alone, not what they need
  std::vector<std::string> alone{};  ///< else those of `requirements` that it gets alone

  bool operator==(const LockedRoot&) const = default;
};

struct LockFile {
  std::string group;
  model::Target target;
  Digest inputs;  ///< LockInputs::digest() of what it was made from
  std::vector<LockedRoot> roots;
  std::vector<LockedPackage> packages;

  const LockedPackage* find(std::string_view normalised_name) const;
  const LockedRoot* find_root(RootKind kind, std::string_view name) const;

  bool operator==(const LockFile&) const = default;
};

/// `file` is used in messages only.
Result<LockFile> parse_lock(std::string_view text, std::string_view file);
std::string render_lock(const LockFile& lock);

/// The group's lock as it lies in the workspace; nullopt if it was never made.
Result<std::optional<LockFile>> load_lock(const base::FileTree& tree, const LockGroup& group);

/// Why `lock` is not the answer to `inputs`; empty means that it is up to date.
std::vector<Reason> why_stale(const LockFile& lock, const LockInputs& inputs);

/// What changed between two locks of one group, one reason per package: "package-added",
/// "package-removed", "package-changed" with both versions, "wheel-changed".
std::vector<Reason> differences(const LockFile& before, const LockFile& after);

}  // namespace lamella::resolve
