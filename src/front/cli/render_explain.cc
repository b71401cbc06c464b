// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/diagnostic.h"
#include "base/units.h"
#include "cli/render.h"
#include "cli/render_parts.h"

namespace lamella::cli {
namespace {

using document::Value;

constexpr std::size_t kMostFiles = 20;
constexpr std::size_t kBrief = 12;  // digits of a digest

std::string joined(const document::Array& items) {
  std::string out;
  for (const Value& item : items) out += (out.empty() ? "" : ", ") + base::escaped(*item.as_string());
  return out;
}

std::string bytecode_text(const Value* bytecode) {
  if (bytecode == nullptr) return {};
  if (const std::string* mode = bytecode->as_string()) return *mode;
  std::string out = bytecode->text("default");
  if (const std::string traced = bytecode->text("traced"); !traced.empty())
    out += ", of traced modules " + traced;
  for (const auto& pattern : bytecode->members("patterns"))
    out += fmt::format(", {} {}", pattern.key, *pattern.value.as_string());
  return out;
}

std::string tools_of(const document::Array& tools) {
  std::string out;
  for (const Value& tool : tools)
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", tool.text("name"),
                       tool.text("sha256").substr(0, kBrief));
  return out;
}

/// What goes into one segment's key, a line each; what is empty has no line.
std::string segment_text(const Value& segment, const Style& style) {
  const std::string version = segment.text("version");
  std::string out = fmt::format("    {}{}\n", style.paint(segment.text("name"), Colour::kBold),
                                version.empty() ? "" : " " + version);
  Table table;
  const auto row = [&](const char* name, std::string text) {
    if (!text.empty()) table.add({{name, Colour::kDim}, std::move(text)});
  };
  row("wheel", segment.text("wheel"));
  if (const std::string place = segment.text("built_from"); !place.empty())
    row("built", fmt::format("from {} by {}", base::escaped(place), base::escaped(segment.text("backend"))));
  if (const Value* source = segment.find("source"); source != nullptr && source->is_object())
    row("source", fmt::format("{} {}", base::escaped(source->text("name")), source->text("sha256")));
  row("archive", segment.text("archive"));
  if (const std::string place = segment.text("place"); !place.empty())
    row("from",
        fmt::format("{}, {}", base::escaped(place), segment.boolean("as_it_is") ? "as it is" : "merged"));
  row("run", base::escaped(segment.text("run")));
  if (segment.boolean("network")) row("network", "that of this machine; what is fetched is not verified");
  row("tools", tools_of(segment.items("tools")));
  row("rules", joined(segment.items("rules")));
  row("drop", joined(segment.items("drop")));
  row("keep", joined(segment.items("keep")));
  row("services", joined(segment.items("services")));
  row("bytecode", bytecode_text(segment.find("bytecode")));
  if (const auto traced = segment.integer("traced"); traced > 0)
    row("traced", base::counted(static_cast<std::size_t>(traced), "module"));
  if (const Value* bought = segment.find("bought"); bought != nullptr && bought->is_object())
    row("budget", bought_text(*bought));
  row("interpreter", segment.text("interpreter"));
  const auto& files = segment.items("files");
  for (std::size_t i = 0; i < std::min(files.size(), kMostFiles); ++i) {
    row("file", fmt::format("{}  {}{}", files[i].text("sha256").substr(0, kBrief),
                            base::escaped(files[i].text("name")),
                            files[i].boolean("executable") ? "  executable" : ""));
  }
  if (files.size() > kMostFiles) row("file", fmt::format("and {} more", files.size() - kMostFiles));
  const auto& inputs = segment.items("inputs");
  for (std::size_t i = 0; i < std::min(inputs.size(), kMostFiles); ++i) {
    row("input", fmt::format("{}  {}{}", inputs[i].text("sha256").substr(0, kBrief),
                             base::escaped(inputs[i].text("path")),
                             inputs[i].boolean("executable") ? "  executable" : ""));
  }
  if (inputs.size() > kMostFiles) row("input", fmt::format("and {} more", inputs.size() - kMostFiles));
  return out + table.render(style, 6);
}

}  // namespace

Text render_explain(const Value& record, const Given&, const Style& style) {
  std::string out;
  for (const Value& item : record.items("items")) {
    out += fmt::format("{} {}\n", item.text("kind"), style.paint(item.text("name"), Colour::kBold));
    if (!item.items("uses").empty()) out += fmt::format("  uses     {}\n", joined(item.items("uses")));
    if (!item.items("used_by").empty()) out += fmt::format("  used by  {}\n", joined(item.items("used_by")));
    for (const Value& artifact : item.items("artifacts")) {
      const bool stale = artifact.boolean("stale");
      out +=
          fmt::format("  {}  {}  key {}\n", artifact.text("target"),
                      style.paint(stale ? "stale" : "up to date", stale ? Colour::kYellow : Colour::kGreen),
                      artifact.text("key"));
      for (const Value& reason : artifact.items("reasons"))
        out += fmt::format("    because {}\n", base::escaped(reason.text("text")));
      Value named = artifact;
      named.set("name", item.text("name"));
      out += findings_text({named}, style);
      for (const Value& segment : artifact.items("segments")) out += segment_text(segment, style);
    }
  }
  return {out, ""};
}

}  // namespace lamella::cli
