// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "config/key_table.h"
#include "config/read_workspace.h"
#include "config/workspace_path.h"

namespace lamella::config {
namespace {

using document::Value;
using model::PlacedText;

Result<PlacedText> placed_path(const Value& value) {
  LAMELLA_TRY_ASSIGN(std::string path, normalised_path(*value.as_string()));
  return PlacedText{std::move(path), value.position()};
}

Result<std::vector<model::Glob>> read_globs(const Value& table, std::string_view key) {
  std::vector<model::Glob> globs;
  for (const Value& one : table.items(key)) {
    LAMELLA_TRY_ASSIGN(model::Glob glob, model::Glob::parse(*one.as_string()));
    globs.push_back(std::move(glob));
  }
  return globs;
}

Result<model::Prune> read_prune(const Value& table) {
  model::Prune prune;
  const Value* value = table.find("prune");
  if (value == nullptr) return prune;
  prune.written = true;
  prune.profile = model::parse_prune_profile(value->text("profile")).value_or(prune.profile);
  LAMELLA_TRY_ASSIGN(prune.drop, read_globs(*value, "drop"));
  LAMELLA_TRY_ASSIGN(prune.keep, read_globs(*value, "keep"));
  prune.extra = placed_texts(*value, "extra");
  return prune;
}

Result<model::Bytecode> read_bytecode(const Value& table) {
  model::Bytecode bytecode;
  const Value* value = table.find("bytecode");
  if (value == nullptr) return bytecode;
  bytecode.asked = true;
  if (value->is_string()) {
    bytecode.fallback = *model::parse_bytecode_mode(*value->as_string());
    return bytecode;
  }
  for (const document::Member& member : *value->as_object()) {
    const auto mode = *model::parse_bytecode_mode(*member.value.as_string());
    if (member.key == "default") {
      bytecode.fallback = mode;
    } else if (member.key == "traced") {
      bytecode.traced = mode;
    } else {
      LAMELLA_TRY_ASSIGN(model::Glob glob, model::Glob::parse(member.key));
      bytecode.patterns.push_back({std::move(glob), mode});
    }
  }
  std::stable_sort(bytecode.patterns.begin(), bytecode.patterns.end(),
                   [](const auto& a, const auto& b) { return a.glob.text().size() > b.glob.text().size(); });
  return bytecode;
}

Result<std::optional<std::uint64_t>> read_size(const Value& table, std::string_view key) {
  const Value* value = table.find(key);
  if (value == nullptr) return std::optional<std::uint64_t>();
  LAMELLA_TRY_ASSIGN(const std::uint64_t size, base::parse_size(*value->as_string()));
  return std::optional(size);
}

Result<> read_archive(const Value& table, const SourceFile& source, model::Layer& layer) {
  const Value* value = table.find("archive");
  if (value == nullptr) return {};
  model::Archive archive;
  if (value->is_string()) {
    LAMELLA_TRY_ASSIGN(archive.place, placed_path(*value));
    layer.archive = std::move(archive);
    return {};
  }
  const Value* path = value->find("path");
  const Value* url = value->find("url");
  if ((path == nullptr) == (url == nullptr)) {
    return source.usage("an archive comes from one place", value->position())
        .remedy("write either `path` or `url`, and `sha256` with the latter");
  }
  archive.sha256 = Digest::from_hex(value->text("sha256"));
  archive.merged = value->boolean("merged");
  archive.remote = url != nullptr;
  if (archive.remote && !archive.sha256) {
    return source.usage("an archive that is fetched needs its `sha256`", url->position())
        .because("what an address gives may change, the layer must not")
        .remedy("add `sha256` with the digest that its publisher states");
  }
  if (archive.remote) {
    archive.place = {*url->as_string(), url->position()};
  } else {
    LAMELLA_TRY_ASSIGN(archive.place, placed_path(*path));
  }
  layer.archive = std::move(archive);
  return {};
}

/// Thinning is for packages.  Where a layer has none, asking for it would silently do nothing.
Result<> check_applicable(const Value& table, const SourceFile& source, const model::Layer& layer) {
  if (!layer.requirements.empty() || !layer.packages.empty()) return {};
  const bool ready = layer.tree || layer.archive || layer.arn || table.find("command") != nullptr;
  if (!ready) return {};
  for (const char* key : {"prune", "services", "strip"}) {
    const Value* value = table.find(key);
    if (value == nullptr || value->as_bool() == false) continue;
    return source.usage(fmt::format("`{}` has nothing to apply to", key), value->position())
        .because(
            "it is for packages of `requirements` and for projects; an archive, a folder that is laid out, "
            "what "
            "a command leaves and a published version are taken as they are")
        .remedy("take it out, or thin what is brought where it is made");
  }
  return {};
}

}  // namespace

Result<> read_requirements_key(const Value& table, std::string_view key, const SourceFile& source,
                               model::Requirements& out) {
  const Value* value = table.find(key);
  if (value == nullptr) return {};
  const Value* file = value->is_object() ? value->find("file") : value;
  if (file->is_string()) {
    auto path = placed_path(*file);
    if (!path) return source.at(std::move(path).error(), file->position());
    out.file = std::move(path).value();
    if (value->is_object()) {
      out.extras = placed_texts(*value, "extras");
      out.groups = placed_texts(*value, "groups");
    }
    return {};
  }
  for (const Value& one : *value->as_array()) {
    const Value& text = one.is_object() ? *one.find("name") : one;
    if (auto fits = check_format(Format::kRequirement, *text.as_string()); !fits) {
      return source.at(std::move(fits).error(), text.position());
    }
    out.listed.push_back({*text.as_string(), text.position()});
    if (one.boolean("no_deps")) out.alone.push_back(out.listed.back());
  }
  return {};
}

std::vector<PlacedText> placed_texts(const Value& table, std::string_view key) {
  std::vector<PlacedText> out;
  for (const Value& one : table.items(key)) out.push_back({*one.as_string(), one.position()});
  return out;
}

Result<model::Budget> read_budget(const Value& table) {
  model::Budget budget;
  const Value* value = table.find("budget");
  if (value == nullptr) return budget;
  LAMELLA_TRY_ASSIGN(budget.unzipped, read_size(*value, "unzipped"));
  LAMELLA_TRY_ASSIGN(budget.zipped, read_size(*value, "zipped"));
  LAMELLA_TRY_ASSIGN(budget.aim, read_size(*value, "aim"));
  return budget;
}

Result<> read_layer_content(const Value& table, const SourceFile& source, model::Layer& layer) {
  if (const Value* tree = table.find("path")) {
    LAMELLA_TRY_ASSIGN(layer.tree, placed_path(*tree));
  }
  if (const Value* arn = table.find("arn")) layer.arn = {*arn->as_string(), arn->position()};
  if (table.text("layout") == "site-packages") layer.layout = model::ModuleLayout::kSitePackages;
  LAMELLA_TRY(read_archive(table, source, layer));
  return check_applicable(table, source, layer);
}

Result<> read_packaging(const Value& table, const SourceFile& source, model::Packaging& out) {
  LAMELLA_TRY(read_requirements_key(table, "requirements", source, out.requirements));
  for (const Value& one : table.items("packages")) {
    LAMELLA_TRY_ASSIGN(PlacedText path, placed_path(one));
    out.packages.push_back(std::move(path));
  }
  for (const Value& one : table.items("files")) {
    LAMELLA_TRY_ASSIGN(PlacedText from, placed_path(*one.find("from")));
    LAMELLA_TRY_ASSIGN(std::string to, normalised_inside(one.text("to")));
    out.files.push_back({std::move(from), std::move(to)});
  }
  LAMELLA_TRY_ASSIGN(out.prune, read_prune(table));
  out.services = table.texts("services");
  LAMELLA_TRY_ASSIGN(out.bytecode, read_bytecode(table));
  out.strip = table.boolean("strip", true);
  LAMELLA_TRY_ASSIGN(out.budget, read_budget(table));
  return {};
}

}  // namespace lamella::config
