// SPDX-License-Identifier: Apache-2.0
#include "config/workspace_file.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "config/clear_secrets.h"
#include "config/key_table.h"
#include "config/read_workspace.h"
#include "config/source_file.h"
#include "config/validate.h"
#include "config/workspace_keys.h"
#include "document/toml.h"

namespace lamella::config {
namespace {

constexpr std::int64_t kFormat = 1;

/// Before the keys: those of another schema are not ours to judge.
Result<> check_schema(const document::Value& document, const SourceFile& source) {
  const document::Value* schema = document.find("schema");
  const auto number = schema == nullptr ? std::nullopt : schema->as_integer();
  if (!number || *number == kFormat) return {};
  return source
      .usage(fmt::format("this version reads schema {}, not {}", kFormat, *number), schema->position())
      .remedy("use the version of lamella that the workspace was written for");
}

}  // namespace

Result<model::Workspace> parse_workspace(std::string_view text, std::string_view file) {
  const SourceFile source(text, file);
  LAMELLA_TRY_ASSIGN(const document::Value document, document::parse_toml(text, file));
  LAMELLA_TRY(check_schema(document, source));
  if (!document.as_object()->empty()) {
    LAMELLA_TRY(check_keys(workspace_keys(), "workspace", document, source));
  } else {
    LAMELLA_TRY(validate(model::Workspace{}, source));
  }
  LAMELLA_TRY_ASSIGN(model::Workspace workspace, read_workspace(document, source));
  LAMELLA_TRY(validate(workspace, source));
  workspace.clear_secrets = clear_secrets(document, source);
  return workspace;
}

}  // namespace lamella::config
