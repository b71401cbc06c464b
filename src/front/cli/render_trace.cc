// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/units.h"
#include "cli/render.h"
#include "cli/render_parts.h"

namespace lamella::cli {
namespace {

using document::Value;

std::string word_of(const Value& value) {
  return value.as_string() == nullptr ? std::string() : *value.as_string();
}

std::string users_text(const Value& layer) {
  std::string out = "the function, the layer's own checks";
  for (const Value& user : layer.items("users")) out += ", " + word_of(user);
  return out;
}

Colour colour_of_risk(const std::string& risk) {
  if (risk == "low") return Colour::kGreen;
  return risk == "high" ? Colour::kRed : Colour::kYellow;
}

/// The lines that lamella.toml would have.
std::string prune_text(const Value& layer) {
  const Value* prune = layer.find("prune");
  if (prune == nullptr) return {};
  std::string out = layer.boolean("prune_written")
                        ? fmt::format("# in the place of what `prune` of {} says now\n", layer.text("layer"))
                        : "";
  out += fmt::format("[layers.{}.prune]\n", layer.text("layer"));
  if (const std::string profile = prune->text("profile"); !profile.empty())
    out += fmt::format("profile = \"{}\"\n", profile);
  for (const char* key : {"extra", "keep", "drop"}) {
    if (prune->items(key).empty()) continue;
    out += fmt::format("{} = [\n", key);
    for (const Value& line : prune->items(key)) out += fmt::format("  \"{}\",\n", word_of(line));
    out += "]\n";
  }
  return out;
}

std::string listed(const document::Array& names) {
  std::string out;
  for (const Value& name : names) out += (out.empty() ? "" : ", ") + word_of(name);
  return out;
}

/// What holds without all that is listed, and what nothing is known of.
std::string verdict_text(const Value& record) {
  const auto& unchecked = record.items("unchecked");
  std::string out;
  if (!unchecked.empty())
    out = fmt::format("no check calls {}: what a call needs was not seen\n", listed(unchecked));
  if (!record.boolean("passes_without"))
    return out + fmt::format("without all that is listed: {}\n", record.text("fails_without"));
  return out + fmt::format("without all that is listed, {} still passes\n",
                           unchecked.empty() ? "every check" : "what was run");
}

}  // namespace

Text render_trace(const Value& record, const Given&, const Style& style) {
  std::string out;
  if (record.boolean("stale"))
    out += style.paint("stale: what was built last is what was traced", Colour::kYellow) + "\n";
  std::string paste;
  for (const Value& layer : record.items("layers")) {
    out += fmt::format("{}  {} of {} opened, {} of {}\n", style.paint(layer.text("layer"), Colour::kBold),
                       layer.integer("used_files"),
                       base::counted(static_cast<std::size_t>(layer.integer("files")), "file"),
                       size_text(layer.find("used_bytes")), size_text(layer.find("bytes")));
    out += style.paint("  seen: " + users_text(layer), Colour::kDim) + "\n";
    Table table;
    bool advised = false;
    for (const Value& one : layer.items("proposals")) {
      const std::string risk = one.text("risk");
      advised = advised || risk != "high";
      table.add({number(size_text(one.find("bytes"))),
                 {risk, colour_of_risk(risk)},
                 one.text("pattern"),
                 {one.text("why"), Colour::kDim}});
    }
    out += table.render(style) + "\n";
    if (advised) paste += prune_text(layer);
  }
  out += "nothing was dropped";
  if (!paste.empty())
    out += "; to drop what is of low and medium risk, put this into lamella.toml:\n\n" + paste;
  out += "\n";
  out += verdict_text(record);
  return {out, ""};
}

}  // namespace lamella::cli
