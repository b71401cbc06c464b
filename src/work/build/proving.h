// SPDX-License-Identifier: Apache-2.0
//
// Proofs of built artifacts: what to prove of each, in dependency order, and what their traces say about
// where bytecode belongs.
#pragma once

#include <map>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "archive/zip_reader.h"
#include "base/result.h"
#include "build/manifest.h"
#include "build/rules_lock.h"
#include "build/tools.h"
#include "change/stat_index.h"
#include "proof/proof.h"

namespace lamella::build {

/// What is to be shown of one artifact.  Errors: usage (a check's file is absent), internal (a layer it needs
/// is not in the manifest).
Result<proof::Subject> subject_of(const Tools& tools, const model::Workspace& workspace,
                                  const Manifest& manifest, const Made& made, const ArtifactPlan& plan,
                                  change::StatIndex& index);

/// What of the plan this machine cannot show, and why: neither code of another architecture nor of a runtime without an
/// interpreter runs here.  First what is not run; empty where all is.
std::vector<std::string> unprovable_here(const ArtifactPlan& plan);
/// The part of it that does not depend on proofs: what the runtime's own interpreter would have made.
std::vector<std::string> unmade_here(const ArtifactPlan& plan);

/// Which distribution of a layer brings a module, as source or as bytecode in its place.
std::map<std::string, std::string> owners_of(const Tools& tools, const Made& layer);

/// The modules below site-packages that proofs saw imported from a layer, with the distribution each is from.
TracedModules traced_of(const Tools& tools, const model::Workspace& workspace, const Manifest& manifest,
                        const std::map<std::string, proof::Proof>& proofs);

/// How strictly its zip is read: one that was made elsewhere need not be as ours are.
archive::Profile profile_of(const Made& made);

/// "/opt/python/numpy/x.py" -> "numpy/x.py", in either layout; "" for what lies elsewhere.
std::string module_in_opt(std::string_view file);

/// Modules that loading the handler imported and that had to be compiled then, "/opt/python/x.py".
std::vector<std::string> without_bytecode(const proof::Proof& proof);

}  // namespace lamella::build
