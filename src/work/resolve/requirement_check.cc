// SPDX-License-Identifier: Apache-2.0
#include "resolve/requirement_check.h"

#include <fmt/format.h>

#include "base/diagnostic.h"
#include "resolve/marker.h"
#include "resolve/version.h"

namespace lamella::resolve {
namespace {

constexpr std::size_t kShown = 200;

Error no_requirement(const config::RequirementLine& line, std::string why) {
  return Error(ErrorCode::kUsage,
               fmt::format("'{}' is not a requirement", base::escaped(line.text.text.substr(0, kShown))))
      .at(line.text.position)
      .because(std::move(why))
      .remedy("write it as PEP 508 says, such as \"numpy==1.24.3\" or \"joblib>=1.2,<2\"");
}

/// "" or the version in `clause`, ">=1.2" or "==1.2.*", that is none.  "===" takes any text.
std::string not_a_version(std::string_view clause) {
  if (clause.starts_with("===")) return "";
  const bool may_be_open = clause.starts_with("==") || clause.starts_with("!=");
  clause.remove_prefix(std::min(clause.find_first_not_of("<>=!~"), clause.size()));
  std::string_view version = clause;
  if (may_be_open && version.ends_with(".*")) version.remove_suffix(2);
  return Version::parse(version) ? "" : base::escaped(clause.substr(0, kShown));
}

Result<> check(const config::RequirementLine& line) {
  for (std::string_view rest = line.requirement.specifier; !rest.empty();) {
    const auto comma = rest.find(',');
    const std::string bad = not_a_version(rest.substr(0, comma));
    if (!bad.empty()) return no_requirement(line, fmt::format("'{}' is not a version", bad));
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  }
  static const MarkerEnvironment any = marker_environment(model::Target());
  const auto holds = marker_holds(line.requirement.marker, any, "");
  if (holds) return {};
  return no_requirement(line, fmt::format("its marker is malformed: {}", holds.error().why()));
}

}  // namespace

Result<> check_requirements(const config::RequirementsFile& file) {
  for (const auto& line : file.requirements) LAMELLA_TRY(check(line));
  for (const auto& line : file.constraints) LAMELLA_TRY(check(line));
  return {};
}

}  // namespace lamella::resolve
