// SPDX-License-Identifier: Apache-2.0
#include "model/file_type.h"

namespace lamella::model {

std::string_view file_type(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  if (path.find(".dist-info/") != std::string_view::npos) return "metadata";
  if (name.ends_with(".so") || name.find(".so.") != std::string_view::npos) return "library";
  if (name.ends_with(".pyc")) return "bytecode";
  if (name.ends_with(".py")) return "python";
  return "data";
}

}  // namespace lamella::model
