// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/units.h"
#include "cli/render.h"
#include "cli/render_parts.h"

namespace lamella::cli {
namespace {

using document::Value;

Colour colour_of_version(std::string_view action) {
  if (action == "kept") return Colour::kDim;
  if (action == "deleted") return Colour::kGreen;
  return action == "failed" ? Colour::kRed : Colour::kYellow;
}

/// How many version records there are, whatever becomes of them.
std::size_t versions_in(const Value& record) {
  std::size_t count = 0;
  for (const Value& layer : record.items("layers")) count += layer.items("versions").size();
  return count;
}

std::string verdict(const Value& record) {
  const auto deleted = static_cast<std::size_t>(record.integer("deleted"));
  const auto removable = static_cast<std::size_t>(record.integer("removable"));
  const std::size_t all = versions_in(record);
  if (all == 0) return fmt::format("no layer version is published in {}", record.text("environment"));
  if (deleted > 0 || record.boolean("applied")) {
    if (deleted == 0) return fmt::format("nothing deleted of {}", base::counted(all, "layer version"));
    return fmt::format("{} of {} deleted, {} freed", deleted, base::counted(all, "layer version"),
                       size_text(record.find("freed_bytes")));
  }
  if (removable == 0) return fmt::format("nothing to delete of {}", base::counted(all, "layer version"));
  return fmt::format("{} of {} can go, {}; --apply deletes", removable, base::counted(all, "layer version"),
                     size_text(record.find("removable_bytes")));
}

}  // namespace

Text render_prune(const Value& record, const Given&, const Style& style) {
  Table table;
  for (const Value& layer : record.items("layers")) {
    for (const Value& version : layer.items("versions")) {
      const std::string action = version.text("action");
      table.add({{layer.text("name"), Colour::kBold},
                 {layer.boolean("managed") ? "" : "unmanaged", Colour::kYellow},
                 number(fmt::format("version {}", version.integer("version"))),
                 {action, colour_of_version(action)},
                 number(size_text(version.find("bytes"))),
                 {reasons_text(version), Colour::kDim}});
    }
  }
  return {table.render(style) + verdict(record) + "\n", ""};
}

}  // namespace lamella::cli
