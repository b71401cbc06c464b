// SPDX-License-Identifier: Apache-2.0
//
// Both sides of a plan as values: what an environment should hold, and what it holds.  Names are those in the
// account; `layer` and `function` are the workspace's.  One region a time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/digest.h"
#include "model/check.h"
#include "model/target.h"

namespace lamella::engine {

struct WantedLayer {
  std::string layer;
  std::string name;
  Digest sha256;
  std::uint64_t zipped_bytes = 0;
  std::vector<std::string> runtimes;
  std::vector<std::string> architectures;
  std::string description;  ///< the user's; layer_description() adds the marker
  std::string licence;
  std::string zip;    ///< path; takes no part in the plan's digest
  std::string arn{};  ///< of a version that is there and is taken as it is; "": ours to publish
};

struct Variable {
  std::string value;
  bool secret = false;  ///< then its value is in no plan, journal or message

  bool operator==(const Variable&) const = default;
};

/// What UpdateFunctionConfiguration sets, layers apart.
struct Settings {
  std::string runtime;
  std::string handler;
  std::string role;
  std::int64_t memory_mb = 128;
  std::int64_t timeout_s = 3;
  std::map<std::string, Variable> environment;

  bool operator==(const Settings&) const = default;
};

struct WantedFunction {
  std::string function;
  std::string name;
  Digest code;
  std::uint64_t zipped_bytes = 0;
  std::string architecture;
  Settings settings;
  std::vector<std::string> layers;  ///< WantedLayer::layer, merge order
  std::string alias;
  std::vector<model::Check> checks;
  std::string zip;
};

struct Wanted {
  std::string environment;
  std::string account;
  std::string region;
  std::vector<WantedLayer> layers;
  std::vector<WantedFunction> functions;

  const WantedLayer* find_layer(const std::string& layer) const;
};

struct LayerVersion {
  std::int64_t version = 0;
  std::string arn;
  /// Later versions with the same content, left by answers that were lost: removable, never used.
  std::vector<std::int64_t> orphans{};

  bool operator==(const LayerVersion&) const = default;
};

/// A function's code and configuration as one version, or $LATEST, has them.
struct Configuration {
  Digest code;
  std::string architecture;
  std::vector<std::string> layer_arns;
  Settings settings;  ///< no variable counts as secret here

  bool operator==(const Configuration&) const = default;
};

struct AliasRecord {
  std::string version;
  std::string description;
  std::map<std::string, double> weights;
  std::string revision;  ///< takes no part in digests

  bool operator==(const AliasRecord&) const = default;
};

struct ActualFunction {
  bool exists = false;
  std::optional<AliasRecord> alias;
  std::optional<Configuration> served;  ///< of the alias's version
};

struct Actual {
  /// By WantedLayer::layer: the version whose content is what is wanted.
  std::map<std::string, LayerVersion> layers;
  std::map<std::string, ActualFunction> functions;  ///< by WantedFunction::function
};

/// True if the two would behave alike: values of variables count, their being secret does not.
bool same_settings(const Settings& a, const Settings& b);

/// The user's text, cut to 160 bytes at a character's end, and the marker by which the version is found
/// again.
std::string layer_description(const WantedLayer& layer);
/// The digest in a marker, or nullopt.
std::optional<Digest> digest_in_description(std::string_view description);

}  // namespace lamella::engine
