// SPDX-License-Identifier: Apache-2.0
//
// Whose folder a cache is.  What another user may write there could be believed here: blobs are hashed, but
// an action record is the word of whoever wrote it.  Internal to the room.
#pragma once

#include <filesystem>
#include <initializer_list>

#include "base/result.h"

namespace lamella::store {

/// Makes `root` and the `folders` below it where they are absent.  Each must be a folder of this user or of
/// root.  `root` itself may be a symbolic link if it is theirs too; the folders may not. Errors: io, with the
/// owner and what to do.
Result<> claim_cache_folder(const std::filesystem::path& root,
                            std::initializer_list<std::filesystem::path> folders);

/// True if `error` says that nothing can be written there: a read-only file system, or no permission.
bool is_read_only(const Error& error);

}  // namespace lamella::store
