// SPDX-License-Identifier: Apache-2.0
//
// The text being read, to point into it.  Both views outlive the object.
#pragma once

#include <string_view>

#include "base/diagnostic.h"
#include "base/result.h"
#include "document/value.h"

namespace lamella::config {

class SourceFile {
 public:
  SourceFile(std::string_view text, std::string_view file) : text_(text), file_(file) {}

  std::string_view text() const { return text_; }
  std::string_view file() const { return file_; }

  /// `error` with its place and the line with a caret.
  Error at(Error error, const base::Position& position) const;
  /// The same with every quoted text of the line starred out: where the neighbours may be secrets.
  Error at_hiding_texts(Error error, const base::Position& position) const;
  /// A usage error there.
  Error usage(std::string what, const base::Position& position) const;

 private:
  std::size_t length_at(const base::Position& position) const;

  std::string_view text_;
  std::string_view file_;
};

}  // namespace lamella::config
