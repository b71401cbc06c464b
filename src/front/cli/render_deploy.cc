// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "cli/render.h"
#include "cli/render_parts.h"

namespace lamella::cli {
namespace {

using document::Value;

constexpr std::size_t kShownAnswer = 60;

/// A version, whether it is kept as a number or as text; "-" for none.
std::string version_text(const Value* version) {
  if (version == nullptr) return "-";
  if (const auto number = version->as_integer()) return *number == 0 ? "-" : std::to_string(*number);
  return version->as_string() == nullptr || version->as_string()->empty() ? "-" : *version->as_string();
}

std::string moved_text(const Value& function, const Style& style) {
  std::string now = version_text(function.find("version"));
  const std::string before = version_text(function.find("previous_version"));
  if (before == "-" || before == now) return now;
  return fmt::format("{} {} {}", before, style.arrow(), now);
}

std::string checks_text(const Value& function) {
  const auto& checks = function.items("checks");
  const auto good =
      std::count_if(checks.begin(), checks.end(), [](const Value& one) { return one.boolean("passed"); });
  return checks.empty() ? "" : fmt::format("{} of {} checks", good, checks.size());
}

/// One line of an answer, cut.
std::string shown(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  if (columns(text) <= kShownAnswer) return text;
  std::size_t end = kShownAnswer;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + "...";
}

Colour colour_of_outcome(std::string_view outcome) {
  if (outcome == "promoted") return Colour::kGreen;
  return outcome == "unchanged" ? Colour::kDim : Colour::kRed;
}

void add_versions(Table& table, const Value& deployment, const Style& style) {
  for (const Value& layer : deployment.items("layers")) {
    const std::string action = layer.text("action");
    table.add({{"layer", Colour::kDim},
               {layer.text("name"), Colour::kBold},
               {action, colour_of_action(action)},
               number("version " + version_text(layer.find("version")))});
  }
  for (const Value& function : deployment.items("functions")) {
    const std::string action = function.text("action");
    table.add({{"function", Colour::kDim},
               {function.text("name"), Colour::kBold},
               {action, colour_of_action(action)},
               number("version " + moved_text(function, style)),
               {function.text("alias"), Colour::kCyan},
               checks_text(function)});
  }
}

std::string failed_checks(const Value& deployment, const Style& style) {
  std::string out;
  for (const Value& function : deployment.items("functions")) {
    for (const Value& check : function.items("checks")) {
      if (check.boolean("passed")) continue;
      out += fmt::format("  {} {}: {}: {}\n", style.paint("failed", Colour::kRed), function.text("name"),
                         check.text("name"), check.text("detail"));
    }
  }
  return out;
}

std::string outcome_line(const Value& deployment, const Style& style) {
  const std::string outcome = deployment.text("outcome");
  const std::string id = deployment.text("deployment");
  return fmt::format("{} to {}{}\n", style.paint(outcome, colour_of_outcome(outcome)),
                     deployment.text("environment"), id.empty() ? "" : " as " + id);
}

std::string live_text(const Value& item) {
  std::string out;
  for (const Value& live : item.items("live")) {
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", live.text("environment"),
                       version_text(live.find("version")));
  }
  return out.empty() ? "not deployed" : out;
}

}  // namespace

Text render_plan(const Value& record, const Given&, const Style& style) {
  Table table;
  std::size_t changes = 0;
  for (const Value& change : record.items("changes")) {
    const std::string action = change.text("action");
    changes += action == "unchanged" ? 0 : 1;
    const std::string from = change.text("from");
    const std::string to = change.text("to");
    table.add({{change.text("kind"), Colour::kDim},
               {change.text("name"), Colour::kBold},
               {action, colour_of_action(action)},
               from.empty() || from == to ? to : fmt::format("{} {} {}", from, style.arrow(), to),
               {action == "unchanged" ? "" : reasons_text(change), Colour::kDim}});
  }
  const std::string verdict = changes == 0 ? "nothing to do" : base::counted(changes, "change");
  return {table.render(style) + fmt::format("{} in {}; plan {}\n", verdict, record.text("environment"),
                                            record.text("digest").substr(0, 12)),
          ""};
}

Text render_deploy(const Value& record, const Given&, const Style& style) {
  Table table;
  add_versions(table, record, style);
  return {table.render(style) + failed_checks(record, style) + outcome_line(record, style), ""};
}

