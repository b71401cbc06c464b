// SPDX-License-Identifier: Apache-2.0
//
// The store in a directory of this machine: <root>/blobs/aa/<hex>, one read-only file per blob.
// A disk full or read-only gives io with os/system_error.h's remedy and leaves what was there.
//
// A store that cannot be written (a read-only file system, no permission) still reads: nothing renews an age
// there, and damage is told each time it is met.  A store that another user could have filled is refused.
#pragma once

#include <filesystem>
#include <memory>

#include "base/result.h"
#include "os/atomic_file.h"
#include "store/content_store.h"

namespace lamella::store {

struct LocalStoreOptions {
  std::filesystem::path root;  ///< created if absent
  /// kRename: a power cut may cost blobs; verified reading notices and a rebuild mends.
  os::Durability durability = os::Durability::kRename;
};

Result<std::unique_ptr<ContentStore>> open_local_store(const LocalStoreOptions& options);

}  // namespace lamella::store
