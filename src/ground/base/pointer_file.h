// SPDX-License-Identifier: Apache-2.0
//
// A few lines that Git LFS leaves in a checkout in place of a file's content.
#pragma once

#include <string_view>

#include "base/result.h"

namespace lamella::base {

/// True for what Git LFS, or its first name, would have written in place of a file.
bool is_pointer(std::string_view content);

/// Rejected, at `place`, if `content` is a pointer.
Result<> refuse_pointer(std::string_view content, std::string_view place);

}  // namespace lamella::base
