// SPDX-License-Identifier: Apache-2.0
//
// The workspace on disk as a Snapshot: what git noted in its index is believed where size, times and inode
// fit, everything else is hashed as git would before it stores it: a line ending that `.gitattributes` asks for is no
// change.  For the sources of this room only.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/result.h"
#include "change/commit_tree.h"
#include "change/snapshot.h"

namespace lamella::change {

/// `prefix` is the workspace's folder within the repository; `index` is the repository's, which may be
/// absent.  `trees` must outlive it.
Result<std::unique_ptr<Snapshot>> open_working_tree(const CommitTrees& trees,
                                                    const std::filesystem::path& folder,
                                                    const std::string& prefix,
                                                    const std::filesystem::path& index);

}  // namespace lamella::change
