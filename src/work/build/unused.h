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

/// What names a folder or file: nothing, a module that ran, or one that did not and that a call may import.
enum class Named { kNo, kByWhatRan, kByWhatMayRun };

/// Largest first.  `names` tells what names that which stands in the given folder or file.
std::vector<Proposal> propose(const std::vector<ShippedFile>& files, Seen seen,
                              const std::function<Named(const std::string&)>& names);

/// What modules say: their sources, or the strings of their bytecode.
class RanTexts {
 public:
  enum class Whose {
    kPackage,
    kWorkspace,
    kIdle,    ///< of a package, and did not run
    kMayRun,  ///< the same, once reach() found that a call may import it
  };

  /// `path` is below the module root.
  void add(std::string path, Whose whose, std::string text);

  /// Idle modules that the workspace's own modules name may run, and so may those that these name.  To be called
  /// when all are added.
  void reach();

  /// Whether one that ran or may run names the package or module at `place`: whole; by its last part, near it; or
  /// by its last part beside the package's name, in one line or anywhere in the workspace's own modules.
  Named name(const std::string& place) const;

 private:
  struct Ran {
    std::string path;
    Whose whose = Whose::kPackage;
    std::string text;
    std::vector<std::size_t>
        words;  ///< hashes, sorted: a text without a name's last word need not be searched
  };
  static bool names(const Ran& ran, const std::string& place);

  std::vector<Ran> texts_;
};

/// The short strings of bytecode, a line each: names, and constants of up to 255 characters.
std::string strings_of(std::string_view bytecode);

/// True if `text` (a source or bytecode) has `word` with no letter, digit or '_' around it.
bool has_word(std::string_view text, std::string_view word);

}  // namespace lamella::build
