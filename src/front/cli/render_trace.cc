// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

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
std::string drop_text(const Value& layer) {
  std::string out = fmt::format("[layers.{}.prune]\ndrop = [\n", layer.text("layer"));
  for (const Value& line : layer.items("drop")) out += fmt::format("  \"{}\",\n", word_of(line));
  return out + "]\n";
}

}  // namespace

Text render_trace(const Value& record, const Given&, const Style& style) {
  std::string out;
  std::string paste;
  for (const Value& layer : record.items("layers")) {
    out += fmt::format("{}  {} of {} opened, {} of {}\n", style.paint(layer.text("layer"), Colour::kBold),
                       layer.integer("used_files"),
                       counted(static_cast<std::size_t>(layer.integer("files")), "file"),
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
    if (advised) paste += drop_text(layer);
  }
  out += "nothing was dropped";
  if (!paste.empty())
    out += "; to drop what is of low and medium risk, put this into lamella.toml:\n\n" + paste;
  out += "\n";
  if (record.boolean("passes_without"))
    out += "without all that is listed, every check still passes\n";
  else
    out += fmt::format("without all that is listed: {}\n", record.text("fails_without"));
  return {out, ""};
}

}  // namespace lamella::cli
