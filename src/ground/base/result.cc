// SPDX-License-Identifier: Apache-2.0
#include "base/result.h"

namespace lamella::base {
namespace {

/// Further lines stand under the first.
std::string indented(const std::string& text, std::size_t width) {
  std::string out;
  for (const char c : text) {
    out += c;
    if (c == '\n') out.append(width, ' ');
  }
  return out;
}

}  // namespace

std::string Error::fact(const std::string& key) const {
  const auto found = facts_.find(key);
  return found == facts_.end() ? std::string() : found->second;
}

std::string Error::to_string() const {
  std::string out = "error: " + what_;
  if (!where_.empty()) out += "\n  at " + where_;
  if (!excerpt_.empty()) out += "\n" + excerpt_;
  if (!why_.empty()) out += "\n  why: " + indented(why_, std::string_view("  why: ").size());
  for (const std::string& activity : trace_) out += "\n  while " + activity;
  if (!remedy_.empty()) out += "\n  do: " + remedy_;
  return out;
}

}  // namespace lamella::base
