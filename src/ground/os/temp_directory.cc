// SPDX-License-Identifier: Apache-2.0
#include "os/temp_directory.h"

#include <stdlib.h>

#include <cerrno>
#include <string>
#include <utility>

#include "os/directory.h"
#include "os/environment.h"
#include "os/system_error.h"

namespace lamella::os {

Result<TempDirectory> TempDirectory::create(std::string_view prefix) {
  return create_in(temporary_root(), prefix);
}

Result<TempDirectory> TempDirectory::create_in(const std::filesystem::path& parent, std::string_view prefix) {
  std::string name = (parent / (std::string(prefix) + "-XXXXXX")).string();
  if (!::mkdtemp(name.data())) return system_error(errno, "cannot make a temporary directory", parent);
  return TempDirectory(std::filesystem::path(name));
}

TempDirectory::TempDirectory(TempDirectory&& other) noexcept : path_(other.keep()) {}

TempDirectory& TempDirectory::operator=(TempDirectory&& other) noexcept {
  std::swap(path_, other.path_);
  return *this;
}

TempDirectory::~TempDirectory() {
  if (!path_.empty()) (void)remove_tree(path_);
}

std::filesystem::path TempDirectory::keep() { return std::exchange(path_, {}); }

}  // namespace lamella::os
