// SPDX-License-Identifier: Apache-2.0
//
// What the merged-/opt proof knows of artifacts: files, libraries, and the few things said inside files that
// decide how modules meet.  Plain values, made by the proof room from segments and zips; judged by
// opt_findings.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/artifact.h"
#include "model/target.h"

namespace lamella::model {

struct OptFile {
  std::string path;  ///< inside the zip; files and links only
  std::uint64_t size = 0;
  std::uint64_t content = 0;  ///< equal if and only if the bytes are: a CRC-32 or part of a digest
};

/// A file that some machine executes.
struct OptBinary {
  enum class Format { kElf, kMachO, kPe };
  std::string path;
  std::uint64_t size = 0;
  std::string content;  ///< digest
  Format format = Format::kElf;
  std::string machine;  ///< "x86_64"; as archive::machine_name() says it
  std::string soname;   ///< "" without one
  std::vector<std::string> needed;
  std::vector<std::string> rpath;
  std::vector<std::string> runpath;
  std::vector<unsigned> glibc;  ///< the newest symbol version it asks for: {2, 14}; empty for none
  /// The same of libstdc++.so.6, GLIBCXX_ and CXXABI_; what it asks of a copy with another name is not here.
  std::vector<unsigned> glibcxx;
  std::vector<unsigned> cxxabi;

  bool operator==(const OptBinary&) const = default;
};

/// One distribution within an artifact, or the workspace's own files.
struct OptPart {
  std::vector<OptFile> files;
  std::vector<OptBinary> binaries;
  std::vector<std::string> namespace_inits;  ///< __init__.py that extend their package's path
  std::vector<std::string> empty_inits;      ///< __init__.py without a statement
  std::vector<std::string> startup_pths;     ///< .pth with a line that runs code
  /// Words of its Python files that load libraries by hand: "libfoo.so", "numpy.libs".
  std::vector<std::string> preloads;
  /// Top-level modules its Python files import; known only where a library of it needs what is not beside it.
  std::vector<std::string> imports;
  std::vector<std::string> requires_dist;  ///< of METADATA, for boto3 alone
};

/// What a project of the workspace asks for when it runs, by the wheel that it was built to.
struct OptNeed {
  std::string project;    ///< its folder
  std::string ask;        ///< the project's own words: "requests[socks]>=2"
  std::string by;         ///< who asks: "shop 1.0", or "requests[socks]" for what an extra brings
  std::string name;       ///< normalised
  std::string specifier;  ///< "" for any version
  std::string got;        ///< the version that is locked beside it and is none of these; "" where none is
};

struct OptMember {
  struct Part {
    std::string distribution;  ///< "numpy", "in-repo"; "" where it is not known
    std::string version;
    std::shared_ptr<const OptPart> facts;
  };
  ArtifactKind kind = ArtifactKind::kLayer;
  std::string name;
  std::vector<Part> parts;
  std::vector<OptNeed> needs{};
};

struct OptStack {
  Target target;
  std::vector<std::string> sonames;  ///< what the runtime has
  std::vector<OptMember> layers;     ///< merge order, later wins
  std::optional<OptMember> function;
};

}  // namespace lamella::model
