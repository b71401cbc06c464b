// SPDX-License-Identifier: Apache-2.0
#include "package/binary_check.h"

#include <fmt/format.h>

#include <vector>

namespace lamella::package {
namespace {

Error refused(const model::Target& target, const std::string& path, std::string why) {
  return Error(ErrorCode::kRejected,
               fmt::format("a library cannot be loaded on {}", model::short_name(target)))
      .at(path)
      .because(std::move(why))
      .remedy("pin a version whose wheels are made for this target, or leave the file out with `prune.drop`")
      .with("file", path);
}

}  // namespace

std::string misfit(const archive::ElfFile& elf, const model::Target& target) {
  const std::string machine = archive::machine_name(elf.machine);
  const std::string wanted(model::machine_name(target.architecture));
  if (machine != wanted) return fmt::format("it is for {}, wanted is {}", machine, wanted);
  const model::GlibcVersion glibc = model::glibc_of(model::os_of(target.runtime));
  const std::vector<unsigned> asked = archive::highest_version(elf, "GLIBC");
  const std::vector<unsigned> there{static_cast<unsigned>(glibc.major), static_cast<unsigned>(glibc.minor)};
  if (asked <= there) return {};
  return fmt::format("it asks for symbols of glibc {}, {} has {}.{}", fmt::join(asked, "."),
                     to_string(model::os_of(target.runtime)), glibc.major, glibc.minor);
}

Result<> check_binary(std::span<const std::byte> bytes, const model::Target& target,
                      const std::string& path) {
  const auto elf = archive::read_elf(bytes);
  if (!elf) return {};
  std::string why = misfit(*elf, target);
  return why.empty() ? Result<>() : refused(target, path, std::move(why));
}

}  // namespace lamella::package
