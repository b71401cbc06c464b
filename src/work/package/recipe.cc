// SPDX-License-Identifier: Apache-2.0
#include "package/recipe.h"

#include <algorithm>

#include "archive/deflate.h"
#include "archive/deflate_splice.h"
#include "archive/elf_strip.h"
#include "archive/segment.h"
#include "crypto/key_builder.h"

namespace lamella::package {
namespace {

void add_globs(crypto::KeyBuilder& key, std::string_view name, const std::vector<model::Glob>& globs) {
  key.add(name, globs.size());
  for (const model::Glob& glob : globs) key.add(name, glob.text());
}

void add_bytecode(crypto::KeyBuilder& key, const BytecodePlan& plan) {
  key.add("bytecode", to_string(plan.settings.fallback));
  key.add("traced-mode", plan.settings.traced ? to_string(*plan.settings.traced) : "");
  key.add("patterns", plan.settings.patterns.size());
  for (const auto& pattern : plan.settings.patterns) {
    key.add(pattern.glob.text(), to_string(pattern.mode));
  }
  key.add("traced", plan.traced.size());
  for (const std::string& module : plan.traced) key.add("module", module);
  key.add("limited", plan.only_for ? "yes" : "no");
  for (const std::string& module : plan.only_for.value_or(std::vector<std::string>()))
    key.add("only for", module);
}

}  // namespace

model::BytecodeMode BytecodePlan::mode_of(std::string_view path) const {
  if (only_for && !std::binary_search(only_for->begin(), only_for->end(), path, std::less<>())) {
    return model::BytecodeMode::kNone;
  }
  const bool is_traced = std::binary_search(traced.begin(), traced.end(), path, std::less<>());
  return settings.mode_for(path, is_traced);
}

std::string own_rule(const model::Glob& glob) { return "drop " + glob.text(); }

Digest SourceBuild::declared() const {
  crypto::KeyBuilder key("source");
  key.add("epoch", kSourceBuildEpoch).add("distribution", distribution).add("backend", backend);
  key.add("backend-path", backend_path.size());
  for (const std::string& folder : backend_path) key.add("folder", folder);
  key.add("files", files.size());
  for (const LocalFile& file : files) {
    key.add("name", file.name).add("sha256", file.sha256).add("executable", file.executable);
  }
  if (archive) key.add("archive", archive->sha256);
  key.add("requirements", requirements.size());
  for (const Wheel& wheel : requirements) key.add("wheel", wheel.sha256);
  return key.add("target", short_name(target)).finish();
}

Digest SourceBuild::key() const {
  crypto::KeyBuilder key("source-wheel");
  return key.add("declared", declared()).add("interpreter", interpreter).finish();
}

Digest CommandRun::declared() const {
  crypto::KeyBuilder key("command");
  key.add("epoch", kCommandEpoch).add("run", run).add("output", output).add("network", network);
  key.add("target", short_name(target)).add("files", files.size());
  for (const LocalFile& file : files) {
    key.add("name", file.name).add("sha256", file.sha256).add("executable", file.executable);
  }
  return key.finish();
}

Digest CommandRun::key() const {
  crypto::KeyBuilder key("command-output");
  key.add("declared", declared()).add("tools", tools.size());
  for (const Tool& tool : tools) key.add("tool", tool.name).add("sha256", tool.sha256);
  return key.finish();
}

Digest Recipe::key() const {
  crypto::KeyBuilder key("segment");
  key.add("epoch", kSegmentEpoch).add("schema", archive::kSegmentSchema);
  key.add("wheel", source ? source->key() : wheel.sha256).add("distribution", wheel.distribution);
  if (source && source->compiled_by) key.add("compiled-by", source->compiled_by->identity);
  key.add("target", short_name(target)).add("prefix", layout.prefix).add("mount", layout.mount);
  key.add("rules", rules.size());
  for (const NamedRule& named : rules) {
    key.add("rule", named.name);
    add_globs(key, "drop", named.rule.drop);
    add_globs(key, "keep", named.rule.keep);
  }
  add_globs(key, "layer-drop", drop);
  key.add("put-back", put_back.size());
  for (const auto& [rule, globs] : put_back) add_globs(key.add("rule", rule), "put-back", globs);
  add_globs(key, "layer-keep", keep);
  if (!keep.empty()) key.add("kept-bytecode", "sourceless");
  key.add("services", services.size());
  for (const std::string& service : services) key.add("service", service);
  add_bytecode(key, bytecode);
  key.add("interpreter", interpreter);
  key.add("strip", strip ? archive::kStripEpoch : 0U).add("deflate", archive::deflate_epoch());
  if (strip) key.add("splice", archive::kSpliceEpoch);
  key.add("unstripped", strip ? unstripped.size() : 0U);
  if (strip) {
    for (const std::string& path : unstripped) key.add("path", path);
  }
  return key.finish();
}

}  // namespace lamella::package
