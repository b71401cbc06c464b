// SPDX-License-Identifier: Apache-2.0
//
// A shared library held against its target: its machine, and the glibc symbols it asks for.  What a wheel's
// tag promises is not always so; this is read from the library itself and needs neither container nor
// interpreter.
//
// Threads: pure.  Errors: rejected, with what was seen and wanted.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "archive/elf.h"
#include "base/result.h"
#include "model/target.h"

namespace lamella::package {

/// What keeps it from being loaded on the target, as a sentence with what was seen and wanted; "" if nothing does.
std::string misfit(const archive::ElfFile& elf, const model::Target& target);

/// `path` is the library's, for messages.  What is no ELF file passes.
Result<> check_binary(std::span<const std::byte> bytes, const model::Target& target, const std::string& path);

}  // namespace lamella::package
