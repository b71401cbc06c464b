// SPDX-License-Identifier: Apache-2.0
//
// What a look at built artifacts found, as a record: what it is, how bad it is, and where each thing that
// meets comes from.  `build`, `check`, `explain` and `size` render the same record.
//
// Threads: values.  Errors: corrupt, for a record that is none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/event.h"
#include "base/result.h"
#include "document/value.h"

namespace lamella::model {

enum class FindingKind {
  kShadowedFile,           ///< one layer's file replaces another's
  kFileOverFolder,         ///< one layer's file stands where another has a folder
  kHiddenModule,           ///< a module earlier on the path hides one of the same name
  kDuplicateDistribution,  ///< one distribution comes from two places
  kHiddenNamespace,        ///< a regular package hides parts of a namespace package
  kNamespacePth,           ///< a "-nspkg.pth"
  kStartupPth,             ///< a ".pth" that runs code at start
  kRuntimeSdk,             ///< the runtime's own boto3 or botocore is replaced, wholly or by half
  kForeignMachine,
  kForeignFormat,  ///< of Windows or macOS
  kNewerGlibc,
  kForeignAbi,
  kUnresolvedLibrary,
  kDuplicateLibrary,  ///< one shared library is there more than once
  kUnmetRequirement,  ///< a project of the workspace needs a package that nothing brings
  kNearLimit,         ///< at 80 % or more of a limit or budget
};
std::string_view to_string(FindingKind kind);

/// Where a file comes from.
struct Origin {
  std::string artifact;      ///< "layer core", "function orders", "runtime python3.11"
  std::string distribution;  ///< "numpy 1.26.4", "in-repo"; "" where it is not known
  std::string file;          ///< as it runs: "/opt/python/numpy/__init__.py"; "" where it is no file
  std::uint64_t bytes = 0;   ///< unzipped

  /// "numpy 1.26.4 of layer core".
  std::string name() const;
  bool operator==(const Origin&) const = default;
};

struct Finding {
  FindingKind kind = FindingKind::kShadowedFile;
  base::Severity severity = base::Severity::kWarning;  ///< kInfo is a note, kError ends a build
  std::string subject;                                 ///< a path, a distribution, a module, a soname
  std::string text;                                    ///< one line, naming every origin
  std::string remedy;                                  ///< what to do, or ""
  std::vector<Origin> origins;                         ///< what counts first, then what it hides or meets
  std::uint64_t files = 1;                             ///< alike and told once
  std::uint64_t bytes = 0;                             ///< what it costs, unzipped

  bool operator==(const Finding&) const = default;
};

/// "note", "warning" or "error".
std::string_view severity_word(base::Severity severity);

document::Value to_value(const Finding& finding);
/// The inverse of to_value().
Result<Finding> finding_from_value(const document::Value& value);

document::Value to_value(const std::vector<Finding>& findings);
Result<std::vector<Finding>> findings_from_value(const document::Value& list);

/// The error that ends a build for `subject` ("function orders"), of the first finding that is one; nullopt
/// where none is.  Rejected (3) for a file that the target cannot load, refused (15) for what meets badly,
/// limit (5) for sizes.
std::optional<Error> error_of(const std::vector<Finding>& findings, const std::string& subject);
/// The error that --strict makes of findings that else are told: ".pth" files that run code (3).
std::optional<Error> strict_error_of(std::vector<Finding> findings, const std::string& subject);

}  // namespace lamella::model
