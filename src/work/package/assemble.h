// SPDX-License-Identifier: Apache-2.0
//
// A zip out of segments: bodies one after the other, one directory.  Which segments in which order decides
// every byte, so what they gave before is remembered (ActionCache kind "zip") and the digest is known in
// advance.
//
// Threads: free functions, any.  Errors: corrupt (a segment is damaged; it is gone from the store then, and
// making it again heals), rejected (two segments bring different files under one name), io.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>

#include "base/digest.h"
#include "base/result.h"
#include "store/action_cache.h"
#include "store/content_store.h"

namespace lamella::package {

struct ZipFacts {
  Digest sha256;
  std::uint64_t zipped_bytes = 0;
  std::uint64_t unzipped_bytes = 0;
  std::uint64_t entries = 0;

  bool operator==(const ZipFacts&) const = default;
};

/// What these segments gave before, or nullopt.
Result<std::optional<ZipFacts>> known_zip(store::ActionCache& actions, std::span<const Digest> segments);

/// Writes the zip to `folder`/`stem`-<first 12 digits of its sha256>.zip under a temporary name first.
struct Assembled {
  ZipFacts facts;
  std::filesystem::path path;
};
Result<Assembled> assemble(store::ContentStore& store, store::ActionCache& actions,
                           std::span<const Digest> segments, const std::filesystem::path& folder,
                           const std::string& stem);

/// A zip of the store, its bytes unchanged, under the name that assemble() would give it.
/// REQUIRES: it was read whole (SegmentMaker); `contents` is what that found.
Result<Assembled> place_as_it_is(store::ContentStore& store, const Digest& zip, const ZipFacts& contents,
                                 const std::filesystem::path& folder, const std::string& stem);

/// `folder`/`stem`-<first 12 digits of sha256>.zip
std::filesystem::path zip_path(const std::filesystem::path& folder, const std::string& stem,
                               const Digest& sha256);

}  // namespace lamella::package
