// SPDX-License-Identifier: Apache-2.0
//
// Which published versions of layers may go, and why the others stay.  Everything that may refer to a layer version is
// given; nothing is looked up here.
//
// Invariants (retention_test.cc, against brute-force reachability on random graphs)
//   R1 what a function version, $LATEST, an alias, or a reference of the journal or the last build leads to stays.
//   R2 what Lamella did not publish stays: its description has no marker of ours.
//   R3 of a layer's own versions for the same runtimes and architectures the newest `retain` stay.
//   R4 everything else goes; the order in which things are given says nothing.
//   R5 what stays says why; deciding again when the rest is gone lets nothing more go.
//
// Threads: pure functions.
//
//   for (const Fate& fate : decide(layers, usage))
//     if (fate.goes) remove(layers[fate.layer].versions[fate.version]);
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/reason.h"

namespace lamella::engine {

/// One published version of a layer, as the service lists it.
struct ListedVersion {
  std::int64_t version = 0;
  std::string arn;
  std::string targets;  ///< the runtimes and architectures it states; others' versions do not replace it
  std::optional<Digest> content;  ///< by our marker; nullopt: Lamella did not publish it
};

struct ListedLayer {
  std::string layer;        ///< in the workspace; what it was called there when it is gone
  std::string name;         ///< in the account
  bool managed = true;      ///< the workspace has it
  std::int64_t retain = 0;  ///< how many of the newest stay in any case; 0 for one that is not managed
  std::vector<ListedVersion> versions{};
};

/// A published version or $LATEST of any function of the account.
struct FunctionVersion {
  std::string function;
  std::string version;
  std::vector<std::string> layer_arns;
};

struct FunctionAlias {
  std::string function;
  std::string alias;
  std::vector<std::string> versions;  ///< all that it sends calls to
};

/// What refers to layer versions without being a function of the account: by ARN, by number, or by content.
struct Reference {
  Reason reason;
  std::string arn{};
  std::string layer{};       ///< ListedLayer::layer, with `version` or `content`
  std::int64_t version = 0;  ///< 0: none
  std::optional<Digest> content{};
};

struct Usage {
  std::vector<FunctionVersion> functions;
  std::vector<FunctionAlias> aliases;
  std::vector<Reference> references;
};

struct Fate {
  std::size_t layer = 0;    ///< index into the layers
  std::size_t version = 0;  ///< index into its versions
  bool goes = false;
  std::vector<Reason> reasons{};  ///< why it stays, or why it goes
};

/// One for each version of each layer, layers as given, of each the newest version first.
std::vector<Fate> decide(const std::vector<ListedLayer>& layers, const Usage& usage);

}  // namespace lamella::engine
