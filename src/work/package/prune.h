// SPDX-License-Identifier: Apache-2.0
//
// Which files of a distribution are left out, and by whose word.  Pure; paths are below site-packages.
//
// In this order: METADATA, entry_points.txt, WHEEL, top_level.txt and licence files stay always; the layer's
// `keep` wins next (but for bytecode whose source is in the wheel, see segment_maker.cc); then stale bytecode, the layer's `drop`, the service filter, and the rules, each with its
// own exceptions: those of its pack, and what building found that it may not drop (Recipe::put_back).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "package/recipe.h"

namespace lamella::package {

/// What is said about one file.
struct Verdict {
  std::string
      dropped_by;  ///< "generic/tests", "drop scipy/io/**", "services", "stale-bytecode", "record"; "" when it stays
  std::vector<std::string>
      matching;  ///< every rule whose patterns name the file, the one that drops it first
  std::vector<std::string>
      kept_by;          ///< "keep scipy/io/**", "service s3", "put back scipy/tests": every word for it
  bool spared = false;  ///< without a word in kept_by it would have been dropped
};

class Pruner {
 public:
  /// `recipe` must outlive it.
  explicit Pruner(const Recipe& recipe) : recipe_(recipe) {}

  Verdict verdict(std::string_view path) const;
  /// verdict().dropped_by
  std::string dropped_by(std::string_view path) const { return verdict(path).dropped_by; }

 private:
  void judge_service(std::string_view path, Verdict& verdict) const;
  void judge_rule(const std::string& name, bool named, std::string_view path, Verdict& verdict) const;

  const Recipe& recipe_;
};

inline constexpr std::string_view kStaleBytecode = "stale-bytecode";
/// RECORD, where no rule names it: it goes whatever is asked for.
inline constexpr std::string_view kRecord = "record";

/// True for compiled Python, whoever compiled it.
bool is_bytecode(std::string_view path);
/// True for a file that carries the licence or the metadata that importlib.metadata reads.
bool is_always_kept(std::string_view path);

}  // namespace lamella::package
