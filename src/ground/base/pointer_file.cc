// SPDX-License-Identifier: Apache-2.0
#include "base/pointer_file.h"

#include "base/diagnostic.h"

namespace lamella::base {
namespace {

constexpr std::size_t kLargestPointer = 1024;  // by the format's own definition

}  // namespace

bool is_pointer(std::string_view content) {
  return content.size() < kLargestPointer &&
         (content.starts_with("version https://git-lfs.github.com/spec/") ||
          content.starts_with("version https://hawser.github.com/spec/"));
}

Result<> refuse_pointer(std::string_view content, std::string_view place) {
  if (!is_pointer(content)) return {};
  return Error(ErrorCode::kRejected, "a file is a Git LFS pointer, not content")
      .at(escaped(place))
      .remedy("run `git lfs pull` to get the content");
}

}  // namespace lamella::base
