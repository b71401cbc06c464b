// SPDX-License-Identifier: Apache-2.0
#include "build/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "build/tools.h"
#include "document/json.h"
#include "os/file.h"

namespace lamella::build {
namespace {

using document::Value;

constexpr int kFilesSchema = 1;

Value part_to_value(const Part& part) {
  return Value::object({{"key", part.key.hex()},
                        {"blob", part.segment.blob.hex()},
                        {"segment", package::to_value(part.segment)}});
}

Result<Part> part_from_value(const Value& value) {
  const auto key = Digest::from_hex(value.text("key"));
  const auto blob = Digest::from_hex(value.text("blob"));
  const Value* segment = value.find("segment");
  if (!key || !blob || segment == nullptr) return Error(ErrorCode::kCorrupt, "a part has no key");
  return Part{*key, package::segment_from_value(*segment, *blob)};
}

Value budget_to_value(const model::Budget& budget) {
  Value value = Value::object();
  if (budget.unzipped) value.set("unzipped", *budget.unzipped);
  if (budget.zipped) value.set("zipped", *budget.zipped);
  if (budget.aim) value.set("aim", *budget.aim);
  return value;
}

model::Budget budget_from_value(const Value* value) {
  const auto number = [&](std::string_view key) -> std::optional<std::uint64_t> {
    const std::int64_t bytes = value == nullptr ? -1 : value->integer(key, -1);
    return bytes < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(bytes));
  };
  return {.unzipped = number("unzipped"), .zipped = number("zipped"), .aim = number("aim")};
}

std::map<std::string, Digest> files_from_value(const Value& value) {
  std::map<std::string, Digest> files;
  for (const auto& file : value.members("files")) {
    const auto* text = file.value.as_string();
    const auto digest = text == nullptr ? std::nullopt : Digest::from_hex(*text);
    if (digest) files.emplace_hint(files.end(), file.key, *digest);
  }
  return files;
}

std::filesystem::path files_path(const std::filesystem::path& workspace, const Made& made) {
  const model::Artifact& artifact = made.artifact;
  return state_folder(workspace) / "inputs" /
         (artifact_stem(artifact.kind, artifact.name, artifact.target) + ".json");
}

Result<> save_files(const std::filesystem::path& workspace, const Made& made) {
  Value files = Value::object();
  for (const auto& [name, digest] : made.files) files.set(name, digest.hex());
  const Value document =
      Value::object({{"schema", kFilesSchema}, {"key", made.key.hex()}, {"files", std::move(files)}});
  return os::write_file_atomic(files_path(workspace, made), document::render_json(document));
}

Bought bought_from_value(const Value& value) {
  const auto count = [&](std::string_view key) { return static_cast<std::uint64_t>(value.integer(key)); };
  return {value.text("distribution"), count("modules"), value.integer("bytes"),
          count("saved_us"),          count("without"), count("without_us")};
}

/// Of an artifact that was up to date, no reasons: a workspace has a thousand of those, and every build reads them.
Value artifact_to_value(const model::Artifact& artifact) {
  Value value = to_value(artifact);
  if (artifact.action == model::ArtifactAction::kUnchanged) value.erase("reasons");
  if (artifact.release.empty()) value.erase("release");
  return value;
}

/// What is empty is left out.
Value made_to_value(const Made& made) {
  Value value = Value::object(
      {{"artifact", artifact_to_value(made.artifact)}, {"key", made.key.hex()}, {"built_at", made.built_at}});
  const auto set = [&](std::string_view key, Value what, bool empty) {
    if (!empty) value.set(std::string(key), std::move(what));
  };
  Value parts = Value::array();
  for (const Part& part : made.parts) parts.push_back(part_to_value(part));
  Value bought = Value::array();
  for (const Bought& one : made.bought) bought.push_back(to_value(one));
  Value imports = Value::object();
  for (const auto& [name, ms] : made.import_ms) imports.set(name, static_cast<std::int64_t>(ms * 1000));
  set("as_it_is", true, !made.as_it_is);
  set("parts", std::move(parts), made.parts.empty());
  Value budget = budget_to_value(made.budget);
  set("budget", budget, budget.as_object()->empty());
  set("import_us", std::move(imports), made.import_ms.empty());
  set("without_bytecode", Value::array_of(made.without_bytecode), made.without_bytecode.empty());
  set("bought", std::move(bought), made.bought.empty());
  set("findings", model::to_value(made.findings), made.findings.empty());
  set("idle", Value::array_of(made.idle), made.idle.empty());
  return value;
}

Result<Made> made_from_value(const Value& value) {
  Made made;
  const Value* artifact = value.find("artifact");
  const auto key = Digest::from_hex(value.text("key"));
  if (artifact == nullptr || !key) return Error(ErrorCode::kCorrupt, "an artifact has no key");
  LAMELLA_TRY_ASSIGN(made.artifact, model::artifact_from_value(*artifact));
  made.key = *key;
  made.as_it_is = value.boolean("as_it_is");
  made.built_at = value.text("built_at");
  for (const Value& part : value.items("parts")) {
    LAMELLA_TRY_ASSIGN(Part read, part_from_value(part));
    made.parts.push_back(std::move(read));
  }
  made.budget = budget_from_value(value.find("budget"));
  for (const auto& one : value.members("import_us")) {
    made.import_ms[one.key] = static_cast<double>(one.value.as_integer().value_or(0)) / 1000;
  }
  made.without_bytecode = value.texts("without_bytecode");
  made.idle = value.texts("idle");
  if (const Value* findings = value.find("findings")) {
    LAMELLA_TRY_ASSIGN(made.findings, model::findings_from_value(*findings));
  }
  for (const Value& one : value.items("bought")) made.bought.push_back(bought_from_value(one));
  return made;
}

constexpr std::string_view kSeen = "(command)/";

bool is_archive(const std::string& distribution) { return distribution.starts_with("archive:"); }
bool is_command(const std::string& distribution) { return distribution.starts_with("command:"); }

/// An artifact holds at most one.
void compare_archive(const ArtifactPlan& plan, const Made& before, std::vector<Reason>& reasons) {
  const auto old = std::find_if(before.parts.begin(), before.parts.end(),
                                [](const Part& part) { return is_archive(part.segment.distribution); });
  const std::string was = old == before.parts.end() ? "" : old->segment.version;
  const std::string now = plan.archive ? plan.archive->sha256.brief() : "";
  if (now == was) return;
  if (now.empty()) {
    reasons.push_back({"archive-removed", old->segment.distribution, was, "", "its archive is gone"});
    return;
  }
  const std::string& name = plan.archive->name;
  if (was.empty())
    reasons.push_back({"archive-added", name, "", now, fmt::format("archive {} is new", name)});
  else
    reasons.push_back(
        {"archive-changed", name, was, now, fmt::format("archive {}: {} → {}", name, was, now)});
}

void compare_wheels(const ArtifactPlan& plan, const Made& before, std::vector<Reason>& reasons) {
  std::map<std::string, const Part*> old;
  for (const Part& part : before.parts) old[part.segment.distribution] = &part;
  std::set<std::string> wanted;
  for (const package::Recipe& recipe : plan.wheels) {
    const std::string& name = recipe.wheel.distribution;
    wanted.insert(name);
    const auto found = old.find(name);
    if (found == old.end()) {
      reasons.push_back({"package-added", name, "", recipe.wheel.version,
                         fmt::format("{} {} is new", name, recipe.wheel.version)});
    } else if (recipe.source && !recipe.source->archive) {
      continue;  // its files tell
    } else if (found->second->segment.version != recipe.wheel.version) {
      const std::string& from = found->second->segment.version;
      reasons.push_back({"package-changed", name, from, recipe.wheel.version,
                         fmt::format("{} {} → {}", name, from, recipe.wheel.version)});
    } else if (!recipe.source && found->second->key != recipe.key()) {
      reasons.push_back(
          {"setting-changed", name, "", "",
           fmt::format("what is kept of {} changed (rules, services, bytecode, interpreter)", name)});
    }
  }
  for (const auto& [name, part] : old) {
    if (name == "in-repo" || is_archive(name) || is_command(name) || wanted.contains(name)) continue;
    reasons.push_back({"package-removed", name, part->segment.version, "", fmt::format("{} is gone", name)});
  }
}

/// The workspace's own files by the names that Made::files has.
std::map<std::string, Digest> own_files(const ArtifactPlan& plan) {
  std::map<std::string, Digest> files;
  if (plan.local) {
    for (const package::LocalFile& file : plan.local->files) files[file.name] = file.sha256;
  }
  for (const package::Recipe& recipe : plan.wheels) {
    if (!recipe.source) continue;
    for (const auto& file : recipe.source->files) files[project_file(*recipe.source, file)] = file.sha256;
  }
  if (plan.command) {
    for (const auto& file : plan.command->command.files) files[command_file(file)] = file.sha256;
  }
  return files;
}

/// For sentences: a file that a command sees by its path in the workspace.
std::string shown(const std::string& name) {
  return name.starts_with(kSeen) ? name.substr(kSeen.size()) : name;
}

void compare_files(const ArtifactPlan& plan, const Made& before, std::vector<Reason>& reasons) {
  const auto wanted = own_files(plan);
  for (const auto& [name, sha256] : wanted) {
    const auto found = before.files.find(name);
    if (found == before.files.end()) {
      reasons.push_back({"file-added", name, "", sha256.brief(), fmt::format("{} is new", shown(name))});
    } else if (found->second != sha256) {
      reasons.push_back({"file-changed", name, found->second.brief(), sha256.brief(),
                         fmt::format("{} changed", shown(name))});
    }
  }
  for (const auto& [name, digest] : before.files) {
    if (!wanted.contains(name))
      reasons.push_back({"file-removed", name, digest.brief(), "", fmt::format("{} is gone", shown(name))});
  }
}

/// Where no file that a command sees moved, the command did, or what runs it.
void compare_command(const ArtifactPlan& plan, const Made& before, std::vector<Reason>& reasons) {
  const auto old = std::find_if(before.parts.begin(), before.parts.end(),
                                [](const Part& part) { return is_command(part.segment.distribution); });
  const bool was = old != before.parts.end();
  if (!was && !plan.command) return;
  if (was && plan.command && old->key == plan.command->key()) return;
  const std::string name = plan.command ? plan.command->distribution() : old->segment.distribution;
  const auto* what = !was            ? "its command is new"
                     : !plan.command ? "its command is gone"
                                     : "its command changed, or a tool, or its bytecode";
  reasons.push_back({"setting-changed", name, "", "", what});
}

/// Where no file of a project moved, its build did.
void compare_builds(const ArtifactPlan& plan, const Made& before, std::vector<Reason>& reasons) {
  for (const package::Recipe& recipe : plan.wheels) {
    const auto found = std::find_if(before.parts.begin(), before.parts.end(), [&](const Part& part) {
      return part.segment.distribution == recipe.wheel.distribution;
    });
    if (!recipe.source || found == before.parts.end() || found->key == recipe.key()) continue;
    if (recipe.source->archive && found->segment.version != recipe.wheel.version) continue;  // that is told
    const std::string& name = recipe.wheel.distribution;
    reasons.push_back(
        {"setting-changed", name, "", "",
         fmt::format("how {} is built or what is kept of it changed ({}backend, compiler, rules, bytecode, "
                     "interpreter)",
                     name, recipe.source->archive ? "source, " : "")});
  }
}

}  // namespace

