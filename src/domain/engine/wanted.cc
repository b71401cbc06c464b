// SPDX-License-Identifier: Apache-2.0
#include "engine/wanted.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace lamella::engine {
namespace {

constexpr std::size_t kUserText = 160;  // with the marker it stays under Lambda's 256
constexpr std::string_view kMarker = "[lamella:1 ";

}  // namespace

const WantedLayer* Wanted::find_layer(const std::string& layer) const {
  const auto found =
      std::find_if(layers.begin(), layers.end(), [&](const WantedLayer& one) { return one.layer == layer; });
  return found == layers.end() ? nullptr : &*found;
}

bool same_settings(const Settings& a, const Settings& b) {
  const auto values = [](const Settings& settings) {
    std::map<std::string, std::string> plain;
    for (const auto& [name, variable] : settings.environment) plain[name] = variable.value;
    return plain;
  };
  return a.runtime == b.runtime && a.handler == b.handler && a.role == b.role && a.memory_mb == b.memory_mb &&
         a.timeout_s == b.timeout_s && values(a) == values(b);
}

std::string layer_description(const WantedLayer& layer) {
  std::string text = layer.description;
  if (text.size() > kUserText) {
    std::size_t end = kUserText;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    text.resize(end);
  }
  return fmt::format("{}{}{}{}]", text, text.empty() ? "" : " ", kMarker, layer.sha256.hex());
}

std::optional<Digest> digest_in_description(std::string_view description) {
  const auto start = description.rfind(kMarker);
  if (start == std::string_view::npos || !description.ends_with(']')) return std::nullopt;
  const std::string_view hex = description.substr(start + kMarker.size());
  return Digest::from_hex(hex.substr(0, hex.size() - 1));
}

}  // namespace lamella::engine
