// SPDX-License-Identifier: Apache-2.0
//
// This machine's C compiler, and a "/" in which the target's interpreter meets it: machine_root.h without a
// network, the interpreter of a runtime root at /var/lang as functions have it, and its headers beside it.
//
// What it compiles is made for this machine's C library, which may be newer than the target's: whoever keeps the
// result looks at what its libraries ask for.
//
// Threads: free functions, any.  Errors: io.
//
//   LAMELLA_TRY_ASSIGN(const auto compiler, find_compiler());
//   if (compiler) LAMELLA_TRY_ASSIGN(SandboxSpec spec, compiler_root(folder, runtime_root, *compiler));
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "sandbox/runtime_root.h"
#include "sandbox/spec.h"

namespace lamella::sandbox {

struct Compiler {
  std::string c;                   ///< as it is called, here and inside: "/usr/bin/cc"
  std::string cxx;                 ///< "/usr/bin/c++"; "" where there is none
  std::string identity;            ///< path, size and time of each of `files`
  std::vector<std::string> files;  ///< it, the assembler, the linker and the C library; links as they are
};

/// Where the sandbox's PATH has compilers: /usr/local/bin, /usr/bin.
std::vector<std::filesystem::path> compiler_folders();

/// The first cc, gcc or clang there that lies below /usr, links followed; nullopt if there is none.  Runs nothing.
Result<std::optional<Compiler>> find_compiler(
    const std::vector<std::filesystem::path>& folders = compiler_folders());

/// "gcc 12.2.0", asked of the compiler itself.
Result<std::string> name_of(const Compiler& compiler);

/// Where the headers of `runtime`'s interpreter are on this machine; nullopt if it came without.
std::optional<std::filesystem::path> headers_of(const RuntimeRoot& runtime);

/// Fills `folder`, which must be empty and has to stay.  The environment names the compiler as build systems look
/// for it (CC, CXX, LDSHARED, ...): what the interpreter itself was built with may not be here.
Result<SandboxSpec> compiler_root(const std::filesystem::path& folder, const RuntimeRoot& runtime,
                                  const Compiler& compiler);

}  // namespace lamella::sandbox
