// SPDX-License-Identifier: Apache-2.0
//
// Compiles Python sources to unchecked-hash bytecode, reproducibly: one fresh interpreter for one wheel,
// PYTHONHASHSEED=0 in an otherwise empty environment, every source in sorted order, file names as they will
// be at run time.  Sources and bytecode pass through files, so the memory this takes is the interpreter's
// own.
//
// Threads: one.  Errors: io, also the interpreter's; internal when it fails otherwise; interrupted.
//
//   LAMELLA_TRY_ASSIGN(auto compiler, BytecodeCompiler::create(python, folder, DebugRanges::kKeep));
//   for (...) LAMELLA_TRY(compiler.add("/opt/python/" + path, source));
//   LAMELLA_TRY(compiler.run(stop));
//   compiler.pyc(0);  // of the first source added; empty when it does not compile
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/packaging.h"
#include "model/target.h"
#include "os/file.h"
#include "os/temp_directory.h"
#include "sandbox/interpreter.h"

namespace lamella::package {

using Interpreter = sandbox::Interpreter;

/// The interpreter that compiles for a runtime; what is known of it is remembered below `cache`.
/// Errors: tool-missing.
Result<Interpreter> find_interpreter(const model::Runtime& runtime, const std::filesystem::path& cache);

/// No file that a build reads into memory may be larger: four times what fits into a function.
inline constexpr std::uint64_t kLargestFile = 1'000'000'000;

/// True for a path below site-packages that is imported, not run or read.
bool is_module(std::string_view path);

/// "a/b.py" -> "a/__pycache__/b.cpython-311.pyc" beside the source, "a/b.pyc" in its place.
/// REQUIRES: source ends with ".py".
std::string bytecode_name(const std::string& source, model::BytecodeMode mode, const model::Runtime& runtime);

/// The source that bytecode of any version and mode would be of: "a/b.py" for both of the above.
std::string source_of(std::string_view bytecode);

Error missing_interpreter(const model::Runtime& runtime);

/// Whether bytecode says which columns of a line failed.  A traceback shows them only beside the source, so
/// where no source ships they are 5 % of the bytes for nothing.
enum class DebugRanges { kKeep, kDrop };

class BytecodeCompiler {
 public:
  /// Works in a temporary folder below `scratch`.
  static Result<BytecodeCompiler> create(const Interpreter& interpreter, const std::filesystem::path& scratch,
                                         DebugRanges ranges);

  /// REQUIRES: called in ascending order of path, before run().
  Result<> add(std::string_view path, std::span<const std::byte> source);
  Result<> run(std::stop_token stop);

  /// REQUIRES: run() has succeeded, index < number of sources.
  std::span<const std::byte> pyc(std::size_t index) const { return compiled_.at(index); }

 private:
  BytecodeCompiler(Interpreter interpreter, DebugRanges ranges, os::TempDirectory folder,
                   os::AtomicFile sources)
      : interpreter_(std::move(interpreter)),
        ranges_(ranges),
        folder_(std::move(folder)),
        sources_(std::move(sources)) {}
  Result<> read_frames();

  Interpreter interpreter_;
  DebugRanges ranges_;
  os::TempDirectory folder_;
  os::AtomicFile sources_;
  std::size_t count_ = 0;
  os::MappedFile output_;
  std::vector<std::span<const std::byte>> compiled_;
};

}  // namespace lamella::package
