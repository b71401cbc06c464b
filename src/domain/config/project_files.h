// SPDX-License-Identifier: Apache-2.0
//
// Requirements out of files that other tools write or read as well, by the file's name:
//
//   pyproject.toml         [project] dependencies and the extras asked for (PEP 621), or the
//                          dependency groups asked for alone (PEP 735)
//   uv.lock                the same of the project that was locked; every version it holds is a constraint,
//                          with its hashes
//   pylock.toml, pylock.NAME.toml   every package at its version, with its hashes (PEP 751)
//
// A distribution that would come from an address or a repository is refused, also where only [tool.uv.sources] says
// so: packages come from the declared indexes.  What comes from a folder of the workspace is told apart
// (RequirementsFile::in_repo); what a member of uv's workspace needs is followed in uv.lock.
//
// Errors: usage, with file, line and caret where there is one; an extra or group that is not there with
// the nearest name; groups that include each other with the path.
// Tests: config/project_files_test.cc.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "config/requirements_file.h"
#include "model/packaging.h"

namespace lamella::config {

/// True for a path whose name is one of the above; any other is a requirements file.
bool is_project_file(std::string_view path);
/// True if extras and groups may be asked of it.
bool has_extras(std::string_view path);

/// REQUIRES: is_project_file(path).  `text` is its content; `wanted` says extras and groups.
Result<RequirementsFile> parse_project_file(const std::string& text, const std::string& path,
                                            const model::Requirements& wanted);

}  // namespace lamella::config
