// SPDX-License-Identifier: Apache-2.0
//
// What goes into a layer or a function package and how it is treated: the settings both have.
// Every path is relative to the workspace's folder, with '/', without "." and "..".
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "base/digest.h"
#include "base/result.h"
#include "model/glob.h"

namespace lamella::model {

/// A word of the workspace file and where it stands.
struct PlacedText {
  std::string text;
  base::Position position;

  bool operator==(const PlacedText& other) const { return text == other.text; }
};

/// At most one of the two is set; neither means no requirements are written.
struct Requirements {
  std::vector<PlacedText> listed;  ///< PEP 508 strings
  std::vector<PlacedText> alone;   ///< those of `listed` that come without what they need
  std::optional<PlacedText> file;  ///< path of a requirements.txt, pyproject.toml, uv.lock or pylock.toml
  std::vector<PlacedText> extras;  ///< of the file's project
  std::vector<PlacedText>
      groups;  ///< dependency groups of the file's project, instead of what it needs itself

  bool empty() const { return listed.empty() && !file; }
};

struct FileMapping {
  PlacedText from;  ///< file or folder in the workspace
  std::string to;   ///< path inside the artifact's root
};

/// A zip that was made elsewhere.
struct Archive {
  PlacedText place;              ///< path in the workspace, or an address
  bool remote = false;           ///< `place` is an address
  std::optional<Digest> sha256;  ///< always set of a remote one
  bool merged = false;           ///< its entries join the rest; else the layer is its bytes, unchanged
};

/// What a command sees of the workspace: a file, all that is below a folder, or what a pattern finds there.
struct CommandInput {
  PlacedText place;             ///< file or folder; of a pattern, the folder it begins in
  std::optional<Glob> pattern;  ///< on paths of the workspace

  bool operator==(const CommandInput&) const = default;
};

/// A command of the workspace's own that makes content.  It runs in a copy of its inputs.
struct Command {
  std::string run;  ///< for the shell
  base::Position position;
  std::vector<CommandInput> inputs;
  PlacedText output;              ///< folder it leaves, laid out as the zip is to be; never an input itself
  std::vector<PlacedText> tools;  ///< programs that count beside those `run` names
  bool network = false;
  std::chrono::milliseconds timeout{600'000};

  /// True of a file that one of the inputs names.  REQUIRES: it lies at or below the input's place.
  bool sees(const CommandInput& input, std::string_view path) const;
};

enum class PruneProfile { kNone, kSafe, kAggressive };
std::string_view to_string(PruneProfile profile);
std::optional<PruneProfile> parse_prune_profile(std::string_view text);

struct Prune {
  PruneProfile profile = PruneProfile::kSafe;
  std::vector<Glob> drop;  ///< on paths below the module root, e.g. "pandas/tests/**"
  std::vector<Glob> keep;  ///< wins over every drop, of packs too
  std::vector<PlacedText>
      extra;             ///< rules of packs that apply only where they are named: "scipy/linear-algebra-only"
  bool written = false;  ///< the workspace says something about it
};

enum class BytecodeMode {
  kUncheckedHash,  ///< .pyc beside the source, never compared with it
  kOnly,           ///< .pyc instead of the source
  kNone,           ///< source alone
};
/// "unchecked-hash", "only", "none".
std::string_view to_string(BytecodeMode mode);
std::optional<BytecodeMode> parse_bytecode_mode(std::string_view text);

struct BytecodePattern {
  Glob glob;
  BytecodeMode mode = BytecodeMode::kNone;
};

struct Bytecode {
  BytecodeMode fallback = BytecodeMode::kUncheckedHash;  ///< "default" in the file
  std::optional<BytecodeMode> traced;                    ///< for modules that the functions import at start
  std::vector<BytecodePattern> patterns;                 ///< longest pattern first; ties in the file's order
  bool asked = false;                                    ///< the workspace says so; else it is the default

  /// The longest matching pattern decides, else `traced` for a traced module, else `fallback`.
  BytecodeMode mode_for(std::string_view module_path, bool is_traced) const;
  /// True if some module may get bytecode, so that the target's interpreter is needed.
  bool needs_interpreter() const;
};

struct Budget {
  std::optional<std::uint64_t> unzipped;  ///< exceeding it is an error (kLimit)
  std::optional<std::uint64_t> zipped;    ///< exceeding it is an error (kLimit)
  std::optional<std::uint64_t> aim;       ///< unzipped; exceeding it is said, nothing more
};

/// What Layer and Function share.
struct Packaging {
  Requirements requirements;
  std::vector<PlacedText> packages;  ///< in-repo package directories, placed at the module root
  std::vector<FileMapping> files;
  Prune prune;
  std::vector<std::string> services;  ///< for botocore: the AWS services to keep; empty = all
  Bytecode bytecode;
  bool strip = true;
  Budget budget;
};

}  // namespace lamella::model
