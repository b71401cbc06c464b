// SPDX-License-Identifier: Apache-2.0
//
// locks/external.toml: of each layer that is a published layer version (`arn`), the digest and size of its
// bytes and what the service said of it.  Written by `lock`; a build takes the bytes by this digest from the
// store and asks nobody.
//
// On disk: docs/formats/external-lock.md.  parse is the inverse of render.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/file_tree.h"
#include "base/result.h"
#include "model/workspace.h"

namespace lamella::build {

inline constexpr int kExternalSchema = 1;
inline constexpr std::string_view kExternalLockPath = "locks/external.toml";

struct ExternalLayer {
  std::string arn;
  Digest sha256;
  std::uint64_t bytes = 0;                 ///< of the zip
  std::vector<std::string> runtimes;       ///< that it is published for, sorted; empty: it does not say
  std::vector<std::string> architectures;  ///< the same
  std::string licence;

  bool operator==(const ExternalLayer&) const = default;
};

using ExternalLock = std::map<std::string, ExternalLayer>;  ///< by layer

/// Errors: usage, with the place; corrupt, when a newer version wrote it.
Result<ExternalLock> parse_external_lock(std::string_view text, std::string_view file);
std::string render_external_lock(const ExternalLock& lock);
/// Empty when there is no such file.
Result<ExternalLock> load_external_lock(const base::FileTree& tree);

/// The row of a layer that is one version.  Errors: usage, when the lock was not made for what the layer
/// says.  REQUIRES: layer.arn.
Result<const ExternalLayer*> external_of(const ExternalLock& lock, const model::Layer& layer);

}  // namespace lamella::build
