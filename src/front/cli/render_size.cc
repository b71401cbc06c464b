// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/diagnostic.h"
#include "base/units.h"
#include "cli/render.h"
#include "cli/render_parts.h"
#include "model/file_type.h"

namespace lamella::cli {
namespace {

using document::Value;

constexpr std::size_t kNamedPackages = 3;

std::uint64_t bytes_of(const Value& record, std::string_view key) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, record.integer(key)));
}

/// "pandas 33.0 MB, numpy 41.2 MB": the largest.
std::string largest(const Value& artifact) {
  auto packages = artifact.items("packages");
  std::sort(packages.begin(), packages.end(),
            [](const Value& a, const Value& b) { return a.integer("bytes") > b.integer("bytes"); });
  std::string out;
  for (std::size_t i = 0; i < std::min(kNamedPackages, packages.size()); ++i) {
    out += fmt::format("{}{} {}", i == 0 ? "" : ", ", packages[i].text("name"),
                       size_text(packages[i].find("bytes")));
  }
  return out;
}

std::vector<Cell> sum_row(const Value& record, std::string_view key, std::string title, std::string note) {
  const Value* sum = record.find({"sums", key});
  if (sum == nullptr) return {std::move(title)};
  return {std::move(title),
          number(size_text(sum->find("zipped_bytes"))),
          number(size_text(sum->find("unzipped_bytes"))),
          {std::move(note), Colour::kDim}};
}

std::string saved_note(const Value& record) {
  const Value* zipped = record.find({"sums", "saved", "zipped"});
  const Value* unzipped = record.find({"sums", "saved", "unzipped"});
  if (zipped == nullptr || unzipped == nullptr || unzipped->as_number().value_or(0) <= 0) return {};
  return fmt::format("{} less zipped, {} less unzipped than the first",
                     percent(zipped->as_number().value_or(0)), percent(unzipped->as_number().value_or(0)));
}

/// "libopenblas  21.5 MB  32.9 MB in numpy 1.24.3 of layer core, ...": each once, with the functions that pay.
std::string shared_libraries(const Value& record, const Style& style) {
  std::vector<std::pair<const Value*, std::string>> told;
  for (const Value& function : record.items("functions")) {
    for (const Value& library : function.items("shared_libraries")) {
      const auto same =
          std::find_if(told.begin(), told.end(), [&](const auto& one) { return *one.first == library; });
      if (same == told.end()) {
        told.emplace_back(&library, function.text("name"));
      } else {
        same->second += ", " + function.text("name");
      }
    }
  }
  Table table;
  for (const auto& [library, functions] : told) {
    std::string copies;
    for (const Value& copy : library->items("copies")) {
      const std::string distribution = copy.text("distribution");
      copies += fmt::format("{}{} in {}{}", copies.empty() ? "" : ", ", size_text(copy.find("bytes")),
                            distribution.empty() ? "" : distribution + " of ", copy.text("artifact"));
    }
    table.add({{library->text("name"), Colour::kBold},
               number(size_text(library->find("bytes"))),
               copies,
               {"for " + functions, Colour::kDim}});
  }
  if (table.empty()) return {};
  return "\n" +
         style.paint("shared libraries that are there more than once, and what all but one cost",
                     Colour::kBold) +
         "\n" + table.render(style);
}

std::string unbuilt_text(const Value& record, const Style& style) {
  std::string out;
  for (const Value& one : record.items("unbuilt"))
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", one.text("kind"), one.text("name"));
  return out.empty()
             ? out
             : style.paint("never built here, and in none of these figures: " + out, Colour::kYellow) + "\n";
}

