// SPDX-License-Identifier: Apache-2.0
//
// What an artifact is built for: a Lambda runtime and an architecture.  Plain values; parse is the
// inverse of the text form.
//
//   LAMELLA_TRY_ASSIGN(const Runtime runtime, parse_runtime("python3.11"));
//   short_name({runtime, Architecture::kX86_64});  // "py311-x86_64"
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace lamella::model {

enum class Architecture { kX86_64, kArm64 };

/// "x86_64" or "arm64".
std::string_view to_string(Architecture architecture);
/// Errors: usage, with the nearest known name.
Result<Architecture> parse_architecture(std::string_view text);
/// As wheels and `uname -m` say it: "x86_64" or "aarch64".
std::string_view machine_name(Architecture architecture);

enum class Language { kPython, kNodejs };

struct Runtime {
  Language language = Language::kPython;
  int major = 3;
  int minor = 11;  ///< 0 for nodejs, whose names have none

  auto operator<=>(const Runtime&) const = default;
};

/// "python3.11", "nodejs22.x".
std::string to_string(const Runtime& runtime);
/// Errors: usage, for anything the service would not accept today, with the nearest known name.
Result<Runtime> parse_runtime(std::string_view text);

enum class LambdaOs { kAl2, kAl2023 };

struct GlibcVersion {
  int major = 2;
  int minor = 26;

  auto operator<=>(const GlibcVersion&) const = default;
};

/// The operating system behind a runtime: python 3.11 and nodejs 18 are the last on Amazon Linux 2.
LambdaOs os_of(const Runtime& runtime);
/// "al2" or "al2023".
std::string_view to_string(LambdaOs os);
/// The newest glibc symbols that load there: 2.26 on al2, 2.34 on al2023.
GlibcVersion glibc_of(LambdaOs os);

/// Days on which the service stops things, as YYYY-MM-DD.
struct Lifecycle {
  std::string_view deprecated;      ///< no more security updates
  std::string_view create_blocked;  ///< no new functions
  std::string_view update_blocked;  ///< no changes to functions
};

/// nullopt for a runtime without a published date.
std::optional<Lifecycle> lifecycle_of(const Runtime& runtime);
/// Where these days are from, and the month in which they were read.
inline constexpr std::string_view kLifecycleSource =
    "\"Lambda runtimes\" of the AWS developer guide, as cfn-lint's LmbdRuntimeLifecycle.json has it";
inline constexpr std::string_view kLifecycleRead = "2026-01";

struct Target {
  Runtime runtime;
  Architecture architecture = Architecture::kX86_64;

  auto operator<=>(const Target&) const = default;
};

/// "py311-x86_64", "node22-arm64": fits into file names and PEP 751's lock names.
std::string short_name(const Target& target);
/// The inverse of short_name(); nullopt for anything it would not have written.
std::optional<Target> target_from_short_name(std::string_view text);

}  // namespace lamella::model
