// SPDX-License-Identifier: Apache-2.0
//
// Where trees lie below the cache, what is noted beside them, and how they go: first off their name, so that
// never half a tree stands under one.  Internal to the room.
//
// Errors: io.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>

#include "base/digest.h"
#include "base/event.h"
#include "base/result.h"
#include "trees/tree_content.h"

namespace lamella::trees {

/// A tree's age is renewed only when it is older than this; whoever removes by age adds it to the grace.
inline constexpr std::chrono::minutes kAgeGrain{10};

std::filesystem::path trees_folder(const std::filesystem::path& root);
std::filesystem::path merged_folder(const std::filesystem::path& root);
std::filesystem::path quarantine_folder(const std::filesystem::path& root);

/// One digest over all of it.
Digest sum_of(const Content& content);
/// What note_sum() left beside the tree; nullopt if it did not.
std::optional<Digest> noted_sum(const std::filesystem::path& tree);
Result<> note_sum(const std::filesystem::path& tree, const Digest& sum);

/// Moves a damaged tree into quarantine and says so, unless it is another folder by now.
Result<> set_aside(const std::filesystem::path& root, const Digest& digest, std::uint64_t inode,
                   EventSink& events);
/// Removes what lies at `place`, unless it is another folder by now.  One that is in use only loses its name.
Result<> discard(const std::filesystem::path& place, std::uint64_t inode);

/// True if nobody holds the tree and it was not used for `age`.
bool may_go(const std::filesystem::path& tree, std::chrono::seconds age);
/// Removes the tree if it may go; false if it may not.
Result<bool> remove_unused(const std::filesystem::path& tree, std::chrono::seconds age);

}  // namespace lamella::trees
