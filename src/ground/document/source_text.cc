// SPDX-License-Identifier: Apache-2.0
#include "document/source_text.h"

#include <fmt/format.h>

#include "base/units.h"
#include "base/utf8.h"

namespace lamella::document {

Mark SourceText::mark(std::size_t offset) {
  if (offset < scanned_) {
    scanned_ = line_start_ = 0;
    line_ = 1;
  }
  const std::string_view before = text_.substr(0, offset);
  for (auto end = before.find('\n', scanned_); end != std::string_view::npos;
       end = before.find('\n', line_start_)) {
    ++line_;
    line_start_ = end + 1;
  }
  scanned_ = before.size();
  return {file_, line_, static_cast<std::uint32_t>(offset - line_start_ + 1)};
}

Error SourceText::error(std::string what, const Mark& mark, std::size_t length) const {
  const base::Position position = mark.position();
  return Error(code_, std::move(what)).at(position).showing(base::excerpt(text_, position, length));
}

Error SourceText::not_text(std::string what, std::size_t offset) const {
  return Error(code_, std::move(what))
      .at(*file_)
      .because(fmt::format("byte {} (counted from 0) is 0x{:02x}", offset,
                           static_cast<unsigned char>(text_[offset])))
      .remedy("save the file as UTF-8")
      .with("offset", std::to_string(offset));
}

Result<> SourceText::check(std::size_t limit) {
  if (text_.size() > limit) {
    return Error(ErrorCode::kLimit,
                 fmt::format("a document of {} is too large", base::format_size(text_.size())))
        .at(*file_)
        .because(fmt::format("at most {} are read", base::format_size(limit)));
  }
  if (text_.starts_with("\xFF\xFE") || text_.starts_with("\xFE\xFF"))
    return not_text("the file is UTF-16", 0);
  if (const auto bad = base::find_invalid_utf8(text_)) return not_text("the file is not UTF-8", *bad);
  if (const auto nul = text_.find('\0'); nul != std::string_view::npos) {
    return not_text("the file has a NUL byte", nul);
  }
  if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
  return {};
}

}  // namespace lamella::document
