// SPDX-License-Identifier: Apache-2.0
#include "base/redactor.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/percent.h"

namespace lamella::base {
namespace {

constexpr std::size_t kShortestHidden = 4;
constexpr std::size_t kShortestEncoded = 8;  // characters of base64: fewer are found in anything

std::string in_json(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default: out += static_cast<unsigned char>(c) < 0x20 ? fmt::format("\\u{:04x}", c) : std::string(1, c);
    }
  }
  return out;
}

/// The characters that `text` alone decides, when `before` bytes stand before it.
std::string in_base64(std::string_view text, std::size_t before) {
  const std::string padded = std::string(before, '\0') + std::string(text);
  const std::size_t first = (before * 8 + 5) / 6;
  const std::size_t end = padded.size() * 8 / 6;
  const std::string whole = to_base64(as_bytes(padded));
  return end - first < kShortestEncoded ? std::string() : whole.substr(first, end - first);
}

}  // namespace

void Redactor::hide(std::string_view text) {
  if (text.size() < kShortestHidden) return;
  std::vector<std::string> forms = {std::string(text), in_json(text), percent_encode(text)};
  for (std::size_t before = 0; before < 3; ++before) {
    std::string coded = in_base64(text, before);
    forms.push_back(coded);
    std::replace(coded.begin(), coded.end(), '+', '-');
    std::replace(coded.begin(), coded.end(), '/', '_');
    forms.push_back(std::move(coded));
  }
  for (std::string& form : forms) {
    const bool known = std::find(forms_.begin(), forms_.end(), form) != forms_.end();
    if (!form.empty() && !known) forms_.push_back(std::move(form));
  }
  std::stable_sort(forms_.begin(), forms_.end(),
                   [](const auto& a, const auto& b) { return a.size() > b.size(); });
}

std::string Redactor::cleaned(std::string text) const {
  for (const std::string& form : forms_) {
    for (auto at = text.find(form); at != std::string::npos; at = text.find(form, at + kHidden.size()))
      text.replace(at, form.size(), kHidden);
  }
  return text;
}

}  // namespace lamella::base
