// SPDX-License-Identifier: Apache-2.0
//
// What goes into one segment: a wheel and everything that can change the bytes made from it.
//
// Two recipes with the same key() give the same bytes on every host.  Nothing else is in the key, and in
// particular not Lamella's version: kSegmentEpoch is raised when a step writes other bytes, and a golden
// digest in segment_maker_test.cc catches a forgotten raise.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "model/packaging.h"
#include "model/rule_pack.h"
#include "model/target.h"

namespace lamella::package {

inline constexpr int kSegmentEpoch = 1;
inline constexpr int kSourceBuildEpoch = 1;  ///< raised when projects are built in another way
inline constexpr int kCommandEpoch = 1;      ///< raised when commands are run in another way

/// A wheel as the lock pins it.
struct Wheel {
  std::string distribution;  ///< normalised name
  std::string version;
  std::string filename;
  std::string url;
  Digest sha256;
  std::uint64_t size = 0;  ///< 0: the lock does not say
};

/// Where a package's modules stand, in the zip and when they run.
struct Layout {
  std::string prefix;  ///< of site-packages within the zip: Layer::module_root(), "" in a function
  std::string mount;   ///< where the zip is extracted: "/opt/" or "/var/task/"

  static Layout layer(std::string prefix = "python/") { return {std::move(prefix), "/opt/"}; }
  static Layout function() { return {"", "/var/task/"}; }
};

/// Which bytecode the modules get.  A module is named by its path below site-packages
/// ("numpy/core/_dtype.py").
struct BytecodePlan {
  model::Bytecode settings;
  std::vector<std::string> traced;                   ///< sorted; the modules that functions import at start
  std::optional<std::vector<std::string>> only_for;  ///< sorted; where set, no other module gets any

  model::BytecodeMode mode_of(std::string_view path) const;
};

/// The name under which a pattern of the workspace's own `drop` is told: "drop scipy/io/**".
std::string own_rule(const model::Glob& glob);

/// A rule with the pack it comes from.
struct NamedRule {
  std::string name;  ///< "scipy/tests", "generic/tests"
  model::PruneRule rule;
  bool general = false;  ///< of a pack for every distribution: that it matches nothing in one says nothing
};

/// A file on its way into a zip, or into a build.
struct LocalFile {
  std::string name;            ///< within the zip; of a project, below its folder
  std::filesystem::path path;  ///< where it is now; "": in the store
  Digest sha256;
  bool executable = false;
  bool module = false;  ///< a Python module that may get bytecode
  std::string link{};   ///< of a symbolic link, where it points; `sha256` is this text's
};

/// This machine's compiler, where it had a part in a wheel that was built here.
struct CompiledBy {
  std::string name;                  ///< "gcc 12.2.0"
  std::string identity;              ///< changes when it is replaced
  std::vector<std::string> files{};  ///< whose metadata tell when it is
};

/// An in-repo project or a source distribution that is built to a wheel, with all that can change what comes out.
struct SourceBuild {
  std::string place;  ///< its folder, or "docopt 0.6.2", for people
  std::string distribution;
  std::string backend;
  std::vector<std::string> backend_path;
  std::vector<LocalFile> files;     ///< of a project, sorted by name
  std::optional<Wheel> archive;     ///< the source distribution that the files come from
  std::vector<Wheel> requirements;  ///< what the backend needs, sorted by name
  model::Target target;             ///< whose interpreter runs it
  std::string interpreter;          ///< full version
  std::optional<model::Runtime>
      stand_in{};  ///< whose interpreter runs it where the target's is missing; `interpreter` is its version
  std::optional<CompiledBy>
      compiled_by{};  ///< known once it is built: no part of this key, but of those of what is made from it

  std::string
      version{};  ///< as it is written, which `files` or `archive` tell; "" where only the build knows it

  const model::Runtime& built_on() const { return stand_in ? *stand_in : target.runtime; }
  Digest key() const;
  Digest declared() const;  ///< of what the workspace and its locks say: the key without the interpreter
};

/// A command of the workspace's own that makes content, with what is known of all that can change it.
struct CommandRun {
  struct Tool {
    std::string name;
    Digest sha256;
  };
  std::string run;
  std::string output;            ///< folder
  std::vector<LocalFile> files;  ///< its inputs by their paths in the workspace, sorted
  std::vector<Tool> tools;       ///< sorted by name
  model::Target target;          ///< that it is told to make things for
  bool network = false;
  std::chrono::milliseconds timeout{0};  ///< no part of the key

  Digest key() const;
  Digest declared() const;  ///< of what the workspace says and has: the key without the tools
};

struct Recipe {
  Wheel wheel;  ///< of one that is built here, what is known before
  std::optional<SourceBuild>
      source;  ///< set of one that is built here; its key stands for the wheel's digest
  model::Target target;
  Layout layout = Layout::layer();
  std::vector<NamedRule> rules;   ///< those that apply to this distribution under the profile
  std::vector<model::Glob> drop;  ///< the layer's own
  std::map<std::string, std::vector<model::Glob>>
      put_back;                       ///< by rule: what it may not drop, as building found out
  std::vector<model::Glob> keep;      ///< wins over every drop
  std::vector<std::string> services;  ///< of botocore, sorted; empty keeps all
  BytecodePlan bytecode;
  std::string interpreter;  ///< full version; "" when no module gets bytecode
  bool strip = true;
  std::vector<std::string>
      unstripped;  ///< sorted; libraries that do not load when stripped, below site-packages

  Digest key() const;
};

}  // namespace lamella::package
