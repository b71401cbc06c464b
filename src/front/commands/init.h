// SPDX-License-Identifier: Apache-2.0
//
// `lamella init`: a first lamella.toml for a folder that has requirements files, a pyproject.toml or both.
// What it writes is commented, is parsed before it is written, and never replaces a file.
//
// What becomes what: a folder with a requirements file and a module that defines `handler` or
// `lambda_handler` is a function; any other requirements file, and pyproject.toml's dependencies, are a
// layer.  Every function gets every layer, at most five.  What looks like one of these and is none (requirements for
// development, of docs and tests, a handler beside lamella.toml) is left out, and told.
//
// Errors: usage (there is a lamella.toml, nothing to start from, `from` is absent, requirements that `lock` would refuse),
// io.
#pragma once

#include <string>

#include "base/result.h"
#include "commands/outcome.h"
#include "commands/session.h"

namespace lamella::commands {

struct InitOptions {
  std::string from;  ///< a requirements file or pyproject.toml, relative to the folder; "" looks for them
};

/// {"path","layers":[{"name","requirements"}],"functions":[{"name","source","handler"}],"left_out":[{"path","why"}]}
Result<Outcome> init(const Setting& setting, const InitOptions& options);

}  // namespace lamella::commands
