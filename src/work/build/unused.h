// SPDX-License-Identifier: Apache-2.0
//
// Which parts of a layer nothing opened: the topmost folders of which no file was used, and large single
// files in folders that were used; and what the modules that ran say of them.  Pure.
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

/// What was seen of the functions: each was called, or some were only imported.
enum class Seen { kCalls, kImportsAlone };

/// Largest first.  `names` tells whether a module that ran names what stands in the given folder or file.
std::vector<Proposal> propose(const std::vector<ShippedFile>& files, Seen seen,
                              const std::function<bool(const std::string&)>& names);

/// What the modules that ran say: their sources, or the strings of their bytecode.
class RanTexts {
 public:
  enum class Whose { kPackage, kWorkspace };

  /// `path` is below the module root.
  void add(std::string path, Whose whose, std::string text);

  /// True if one of them names the package or module at `place`: whole; by its last part, near it; or by its last
  /// part beside the package's name, in one line or anywhere in the workspace's own modules.
  bool name(const std::string& place) const;

 private:
  struct Ran {
    std::string path;
    Whose whose = Whose::kPackage;
    std::string text;
  };
  std::vector<Ran> texts_;
};

/// The short strings of bytecode, a line each: names, and constants of up to 255 characters.
std::string strings_of(std::string_view bytecode);

/// True if `text` (a source or bytecode) has `word` with no letter, digit or '_' around it.
bool has_word(std::string_view text, std::string_view word);

}  // namespace lamella::build
