// SPDX-License-Identifier: Apache-2.0
//
// What every fallible function returns.  Result<T> is tl::expected<T, Error>, [[nodiscard]] as a
// type, so a dropped failure is a warning, and warnings are errors.  Exceptions never cross a room.
//
// An Error says what happened, where, why, and what to do; each boundary may add one "while" line.
//
//   if (!file) return Error(ErrorCode::kIo, "cannot open the lock").at(path).because(strerror(e))
//                         .remedy("run `lamella lock`");
//   LAMELLA_TRY_ASSIGN(const Digest digest, store.commit());
//   LAMELLA_TRY(journal.append(record));
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/diagnostic.h"
#include "base/error_code.h"

namespace lamella::base {

class Error {
 public:
  Error(ErrorCode code, std::string what) : code_(code), what_(std::move(what)) {}

  /// Where: a file with line and column, an archive entry, an ARN.
  Error&& at(std::string where) && {
    where_ = std::move(where);
    return std::move(*this);
  }
  Error&& at(const Position& position) && {
    where_ = base::to_string(position);
    return std::move(*this);
  }
  /// The source line and caret, from base::excerpt().
  Error&& showing(std::string excerpt) && {
    excerpt_ = std::move(excerpt);
    return std::move(*this);
  }
  Error&& because(std::string why) && {
    why_ = std::move(why);
    return std::move(*this);
  }
  /// What the user should do now, as a sentence or a command.
  Error&& remedy(std::string remedy) && {
    remedy_ = std::move(remedy);
    return std::move(*this);
  }
  /// A machine-readable fact for the caller or the JSON record; never a secret.
  Error&& with(std::string key, std::string value) && {
    facts_.insert_or_assign(std::move(key), std::move(value));
    return std::move(*this);
  }
  /// One line of trace: "while building layer ml-libraries".  Outermost last.
  Error&& while_doing(std::string activity) && {
    trace_.push_back(std::move(activity));
    return std::move(*this);
  }

  ErrorCode code() const { return code_; }
  const std::string& what() const { return what_; }
  const std::string& where() const { return where_; }
  const std::string& excerpt() const { return excerpt_; }
  const std::string& why() const { return why_; }
  const std::string& remedy() const& { return remedy_; }
  const std::map<std::string, std::string>& facts() const { return facts_; }
  const std::vector<std::string>& trace() const { return trace_; }
  /// The fact under `key`, or "".
  std::string fact(const std::string& key) const;

  /// The whole error as people read it, several lines, no trailing newline.
  std::string to_string() const;

 private:
  ErrorCode code_;
  std::string what_;
  std::string where_;
  std::string excerpt_;
  std::string why_;
  std::string remedy_;
  std::map<std::string, std::string> facts_;
  std::vector<std::string> trace_;
};

template <class T = void>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using Base = tl::expected<T, Error>;
  using Base::Base;
  Result(Error error) : Base(tl::unexpect, std::move(error)) {}  // NOLINT(google-explicit-constructor)
};

}  // namespace lamella::base

namespace lamella {
using base::Error;
using base::ErrorCode;
using base::Result;
}  // namespace lamella

#define LAMELLA_CONCAT_INNER(a, b) a##b
#define LAMELLA_CONCAT(a, b) LAMELLA_CONCAT_INNER(a, b)

/// Returns the error of `expression` from the calling function, if it has one.
#define LAMELLA_TRY(expression)                                                       \
  do {                                                                                \
    if (auto lamella_result = (expression); !lamella_result.has_value()) [[unlikely]] \
      return ::lamella::base::Error(std::move(lamella_result).error());               \
  } while (false)

/// Declares or assigns `target` from the value of `expression`, or returns its error.
#define LAMELLA_TRY_ASSIGN(target, expression) \
  LAMELLA_TRY_ASSIGN_AS(LAMELLA_CONCAT(lamella_result_, __LINE__), target, expression)
#define LAMELLA_TRY_ASSIGN_AS(name, target, expression)     \
  auto name = (expression);                                 \
  if (!name.has_value()) [[unlikely]]                       \
    return ::lamella::base::Error(std::move(name).error()); \
  target = std::move(name).value()
