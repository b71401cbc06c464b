// SPDX-License-Identifier: Apache-2.0
//
// Makes segments: from a wheel in the store, by its recipe; from files of the workspace, or of one of its
// commands; or from a ready zip in the store.  A segment whose key the ActionCache knows, and whose blob the store still holds, is not made
// again.
//
// Invariants (segment_maker_test.cc)
//   I1 the same recipe gives the same blob, on any host, umask, locale and number of cores.
//   I2 what is not changed is copied as it is compressed in the wheel; only bytecode, and what stripping
//      changed of a library, are compressed here.
//   I3 a file enters a segment only after its CRC and RECORD's hash and size were found true.
//
// Threads: find() and make() may be called from several threads at once.
// Errors: rejected (a malformed wheel or archive, and every error of ZipReader), internal (the wheel is not in the
// store), io, interrupted.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/event.h"
#include "base/result.h"
#include "package/bytecode.h"
#include "package/recipe.h"
#include "package/segment_record.h"
#include "store/action_cache.h"
#include "store/content_store.h"

namespace lamella::package {

struct LocalRecipe {
  std::string name;              ///< for the record: "in-repo"
  std::vector<LocalFile> files;  ///< sorted by name
  std::string mount;             ///< as Layout::mount
  model::Runtime runtime;
  model::BytecodeMode bytecode = model::BytecodeMode::kNone;
  std::string interpreter;                    ///< full version; "" when no module gets bytecode
  std::optional<model::Target> binaries_for;  ///< what every ELF file among them must run on

  Digest key() const;
};

/// A zip that was made elsewhere, with what its entries must fit.
struct ArchiveRecipe {
  std::string name;  ///< its file name
  Digest sha256;
  model::Target target;        ///< what its libraries and programs must run on
  std::filesystem::path path;  ///< where it is, of one in the workspace
  std::string url;             ///< where it comes from, of another: an address, or a layer version's ARN

  Digest key() const;
  /// "archive:NAME": no package index has such a name.
  std::string distribution() const;
};

/// What a command makes, treated as the workspace's own files are.
struct CommandRecipe {
  CommandRun command;
  std::string mount;  ///< as Layout::mount
  model::BytecodeMode bytecode = model::BytecodeMode::kNone;
  std::string interpreter;  ///< full version; "" when no module gets bytecode

  Digest key() const;
  /// "command:OUTPUT": no package index has such a name.
  std::string distribution() const;
};

/// Told, on the thread that makes a wheel's segment and before it is written, of every file that may be a library
/// or program: its name in the segment, its mode and its final content.  Modules need not be told of.
using FileObserver =
    std::function<void(std::string_view name, bool executable, std::span<const std::byte> content)>;

class SegmentMaker {
 public:
  /// `scratch` is a folder for temporary files.  The references must outlive it.
  SegmentMaker(store::ContentStore& store, store::ActionCache& actions, std::filesystem::path scratch,
               EventSink& events)
      : store_(store), actions_(actions), scratch_(std::move(scratch)), events_(events) {}

  /// The segment made before under this key, if its blob is still there.
  Result<std::optional<SegmentRecord>> find(const Digest& key);

  /// REQUIRES: the wheel is in the store; `interpreter` is given if the recipe names one.
  Result<SegmentRecord> make(const Recipe& recipe, const std::optional<Interpreter>& interpreter,
                             std::stop_token stop, const FileObserver& observer = {});
  Result<SegmentRecord> make(const LocalRecipe& recipe, const std::optional<Interpreter>& interpreter,
                             std::stop_token stop);
  /// Its entries as they are compressed, with canonical modes and dates.  REQUIRES: it is in the store.
  Result<SegmentRecord> make(const ArchiveRecipe& recipe, std::stop_token stop);
  /// `files` is what the command left: CommandOutput::files.
  Result<SegmentRecord> make(const CommandRecipe& recipe, const std::vector<LocalFile>& files,
                             const std::optional<Interpreter>& interpreter, std::stop_token stop);

 private:
  Result<SegmentRecord> write_local(const LocalRecipe& recipe, const std::optional<Interpreter>& interpreter,
                                    std::stop_token stop);
  Result<SegmentRecord> remember(const Digest& key, SegmentRecord record);

  store::ContentStore& store_;
  store::ActionCache& actions_;
  std::filesystem::path scratch_;
  EventSink& events_;
  std::mutex large_files_;  ///< one library over kLargeFile is in memory at a time
};

}  // namespace lamella::package
