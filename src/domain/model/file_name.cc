// SPDX-License-Identifier: Apache-2.0
#include "model/file_name.h"

#include <algorithm>

#include "base/utf8.h"

namespace lamella::model {

std::optional<std::string_view> unfit_name(std::string_view path) {
  if (base::find_invalid_utf8(path)) return "name is not UTF-8";
  const bool odd = std::any_of(path.begin(), path.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '\\';
  });
  if (odd) return "name has a control character or a backslash";
  return std::nullopt;
}

}  // namespace lamella::model
