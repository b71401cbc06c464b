// SPDX-License-Identifier: Apache-2.0
#include "build/stripping.h"

#include <algorithm>
#include <set>

#include "build/segments.h"
#include "os/directory.h"
#include "os/temp_directory.h"
#include "package/left_out.h"

namespace lamella::build {
namespace {

namespace fs = std::filesystem;

/// Below site-packages, of "/opt/python/a.so" or "/var/task/a.so".
std::string below(const ArtifactPlan& plan, const std::string& file) {
  const std::string mount = plan.layout.mount + plan.layout.prefix;
  return file.starts_with(mount) ? file.substr(mount.size()) : std::string();
}

}  // namespace

Result<std::vector<Unstripped>> broken_by_stripping(const Tools& tools, const ArtifactPlan& plan,
                                                    proof::Prover& prover, const proof::Subject& subject,
                                                    const proof::Proof& proof, std::stop_token stop) {
  std::vector<Unstripped> found;
  if (proof.unloadable.empty()) return found;
  std::vector<std::string> paths;
  for (const proof::Unloadable& one : proof.unloadable) paths.push_back(below(plan, one.file));
  const fs::path scratch = tools.cache / "scratch";
  LAMELLA_TRY(os::make_directories(scratch));
  LAMELLA_TRY_ASSIGN(const auto folder, os::TempDirectory::create_in(scratch, "whole"));
  std::vector<const package::Recipe*> recipes;
  for (const package::Recipe& recipe : plan.wheels) recipes.push_back(&recipe);
  LAMELLA_TRY(fetch_wheels(tools, recipes, stop));

  proof::Attempt attempt;
  const bool task = plan.kind == model::ArtifactKind::kFunction;
  for (const package::Recipe& recipe : plan.wheels) {
    const fs::path place = folder.path() / recipe.wheel.distribution;
    LAMELLA_TRY(package::extract_files(tools.store, recipe.wheel, paths, place));
    for (const std::string& path : paths) {
      if (os::exists(place / path))
        attempt.put_back.push_back({place / path, recipe.layout.prefix + path, task});
    }
  }
  LAMELLA_TRY_ASSIGN(const proof::Proof whole, prover.attempt(subject, attempt, stop));
  if (!whole.trouble.empty()) return found;  // it loaded nothing: that is no word about stripping
  const auto still = [&](const std::string& file) {
    return std::any_of(whole.unloadable.begin(), whole.unloadable.end(),
                       [&](const auto& one) { return one.file == file; });
  };
  for (const package::Recipe& recipe : plan.wheels) {
    Unstripped row{plan.name, recipe.wheel.distribution, {}, ""};
    for (const proof::Unloadable& one : proof.unloadable) {
      const std::string path = below(plan, one.file);
      if (still(one.file) || !os::exists(folder.path() / recipe.wheel.distribution / path)) continue;
      row.files.push_back(path);
      if (row.why.empty()) row.why = one.why;
    }
    std::sort(row.files.begin(), row.files.end());
    if (!row.files.empty()) found.push_back(std::move(row));
  }
  return found;
}

}  // namespace lamella::build
