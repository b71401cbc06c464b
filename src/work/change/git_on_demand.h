// SPDX-License-Identifier: Apache-2.0
//
// libgit2, loaded when a repository is first looked at: linked in the usual way it would cost every start of
// the program, also of the many that ask nothing of git.
//
//   LAMELLA_TRY(load_git());
//   if (LAMELLA_GIT(git_repository_open)(&raw, path) != 0) return git_error("cannot open the repository");
//
// For the sources of this room only.
#pragma once

#include <git2.h>

#include <memory>
#include <string>

#include "base/result.h"

namespace lamella::change {

/// Errors: tool-missing when the library is not installed.
Result<> load_git();

/// REQUIRES: load_git() succeeded.
void* git_symbol(const char* name);

template <class F>
F* git_function(const char* name) {
  return reinterpret_cast<F*>(git_symbol(name));
}

#define LAMELLA_GIT(function)                                                                   \
  (*[] {                                                                                        \
    static auto* const real = ::lamella::change::git_function<decltype(::function)>(#function); \
    return real;                                                                                \
  }())

/// What libgit2 said last, as the reason of an error: usage, for what is asked of a repository can be mended
/// there.
Error git_error(std::string what);

struct GitFree {
  void operator()(git_repository* p) const { LAMELLA_GIT(git_repository_free)(p); }
  void operator()(git_object* p) const { LAMELLA_GIT(git_object_free)(p); }
  void operator()(git_commit* p) const { LAMELLA_GIT(git_commit_free)(p); }
  void operator()(git_tree* p) const { LAMELLA_GIT(git_tree_free)(p); }
  void operator()(git_tree_entry* p) const { LAMELLA_GIT(git_tree_entry_free)(p); }
  void operator()(git_blob* p) const { LAMELLA_GIT(git_blob_free)(p); }
  void operator()(git_odb* p) const { LAMELLA_GIT(git_odb_free)(p); }
};
template <class T>
using GitOwned = std::unique_ptr<T, GitFree>;

}  // namespace lamella::change