Text render_up(const Value& record, const Given& given, const Style& style) {
  Text text;
  if (const Value* build = record.find("build")) text = render_build(*build, given, style);
  const Value* deployment = record.find("deployment");
  if (deployment != nullptr) text.out += "\n" + render_deploy(*deployment, given, style).out;
  Table table;
  for (const Value& function : record.items("functions")) {
    const bool passed = function.boolean("passed");
    const Value* memory = function.find("max_memory_mb");
    const auto used = memory == nullptr ? std::nullopt : memory->as_integer();
    table.add({{function.text("name"), Colour::kBold},
               {passed ? "answers" : "fails", passed ? Colour::kGreen : Colour::kRed},
               number(function.find("cold_ms") ? duration_text(function.find("cold_ms")) : ""),
               number(duration_text(function.find("warm_ms"))),
               number(used ? fmt::format("{} MB", *used) : ""),
               {shown(function.text("answer")), Colour::kDim}});
  }
  if (!table.empty()) {
    text.out += "\n" +
                style.paint("functions through their alias: cold, warm, memory, answer", Colour::kBold) +
                "\n" + table.render(style);
  }
  text.out += fmt::format("up in {}\n", duration_text(record.find("elapsed_ms")));
  const auto& functions = record.items("functions");
  if (!functions.empty()) {
    text.out += fmt::format("\ntry next\n  lamella invoke {}\n  lamella status\n  lamella local serve\n",
                            functions.back().text("name"));
  }
  return text;
}

Text render_status(const Value& record, const Given&, const Style& style) {
  Table table;
  for (const auto* list : {"layers", "functions"}) {
    const RowNames names(record, {list});
    for (const Value& item : record.items(list)) {
      const bool stale = item.boolean("stale");
      const BudgetCells budget = budget_cells(weight_of(item), item.find("budget"), style);
      const std::string built = item.text("built_at");
      table.add({{list == std::string_view("layers") ? "layer" : "function", Colour::kDim},
                 {names.of(item), Colour::kBold},
                 {stale ? "stale" : "up to date", stale ? Colour::kYellow : Colour::kGreen},
                 built.empty() ? "never built" : built,
                 number(size_text(item.find("unzipped_bytes"))),
                 budget.bar,
                 budget.share,
                 {live_text(item), Colour::kCyan},
                 {stale ? reasons_text(item) : "", Colour::kDim}});
    }
  }
  std::string out = table.render(style);
  for (const Value& environment : record.items("environments")) {
    const Value* last = environment.find("last");
    if (last == nullptr || last->is_null()) {
      out += fmt::format("{}: never deployed to\n", environment.text("name"));
      continue;
    }
    const std::string outcome = last->text("outcome");
    out += fmt::format("{}: {} {}\n", environment.text("name"), outcome.empty() ? "interrupted" : outcome,
                       last->text("started_at"));
  }
  return {out, ""};
}

Text render_history(const Value& record, const Given&, const Style& style) {
  Table table;
  for (const Value& one : record.items("deployments")) {
    const std::string outcome = one.text("outcome");
    const auto moved =
        std::count_if(one.items("functions").begin(), one.items("functions").end(),
                      [](const Value& function) { return function.text("action") == "promoted"; });
    const auto published =
        std::count_if(one.items("layers").begin(), one.items("layers").end(),
                      [](const Value& layer) { return layer.text("action") == "published"; });
    table.add({one.text("started_at"),
               one.text("environment"),
               {outcome, colour_of_outcome(outcome)},
               number(base::counted(static_cast<std::size_t>(published), "layer")),
               number(base::counted(static_cast<std::size_t>(moved), "function")),
               {one.text("deployment"), Colour::kDim},
               {outcome == "promoted" ? "" : reasons_text(one, 1), Colour::kDim}});
  }
  if (table.empty()) return {"nothing was deployed yet\n", ""};
  return {table.render(style), ""};
}

Text render_invoke(const Value& record, const Given&, const Style& style) {
  Text text{record.text("payload_text") + "\n", ""};
  text.err = style.paint(fmt::format("{} version {} ({}), {}", record.text("function"),
                                     record.text("executed_version"), record.text("qualifier"),
                                     duration_text(record.find("round_trip_ms"))),
                         Colour::kDim) +
             "\n" + record.text("log_tail");
  if (!text.err.ends_with('\n')) text.err += "\n";
  return text;
}

Text render_logs(const Value& record, const Given&, const Style& style) {
  std::string out;
  for (const Value& line : record.items("lines")) {
    std::string message = line.text("message");
    while (message.ends_with('\n')) message.pop_back();
    out += style.paint(line.text("time"), Colour::kDim) + "  " + message + "\n";
  }
  return {out, record.items("lines").empty() ? record.text("function") + " has logged nothing yet\n" : ""};
}

Text render_local_env(const Value& record, const Given&, const Style&) {
  std::string out;
  for (const auto& member : record.members("env")) {
    std::string quoted;
    for (const char c : member.value.as_string() == nullptr ? std::string() : *member.value.as_string()) {
      quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    }
    out += fmt::format("export {}='{}'\n", member.key, quoted);
  }
  return {out, ""};
}

Text render_nothing(const Value&, const Given&, const Style&) { return {}; }

}  // namespace lamella::cli
