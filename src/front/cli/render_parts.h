// SPDX-License-Identifier: Apache-2.0
//
// Pieces that several renderers share.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "cli/terminal.h"
#include "document/value.h"

namespace lamella::cli {

/// "41.2 MB"; "" for what is no integer.
std::string size_text(const document::Value* bytes);
/// "850 ms" of an integer or double number of milliseconds.
std::string duration_text(const document::Value* milliseconds);
/// The texts of a list of reasons, "; " between them, at most `most` of them.
std::string reasons_text(const document::Value& record, std::size_t most = 2);

struct Weight {
  std::uint64_t unzipped = 0;
  std::uint64_t zipped = 0;
};
/// What the record says: "unzipped_bytes", "zipped_bytes".
Weight weight_of(const document::Value& record);

/// Share of a budget: "[███████···]  71 % of 100.0 MB, aim 60.0 MB, 60 % of 30.0 MB zipped"; empty cells where it
/// says nothing.
struct BudgetCells {
  Cell bar{""};
  Cell share{""};
  Cell of{""};
};
BudgetCells budget_cells(const Weight& weight, const document::Value* budget, const Style& style);

/// "bytecode of 40 modules for 1.2 MB saves 310 ms; 200 without, for 20 ms"
std::string bought_text(const document::Value& bought);

/// Lines from what the wheels weigh to what ships: which rule freed what, what was kept, what matched
/// nothing.
std::string slimming_text(const document::Value& artifact, const Style& style);

/// What was found, a line each, and what to do about it; `records` have "name" and "findings".  What several have
/// is told once, with all their names.
std::string findings_text(const document::Array& records, const Style& style);

/// What rows call artifacts: "core", or "core for py311-x86_64" of one that `lists` of the record have in several
/// targets.
class RowNames {
 public:
  RowNames(const document::Value& record, std::initializer_list<std::string_view> lists);
  std::string of(const document::Value& artifact) const;

 private:
  std::map<std::pair<std::string, std::string>, std::set<std::string>> targets_;  ///< by kind and name
};

Colour colour_of_action(std::string_view action);

}  // namespace lamella::cli