std::string project_file(const package::SourceBuild& source, const package::LocalFile& file) {
  return source.place + "/" + file.name;
}

std::string command_file(const package::LocalFile& file) { return std::string(kSeen) + file.name; }

Value to_value(const Bought& bought) {
  return Value::object({{"distribution", bought.distribution},
                        {"modules", bought.modules},
                        {"bytes", bought.bytes},
                        {"saved_us", bought.saved_us},
                        {"without", bought.without},
                        {"without_us", bought.without_us}});
}

const Made* Manifest::find(model::ArtifactKind kind, std::string_view name,
                           const model::Target& target) const {
  for (const Made& one : made) {
    if (one.artifact.kind == kind && one.artifact.name == name && one.artifact.target == target) return &one;
  }
  return nullptr;
}

ManifestIndex::ManifestIndex(const Manifest& manifest) {
  for (const Made& made : manifest.made) by_name_.emplace(made.artifact.name, &made);
}

const Made* ManifestIndex::find(model::ArtifactKind kind, std::string_view name,
                                const model::Target& target) const {
  for (auto [at, end] = by_name_.equal_range(name); at != end; ++at) {
    const model::Artifact& artifact = at->second->artifact;
    if (artifact.kind == kind && artifact.target == target) return at->second;
  }
  return nullptr;
}

