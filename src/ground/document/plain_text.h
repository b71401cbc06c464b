// SPDX-License-Identifier: Apache-2.0
//
// What every text file that somebody wrote must be, whatever stands in it: UTF-8, without NUL, with or without
// a byte-order mark.
//
// Errors: `code`, with the offset of the byte; nothing else.  Threads: a pure function.
#pragma once

#include <string_view>

#include "base/result.h"

namespace lamella::document {

/// `text` without its byte-order mark.
Result<std::string_view> plain_text(std::string_view text, std::string_view file,
                                    ErrorCode code = ErrorCode::kUsage);

}  // namespace lamella::document
