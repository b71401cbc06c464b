// SPDX-License-Identifier: Apache-2.0
//
// The files of a built artifact, by the distribution that brings them.  Names and sizes alone are read: from its
// segments, or, where one of them is no longer in the store, from its zip, whose files are then of no
// distribution.
//
// Errors: io, corrupt, rejected.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "build/manifest.h"
#include "build/tools.h"
#include "model/opt_facts.h"

namespace lamella::build {

struct PartContents {
  std::string distribution;  ///< "numpy", "in-repo"; "" where it is not known
  std::string version;
  std::vector<model::OptFile> files;
};

Result<std::vector<PartContents>> contents_of(const Tools& tools, const Made& made);

}  // namespace lamella::build
