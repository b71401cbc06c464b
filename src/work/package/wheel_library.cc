// SPDX-License-Identifier: Apache-2.0
#include "package/wheel_library.h"

#include <fmt/format.h>

#include "archive/elf.h"
#include "base/diagnostic.h"

namespace lamella::package {
namespace {

bool is_extension_module(std::string_view name) {
  if (!name.ends_with(".so")) return false;
  return name.find(".cpython-") != std::string_view::npos || name.ends_with(".abi3.so");
}

bool is_bundled(std::string_view path, std::string_view name) {
  const auto top = path.substr(0, path.find('/'));
  return top.ends_with(".libs") && (name.ends_with(".so") || name.find(".so.") != std::string_view::npos);
}

}  // namespace

bool is_for_any_platform(const Wheel& wheel) { return wheel.filename.ends_with("-none-any.whl"); }

std::string misplaced_library(std::string_view path, std::span<const std::byte> content, const Wheel& wheel) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  const bool module = is_extension_module(name);
  if (!module && !is_bundled(path, name)) return {};
  const std::string shown = base::escaped(path);
  if (module && is_for_any_platform(wheel)) {
    return fmt::format("'{}' is a library in a wheel for any platform", shown);
  }
  switch (archive::binary_kind(content)) {
    case archive::BinaryKind::kMachO: return fmt::format("'{}' is a library for macOS", shown);
    case archive::BinaryKind::kPe: return fmt::format("'{}' is a library for Windows", shown);
    case archive::BinaryKind::kOther: return fmt::format("'{}' is no library", shown);
    case archive::BinaryKind::kElf: break;
  }
  const auto elf = archive::read_elf(content);
  if (!elf) return fmt::format("'{}' is a damaged library: {}", shown, elf.error().why());
  return {};
}

}  // namespace lamella::package
