// SPDX-License-Identifier: Apache-2.0
#include "model/target.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <string>
#include <vector>

#include "base/suggest.h"

namespace lamella::model {
namespace {

/// One runtime the service accepts, with its published days.  Who changes one changes kLifecycleRead.
struct Known {
  Runtime runtime;
  std::string_view deprecated;
  std::string_view create_blocked;
  std::string_view update_blocked;
};

constexpr auto kPy = Language::kPython;
constexpr auto kNode = Language::kNodejs;

constexpr std::array<Known, 12> kRuntimes = {{{{kPy, 3, 8}, "2024-10-14", "2027-02-01", "2027-03-03"},
                                              {{kPy, 3, 9}, "2025-12-15", "2027-02-01", "2027-03-03"},
                                              {{kPy, 3, 10}, "2026-10-31", "2027-02-01", "2027-03-03"},
                                              {{kPy, 3, 11}, "2027-06-30", "2027-07-31", "2027-08-31"},
                                              {{kPy, 3, 12}, "2028-10-31", "2028-11-30", "2029-01-10"},
                                              {{kPy, 3, 13}, "2029-06-30", "2029-07-31", "2029-08-31"},
                                              {{kPy, 3, 14}, "2029-06-30", "2029-07-31", "2029-08-31"},
                                              {{kNode, 16, 0}, "2024-06-12", "2027-02-01", "2027-03-03"},
                                              {{kNode, 18, 0}, "2025-09-01", "2027-02-01", "2027-03-03"},
                                              {{kNode, 20, 0}, "2026-04-30", "2027-02-01", "2027-03-03"},
                                              {{kNode, 22, 0}, "2027-04-30", "2027-06-01", "2027-07-01"},
                                              {{kNode, 24, 0}, "2028-04-30", "2028-06-01", "2028-07-01"}}};

const Known* known(const Runtime& runtime) {
  const auto found = std::find_if(kRuntimes.begin(), kRuntimes.end(),
                                  [&](const Known& one) { return one.runtime == runtime; });
  return found == kRuntimes.end() ? nullptr : &*found;
}

std::string runtime_code(const Runtime& runtime) {
  if (runtime.language == kNode) return "node" + std::to_string(runtime.major);
  return "py" + std::to_string(runtime.major) + std::to_string(runtime.minor);
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const auto near = base::nearest(word, candidates);
  return near ? fmt::format("did you mean \"{}\"?", *near)
              : fmt::format("use one of: {}", fmt::join(candidates, ", "));
}

}  // namespace

std::string_view to_string(Architecture architecture) {
  return architecture == Architecture::kX86_64 ? "x86_64" : "arm64";
}

std::string_view machine_name(Architecture architecture) {
  return architecture == Architecture::kX86_64 ? "x86_64" : "aarch64";
}

Result<Architecture> parse_architecture(std::string_view text) {
  if (text == "x86_64") return Architecture::kX86_64;
  if (text == "arm64") return Architecture::kArm64;
  return Error(ErrorCode::kUsage, fmt::format("'{}' is not an architecture", base::escaped(text)))
      .remedy(did_you_mean(text, {"x86_64", "arm64"}));
}

std::string to_string(const Runtime& runtime) {
  if (runtime.language == kNode) return fmt::format("nodejs{}.x", runtime.major);
  return fmt::format("python{}.{}", runtime.major, runtime.minor);
}

Result<Runtime> parse_runtime(std::string_view text) {
  std::vector<std::string> names;
  for (const Known& one : kRuntimes) {
    names.push_back(to_string(one.runtime));
    if (names.back() == text) return one.runtime;
  }
  return Error(ErrorCode::kUsage,
               fmt::format("'{}' is not a runtime that can be built for", base::escaped(text)))
      .remedy(did_you_mean(text, names));
}

LambdaOs os_of(const Runtime& runtime) {
  const bool modern = runtime.language == kNode ? runtime.major >= 20 : runtime.minor >= 12;
  return modern ? LambdaOs::kAl2023 : LambdaOs::kAl2;
}

std::string_view to_string(LambdaOs os) { return os == LambdaOs::kAl2 ? "al2" : "al2023"; }

GlibcVersion glibc_of(LambdaOs os) {
  return os == LambdaOs::kAl2 ? GlibcVersion{2, 26} : GlibcVersion{2, 34};
}

std::optional<Lifecycle> lifecycle_of(const Runtime& runtime) {
  const Known* one = known(runtime);
  if (one == nullptr) return std::nullopt;
  return Lifecycle{one->deprecated, one->create_blocked, one->update_blocked};
}

std::string short_name(const Target& target) {
  return (runtime_code(target.runtime) += '-').append(to_string(target.architecture));
}

std::optional<Target> target_from_short_name(std::string_view text) {
  static const std::map<std::string, Target, std::less<>> targets = [] {
    std::map<std::string, Target, std::less<>> all;
    for (const Known& one : kRuntimes) {
      for (const Architecture architecture : {Architecture::kX86_64, Architecture::kArm64}) {
        const Target target{one.runtime, architecture};
        all.emplace(short_name(target), target);
      }
    }
    return all;
  }();
  const auto found = targets.find(text);
  return found == targets.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace lamella::model
