// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "archive/deflate.h"
#include "archive/segment.h"
#include "base/pointer_file.h"
#include "crypto/key_builder.h"
#include "crypto/sha256.h"
#include "os/directory.h"
#include "os/file.h"
#include "package/binary_check.h"
#include "package/bytecode.h"
#include "package/segment_maker.h"

namespace lamella::package {
namespace {

struct Output {
  std::string name;
  std::span<const std::byte> bytes;
  bool executable = false;
  bool link = false;
};

Result<std::string> read_one(store::ContentStore& store, const LocalFile& file) {
  if (!file.path.empty() && file.link.empty()) return os::read_file(file.path, kLargestFile);
  if (!file.link.empty()) return file.path.empty() ? file.link : os::read_symlink(file.path);
  LAMELLA_TRY_ASSIGN(auto bytes, store::read_all(store, file.sha256));
  if (bytes) return *std::move(bytes);
  return Error(ErrorCode::kInternal, "what a command made is not in the store").at(file.name);
}

Result<> check_fit(const LocalRecipe& recipe, const LocalFile& file, const std::string& bytes) {
  if (!recipe.binaries_for || !file.link.empty()) return {};
  auto fits = check_binary(base::as_bytes(bytes), *recipe.binaries_for,
                           file.path.empty() ? file.name : file.path.string());
  if (fits) return {};
  const Error& error = fits.error();
  return Error(error.code(), error.what())
      .at(error.where())
      .because(error.why())
      .remedy("build it for this target, or take the target out of the layer");
}

/// The bytes of every file, each what its digest says.
Result<std::vector<std::string>> read_all(store::ContentStore& store, const LocalRecipe& recipe) {
  std::vector<std::string> contents;
  contents.reserve(recipe.files.size());
  for (const LocalFile& file : recipe.files) {
    LAMELLA_TRY_ASSIGN(std::string bytes, read_one(store, file));
    if (crypto::sha256(bytes) != file.sha256) {
      return Error(ErrorCode::kConflict, "a file changed while it was being packaged")
          .at(file.path.string())
          .remedy("run the build again");
    }
    LAMELLA_TRY(base::refuse_pointer(bytes, file.path.empty() ? file.name : file.path.string()));
    LAMELLA_TRY(check_fit(recipe, file, bytes));
    contents.push_back(std::move(bytes));
  }
  return contents;
}

Result<SegmentRecord> write(base::ByteSink& sink, std::vector<Output> outputs, SegmentRecord record) {
  std::sort(outputs.begin(), outputs.end(), [](const Output& a, const Output& b) { return a.name < b.name; });
  archive::SegmentWriter writer(sink);
  for (const Output& output : outputs) {
    LAMELLA_TRY(output.link ? writer.add_symlink(output.name, base::as_text(output.bytes))
                            : writer.add_file(output.name, output.executable, output.bytes));
  }
  LAMELLA_TRY_ASSIGN(const archive::SegmentIndex index, writer.finish());
  record.unzipped_bytes = index.unzipped_bytes;
  record.zipped_bytes = index.body_size;
  record.entries = index.entries.size();
  return record;
}

Digest digest_of(const std::vector<LocalFile>& files) {
  crypto::KeyBuilder builder("command-files");
  for (const LocalFile& file : files)
    builder.add("name", file.name).add("sha256", file.sha256).add("executable", file.executable);
  return builder.finish();
}

}  // namespace

Digest LocalRecipe::key() const {
  crypto::KeyBuilder builder("local-segment");
  builder.add("epoch", kSegmentEpoch).add("mount", mount).add("runtime", to_string(runtime));
  builder.add("bytecode", to_string(bytecode)).add("interpreter", interpreter);
  builder.add("deflate", archive::deflate_epoch()).add("files", files.size());
  builder.add("binaries", binaries_for ? short_name(*binaries_for) : "");
  for (const LocalFile& file : files) {
    builder.add("name", file.name).add("sha256", file.sha256).add("executable", file.executable);
    builder.add("module", file.module).add("link", !file.link.empty());
  }
  return builder.finish();
}

Result<SegmentRecord> SegmentMaker::make(const LocalRecipe& recipe,
                                         const std::optional<Interpreter>& interpreter,
                                         std::stop_token stop) {
  LAMELLA_TRY_ASSIGN(SegmentRecord record, write_local(recipe, interpreter, stop));
  return remember(recipe.key(), std::move(record));
}

Digest CommandRecipe::key() const {
  crypto::KeyBuilder builder("command-segment");
  builder.add("epoch", kSegmentEpoch).add("command", command.key()).add("mount", mount);
  builder.add("bytecode", to_string(bytecode)).add("interpreter", interpreter);
  return builder.add("deflate", archive::deflate_epoch()).finish();
}

std::string CommandRecipe::distribution() const { return "command:" + command.output; }

Result<SegmentRecord> SegmentMaker::make(const CommandRecipe& recipe, const std::vector<LocalFile>& files,
                                         const std::optional<Interpreter>& interpreter,
                                         std::stop_token stop) {
  LocalRecipe local{.name = recipe.distribution(), .files = files, .mount = recipe.mount};
  local.runtime = recipe.command.target.runtime;
  local.binaries_for = recipe.command.target;
  const bool modules = std::any_of(files.begin(), files.end(), [](const auto& file) { return file.module; });
  if (modules) {
    local.bytecode = recipe.bytecode;
    local.interpreter = recipe.interpreter;
  }
  LAMELLA_TRY_ASSIGN(SegmentRecord record, write_local(local, interpreter, stop));
  record.version = digest_of(files).brief();
  return remember(recipe.key(), std::move(record));
}

Result<SegmentRecord> SegmentMaker::write_local(const LocalRecipe& recipe,
                                                const std::optional<Interpreter>& interpreter,
                                                std::stop_token stop) {
  LAMELLA_TRY_ASSIGN(const std::vector<std::string> contents, read_all(store_, recipe));
  std::optional<BytecodeCompiler> compiler;
  if (!recipe.interpreter.empty()) {
    if (!interpreter) return missing_interpreter(recipe.runtime);
    LAMELLA_TRY_ASSIGN(compiler, BytecodeCompiler::create(*interpreter, scratch_, DebugRanges::kKeep));
    for (std::size_t i = 0; i < contents.size(); ++i) {
      const LocalFile& file = recipe.files[i];
      if (file.module) LAMELLA_TRY(compiler->add(recipe.mount + file.name, base::as_bytes(contents[i])));
    }
    LAMELLA_TRY(compiler->run(stop));
  }

  SegmentRecord record{.distribution = recipe.name};
  std::vector<Output> outputs;
  std::size_t module = 0;
  for (std::size_t i = 0; i < contents.size(); ++i) {
    const LocalFile& file = recipe.files[i];
    record.wheel_bytes += contents[i].size();
    const auto pyc = compiler && file.module ? compiler->pyc(module++) : std::span<const std::byte>();
    if (!pyc.empty()) {
      outputs.push_back({bytecode_name(file.name, recipe.bytecode, recipe.runtime), pyc, false, false});
      record.bytecode_bytes += pyc.size();
    }
    const bool replaced = !pyc.empty() && recipe.bytecode == model::BytecodeMode::kOnly;
    if (!replaced)
      outputs.push_back({file.name, base::as_bytes(contents[i]), file.executable, !file.link.empty()});
  }
  LAMELLA_TRY_ASSIGN(auto writer, store_.new_blob());
  LAMELLA_TRY_ASSIGN(record, write(*writer, std::move(outputs), std::move(record)));
  LAMELLA_TRY_ASSIGN(record.blob, writer->commit());
  return record;
}

}  // namespace lamella::package