/// A row for each artifact, a column for each type that some file has.
std::string types_text(const Value& record, const Style& style) {
  std::vector<std::string> types;
  for (const std::string_view type : model::kFileTypes) {
    const auto& artifacts = record.items("artifacts");
    const bool there = std::any_of(artifacts.begin(), artifacts.end(), [&](const Value& artifact) {
      const auto& sums = artifact.items("types");
      return std::any_of(sums.begin(), sums.end(),
                         [&](const Value& sum) { return sum.text("type") == type; });
    });
    if (there) types.emplace_back(type);
  }
  if (types.empty()) return {};
  Table table;
  std::vector<Cell> heads = {"", ""};
  for (const std::string& type : types) heads.push_back(number(type, Colour::kDim));
  table.add(std::move(heads));
  for (const Value& artifact : record.items("artifacts")) {
    std::vector<Cell> row = {{artifact.text("kind"), Colour::kDim}, {artifact.text("name"), Colour::kBold}};
    for (const std::string& type : types) {
      std::string bytes;
      for (const Value& sum : artifact.items("types")) {
        if (sum.text("type") == type) bytes = size_text(sum.find("bytes"));
      }
      row.push_back(number(bytes));
    }
    table.add(std::move(row));
  }
  return "\n" + style.paint("by type of file, unzipped", Colour::kBold) + "\n" + table.render(style);
}

}  // namespace

Text render_size(const Value& record, const Given& given, const Style& style) {
  if (given.has("diff")) return render_size_diff(record, given, style);
  Table artifacts;
  artifacts.add({"", "", number("zipped", Colour::kDim), number("unzipped", Colour::kDim)});
  for (const Value& artifact : record.items("artifacts")) {
    const BudgetCells budget = budget_cells(weight_of(artifact), artifact.find("budget"), style);
    artifacts.add({{artifact.text("kind"), Colour::kDim},
                   {artifact.text("name"), Colour::kBold},
                   number(size_text(artifact.find("zipped_bytes"))),
                   number(size_text(artifact.find("unzipped_bytes"))),
                   budget.bar,
                   budget.share,
                   budget.of,
                   {largest(artifact), Colour::kDim}});
  }
  if (const Value* total = record.find("total")) {
    const BudgetCells budget = budget_cells(weight_of(*total), total->find("budget"), style);
    artifacts.add({"",
                   {"together", Colour::kBold},
                   number(size_text(total->find("zipped_bytes"))),
                   number(size_text(total->find("unzipped_bytes"))),
                   budget.bar,
                   budget.share,
                   budget.of});
  }
  Table functions;
  for (const Value& function : record.items("functions")) {
    const Value budget = Value::object({{"unzipped", function.integer("limit_bytes")}});
    const BudgetCells cells = budget_cells({.unzipped = bytes_of(function, "merged_bytes")}, &budget, style);
    functions.add(
        {{function.text("name"), Colour::kBold},
         number(size_text(function.find("merged_bytes"))),
         cells.bar,
         cells.share,
         cells.of,
         {fmt::format("with {}", base::counted(function.items("layers").size(), "layer")), Colour::kDim}});
  }
  Table sums;
  sums.add({"", number("zipped", Colour::kDim), number("unzipped", Colour::kDim)});
  sums.add(sum_row(record, "self_contained", "every function with all it needs", "as pip would install it"));
  sums.add(sum_row(record, "functions_alone", "functions alone", ""));
  sums.add(sum_row(record, "layers_once_and_functions", "layers once, plus functions", saved_note(record)));
  const auto heading = [&](std::string_view text) { return "\n" + style.paint(text, Colour::kBold) + "\n"; };
  std::string slimming;
  for (const Value& artifact : given.has("explain") ? record.items("artifacts") : document::Array{}) {
    slimming += heading(artifact.text("name")) + slimming_text(artifact, style);
  }
  const std::string page = record.text("html");
  const std::string written = page.empty() ? "" : fmt::format("\n{} is written\n", base::escaped(page));
  std::string of_functions;
  if (!record.items("functions").empty()) {
    of_functions = heading("functions with their layers, against Lambda's limit") + functions.render(style) +
                   shared_libraries(record, style);
    if (record.items("unbuilt").empty()) of_functions += heading("what layers save") + sums.render(style);
  }
  return {artifacts.render(style) + unbuilt_text(record, style) + types_text(record, style) + slimming +
              of_functions + written,
          ""};
}

}  // namespace lamella::cli
