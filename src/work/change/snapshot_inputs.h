// SPDX-License-Identifier: Apache-2.0
//
// The files that a layer or function is made of, in a snapshot: what local_inputs.h finds on disk, by the
// same rules, but with identities in place of contents and without refusing anything: what is absent has no
// files, and a link that leads out of the workspace stands for itself.
//
// Invariant (snapshot_inputs_test.cc): the names are those of inputs_of() in local_inputs.h, for any
// workspace that it accepts.  Beside them are the files of projects that are to be built, which are in no zip,
// under "(PROJECT)/PATH", and what a command sees, under "(command)/PATH".
//
// Sorted by name.  Errors: those of the snapshot.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "change/snapshot.h"
#include "model/workspace.h"

namespace lamella::change {

struct SnapshotInput {
  std::string name;   ///< within the zip
  SnapshotFile file;  ///< what holds the content: of a link that does not stay one, the file it leads to
  std::string path;   ///< where it lies; of a link, the link's own
  bool executable = false;
};

Result<std::vector<SnapshotInput>> inputs_of(const Snapshot& tree, const model::Layer& layer,
                                             const model::Runtime& runtime);
Result<std::vector<SnapshotInput>> inputs_of(const Snapshot& tree, const model::Function& function);

/// The file at `path`, links followed within the workspace; nullopt if there is none.
Result<std::optional<SnapshotFile>> file_at(const Snapshot& tree, std::string_view path);

/// The files and folders that are declared as inputs.
std::vector<std::string> input_places(const model::Layer& layer);
std::vector<std::string> input_places(const model::Function& function);

}  // namespace lamella::change
