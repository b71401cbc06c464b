// SPDX-License-Identifier: Apache-2.0
#include "os/system_error.h"

#include <cerrno>
#include <cstring>

#include "os/environment.h"

namespace lamella::os {
namespace {

bool is_in_cache(const std::filesystem::path& path) {
  const auto cache = cache_directory();
  if (!cache) return false;
  const auto inside = path.lexically_normal().lexically_relative(*cache);
  return !inside.empty() && *inside.begin() != "..";
}

std::string remedy_for(int errno_value, const std::filesystem::path& where) {
  switch (errno_value) {
    case ENOSPC: return "free some space on that disk; LAMELLA_CACHE_DIR can move the cache to another";
    case EDQUOT: return "free some space: this user's disk quota is used up";
    case EFBIG: return "raise the limit of file sizes (ulimit -f)";
    case EROFS:
      return is_in_cache(where)
                 ? "that file system is read-only; LAMELLA_CACHE_DIR can move the cache to another"
                 : "that file system is read-only; work in a folder that can be written, a copy for example";
    case EACCES:
    case EPERM: return "check who owns the path and its permissions";
    case EMFILE:
    case ENFILE: return "raise the limit of open files (ulimit -n)";
    case ENOENT: return "check that the path exists";
    default: return {};
  }
}

}  // namespace

std::string errno_name(int errno_value) {
  const char* name = strerrorname_np(errno_value);
  return name ? name : std::to_string(errno_value);
}

Error system_error(int errno_value, std::string what, const std::filesystem::path& where) {
  const char* text = strerrordesc_np(errno_value);
  return Error(ErrorCode::kIo, std::move(what))
      .at(where.string())
      .because(text ? text : "error " + std::to_string(errno_value))
      .remedy(remedy_for(errno_value, where))
      .with("errno", errno_name(errno_value));
}

}  // namespace lamella::os
