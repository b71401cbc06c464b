// SPDX-License-Identifier: Apache-2.0
#include "proof/binary_facts.h"

#include <fmt/format.h>

#include <utility>

#include "archive/crc32.h"
#include "archive/elf.h"
#include "model/libstdcxx.h"

namespace lamella::proof {
namespace {

using archive::Entry;
using model::OptBinary;

constexpr std::uint64_t kLargestBinary = 1'000'000'000;

}  // namespace

bool may_be_binary(const Entry& entry) {
  const std::string_view name = std::string_view(entry.name).substr(entry.name.rfind('/') + 1);
  if (entry.kind != archive::EntryKind::kFile || entry.size < 4 || entry.size > kLargestBinary) return false;
  if (name.ends_with(".py") || name.ends_with(".pyc")) return false;
  return entry.executable() || name.ends_with(".so") || name.find(".so.") != std::string_view::npos;
}

std::optional<OptBinary> binary_of(const Entry& entry, std::span<const std::byte> bytes) {
  OptBinary binary;
  binary.path = entry.name;
  binary.size = entry.size;
  binary.content = fmt::format("{:08x}-{}", entry.crc32, entry.size);
  switch (archive::binary_kind(bytes)) {
    case archive::BinaryKind::kElf: break;
    case archive::BinaryKind::kMachO: binary.format = OptBinary::Format::kMachO; return binary;
    case archive::BinaryKind::kPe: binary.format = OptBinary::Format::kPe; return binary;
    default: return std::nullopt;
  }
  auto elf = archive::read_elf(bytes);
  if (!elf) return std::nullopt;
  binary.machine = archive::machine_name(elf->machine);
  binary.soname = elf->soname.value_or("");
  binary.glibc = archive::highest_version(*elf, "GLIBC");
  std::erase_if(elf->version_needs,
                [](const archive::VersionNeed& need) { return need.library != model::kLibstdcxx; });
  binary.glibcxx = archive::highest_version(*elf, "GLIBCXX");
  binary.cxxabi = archive::highest_version(*elf, "CXXABI");
  binary.needed = std::move(elf->needed);
  binary.rpath = std::move(elf->rpath);
  binary.runpath = std::move(elf->runpath);
  return binary;
}

void BinaryFacts::note(std::string_view name, bool executable, std::span<const std::byte> content) {
  Entry entry;
  entry.name = name;
  entry.mode = executable ? 0755 : 0644;
  entry.size = content.size();
  if (!may_be_binary(entry)) return;
  entry.crc32 = archive::crc32(content);
  by_name_.insert_or_assign(entry.name, Noted{entry.size, entry.crc32, binary_of(entry, content)});
}

const std::optional<OptBinary>* BinaryFacts::find(const Entry& entry) const {
  const auto noted = by_name_.find(entry.name);
  if (noted == by_name_.end()) return nullptr;
  const bool same = noted->second.size == entry.size && noted->second.crc32 == entry.crc32;
  return same ? &noted->second.binary : nullptr;
}

}  // namespace lamella::proof
