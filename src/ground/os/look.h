// SPDX-License-Identifier: Apache-2.0
//
// What is at many names of one directory: the directory is resolved once, the names are looked at through
// it.  A link counts by what it points to, a dangling one by itself.
//
// Threads: const methods from any thread.  Errors: io; absence is a value.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "os/directory.h"
#include "os/fd.h"

namespace lamella::os {

class DirectoryLook {
 public:
  /// `path` is absolute or relative to the directory `root`; "" is `root` itself.  Where no directory is,
  /// every name in it is absent.
  static Result<DirectoryLook> open(int root, const std::string& path);

  /// As open(), of a directory that names() is asked of; usage where no directory is.
  static Result<DirectoryLook> open_to_list(int root, const std::string& path);

  Result<std::optional<FileInfo>> info(const char* name) const;
  /// Calls `seen` with each name there, in no order, once.  A kind that the file system does not tell is kOther.
  /// REQUIRES: open_to_list(), and the first call.
  Result<> names(const std::function<void(std::string_view name, base::FileKind kind)>& seen) const;

 private:
  UniqueFd fd_;
  std::string path_;
};

}  // namespace lamella::os
