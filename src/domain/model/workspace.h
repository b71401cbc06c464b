// SPDX-License-Identifier: Apache-2.0
//
// All that lamella.toml says, with defaults filled in.  Made by config::parse_workspace(), which has
// validated it: names are legal, every layer that is named exists, there is no cycle, each
// function's list holds its layers' dependencies in front of them.  That files exist is not known here.
//
// Order is the file's order.  Paths are relative to the workspace's folder.  Positions are for
// error messages and take no part in keys.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/diagnostic.h"
#include "model/check.h"
#include "model/environment_value.h"
#include "model/limits.h"
#include "model/packaging.h"
#include "model/release.h"
#include "model/target.h"
#include "model/tests.h"

namespace lamella::model {

/// Enough for the last few deployments of a layer to be gone back to by hand.
inline constexpr int kDefaultRetain = 5;
inline constexpr int kMaxRetain = 1'000'000;

struct Project {
  std::string name;
  Budget budget;  ///< all layers and functions together
};

/// A package index beside the default one.  A name belongs to at most one: their patterns do not overlap.
struct PackageIndex {
  std::string name;
  base::Position position;
  std::string url;                   ///< without credentials
  std::vector<PlacedText> patterns;  ///< normalised names; a '*' at the end stands for any rest

  bool serves(std::string_view normalised_name) const;
  static bool serves(const std::vector<PlacedText>& patterns, std::string_view normalised_name);
};

struct LockSettings {
  std::optional<std::string> exclude_newer;  ///< RFC 3339
  std::string index = "default";             ///< or an address without credentials
  std::vector<PackageIndex> indexes;         ///< further ones, for the names they serve alone
  std::vector<PlacedText> constraints;       ///< PEP 508 strings that apply to every lock group
  std::vector<PlacedText> overrides;         ///< PEP 508 strings that replace what packages say they need
};

/// Where a layer's modules stand; the runtime looks into both.
enum class ModuleLayout {
  kPlain,         ///< "python/"
  kSitePackages,  ///< "python/lib/python3.x/site-packages/": it comes before the other on the module path
};

struct Layer : Packaging {
  std::string name;
  base::Position position;
  std::optional<PlacedText> tree;  ///< `path`: a folder laid out as /opt will show it
  std::optional<Archive> archive;
  std::optional<Command> command;
  std::optional<PlacedText> arn;  ///< of a published version, which is the layer
  ModuleLayout layout = ModuleLayout::kPlain;
  std::vector<Target> targets;  ///< one artifact each; never empty
  std::vector<PlacedText> depends_on;
  bool no_deps = false;   ///< the requirements alone, without what they need
  bool isolated = false;  ///< resolved apart from what it meets; neither has nor is a dependency
  std::vector<PlacedText> allow_source;  ///< normalised names that may be built from source
  std::vector<std::string> imports;      ///< empty: the direct requirements' modules
  std::vector<Check> checks;
  Tests tests;
  std::string owner;
  std::string licence;
  std::string description;
  int retain = kDefaultRetain;  ///< published versions that `prune` keeps whether or not they are used

  /// Of modules in the zip for `runtime`, with the last slash.
  std::string module_root(const Runtime& runtime) const;
};

/// "numpy/x.py" of "python/numpy/x.py" and of "python/lib/python3.11/site-packages/numpy/x.py", which are
/// names in a layer's zip; nullopt for what no layout has as a module's place.
std::optional<std::string_view> module_path(std::string_view entry);

/// What a function accepts of a layer that it lists.
struct LayerRange {
  std::string layer;
  ReleaseRange range;
  base::Position position;
};

struct Function : Packaging {
  std::string name;
  base::Position position;
  Target target;
  PlacedText source;  ///< folder whose content is the package's root
  PlacedText handler;
  std::vector<PlacedText> layers;  ///< merge order, later wins
  std::vector<LayerRange> ranges;  ///< of those that state one: "core@^2"
  std::string alias = "live";
  int memory = kDefaultMemoryMb;         ///< MiB, as the service counts
  int timeout = kDefaultTimeoutSeconds;  ///< seconds
  std::vector<std::pair<std::string, EnvironmentValue>> environment;
  std::vector<PlacedText> reach;  ///< "HOST:PORT" or "endpoint"
  std::vector<Check> checks;
  Tests tests;
  std::string role;  ///< ARN; "" where the environment decides
  std::string owner;

  /// Used when no requirements are written and the file is there.
  std::string default_requirements_file() const { return source.text + "/requirements.txt"; }
};

/// What differs for one function in one environment.
struct FunctionOverride {
  std::string function;
  base::Position position;
  std::optional<int> memory;
  std::optional<int> timeout;
  std::optional<std::string> role;
  std::vector<std::pair<std::string, EnvironmentValue>> environment;  ///< replaces these variables
};

struct EnvironmentSettings {
  std::string name;
  base::Position position;
  std::vector<std::string> regions;  ///< empty for "local": the endpoint serves any
  std::string account;
  std::string state;
  std::string names = "{name}";  ///< pattern of names in the account
  std::string role;
  std::string deploy = "automatic";  ///< "automatic", "manual", "blocked"
  bool requires_checks = false;      ///< nothing unproved is deployed there
  std::vector<FunctionOverride> functions;

  bool is_local() const { return name == "local"; }
  /// A layer's or function's name in the account.
  std::string name_of(std::string_view layer_or_function) const;
};

/// A secret in the text of the workspace file, where everybody who reads the repository reads it.
struct ClearSecret {
  std::string key;        ///< "functions.orders.environment.API_TOKEN"
  std::string_view what;  ///< "a GitHub token", "what looks like a password"
  base::Position position;
  std::string excerpt;  ///< the line with a caret, every quoted text in it starred out
};

struct Workspace {
  std::string file;  ///< as given to the parser, e.g. "lamella.toml"
  Project project;
  LockSettings lock;
  std::vector<Layer> layers;
  std::vector<Function> functions;
  std::vector<EnvironmentSettings> environments;  ///< "local" is always there
  std::vector<ClearSecret> clear_secrets;         ///< in the file's order

  const Layer* find_layer(std::string_view name) const;
  const Function* find_function(std::string_view name) const;
  const EnvironmentSettings* find_environment(std::string_view name) const;

  std::vector<std::string> layer_names() const;
  std::vector<std::string> function_names() const;
  std::vector<std::string> environment_names() const;

  /// The functions that list `layer`, in file order.
  std::vector<const Function*> users_of(std::string_view layer) const;
  /// `layer`'s dependencies, transitive, each before what depends on it; without `layer` itself.
  std::vector<const Layer*> dependencies_of(const Layer& layer) const;
  /// Layers so that dependencies come first, file order otherwise.
  std::vector<const Layer*> build_order() const;
  /// `function` with what `environment` overrides applied.
  Function in_environment(const Function& function, const EnvironmentSettings& environment) const;

  /// Makes find_layer() and find_function() fast; what comes later is found too, one after the other.
  void note_names();

 private:
  std::vector<std::uint32_t> layers_by_name_;  ///< positions, as they were at note_names()
  std::vector<std::uint32_t> functions_by_name_;
};

}  // namespace lamella::model
