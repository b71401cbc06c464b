// SPDX-License-Identifier: Apache-2.0
#include "cli/help.h"

#include <fmt/format.h>

namespace lamella::cli {
namespace {

std::string spelled(const Flag& flag) {
  std::string text = flag.letter == '\0' ? "    " : fmt::format("-{}, ", flag.letter);
  text += fmt::format("--{}", flag.name);
  if (flag.takes == Takes::kValue) text += fmt::format(" {}", flag.value);
  if (flag.takes == Takes::kMaybeValue) text += fmt::format("[={}]", flag.value);
  if (flag.takes == Takes::kMaybeWord) text += fmt::format(" [{}]", flag.value);
  return text;
}

std::string flag_lines(const Verb* verb, bool of_every_verb, const Style& style) {
  Table table;
  for (const Flag& flag : flags()) {
    if (flag.verbs.empty() != of_every_verb) continue;
    if (verb != nullptr && !applies(flag, *verb)) continue;
    table.add({{spelled(flag), Colour::kCyan}, std::string(flag.help)});
  }
  return table.render(style);
}

std::string with_arguments(const Verb& verb) {
  return verb.arguments.empty() ? std::string(verb.name) : fmt::format("{} {}", verb.name, verb.arguments);
}

}  // namespace

std::string overview(const Style& style) {
  std::string out =
      "Builds AWS Lambda layers that are small, reproducible and proven, and deploys what changed.\n\n";
  out += style.paint("usage", Colour::kBold) + ": lamella VERB [FLAG]... [ARGUMENT]...\n";
  std::string_view group;
  Table table;
  const auto flush = [&] {
    if (!table.empty()) out += table.render(style);
    table = {};
  };
  std::size_t widest = 0;
  for (const Verb& verb : verbs()) widest = std::max(widest, with_arguments(verb).size());
  for (const Verb& verb : verbs()) {
    if (verb.group != group) {
      flush();
      group = verb.group;
      out += "\n" + style.paint(group, Colour::kBold) + "\n";
    }
    std::string name = with_arguments(verb);
    name.resize(widest, ' ');
    table.add({{name, Colour::kCyan}, std::string(verb.help)});
  }
  flush();
  out += "\n" + style.paint("every verb takes", Colour::kBold) + "\n" + flag_lines(nullptr, true, style);
  return out + "\nSee `lamella help VERB` for the rest.\n";
}

std::string help_of(const Verb& verb, const Style& style) {
  std::string out = fmt::format("{}: lamella {} [FLAG]...\n\n  {}\n", style.paint("usage", Colour::kBold),
                                with_arguments(verb), verb.help);
  if (!verb.more.empty()) {
    std::string text = "\n" + std::string(verb.more);
    for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 3)
      text.replace(at, 1, "\n  ");
    out += text + "\n";
  }
  const std::string own = flag_lines(&verb, false, style);
  if (!own.empty()) out += "\n" + style.paint("flags", Colour::kBold) + "\n" + own;
  return out + "\n" + style.paint("flags of every verb", Colour::kBold) + "\n" +
         flag_lines(&verb, true, style);
}

std::string version_line() { return "lamella " LAMELLA_VERSION; }

}  // namespace lamella::cli
