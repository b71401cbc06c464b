// SPDX-License-Identifier: Apache-2.0
//
// What the loader or the kernel takes of a segment or a zip, and what is known of it.  Whoever has a file's
// final content in memory while a segment is made notes it here, so that read_opt_facts() need not inflate it
// again.  Noted or read, facts come from binary_of() alone.  Content is not kept.
//
// Invariant (binary_facts_test.cc): a segment's facts are the same with what was noted and without.
//
// Threads: values; a BinaryFacts belongs to one thread.  Errors: none; what is malformed is no binary.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "archive/entry.h"
#include "model/opt_facts.h"

namespace lamella::proof {

/// By its name and mode something that the loader or the kernel takes; what it is its first bytes say.
bool may_be_binary(const archive::Entry& entry);

/// nullopt where the bytes are of no library or program.  REQUIRES: `bytes` have the entry's size and CRC-32.
std::optional<model::OptBinary> binary_of(const archive::Entry& entry, std::span<const std::byte> bytes);

class BinaryFacts {
 public:
  /// `content` is what the file under this name of the segment will have.
  void note(std::string_view name, bool executable, std::span<const std::byte> content);

  /// What binary_of() said when a file of this name, size and CRC-32 was noted; nullptr where none was.
  const std::optional<model::OptBinary>* find(const archive::Entry& entry) const;

 private:
  struct Noted {
    std::uint64_t size = 0;
    std::uint32_t crc32 = 0;
    std::optional<model::OptBinary> binary;
  };
  std::map<std::string, Noted, std::less<>> by_name_;
};

}  // namespace lamella::proof
