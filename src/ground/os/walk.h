// SPDX-License-Identifier: Apache-2.0
//
// Everything below a directory, with what stat says of it.  Each directory is opened once and its entries
// are looked at through it; symbolic links are listed and never followed, other file systems are entered.
//
// Result order is bytewise by path, whatever the threads did.  What vanishes during the walk is left out;
// a directory that cannot be read is an error.
//
//   LAMELLA_TRY_ASSIGN(const auto entries, walk(root, {.pool = &pool}, stop));
#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "os/directory.h"
#include "os/thread_pool.h"

namespace lamella::os {

struct WalkEntry {
  std::string path;  ///< relative to the root, with '/'
  FileInfo info;
};

struct WalkOptions {
  ThreadPool* pool = nullptr;  ///< null: on the calling thread
  bool directories = false;    ///< list them too (the root is not)
  /// True leaves an entry out, and with a directory everything below.  Called from several threads.
  std::function<bool(std::string_view path, base::FileKind kind)> skip = {};
};

/// Errors: io; kInterrupted on stop.
Result<std::vector<WalkEntry>> walk(const std::filesystem::path& root, const WalkOptions& options = {},
                                    std::stop_token stop = {});

}  // namespace lamella::os
