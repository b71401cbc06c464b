// SPDX-License-Identifier: Apache-2.0
#include "model/artifact.h"

#include <fmt/format.h>

#include <array>

namespace lamella::model {
namespace {

using document::Value;

constexpr std::array kActions = {ArtifactAction::kBuilt, ArtifactAction::kReused, ArtifactAction::kUnchanged};

Error damaged(std::string_view field) {
  return Error(ErrorCode::kCorrupt, fmt::format("a build record's field '{}' is missing or malformed", field))
      .remedy("run `lamella build --force`");
}

Result<std::uint64_t> bytes_of(const Value& value, std::string_view field) {
  const Value* found = value.find(field);
  const auto number = found == nullptr ? std::nullopt : found->as_integer();
  if (!number || *number < 0) return damaged(field);
  return static_cast<std::uint64_t>(*number);
}

Result<std::vector<PackageShare>> packages_of(const Value& value) {
  std::vector<PackageShare> packages;
  for (const Value& one : value.items("packages")) {
    LAMELLA_TRY_ASSIGN(const std::uint64_t bytes, bytes_of(one, "bytes"));
    packages.push_back({one.text("name"), one.text("version"), bytes});
  }
  return packages;
}

}  // namespace

std::string_view to_string(ArtifactKind kind) { return kind == ArtifactKind::kLayer ? "layer" : "function"; }

std::string_view to_string(ArtifactAction action) {
  switch (action) {
    case ArtifactAction::kBuilt: return "built";
    case ArtifactAction::kReused: return "reused";
    case ArtifactAction::kUnchanged: return "unchanged";
  }
  return "";
}

Value to_value(const Reason& reason) {
  return Value::object({{"kind", reason.kind},
                        {"subject", reason.subject},
                        {"from", reason.from},
                        {"to", reason.to},
                        {"text", reason.text}});
}

Result<Reason> reason_from_value(const Value& value) {
  if (value.text("kind").empty()) return damaged("reasons");
  return Reason{value.text("kind"), value.text("subject"), value.text("from"), value.text("to"),
                value.text("text")};
}

Value to_value(const Artifact& artifact) {
  Value reasons = Value::array();
  for (const Reason& reason : artifact.reasons) reasons.push_back(to_value(reason));
  Value packages = Value::array();
  for (const PackageShare& package : artifact.packages) {
    packages.push_back(
        Value::object({{"name", package.name}, {"version", package.version}, {"bytes", package.bytes}}));
  }
  Value out = Value::object({{"kind", to_string(artifact.kind)},
                             {"name", artifact.name},
                             {"target", short_name(artifact.target)},
                             {"path", artifact.path},
                             {"sha256", artifact.sha256.hex()},
                             {"zipped_bytes", artifact.zipped_bytes},
                             {"unzipped_bytes", artifact.unzipped_bytes},
                             {"release", artifact.release.empty() ? Value() : Value(artifact.release)},
                             {"proved", artifact.proved},
                             {"action", to_string(artifact.action)},
                             {"reasons", std::move(reasons)},
                             {"packages", std::move(packages)}});
  if (!artifact.unproved.empty()) out.set("unproved", Value::array_of(artifact.unproved));
  return out;
}

Result<Artifact> artifact_from_value(const Value& value) {
  Artifact artifact;
  const std::string kind = value.text("kind");
  if (kind != "layer" && kind != "function") return damaged("kind");
  artifact.kind = kind == "layer" ? ArtifactKind::kLayer : ArtifactKind::kFunction;
  artifact.name = value.text("name");
  if (artifact.name.empty()) return damaged("name");
  const auto target = target_from_short_name(value.text("target"));
  if (!target) return damaged("target");
  artifact.target = *target;
  artifact.path = value.text("path");
  const auto digest = Digest::from_hex(value.text("sha256"));
  if (!digest) return damaged("sha256");
  artifact.sha256 = *digest;
  LAMELLA_TRY_ASSIGN(artifact.zipped_bytes, bytes_of(value, "zipped_bytes"));
  LAMELLA_TRY_ASSIGN(artifact.unzipped_bytes, bytes_of(value, "unzipped_bytes"));
  artifact.release = value.text("release");
  artifact.proved = value.boolean("proved");
  for (const Value& one : value.items("unproved")) {
    if (!one.is_string()) return damaged("unproved");
    artifact.unproved.push_back(*one.as_string());
  }
  const std::string action = value.text("action");
  bool known = false;
  for (const ArtifactAction one : kActions) {
    if (action == to_string(one)) artifact.action = one, known = true;
  }
  if (!known) return damaged("action");
  for (const Value& one : value.items("reasons")) {
    LAMELLA_TRY_ASSIGN(Reason reason, reason_from_value(one));
    artifact.reasons.push_back(std::move(reason));
  }
  LAMELLA_TRY_ASSIGN(artifact.packages, packages_of(value));
  return artifact;
}

}  // namespace lamella::model
