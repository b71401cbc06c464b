// SPDX-License-Identifier: Apache-2.0
#include "model/finding.h"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace lamella::model {
namespace {

using document::Value;

constexpr std::array<std::pair<FindingKind, std::string_view>, 16> kKinds{{
    {FindingKind::kShadowedFile, "shadowed-file"},
    {FindingKind::kFileOverFolder, "file-over-folder"},
    {FindingKind::kHiddenModule, "hidden-module"},
    {FindingKind::kDuplicateDistribution, "duplicate-distribution"},
    {FindingKind::kHiddenNamespace, "hidden-namespace"},
    {FindingKind::kNamespacePth, "namespace-pth"},
    {FindingKind::kStartupPth, "startup-pth"},
    {FindingKind::kRuntimeSdk, "runtime-sdk"},
    {FindingKind::kForeignMachine, "foreign-machine"},
    {FindingKind::kForeignFormat, "foreign-format"},
    {FindingKind::kNewerGlibc, "newer-glibc"},
    {FindingKind::kForeignAbi, "foreign-abi"},
    {FindingKind::kUnresolvedLibrary, "unresolved-library"},
    {FindingKind::kDuplicateLibrary, "duplicate-library"},
    {FindingKind::kUnmetRequirement, "unmet-requirement"},
    {FindingKind::kNearLimit, "near-limit"},
}};

Error corrupt(std::string_view what) {
  return Error(ErrorCode::kCorrupt, fmt::format("a finding has no {}", what));
}

Value to_value(const Origin& origin) {
  return Value::object({{"artifact", origin.artifact},
                        {"distribution", origin.distribution.empty() ? Value() : Value(origin.distribution)},
                        {"file", origin.file.empty() ? Value() : Value(origin.file)},
                        {"bytes", origin.bytes}});
}

ErrorCode code_of(FindingKind kind) {
  switch (kind) {
    case FindingKind::kForeignMachine:
    case FindingKind::kForeignFormat:
    case FindingKind::kNewerGlibc:
    case FindingKind::kForeignAbi:
    case FindingKind::kNamespacePth:
    case FindingKind::kStartupPth:
    case FindingKind::kUnresolvedLibrary: return ErrorCode::kRejected;
    case FindingKind::kNearLimit: return ErrorCode::kLimit;
    default: return ErrorCode::kRefused;
  }
}

std::optional<base::Severity> severity_from(std::string_view word) {
  for (const auto severity : {base::Severity::kInfo, base::Severity::kWarning, base::Severity::kError}) {
    if (severity_word(severity) == word) return severity;
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(FindingKind kind) {
  for (const auto& [known, word] : kKinds) {
    if (known == kind) return word;
  }
  return "";
}

std::string_view severity_word(base::Severity severity) {
  switch (severity) {
    case base::Severity::kError: return "error";
    case base::Severity::kWarning: return "warning";
    default: return "note";
  }
}

std::string Origin::name() const {
  return distribution.empty() ? artifact : fmt::format("{} of {}", distribution, artifact);
}

Value to_value(const Finding& finding) {
  Value origins = Value::array();
  for (const Origin& origin : finding.origins) origins.push_back(to_value(origin));
  return Value::object({{"kind", to_string(finding.kind)},
                        {"severity", severity_word(finding.severity)},
                        {"subject", finding.subject},
                        {"text", finding.text},
                        {"remedy", finding.remedy.empty() ? Value() : Value(finding.remedy)},
                        {"files", finding.files},
                        {"bytes", finding.bytes},
                        {"origins", std::move(origins)}});
}

Result<Finding> finding_from_value(const Value& value) {
  Finding finding;
  const std::string word = value.text("kind");
  bool known = false;
  for (const auto& [kind, name] : kKinds) {
    if (name != word) continue;
    finding.kind = kind;
    known = true;
  }
  if (!known) return corrupt("kind that is known");
  const auto severity = severity_from(value.text("severity"));
  if (!severity) return corrupt("severity");
  finding.severity = *severity;
  finding.subject = value.text("subject");
  finding.text = value.text("text");
  finding.remedy = value.text("remedy");
  finding.files = static_cast<std::uint64_t>(value.integer("files"));
  finding.bytes = static_cast<std::uint64_t>(value.integer("bytes"));
  for (const Value& one : value.items("origins")) {
    finding.origins.push_back({one.text("artifact"), one.text("distribution"), one.text("file"),
                               static_cast<std::uint64_t>(one.integer("bytes"))});
  }
  return finding;
}

Value to_value(const std::vector<Finding>& findings) {
  Value list = Value::array();
  for (const Finding& finding : findings) list.push_back(to_value(finding));
  return list;
}

Result<std::vector<Finding>> findings_from_value(const Value& list) {
  const auto* items = list.as_array();
  if (items == nullptr) return corrupt("list");
  std::vector<Finding> findings;
  for (const Value& item : *items) {
    LAMELLA_TRY_ASSIGN(Finding finding, finding_from_value(item));
    findings.push_back(std::move(finding));
  }
  return findings;
}

std::optional<Error> error_of(const std::vector<Finding>& findings, const std::string& subject) {
  const Finding* first = nullptr;
  std::size_t errors = 0;
  for (const Finding& finding : findings) {
    if (finding.severity != base::Severity::kError) continue;
    if (first == nullptr) first = &finding;
    ++errors;
  }
  if (first == nullptr) return std::nullopt;
  const std::string more =
      errors == 1 ? "" : fmt::format("it is one of {} such findings; `lamella check` shows all", errors);
  const std::string file = first->origins.empty() ? "" : first->origins.front().file;
  return Error(code_of(first->kind), fmt::format("{}: {}", subject, first->text))
      .because(more)
      .remedy(first->remedy)
      .with("finding", std::string(to_string(first->kind)))
      .with("file", file);
}

std::optional<Error> strict_error_of(std::vector<Finding> findings, const std::string& subject) {
  std::erase_if(findings, [](const Finding& one) {
    return one.kind != FindingKind::kNamespacePth && one.kind != FindingKind::kStartupPth;
  });
  for (Finding& one : findings) {
    one.severity = base::Severity::kError;
    if (one.remedy.empty()) one.remedy = "leave it out with `prune.drop`, or build without --strict";
  }
  return error_of(findings, subject);
}

}  // namespace lamella::model
