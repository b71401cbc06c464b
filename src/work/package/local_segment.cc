// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "archive/deflate.h"
#include "archive/segment.h"
#include "crypto/key_builder.h"
#include "crypto/sha256.h"
#include "os/file.h"
#include "package/bytecode.h"
#include "package/segment_maker.h"

namespace lamella::package {
namespace {

struct Output {
  std::string name;
  std::span<const std::byte> bytes;
  bool executable = false;
};

/// The bytes of every file, each what its digest says.
Result<std::vector<std::string>> read_all(const LocalRecipe& recipe) {
  std::vector<std::string> contents;
  contents.reserve(recipe.files.size());
  for (const LocalFile& file : recipe.files) {
    LAMELLA_TRY_ASSIGN(std::string bytes, os::read_file(file.path, kLargestFile));
    if (crypto::sha256(bytes) != file.sha256) {
      return Error(ErrorCode::kConflict, "a file changed while it was being packaged")
          .at(file.path.string())
          .remedy("run the build again");
    }
    contents.push_back(std::move(bytes));
  }
  return contents;
}

Result<SegmentRecord> write(base::ByteSink& sink, std::vector<Output> outputs, SegmentRecord record) {
  std::sort(outputs.begin(), outputs.end(), [](const Output& a, const Output& b) { return a.name < b.name; });
  archive::SegmentWriter writer(sink);
  for (const Output& output : outputs)
    LAMELLA_TRY(writer.add_file(output.name, output.executable, output.bytes));
  LAMELLA_TRY_ASSIGN(const archive::SegmentIndex index, writer.finish());
  record.unzipped_bytes = index.unzipped_bytes;
  record.zipped_bytes = index.body_size;
  record.entries = index.entries.size();
  return record;
}

}  // namespace

Digest LocalRecipe::key() const {
  crypto::KeyBuilder builder("local-segment");
  builder.add("epoch", kSegmentEpoch).add("mount", mount).add("runtime", to_string(runtime));
  builder.add("bytecode", to_string(bytecode)).add("interpreter", interpreter);
  builder.add("deflate", archive::deflate_epoch()).add("files", files.size());
  for (const LocalFile& file : files) {
    builder.add("name", file.name).add("sha256", file.sha256).add("executable", file.executable);
    builder.add("module", file.module);
  }
  return builder.finish();
}

Result<SegmentRecord> SegmentMaker::make(const LocalRecipe& recipe,
                                         const std::optional<Interpreter>& interpreter,
                                         std::stop_token stop) {
  LAMELLA_TRY_ASSIGN(const std::vector<std::string> contents, read_all(recipe));
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
      outputs.push_back({bytecode_name(file.name, recipe.bytecode, recipe.runtime), pyc, false});
      record.bytecode_bytes += pyc.size();
    }
    const bool replaced = !pyc.empty() && recipe.bytecode == model::BytecodeMode::kOnly;
    if (!replaced) outputs.push_back({file.name, base::as_bytes(contents[i]), file.executable});
  }
  LAMELLA_TRY_ASSIGN(auto writer, store_.new_blob());
  LAMELLA_TRY_ASSIGN(record, write(*writer, std::move(outputs), std::move(record)));
  LAMELLA_TRY_ASSIGN(record.blob, writer->commit());
  return remember(recipe.key(), std::move(record));
}

}  // namespace lamella::package
