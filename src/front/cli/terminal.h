// SPDX-License-Identifier: Apache-2.0
//
// How text is laid out: what the stream at the other end can show, columns, bars.  Pure but for style_of().
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lamella::cli {

enum class Colour { kNone, kBold, kDim, kGreen, kYellow, kRed, kCyan };

struct Style {
  bool colour = false;    ///< a terminal, and NO_COLOR is not set
  bool terminal = false;  ///< lines may be overwritten
  bool unicode = true;    ///< the locale can show it
  unsigned width = 100;

  std::string paint(std::string_view text, Colour colour_name) const;
  std::string_view arrow() const { return unicode ? "→" : "->"; }
};

/// What the descriptor and the environment allow.
Style style_of(int descriptor);

struct Cell {
  Cell(std::string t, Colour c = Colour::kNone)
      : text(std::move(t)), colour(c) {}  // NOLINT(google-explicit-constructor)
  Cell(const char* t, Colour c = Colour::kNone)
      : text(t), colour(c) {}  // NOLINT(google-explicit-constructor)

  std::string text;
  Colour colour;
  bool right = false;  ///< aligned to the right, as numbers are
};
Cell number(std::string text, Colour colour = Colour::kNone);

/// Rows of cells as aligned lines, two blanks between columns; the last column is not padded.
class Table {
 public:
  void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.empty(); }
  std::string render(const Style& style, std::size_t indent = 2) const;

 private:
  std::vector<std::vector<Cell>> rows_;
};

/// Columns that `text` takes on a terminal; every code point counts as one.
std::size_t columns(std::string_view text);

/// "[######....]" or its Unicode form, `cells` wide; full at 1.0 and above.
std::string bar(double share, std::size_t cells, const Style& style);

/// "71 %".
std::string percent(double share);

}  // namespace lamella::cli
