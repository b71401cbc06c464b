// SPDX-License-Identifier: Apache-2.0
//
// A file compiled into the binary (cmake/room.cmake, lamella_embed).
#pragma once

#include <string_view>

namespace lamella::base {

struct EmbeddedFile {
  std::string_view name;  ///< file name without folder
  std::string_view text;
};

}  // namespace lamella::base
