// SPDX-License-Identifier: Apache-2.0
//
// Runs a command of the workspace's own on a copy of its inputs, in a sandbox that shows this machine's programs
// and nothing else of it, and keeps what it leaves in its output folder.
//
// Inside: the inputs below /work, where it starts, all with one date; PATH, HOME, LANG, TZ and TMPDIR, the
// target as LAMELLA_RUNTIME and LAMELLA_ARCHITECTURE, SOURCE_DATE_EPOCH, umask 022; no network but where it is
// asked for.
//
// Invariants (command_output_test.cc)
//   C1 the workspace is never written to, nor read by the command: it sees the copy.
//   C2 the same CommandRun::key() is run once; what it left is found in the ActionCache (kind
//      "command-output").
//   C3 what it leaves are files, folders and links among them; anything else is refused.
//
// Threads: any; several runs at once.
// Errors: rejected (it failed, with what it said last; it left nothing, or what no layer can hold), tool-missing
// (the shell did not find a program), limit (time, memory, size), conflict (an input moved meanwhile),
// isolation, io, interrupted.
// On disk: docs/formats/command-output.md.
#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <vector>

#include "base/event.h"
#include "base/result.h"
#include "package/recipe.h"
#include "store/action_cache.h"
#include "store/content_store.h"

namespace lamella::package {

/// What a command left, by names below its output folder; the bytes are in the store.
struct CommandOutput {
  std::vector<LocalFile> files;  ///< sorted by name
};

struct CommandRunner {
  store::ContentStore& store;
  store::ActionCache& actions;
  std::filesystem::path cache;    ///< where the sandbox's helper lies
  std::filesystem::path scratch;  ///< folder for temporary files
  EventSink& events;
};

/// What this command left before, if all of it is still in the store.
Result<std::optional<CommandOutput>> find_output(store::ContentStore& store, store::ActionCache& actions,
                                                 const CommandRun& command);

/// Runs it, whatever is known.  That it leaves other bytes than it did before is told as a warning.
Result<CommandOutput> run_command(const CommandRunner& runner, const CommandRun& command,
                                  std::stop_token stop);

}  // namespace lamella::package
