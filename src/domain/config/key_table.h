// SPDX-License-Identifier: Apache-2.0
//
// Keys of a document as rows, grouped into shapes (one shape is one kind of table).  The rows check
// a document and describe it: check_keys() and the JSON Schema read the same ones.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/source_file.h"
#include "document/value.h"

namespace lamella::config {

/// What a key's value may be; several may be joined with '|'.
enum Accepts : unsigned {
  kText = 1U << 0,
  kInteger = 1U << 1,
  kNumber = 1U << 2,  ///< integers too
  kBool = 1U << 3,
  kTable = 1U << 4,  ///< of shape `of`
  kTextList = 1U << 5,
  kTableList = 1U << 6,  ///< tables of shape `of`
  kTime = 1U << 7,
  kAnything = 1U << 8,
  kMixedList = 1U << 9,  ///< texts, and tables of shape `entry`
};

/// What a text must look like, in a list too.
enum class Format {
  kFree,
  kPath,    ///< in the workspace
  kInside,  ///< in the artifact
  kGlob,
  kSize,
  kDuration,
  kTimestamp,
  kRequirement,  ///< PEP 508
  kRuntime,
  kArchitecture,
  kHandler,
  kAlias,
  kLayerName,
  kFunctionName,
  kPlainName,
  kModule,    ///< dotted Python name
  kService,   ///< botocore's folder name
  kVariable,  ///< text with placeholders
  kVariableName,
  kReach,
  kJsonPath,
  kRegex,
  kRoleArn,
  kLayerVersionArn,
  kRegion,
  kAccount,
  kIndex,
  kIndexPattern,  ///< normalised name, or the start of one and '*'
  kAddress,       ///< https, file, or http to this machine; without credentials
  kSha256,        ///< 64 hexadecimal digits
  kExtra,         ///< name of an extra or dependency group
};

enum class Built { kYes, kLater };
enum class Presence { kOptional, kRequired };

struct Key {
  std::string_view shape;
  std::string_view name;  ///< "*": any other name
  unsigned accepts = 0;
  std::string_view doc;
  std::string_view of = {};        ///< shape of kTable and kTableList
  Format format = Format::kFree;   ///< of texts; for "*" see name_format
  std::string_view choices = {};   ///< "a|b|c": the only texts allowed
  std::string_view fallback = {};  ///< the default, as documentation
  Presence presence = Presence::kOptional;
  Built built = Built::kYes;
  Format name_format = Format::kFree;  ///< of the names that "*" stands for
  std::string_view entry = {};         ///< shape of a table in kMixedList
};

/// What a text in `format` looks like, for people: "a size such as \"100 MB\"".
std::string_view describe(Format format);
/// Errors: usage, without a place.
Result<> check_format(Format format, std::string_view text);

/// The row for `name` in `shape`, or its "*" row, or nullptr.
const Key* find_key(std::span<const Key> table, std::string_view shape, std::string_view name);
/// "a", "b", "c" of "a|b|c".
std::vector<std::string> split_choices(std::string_view choices);

/// Holds `document` against the table's `shape`.  The first problem in the document's order is returned;
/// afterwards every value has an accepted type and every text its format.
Result<> check_keys(std::span<const Key> table, std::string_view shape, const document::Value& document,
                    const SourceFile& source);

}  // namespace lamella::config
