// SPDX-License-Identifier: Apache-2.0
#include "cli/render_parts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "base/diagnostic.h"
#include "base/units.h"

namespace lamella::cli {
namespace {

constexpr std::size_t kBarCells = 10;
constexpr double kNearlyFull = 0.95;

}  // namespace

std::string size_text(const document::Value* bytes) {
  const auto number = bytes == nullptr ? std::nullopt : bytes->as_integer();
  return number && *number >= 0 ? base::format_size(static_cast<std::uint64_t>(*number)) : std::string();
}

std::string duration_text(const document::Value* milliseconds) {
  const auto number = milliseconds == nullptr ? std::nullopt : milliseconds->as_number();
  if (!number) return {};
  return base::format_duration(std::chrono::nanoseconds(static_cast<std::int64_t>(*number * 1e6)));
}

std::string reasons_text(const document::Value& record, std::size_t most) {
  std::string out;
  const auto& reasons = record.items("reasons");
  for (std::size_t i = 0; i < std::min(most, reasons.size()); ++i) {
    out += (i == 0 ? "" : "; ") + reasons[i].text("text");
  }
  if (reasons.size() > most) out += fmt::format("; and {} more", reasons.size() - most);
  return out;
}

Weight weight_of(const document::Value& record) {
  const auto bytes = [&](std::string_view key) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, record.integer(key)));
  };
  return {bytes("unzipped_bytes"), bytes("zipped_bytes")};
}

BudgetCells budget_cells(const Weight& weight, const document::Value* budget, const Style& style) {
  if (budget == nullptr) return {};
  BudgetCells cells;
  std::vector<std::string> of;
  if (const std::int64_t limit = budget->integer("unzipped"); limit > 0) {
    const double share = static_cast<double>(weight.unzipped) / static_cast<double>(limit);
    const Colour colour = share > 1 ? Colour::kRed : share > kNearlyFull ? Colour::kYellow : Colour::kGreen;
    cells.bar = Cell(bar(share, kBarCells, style), colour);
    cells.share = number(percent(share), colour);
    of.push_back("of " + base::format_size(static_cast<std::uint64_t>(limit)));
  }
  if (const std::int64_t aim = budget->integer("aim"); aim > 0)
    of.push_back("aim " + base::format_size(static_cast<std::uint64_t>(aim)));
  if (const std::int64_t limit = budget->integer("zipped"); limit > 0) {
    const double share = static_cast<double>(weight.zipped) / static_cast<double>(limit);
    of.push_back(
        fmt::format("{} of {} zipped", percent(share), base::format_size(static_cast<std::uint64_t>(limit))));
  }
  cells.of = Cell(fmt::format("{}", fmt::join(of, ", ")));
  return cells;
}

std::string findings_text(const document::Array& records, const Style& style) {
  std::vector<std::pair<const document::Value*, std::string>> told;
  for (const document::Value& record : records) {
    for (const document::Value& finding : record.items("findings")) {
      const auto same = std::find_if(told.begin(), told.end(), [&](const auto& one) {
        return one.first->text("text") == finding.text("text");
      });
      if (same == told.end()) {
        told.emplace_back(&finding, record.text("name"));
      } else {
        same->second += ", " + record.text("name");
      }
    }
  }
  std::string out;
  for (const auto& [finding, names] : told) {
    const std::string severity = finding->text("severity");
    const Colour colour = severity == "error"     ? Colour::kRed
                          : severity == "warning" ? Colour::kYellow
                                                  : Colour::kDim;
    out += fmt::format("  {} {}: {}\n", style.paint(severity, colour), names,
                       base::escaped(finding->text("text")));
    if (const std::string remedy = finding->text("remedy"); !remedy.empty() && severity != "note")
      out += fmt::format("    {} {}\n", style.paint("do:", Colour::kCyan), remedy);
  }
  return out;
}

RowNames::RowNames(const document::Value& record, std::initializer_list<std::string_view> lists) {
  for (const std::string_view list : lists) {
    for (const document::Value& one : record.items(list))
      targets_[{one.text("kind"), one.text("name")}].insert(one.text("target"));
  }
}

std::string RowNames::of(const document::Value& artifact) const {
  const auto found = targets_.find({artifact.text("kind"), artifact.text("name")});
  if (found == targets_.end() || found->second.size() < 2) return artifact.text("name");
  return fmt::format("{} for {}", artifact.text("name"), artifact.text("target"));
}

Colour colour_of_action(std::string_view action) {
  if (action == "unchanged") return Colour::kDim;
  if (action == "stale" || action == "missing") return Colour::kYellow;
  return Colour::kGreen;
}

}  // namespace lamella::cli
