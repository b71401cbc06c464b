// SPDX-License-Identifier: Apache-2.0
//
// The merged-/opt rule: layers are unpacked into /opt in list order and later entries overwrite
// earlier ones of the same path.  Pure; the sandbox, the proof and the endpoint all use this.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lamella::model {

struct OptEntry {
  std::string path;           ///< inside the zip, e.g. "python/numpy/__init__.py"; files and links only
  std::uint64_t size = 0;     ///< unzipped
  std::uint64_t content = 0;  ///< equal if and only if the bytes are: a CRC-32 or part of a digest
};

struct OptLayer {
  std::string name;
  std::vector<OptEntry> entries;
};

struct MergedEntry {
  std::string path;
  std::uint64_t size = 0;
  std::size_t layer = 0;  ///< index of the winner

  bool operator==(const MergedEntry&) const = default;
};

struct Shadow {
  enum class Kind {
    kSameContent,       ///< harmless, but bytes that count twice
    kDifferentContent,  ///< an error unless it is declared
    kFileOverFolder,    ///< one layer's file is another's folder: cannot be unpacked
  };
  Kind kind = Kind::kSameContent;
  std::string path;
  std::size_t winner = 0;   ///< layer index
  std::size_t loser = 0;    ///< layer index
  std::uint64_t bytes = 0;  ///< of the loser

  bool operator==(const Shadow&) const = default;
};

struct MergedOpt {
  std::vector<MergedEntry> entries;  ///< sorted by path
  std::vector<Shadow> shadows;       ///< sorted by path, then by loser
  std::uint64_t counted_bytes = 0;   ///< sum over all layers, shadowed ones too: what the limit counts
  std::uint64_t merged_bytes = 0;    ///< what /opt holds
};

MergedOpt merge_opt(const std::vector<OptLayer>& layers);

}  // namespace lamella::model
