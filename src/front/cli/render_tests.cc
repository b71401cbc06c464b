// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "cli/render.h"
#include "cli/render_parts.h"

namespace lamella::cli {
namespace {

using document::Value;

Colour colour_of(std::string_view outcome) {
  if (outcome == "failed") return Colour::kRed;
  return outcome == "skipped" ? Colour::kYellow : Colour::kGreen;
}

/// What a failed run printed, under its name, each line indented.
std::string output_text(const Value& item, const Style& style) {
  const Value* output = item.find("output");
  if (output == nullptr || output->as_string() == nullptr || output->as_string()->empty()) return {};
  std::string out = style.paint(item.text("kind") + " " + item.text("name"), Colour::kBold) + "\n";
  std::string_view rest = *output->as_string();
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    out += line.empty() ? "\n" : fmt::format("  {}\n", line);
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
  }
  return out;
}

}  // namespace

Text render_test(const Value& record, const Given&, const Style& style) {
  Table table;
  std::string outputs;
  for (const Value& item : record.items("tests")) {
    const std::string outcome = item.text("outcome");
    table.add(
        {{outcome == "reused" ? "passed" : outcome, colour_of(outcome)},
         {item.text("kind"), Colour::kDim},
         {item.text("name"), Colour::kBold},
         {item.text("target"), Colour::kDim},
         duration_text(item.find("duration_ms")),
         {outcome == "reused" ? "not run again: " + reasons_text(item) : reasons_text(item), Colour::kDim}});
    outputs += output_text(item, style);
  }
  const std::size_t count = record.items("tests").size();
  if (count == 0) return {"no tests to run: nothing asked for declares any\n", ""};
  return {
      outputs + table.render(style) + fmt::format("tested in {}\n", duration_text(record.find("elapsed_ms"))),
      ""};
}

}  // namespace lamella::cli
