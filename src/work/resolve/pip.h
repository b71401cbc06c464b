// SPDX-License-Identifier: Apache-2.0
//
// One run of `pip install --dry-run --report`, for machines without uv: the same question, the same answer.
// pip evaluates markers for the interpreter it runs in and never for another, so only the target's own
// interpreter on the target's own architecture may be asked.
//
// What pip cannot answer is refused with the remedy to install uv: `exclude_newer`, `overrides`, `no_deps` of
// single requirements, names placed in an index beside the default one, and packages from source, which pip would build to see what they need.
//
// Threads: any.  Errors: as Resolver, from pip's words.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "resolve/uv.h"

namespace lamella::resolve {

/// REQUIRES: question.pip is the target's interpreter and has pip.
Result<std::vector<UvPackage>> ask_pip(const UvQuestion& question, std::stop_token stop);

/// What pip writes with --report.  Exposed for tests.
Result<std::vector<UvPackage>> parse_pip_report(const std::string& text);

}  // namespace lamella::resolve
