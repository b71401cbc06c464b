// SPDX-License-Identifier: Apache-2.0
//
// Requirements that nobody could resolve, refused where they stand, before the resolver is asked: versions that
// are none (PEP 440) and markers that are none (PEP 508).
//
// Errors: usage, at the requirement.  Threads: a pure function.
#pragma once

#include "base/result.h"
#include "config/requirements_file.h"

namespace lamella::resolve {

Result<> check_requirements(const config::RequirementsFile& file);

}  // namespace lamella::resolve
