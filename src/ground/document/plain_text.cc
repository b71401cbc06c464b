// SPDX-License-Identifier: Apache-2.0
#include "document/plain_text.h"

#include "document/source_text.h"

namespace lamella::document {

Result<std::string_view> plain_text(std::string_view text, std::string_view file, ErrorCode code) {
  SourceText source(text, file, code);
  LAMELLA_TRY(source.check(text.size()));
  return source.text();
}

}  // namespace lamella::document
