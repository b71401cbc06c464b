// SPDX-License-Identifier: Apache-2.0
//
// The interpreter of a runtime on this machine: the real binary, never a shim that a version manager puts
// in front of it, and its full version.  Asking an interpreter costs a process, so what it answered is
// remembered under `memo` for as long as the file's size, time and inode stay the same.
//
// Threads: free functions, any.  Errors: tool-missing with what to install; io.
//
//   LAMELLA_TRY_ASSIGN(const Interpreter python, find_interpreter("python3.11", {.memo = cache /
//   "interpreters"}));
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace lamella::sandbox {

struct Interpreter {
  std::filesystem::path program;                             ///< the real executable: no shim, no link
  std::string version;                                       ///< "3.11.2"
  std::filesystem::path stdlib;                              ///< the standard library's folder
  std::vector<std::filesystem::path> extension_directories;  ///< of the standard library
};

struct InterpreterSearch {
  std::vector<std::filesystem::path> first;  ///< folders looked at before the usual ones
  std::filesystem::path memo;                ///< folder; empty remembers nothing
};

/// `runtime` is "python3.11".  Looks at LAMELLA_INTERPRETER_PYTHON3_11 (then nothing else is tried),
/// `search.first`, /usr/bin, /usr/local/bin, then PATH.
Result<Interpreter> find_interpreter(const std::string& runtime, const InterpreterSearch& search = {});

}  // namespace lamella::sandbox
