// SPDX-License-Identifier: Apache-2.0
//
// From a document that check_keys() has accepted to model values.  Two steps, so that neither the
// readers nor validate() meet a wrong type.
#pragma once

#include "base/result.h"
#include "config/source_file.h"
#include "document/value.h"
#include "model/workspace.h"

namespace lamella::config {

/// REQUIRES: check_keys(workspace_keys(), "workspace", document) succeeded.
Result<model::Workspace> read_workspace(const document::Value& document, const SourceFile& source);

/// The checks under `table`'s "checks".  REQUIRES: as above.
Result<std::vector<model::Check>> read_checks(const document::Value& table, const SourceFile& source);

/// Requirements, packages, files, prune, services, bytecode, strip and budget of a layer or function.
Result<> read_packaging(const document::Value& table, const SourceFile& source, model::Packaging& out);

/// A layer's path, layout and archive.
Result<> read_layer_content(const document::Value& table, const SourceFile& source, model::Layer& layer);

/// A layer's "command".
Result<std::optional<model::Command>> read_command(const document::Value& table, const SourceFile& source);

/// "tests", "test_requirements" and "test_files" of a layer or function.
Result<model::Tests> read_tests(const document::Value& table, const SourceFile& source);

/// The requirements under `key`, in any of their spellings; none when it is absent.
Result<> read_requirements_key(const document::Value& table, std::string_view key, const SourceFile& source,
                               model::Requirements& out);

/// "unzipped", "zipped" and "aim" under `table`'s "budget".
Result<model::Budget> read_budget(const document::Value& table);

/// The strings under `key` with their places.
std::vector<model::PlacedText> placed_texts(const document::Value& table, std::string_view key);

}  // namespace lamella::config
