// SPDX-License-Identifier: Apache-2.0
#include "build/lock_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "document/toml.h"

namespace lamella::build {

using document::Value;

Result<Value> parse_lock_text(std::string_view text, std::string_view file, const LockKind& kind) {
  LAMELLA_TRY_ASSIGN(Value document, document::parse_toml(text, file));
  const auto schema = document.integer("schema");
  if (schema == kind.schema) return document;
  if (schema > kind.schema) {
    return Error(ErrorCode::kCorrupt, fmt::format("a newer version of lamella wrote {}", kind.name))
        .at(std::string(file))
        .because(fmt::format("it has schema {}, this version reads {}", schema, kind.schema))
        .remedy("use that version, or a newer one");
  }
  return Error(ErrorCode::kUsage, fmt::format("{} has another schema", kind.name))
      .at(std::string(file))
      .because(fmt::format("it has schema {}, this version reads {}", schema, kind.schema))
      .remedy(std::string(kind.remedy));
}

std::vector<std::string> sorted_texts(const Value& row, std::string_view key) {
  std::vector<std::string> out = row.texts(key);
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace lamella::build
