// SPDX-License-Identifier: Apache-2.0
//
// .lamella/build.json: what the last build made, out of what.  Safe to delete; the next build makes it again.
// It answers what is stale, why something is rebuilt, what was freed by which rule, and what a deploy
// uploads.
//
// .lamella/inputs/STEM.json holds the files of one artifact, which a build with nothing to do never reads.
//
// On disk: docs/formats/manifest.md.  parse is the inverse of render.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/reason.h"
#include "base/result.h"
#include "build/plan.h"
#include "model/artifact.h"
#include "model/finding.h"
#include "model/packaging.h"
#include "package/segment_record.h"

namespace lamella::build {

inline constexpr int kManifestSchema = 2;

/// What a file of a project is called among an artifact's files: it is in no zip itself.
std::string project_file(const package::SourceBuild& source, const package::LocalFile& file);

/// The same of a file that a command sees.
std::string command_file(const package::LocalFile& file);

/// One segment of an artifact.
struct Part {
  Digest key;
  package::SegmentRecord segment;
};

/// What a layer's budget bought as bytecode, where not all of it fits.
struct Bought {
  std::string distribution;
  std::uint64_t modules = 0;
  std::int64_t bytes = 0;
  std::uint64_t saved_us = 0;
  std::uint64_t without = 0;  ///< modules that get none
  std::uint64_t without_us = 0;

  bool operator==(const Bought&) const = default;
};

struct Made {
  model::Artifact artifact;
  Digest key;                               ///< ArtifactPlan::key()
  bool as_it_is = false;                    ///< its zip was made elsewhere
  std::vector<Part> parts;                  ///< canonical order
  std::map<std::string, Digest> files;      ///< the workspace's own, by name within the zip; see with_files()
  model::Budget budget;                     ///< as the workspace had it
  std::string built_at;                     ///< RFC 3339
  std::map<std::string, double> import_ms;  ///< as the proof measured them
  std::vector<std::string> without_bytecode;  ///< modules imported at start that had to be compiled then
  std::vector<Bought> bought;                 ///< empty where all bytecode fits
  std::vector<model::Finding> findings;       ///< of the artifact with the layers it runs on
  std::vector<std::string> idle;  ///< rules and words of the workspace that name no file here: "drop x/**"
};

struct Manifest {
  std::vector<Made> made;

  const Made* find(model::ArtifactKind kind, std::string_view name, const model::Target& target) const;
  const Made* find_layer(std::string_view name, const model::Target& target) const {
    return find(model::ArtifactKind::kLayer, name, target);
  }
};

/// Finds in a manifest of many artifacts.  Of several of one name, the first.
class ManifestIndex {
 public:
  /// `manifest` must outlive it, unchanged.
  explicit ManifestIndex(const Manifest& manifest);
  const Made* find(model::ArtifactKind kind, std::string_view name, const model::Target& target) const;

 private:
  std::multimap<std::string_view, const Made*> by_name_;
};

std::filesystem::path manifest_path(const std::filesystem::path& workspace);

/// Empty when there is none, or one that cannot be read.  Without files: see with_files().
Manifest load_manifest(const std::filesystem::path& workspace);
/// An error (corrupt) if a newer version wrote the manifest: it is neither read nor replaced then.
Result<> refuse_newer_manifest(const std::filesystem::path& workspace);
Result<> save_manifest(const std::filesystem::path& workspace, const Manifest& manifest);

/// `made` with its files, which lie apart because only an artifact that changed is asked for them.
Made with_files(const std::filesystem::path& workspace, Made made);
document::Value to_value(const Bought& bought);

/// Why a plan is not what was made before: one reason per part that differs; "up-to-date" alone when it is.
std::vector<Reason> why_build(const ArtifactPlan& plan, const Made* before, bool zip_present);

}  // namespace lamella::build
