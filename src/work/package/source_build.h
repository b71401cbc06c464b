// SPDX-License-Identifier: Apache-2.0
//
// Builds an in-repo project or a source distribution to a wheel: a copy of its files, its backend from locked wheels,
// and the target's interpreter, or one that stands in for it, in a sandbox without a network.  The wheel goes into the
// store and then the way of every other.
//
// Nothing of this machine is in sight at first.  If that fails, and the target's architecture is this machine's, it is
// built again with the machine's compiler and all that is below /usr, read-only.
//
// Invariants (source_build_test.cc, native_build_test.cc)
//   B1 the project's own folder is never written to.
//   B2 the same SourceBuild::key() is built once; what it gave is found in the ActionCache (kind
//      "source-wheel").
//   B3 what comes out carries the project's name; its content is read as strictly as any wheel's.
//   B4 a wheel that was compiled is found only while what compiled it is as it was; a pure one depends on no compiler.
//   B5 no compiled wheel asks for newer symbols of the C and C++ libraries than its target has.
//
// Threads: any; several builds at once.
// Errors: rejected (the build failed, with what it said last; what was compiled does not load on the target; a backend
// asks for more than is locked, with the fact "missing", one requirement a line; a source archive is malformed or
// hostile), limit (an archive that is too large), conflict (a file moved meanwhile), isolation, tool-missing, io,
// interrupted.
#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <vector>

#include "base/event.h"
#include "base/result.h"
#include "package/recipe.h"
#include "sandbox/compiler.h"
#include "store/action_cache.h"
#include "store/content_store.h"

namespace lamella::package {

struct BuiltWheel {
  Wheel wheel;
  std::optional<CompiledBy> compiled_by;  ///< nullopt of one that needed no compiler
};

/// What this build gave before, if its wheel is still in the store.
Result<std::optional<BuiltWheel>> find_built(store::ContentStore& store, store::ActionCache& actions,
                                             const SourceBuild& source);

struct SourceBuilder {
  store::ContentStore& store;
  store::ActionCache& actions;
  std::filesystem::path cache;    ///< where runtime roots lie
  std::filesystem::path scratch;  ///< folder for temporary files
  EventSink& events;
  std::vector<std::filesystem::path> compilers = sandbox::compiler_folders();  ///< where one is looked for
};

/// REQUIRES: the wheels of `source.requirements` and its archive are in the store.
Result<BuiltWheel> build_wheel(const SourceBuilder& tools, const SourceBuild& source, std::stop_token stop);

}  // namespace lamella::package
