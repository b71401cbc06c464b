// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "os/environment.h"

namespace lamella::cli {
namespace {

std::string_view code_of(Colour colour) {
  switch (colour) {
    case Colour::kNone: return "";
    case Colour::kBold: return "\x1b[1m";
    case Colour::kDim: return "\x1b[2m";
    case Colour::kGreen: return "\x1b[32m";
    case Colour::kYellow: return "\x1b[33m";
    case Colour::kRed: return "\x1b[31m";
    case Colour::kCyan: return "\x1b[36m";
  }
  return "";
}

/// LC_ALL, LC_CTYPE, LANG: the first that is set and not empty decides.  None at all is taken as a modern
/// system.
bool shows_unicode() {
  for (const auto* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const auto value = os::get_environment(name);
    if (!value || value->empty()) continue;
    return value->find("UTF-8") != std::string::npos || value->find("utf8") != std::string::npos ||
           value->find("UTF8") != std::string::npos || value->find("utf-8") != std::string::npos;
  }
  return true;
}

unsigned width_of(int descriptor) {
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40) return size.ws_col;
  return 100;
}

}  // namespace

std::string Style::paint(std::string_view text, Colour name) const {
  if (!colour || name == Colour::kNone) return std::string(text);
  return fmt::format("{}{}\x1b[0m", code_of(name), text);
}

Style style_of(int descriptor) {
  Style style;
  const auto term = os::get_environment("TERM");
  const auto no_colour = os::get_environment("NO_COLOR");
  style.terminal = ::isatty(descriptor) == 1 && term.value_or("") != "dumb" && !os::get_environment("CI");
  style.colour = style.terminal && (!no_colour || no_colour->empty());
  style.unicode = shows_unicode();
  if (style.terminal) style.width = width_of(descriptor);
  return style;
}

Cell number(std::string text, Colour colour) {
  Cell cell(std::move(text), colour);
  cell.right = true;
  return cell;
}

std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string Table::render(const Style& style, std::size_t indent) const {
  std::vector<std::size_t> widths;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()), 0);
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns(row[i].text));
  }
  std::string out;
  for (const auto& row : rows_) {
    std::string line(indent, ' ');
    for (std::size_t i = 0; i < row.size(); ++i) {
      const Cell& cell = row[i];
      const std::string padding(widths[i] - columns(cell.text), ' ');
      if (cell.right) line += padding;
      line += style.paint(cell.text, cell.colour);
      if (i + 1 == row.size()) break;
      if (!cell.right) line += padding;
      line += "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

std::string bar(double share, std::size_t cells, const Style& style) {
  const double bounded = std::clamp(share, 0.0, 1.0);
  const auto full = static_cast<std::size_t>(std::lround(bounded * static_cast<double>(cells)));
  std::string out = "[";
  for (std::size_t i = 0; i < cells; ++i) {
    out += i < full ? (style.unicode ? "█" : "#") : (style.unicode ? "·" : ".");
  }
  return out + "]";
}

std::string percent(double share) { return fmt::format("{:.0f} %", share * 100); }

}  // namespace lamella::cli
