// SPDX-License-Identifier: Apache-2.0
//
// lamella.toml to model::Workspace.  One table of keys (workspace_keys.h) decides what may be written
// and also gives the JSON Schema.  Everything that can be told without touching the disk is checked:
// unknown keys (nearest one named), types, units, names, limits, unknown layers, cycles, the order
// of a function's layers.  The first problem in the file's order is reported, with its line and a caret.
//
// Errors: usage; limit for more than five layers.
//
//   LAMELLA_TRY_ASSIGN(const model::Workspace workspace, config::parse_workspace(text, "lamella.toml"));
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/workspace.h"

namespace lamella::config {

/// `file` is used in positions only.
Result<model::Workspace> parse_workspace(std::string_view text, std::string_view file);

/// The JSON Schema (draft 2020-12) of the workspace file, with a final newline.  docs/formats keeps a copy.
std::string json_schema();

/// The keys as Markdown tables, one per kind of table.  docs/formats/workspace.md holds a copy.
std::string key_reference();

}  // namespace lamella::config