std::filesystem::path manifest_path(const std::filesystem::path& workspace) {
  return state_folder(workspace) / "build.json";
}

Result<> refuse_newer_manifest(const std::filesystem::path& workspace) {
  const auto path = manifest_path(workspace);
  const auto file = os::MappedFile::open(path);
  if (!file) return {};  // what cannot be read is made again
  constexpr std::string_view kStart = R"({"schema":)";
  std::string_view text = file->text();
  if (!text.starts_with(kStart)) return {};
  text = text.substr(kStart.size(), 10);
  std::int64_t schema = 0;
  std::from_chars(text.data(), text.data() + text.size(), schema);
  if (schema <= kManifestSchema) return {};
  return Error(ErrorCode::kCorrupt, "a newer version of lamella built here last")
      .at(path.string())
      .because(fmt::format("what it wrote has schema {}, this version reads {}", schema, kManifestSchema))
      .remedy("use that version, or delete the file: a build makes it again");
}

Manifest load_manifest(const std::filesystem::path& workspace) {
  Manifest manifest;
  const auto path = manifest_path(workspace);
  const auto text = os::read_file_if_present(path);
  if (!text || !*text) return manifest;
  const auto value = document::parse_json(**text, path.string(), {.places = false});
  if (!value || value->integer("schema") != kManifestSchema) return manifest;
  for (const Value& one : value->items("made")) {
    auto made = made_from_value(one);
    if (!made) return {};
    manifest.made.push_back(std::move(*made));
  }
  return manifest;
}

