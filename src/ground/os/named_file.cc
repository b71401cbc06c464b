// SPDX-License-Identifier: Apache-2.0
#include "os/named_file.h"

#include <fcntl.h>

#include <cerrno>

#include "os/file.h"
#include "os/retry.h"
#include "os/system_error.h"

namespace lamella::os {

Result<> write_named_file(const std::filesystem::path& path, std::string_view bytes) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status) || std::filesystem::is_regular_file(status))
    return write_file_atomic(path, bytes);
  const UniqueFd fd(retry([&] { return ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY); }));
  if (!fd) return system_error(errno, "cannot open a file to write to", path);
  return write_all(fd.get(), base::as_bytes(bytes));
}

}  // namespace lamella::os
