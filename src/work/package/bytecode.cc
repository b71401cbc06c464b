// SPDX-License-Identifier: Apache-2.0
#include "package/bytecode.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "os/process.h"
#include "os/system_error.h"
#include "package/scripts.h"

namespace lamella::package {
namespace {

static_assert(std::endian::native == std::endian::little, "frames are little-endian");

Result<> write_frame(os::AtomicFile& file, std::span<const std::byte> bytes) {
  const auto length = static_cast<std::uint32_t>(bytes.size());
  LAMELLA_TRY(file.write(std::as_bytes(std::span(&length, 1))));
  return file.write(bytes);
}

Error broken(std::string why) {
  return Error(ErrorCode::kInternal, "the interpreter did not give bytecode for what it was given")
      .because(std::move(why));
}

/// A disk that failed it is told as everywhere; compile_bytecode.py exits with the errno.
Error not_compiled(const os::ProcessResult& run, const std::filesystem::path& folder) {
  for (const int code : {ENOSPC, EDQUOT, EFBIG, EIO, EROFS}) {
    if (run.signal == 0 && run.exit_code == code)
      return os::system_error(code, "cannot write bytecode", folder);
  }
  return broken(fmt::format("{}: {}", run.describe(), run.err));
}

}  // namespace

Result<Interpreter> find_interpreter(const model::Runtime& runtime, const std::filesystem::path& cache) {
  return sandbox::find_interpreter(to_string(runtime), {.memo = cache / "interpreters"});
}

bool is_module(std::string_view path) {
  return path.ends_with(".py") && !path.starts_with("bin/") &&
         path.find(".dist-info/") == std::string_view::npos;
}

std::string bytecode_name(const std::string& source, model::BytecodeMode mode,
                          const model::Runtime& runtime) {
  const std::string stem = source.substr(0, source.size() - 3);
  if (mode == model::BytecodeMode::kOnly) return stem + ".pyc";
  const auto slash = stem.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : stem.substr(0, slash + 1);
  const std::string name = slash == std::string::npos ? stem : stem.substr(slash + 1);
  return fmt::format("{}__pycache__/{}.cpython-{}{}.pyc", folder, name, runtime.major, runtime.minor);
}

std::string source_of(std::string_view bytecode) {
  constexpr std::string_view kFolder = "__pycache__/";
  const auto slash = bytecode.rfind('/');
  const std::string_view folder =
      slash == std::string_view::npos ? std::string_view() : bytecode.substr(0, slash + 1);
  std::string_view name = bytecode.substr(folder.size());
  const bool cached = folder == kFolder || folder.ends_with("/__pycache__/");
  name = name.substr(0, cached ? name.find('.') : name.rfind('.'));
  return fmt::format("{}{}.py", folder.substr(0, folder.size() - (cached ? kFolder.size() : 0)), name);
}

Error missing_interpreter(const model::Runtime& runtime) {
  return Error(ErrorCode::kToolMissing,
               fmt::format("no interpreter of {} to compile bytecode with", to_string(runtime)))
      .remedy("install it, or set bytecode = \"none\"");
}

Result<BytecodeCompiler> BytecodeCompiler::create(const Interpreter& interpreter,
                                                  const std::filesystem::path& scratch, DebugRanges ranges) {
  LAMELLA_TRY_ASSIGN(auto folder, os::TempDirectory::create_in(scratch, "bytecode"));
  LAMELLA_TRY_ASSIGN(auto sources, os::AtomicFile::create(folder.path() / "sources"));
  return BytecodeCompiler(interpreter, ranges, std::move(folder), std::move(sources));
}

Result<> BytecodeCompiler::add(std::string_view path, std::span<const std::byte> source) {
  LAMELLA_TRY(write_frame(sources_, base::as_bytes(path)));
  LAMELLA_TRY(write_frame(sources_, source));
  ++count_;
  return {};
}

Result<> BytecodeCompiler::run(std::stop_token stop) {
  LAMELLA_TRY(sources_.commit());
  LAMELLA_TRY_ASSIGN(const auto input, os::open_file(folder_.path() / "sources"));
  LAMELLA_TRY_ASSIGN(auto output, os::AtomicFile::create(folder_.path() / "bytecode"));
  os::Command command;
  command.argv = {interpreter_.program.string(), "-S", "-B", "-c", script_text("compile_bytecode.py")};
  if (ranges_ == DebugRanges::kDrop) command.argv.insert(command.argv.begin() + 1, {"-X", "no_debug_ranges"});
  command.env = {{"PYTHONHASHSEED", "0"}};
  command.in = os::FdStream{input.get()};
  command.out = os::FdStream{output.fd()};
  LAMELLA_TRY_ASSIGN(const auto result, os::run(command, stop));
  if (!result.succeeded()) return not_compiled(result, folder_.path().parent_path());
  LAMELLA_TRY(output.commit());
  LAMELLA_TRY_ASSIGN(output_, os::MappedFile::open(folder_.path() / "bytecode"));
  return read_frames();
}

Result<> BytecodeCompiler::read_frames() {
  std::span<const std::byte> rest = output_.bytes();
  while (rest.size() >= sizeof(std::uint32_t)) {
    std::uint32_t length = 0;
    std::memcpy(&length, rest.data(), sizeof length);
    rest = rest.subspan(sizeof length);
    if (length > rest.size()) return broken("a frame is cut off");
    compiled_.push_back(rest.first(length));
    rest = rest.subspan(length);
  }
  if (compiled_.size() != count_ || !rest.empty()) {
    return broken(fmt::format("{} sources went in, {} came out", count_, compiled_.size()));
  }
  return {};
}

}  // namespace lamella::package