Result<> save_manifest(const std::filesystem::path& workspace, const Manifest& manifest) {
  Value made = Value::array();
  LAMELLA_TRY(os::make_directories(state_folder(workspace) / "inputs"));
  for (const Made& one : manifest.made) {
    made.push_back(made_to_value(one));
    // Without: what is there is of the same key, or is not taken.
    if (!one.files.empty()) LAMELLA_TRY(save_files(workspace, one));
  }
  const Value document = Value::object({{"schema", kManifestSchema}, {"made", std::move(made)}});
  const auto path = manifest_path(workspace);
  LAMELLA_TRY(os::make_directories(path.parent_path()));
  return os::write_file_atomic(path, document::render_json(document));
}

Made with_files(const std::filesystem::path& workspace, Made made) {
  if (!made.files.empty()) return made;
  const auto path = files_path(workspace, made);
  const auto text = os::read_file_if_present(path);
  if (!text || !*text) return made;
  const auto value = document::parse_json(**text, path.string());
  if (value && value->text("key") == made.key.hex()) made.files = files_from_value(*value);
  return made;
}

std::vector<Reason> why_build(const ArtifactPlan& plan, const Made* before, bool zip_present) {
  if (before == nullptr) return {{"first-build", plan.name, "", "", "it was never built here"}};
  std::vector<Reason> reasons;
  if (before->key != plan.key()) {
    compare_wheels(plan, *before, reasons);
    compare_archive(plan, *before, reasons);
    compare_files(plan, *before, reasons);
    if (reasons.empty()) compare_builds(plan, *before, reasons);
    if (reasons.empty()) compare_command(plan, *before, reasons);
    if (reasons.empty()) reasons.push_back({"setting-changed", plan.name, "", "", "its settings changed"});
  } else if (!zip_present) {
    reasons.push_back({"zip-missing", before->artifact.path, "", "", "its zip is gone"});
  } else {
    reasons.push_back({"up-to-date", plan.name, "", "", "nothing it is made of changed"});
  }
  return reasons;
}

}  // namespace lamella::build
