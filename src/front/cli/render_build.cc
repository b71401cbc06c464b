// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/diagnostic.h"
#include "base/units.h"
#include "cli/render.h"
#include "cli/render_parts.h"

namespace lamella::cli {
namespace {

using document::Value;

/// "70.9 MB", or "71.2 MB → 70.9 MB" when it is not what it was.
std::string sizes_text(const Value& artifact, const Style& style) {
  const Value* before = artifact.find({"before", "unzipped_bytes"});
  const Value* now = artifact.find("unzipped_bytes");
  if (before == nullptr || *before == *now) return size_text(now);
  return fmt::format("{} {} {}", size_text(before), style.arrow(), size_text(now));
}

std::string explained(const Value& artifact, const RowNames& names, const Style& style) {
  std::string out = fmt::format("\n{}\n", style.paint(names.of(artifact), Colour::kBold));
  for (const Value& reason : artifact.items("reasons"))
    out += fmt::format("  because {}\n", reason.text("text"));
  return out + slimming_text(artifact, style) + findings_text({artifact}, style);
}

std::string summary(const Value& record) {
  std::size_t built = 0;
  std::size_t reused = 0;
  std::size_t unchanged = 0;
  for (const Value& artifact : record.items("artifacts")) {
    const std::string action = artifact.text("action");
    ++(action == "built" ? built : action == "reused" ? reused : unchanged);
  }
  std::vector<std::string> parts;
  if (built > 0) parts.push_back(fmt::format("{} built", built));
  if (reused > 0) parts.push_back(fmt::format("{} reused", reused));
  if (unchanged > 0) parts.push_back(fmt::format("{} unchanged", unchanged));
  std::size_t failed = 0;
  std::size_t skipped = 0;
  for (const Value& failure : record.items("failures"))
    ++(failure.text("outcome") == "failed" ? failed : skipped);
  if (failed > 0) parts.push_back(fmt::format("{} failed", failed));
  if (skipped > 0) parts.push_back(fmt::format("{} skipped", skipped));
  return fmt::format("{} in {}\n", fmt::join(parts, ", "), duration_text(record.find("elapsed_ms")));
}

/// One line each, under the table of what was made.
std::string failures_text(const Value& record, const RowNames& names, const Style& style) {
  Table table;
  for (const Value& failure : record.items("failures")) {
    const bool failed = failure.text("outcome") == "failed";
    const std::string why = failed ? failure.find("error")->text("message")
                                   : fmt::format("because {} failed", failure.text("because"));
    table.add({{failure.text("kind"), Colour::kDim},
               {names.of(failure), Colour::kBold},
               {failure.text("outcome"), failed ? Colour::kRed : Colour::kYellow},
               {why, Colour::kDim}});
  }
  return table.render(style);
}

/// "backed out in core: 'drop tiny/extra/**' breaks it: ...".
std::string backed_out_text(const Value& culprit, const Style& style) {
  const auto back = static_cast<std::size_t>(culprit.integer("files"));
  std::string out =
      fmt::format("{} in {}: '{}' breaks it\n  {}\n", style.paint("backed out", Colour::kYellow),
                  culprit.text("artifact"), culprit.text("rule"), culprit.text("why"));
  out += fmt::format("  {} of {} ({}) put back", base::counted(back, "file"), culprit.text("distribution"),
                     size_text(culprit.find("bytes")));
  if (culprit.integer("files_out") > 0) {
    out +=
        fmt::format("; {} ({}) stay out", culprit.integer("files_out"), size_text(culprit.find("bytes_out")));
  }
  if (!culprit.boolean("smallest")) {
    out += "\n  that is not the smallest part: the search ended before, fewer files may do";
  }
  return out + "\n";
}

/// Each release once, although several targets may have it; those that the workspace asks for were told.
std::string taken_back_text(const Value& record, const Style& style) {
  std::string out;
  for (const Value& one : record.items("taken_back")) {
    const std::string line = fmt::format(
        "{} {} {} was taken back since it was locked: {}\n", style.paint("warning:", Colour::kYellow),
        base::escaped(one.text("name")), base::escaped(one.text("version")), base::escaped(one.text("text")));
    if (!one.boolean("allowed") && out.find(line) == std::string::npos) out += line;
  }
  return out;
}

}  // namespace

Text render_build(const Value& record, const Given& given, const Style& style) {
  const RowNames names(record, {"artifacts", "failures"});
  Table table;
  for (const Value& artifact : record.items("artifacts")) {
    const std::string action = artifact.text("action");
    const BudgetCells budget = budget_cells(weight_of(artifact), artifact.find("budget"), style);
    const std::string proved = artifact.boolean("proved") ? "proved" : "not proved";
    table.add({{artifact.text("kind"), Colour::kDim},
               {names.of(artifact), Colour::kBold},
               {action, colour_of_action(action)},
               number(sizes_text(artifact, style)),
               budget.bar,
               budget.share,
               budget.of,
               {proved, artifact.boolean("proved") ? Colour::kNone : Colour::kYellow},
               {action == "unchanged" ? "" : reasons_text(artifact), Colour::kDim}});
  }
  Text text;
  text.out = table.render(style) + failures_text(record, names, style);
  if (given.has("explain")) {
    for (const Value& artifact : record.items("artifacts")) text.out += explained(artifact, names, style);
    text.out += "\n";
  }
  for (const Value& artifact : record.items("artifacts")) {
    for (const Value& one : artifact.items("unproved")) {
      text.out += fmt::format("{} for {}: {}\n", artifact.text("name"), artifact.text("target"),
                              one.is_string() ? *one.as_string() : "");
    }
  }
  text.out += summary(record);
  for (const Value& one : record.items("backed_out")) text.out += backed_out_text(one, style);
  if (record.boolean("rules_changed")) text.out += "locks/rules.toml was written; commit it\n";
  return text;
}

Text render_init(const Value& record, const Given&, const Style& style) {
  Table table;
  for (const Value& layer : record.items("layers"))
    table.add(
        {{"layer", Colour::kDim}, {layer.text("name"), Colour::kBold}, "from " + layer.text("requirements")});
  for (const Value& function : record.items("functions")) {
    table.add({{"function", Colour::kDim},
               {function.text("name"), Colour::kBold},
               fmt::format("{} in {}", function.text("handler"), function.text("source"))});
  }
  for (const Value& one : record.items("left_out"))
    table.add({{"left out", Colour::kDim}, base::escaped(one.text("path")), {one.text("why"), Colour::kDim}});
  return {table.render(style) + "lamella.toml is written; look through it, then run `lamella up`\n", ""};
}

/// Of layers whose release moved.
std::string releases_text(const Value& record, const Style& style) {
  Table table;
  for (const Value& one : record.items("releases")) {
    if (one.text("action") == "unchanged") continue;
    const std::string from = one.text("from");
    table.add({{"release", Colour::kDim},
               {one.text("layer"), Colour::kBold},
               from.empty() ? one.text("release")
                            : fmt::format("{} {} {}", from, style.arrow(), one.text("release")),
               one.text("bump") == "none" ? "" : one.text("bump"),
               {one.text("reason"), Colour::kDim}});
  }
  return table.render(style);
}

Text render_lock(const Value& record, const Given&, const Style& style) {
  Table table;
  std::string changes;
  for (const Value& lock : record.items("locks")) {
    const std::string action = lock.text("action");
    const auto packages = lock.integer("packages", -1);
    table.add(
        {{lock.text("path"), Colour::kBold},
         {action, colour_of_action(action)},
         packages < 0 ? Cell("") : number(base::counted(static_cast<std::size_t>(packages), "package"))});
    for (const Value& reason : lock.items("reasons")) changes += fmt::format("    {}\n", reason.text("text"));
  }
  for (const Value& one : record.items("externals")) {
    const std::string action = one.text("action");
    table.add({{one.text("arn"), Colour::kBold},
               {action, colour_of_action(action)},
               number(one.integer("bytes", -1) < 0
                          ? ""
                          : base::format_size(static_cast<std::uint64_t>(one.integer("bytes"))))});
  }
  const std::string releases = releases_text(record, style);
  if (table.empty()) return {"nothing requires a package: no lock is needed\n" + releases, ""};
  return {table.render(style) + changes + releases, ""};
}

Text render_outdated(const Value& record, const Given&, const Style& style) {
  Table table;
  for (const Value& one : record.items("outdated")) {
    const std::string version = one.text("version");
    const std::string allowed = one.text("allowed", version);
    const bool moves = allowed != version;
    const bool weighed = one.integer("newest_bytes", -1) >= 0;
    table.add({{one.text("name"), Colour::kBold},
               {one.text("target"), Colour::kDim},
               version,
               {moves ? fmt::format("{} {}", style.arrow(), allowed) : "held back",
                moves ? Colour::kGreen : Colour::kYellow},
               fmt::format("newest {}", one.text("newest")),
               number(weighed ? size_text(one.find("newest_bytes")) : ""),
               {one.text("changelog"), Colour::kDim}});
  }
  const std::string taken_back = taken_back_text(record, style);
  if (table.empty()) return {"every package is at the newest version that its target can load\n", taken_back};
  return {table.render(style) + "`lamella lock --upgrade [PKG]` moves to what the requirements allow\n",
          taken_back};
}

Text render_check(const Value& record, const Given&, const Style& style) {
  Table table;
  for (const Value& item : record.items("checked")) {
    const bool passed = item.boolean("passed");
    const auto& checks = item.items("checks");
    const auto good =
        std::count_if(checks.begin(), checks.end(), [](const Value& one) { return one.boolean("passed"); });
    table.add(
        {{passed ? "ok" : "failed", passed ? Colour::kGreen : Colour::kRed},
         {item.text("kind"), Colour::kDim},
         {item.text("name"), Colour::kBold},
         number(base::counted(item.items("imports").size(), "import")),
         number(checks.empty() ? "" : fmt::format("{} of {} checks", good, checks.size())),
         {item.boolean("stale") ? "stale: what was built last is what was checked" : "", Colour::kYellow}});
  }
  return {table.render(style) + findings_text(record.items("checked"), style) +
              fmt::format("checked in {}\n", duration_text(record.find("elapsed_ms"))),
          ""};
}

}  // namespace lamella::cli
