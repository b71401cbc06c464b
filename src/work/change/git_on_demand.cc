// SPDX-License-Identifier: Apache-2.0
#include "change/git_on_demand.h"

#include <dlfcn.h>

namespace lamella::change {
namespace {

/// Its functions are found by the names and shapes of the headers this was compiled with, so no other version
/// will do.
constexpr const char* kLibrary = "libgit2.so." LIBGIT2_SOVERSION;

void* library() {
  static void* const handle = ::dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
  return handle;
}

}  // namespace

void* git_symbol(const char* name) { return ::dlsym(library(), name); }

Result<> load_git() {
  if (library() == nullptr) {
    return Error(ErrorCode::kToolMissing, "git repositories cannot be read")
        .because(std::string(kLibrary) + " is not installed")
        .remedy("install the package libgit2-1.5");
  }
  // Objects are taken as git takes them: their SHA-1 is for git fsck, and a third of the time of reading trees.
  static const int started = [] {
    const int count = LAMELLA_GIT(git_libgit2_init)();
    if (count >= 0) LAMELLA_GIT(git_libgit2_opts)(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
    return count;
  }();
  if (started < 0) return git_error("libgit2 cannot start");
  return {};
}

Error git_error(std::string what) {
  const ::git_error* last = LAMELLA_GIT(git_error_last)();
  Error error(ErrorCode::kUsage, std::move(what));
  if (last == nullptr || last->message == nullptr) return error;
  return std::move(error).because(base::escaped(last->message));
}

}  // namespace lamella::change
