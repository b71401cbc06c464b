// SPDX-License-Identifier: Apache-2.0
#include "package/scripts.h"

#include "embedded/package_scripts.h"

namespace lamella::package {

std::string script_text(std::string_view name) {
  for (const base::EmbeddedFile& file : package_scripts()) {
    if (file.name == name) return std::string(file.text);
  }
  return {};
}

}  // namespace lamella::package
