// SPDX-License-Identifier: Apache-2.0
//
// Which parts of a layer nothing opened: the topmost folders of which no file was used, and large single
// files in folders that were used.  Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "build/tracing.h"

namespace lamella::build {

struct ShippedFile {
  std::string path;  ///< below site-packages, as in the wheel: "a/b.py" also where b.pyc stands in its place
  std::uint64_t bytes = 0;
  bool used = false;
};

/// Smaller ones are not worth a line in lamella.toml.
inline constexpr std::uint64_t kLeastProposal = 50'000;

/// Largest first.  `names` tells whether a module that ran names what stands in the given folder or file.
std::vector<Proposal> propose(const std::vector<ShippedFile>& files,
                              const std::function<bool(const std::string&)>& names);

/// True if `text` (a source or bytecode) has `word` with no letter, digit or '_' around it.
bool has_word(std::string_view text, std::string_view word);

}  // namespace lamella::build
