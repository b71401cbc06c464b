// SPDX-License-Identifier: Apache-2.0
#include "package/compiled.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "archive/elf.h"
#include "archive/zip_reader.h"
#include "model/libstdcxx.h"
#include "package/binary_check.h"
#include "package/bytecode.h"
#include "package/wheel.h"

namespace lamella::package {
namespace {

/// Newer symbols of the C++ library than the target's has; "" if there are none.
std::string newer_cxx(const archive::ElfFile& elf, model::LambdaOs os) {
  const model::CxxVersions there = model::libstdcxx_of(os);
  for (const auto& [word, given] : {std::pair{"GLIBCXX", there.glibcxx}, {"CXXABI", there.cxxabi}}) {
    const auto asked = archive::highest_version(elf, word);
    if (asked <= given) continue;
    return fmt::format("it asks for {}_{} of libstdc++, that of {} ends at {}_{}", word,
                       fmt::join(asked, "."), to_string(os), word, fmt::join(given, "."));
  }
  return {};
}

Error too_new(const SourceBuild& source, const CompiledBy& by, const std::string& file,
              const std::string& why) {
  const model::GlibcVersion glibc = model::glibc_of(model::os_of(source.target.runtime));
  return Error(ErrorCode::kRejected, fmt::format("what {} is compiled to here does not load on {}",
                                                 source.place, short_name(source.target)))
      .at(file)
      .because(fmt::format("{} of this machine compiled it: {}", by.name, why))
      .remedy(
          fmt::format("build its wheel on a system with glibc {}.{} or older and serve it from a declared "
                      "index, require a version that has wheels, or take a runtime on a newer system",
                      glibc.major, glibc.minor))
      .with("project", source.place)
      .with("file", file);
}

}  // namespace

Result<> check_compiled(std::span<const std::byte> bytes, const Wheel& wheel, const CompiledBy& by,
                        const SourceBuild& source) {
  LAMELLA_TRY_ASSIGN(const auto zip, archive::ZipReader::open(bytes, archive::Profile::kWheel));
  LAMELLA_TRY_ASSIGN(const auto files, read_wheel(zip, wheel));
  const bool own_cxx = std::any_of(files.begin(), files.end(), [](const WheelFile& file) {
    return file.path.substr(file.path.rfind('/') + 1) == model::kLibstdcxx;
  });
  for (const WheelFile& file : files) {
    LAMELLA_TRY_ASSIGN(const auto content, read_content(zip, file, wheel, kLargestFile));
    if (archive::binary_kind(content) != archive::BinaryKind::kElf) continue;
    const auto elf = archive::read_elf(content);
    if (!elf) continue;  // what a layer does with such a file is decided where any wheel's is
    std::string why = misfit(*elf, source.target);
    if (why.empty() && !own_cxx) why = newer_cxx(*elf, model::os_of(source.target.runtime));
    if (!why.empty()) return too_new(source, by, file.path, why);
  }
  return {};
}

}  // namespace lamella::package
