// SPDX-License-Identifier: Apache-2.0
//
// What both parsers share: checks of the text before parsing, and errors that point into it.
// Private to this room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "document/value.h"

namespace lamella::document {

/// A text with a name, and the lines in it.
class SourceText {
 public:
  SourceText(std::string_view text, std::string_view file, ErrorCode code)
      : text_(text), file_(std::make_shared<const std::string>(file)), code_(code) {}

  std::string_view text() const { return text_; }
  const std::shared_ptr<const std::string>& file() const { return file_; }

  /// Line and column of a byte; amortised constant when offsets ascend.
  Mark mark(std::size_t offset);
  Mark mark(std::uint32_t line, std::uint32_t column) const { return {file_, line, column}; }

  /// An error that shows the place.
  Error error(std::string what, const Mark& mark, std::size_t length = 1) const;
  Error error_at(std::string what, std::size_t offset, std::size_t length = 1) {
    return error(std::move(what), mark(offset), length);
  }

  /// kLimit above `limit` bytes; an error with the byte's offset (fact "offset") unless all is UTF-8
  /// without NUL.  Takes a byte-order mark off.
  Result<> check(std::size_t limit);

 private:
  Error not_text(std::string what, std::size_t offset) const;

  std::string_view text_;
  std::shared_ptr<const std::string> file_;
  ErrorCode code_;
  std::size_t line_start_ = 0;
  std::size_t scanned_ = 0;
  std::uint32_t line_ = 1;
};

}  // namespace lamella::document
