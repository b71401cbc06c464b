// SPDX-License-Identifier: Apache-2.0
//
// Packages that are built from source, because the layer allows it and no wheel fits.  What such a package needs is
// known when it was built, so resolving asks whoever can build.  What the build itself needs is locked like
// anything else, in a lock of its own per version and target
// ("locks/pylock.source-docopt-0-6-2-py311-x86_64.toml").
//
// Threads: pure, but for SourceBuilds.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "archive/source_archive.h"
#include "base/result.h"
#include "model/workspace.h"
#include "resolve/lock.h"
#include "resolve/lock_inputs.h"
#include "resolve/metadata.h"

namespace lamella::resolve {

struct BuiltSource {
  Metadata metadata;
  LockedBuild build;
  std::optional<std::uint64_t> size;  ///< of the source distribution
};

class SourceBuilds {
 public:
  virtual ~SourceBuilds() = default;
  /// What `package`, whose file is a source distribution, is built to for `target`.
  virtual Result<BuiltSource> learn(const LockedPackage& package, const model::Target& target,
                                    std::stop_token stop) = 0;
};

/// What the archive of `package` says of building it.  Errors: as config::read_source_build_system().
Result<LockedBuild> build_of(const archive::SourceArchive& source, const LockedPackage& package);

/// Adds what a backend asks for, one requirement a line; false if it is all there already.
bool add_requirements(std::string_view lines, LockedBuild& build);

/// "docopt 0.6.2".
std::string source_name(const LockedPackage& package);

/// The group of one build; it has neither layers nor functions.
LockGroup source_group(const LockedPackage& package, const model::Target& target);
/// REQUIRES: package.build.
Result<LockInputs> source_inputs(const model::Workspace& workspace, const LockedPackage& package,
                                 const model::Target& target);
/// Of everything in `lock` that is built here.
Result<std::vector<LockInputs>> all_source_inputs(const model::Workspace& workspace, const LockFile& lock);

}  // namespace lamella::resolve
