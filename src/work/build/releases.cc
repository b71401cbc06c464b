// SPDX-License-Identifier: Apache-2.0
#include "build/releases.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/tree_text.h"
#include "build/lock_text.h"
#include "build/setting_changes.h"
#include "crypto/key_builder.h"
#include "document/toml.h"
#include "resolve/version.h"

namespace lamella::build {
namespace {

using document::Value;
using model::ArtifactKind;
using model::Bump;

constexpr model::Release kFirst{1, 0, 0};

/// What importing or opening names: "python/tools/a.py" is "tools.a", "python/tools/a.csv" is "tools/a.csv".
std::string module_of(std::string_view name, std::string_view modules) {
  if (!name.starts_with(modules)) return std::string(name);
  name.remove_prefix(modules.size());
  const auto slash = name.rfind('/');
  const std::size_t begin = slash == std::string_view::npos ? 0 : slash + 1;
  const bool imported = name.ends_with(".py") || name.ends_with(".so");
  if (!imported) return std::string(name);
  std::string dotted(name.substr(0, name.find('.', begin)));  // of "a.cpython-311-x86_64-linux-gnu.so" too
  std::replace(dotted.begin(), dotted.end(), '/', '.');
  constexpr std::string_view kPackage = ".__init__";
  if (dotted.ends_with(kPackage)) dotted.resize(dotted.size() - kPackage.size());
  return dotted;
}

/// True if `names` has something in the package or folder `name`, which then still can be imported or opened.
bool has_below(const std::set<std::string>& names, const std::string& name) {
  return std::any_of(names.begin(), names.end(), [&](const std::string& one) {
    return one.size() > name.size() && one.starts_with(name) &&
           (one[name.size()] == '.' || one[name.size()] == '/');
  });
}

void add_settings(const model::Layer& layer, crypto::KeyBuilder& key) {
  key.add("profile", to_string(layer.prune.profile)).add("strip", layer.strip ? 1 : 0);
  for (const model::Glob& glob : layer.prune.drop) key.add("drop", glob.text());
  for (const model::Glob& glob : layer.prune.keep) key.add("keep", glob.text());
  for (const model::PlacedText& extra : layer.prune.extra) key.add("extra", extra.text);
  for (const std::string& service : layer.services) key.add("service", service);
  for (const auto& [name, text] : bytecode_settings(layer.bytecode)) key.add(name, text);
}

LayerContent content_of(const model::Layer& layer,
                        const std::map<std::string, const ArtifactPlan*>& by_target) {
  LayerContent content;
  crypto::KeyBuilder key("layer content");
  add_settings(layer, key);
  for (const auto& [target, plan] : by_target) {
    key.add("target", target).add("modules", plan->layout.prefix);
    auto& packages = content.packages[target];
    for (const package::Recipe& recipe : plan->wheels) {
      // Not of the wheel that a source was built to, which is known only where it was.
      packages[recipe.wheel.distribution] = recipe.source ? recipe.source->version : recipe.wheel.version;
      key.add("wheel", recipe.source ? recipe.source->declared() : recipe.wheel.sha256);
    }
    if (plan->archive) {
      content.modules.insert(plan->archive->distribution());
      key.add("archive", plan->archive->sha256).add("as it is", plan->as_it_is ? 1 : 0);
    }
    if (plan->command) {
      content.modules.insert(plan->command->distribution());
      key.add("command", plan->command->command.declared());
    }
    if (!plan->local) continue;
    for (const package::LocalFile& file : plan->local->files) {
      content.modules.insert(module_of(file.name, plan->layout.prefix));
      key.add("file", file.name).add("content", file.sha256).add("executable", file.executable ? 1 : 0);
      key.add("link", file.link);
    }
  }
  content.digest = key.finish();
  return content;
}

std::uint64_t major_of(const std::string& version) {
  const auto parsed = resolve::Version::parse(version);
  return parsed && !parsed->release().empty() ? parsed->release().front() : 0;
}

/// Reasons by the bump they ask for.
class Differences {
 public:
  void add(Bump bump, Reason reason) {
    if (bump > found_.bump) found_ = {bump, {}};
    const bool known =
        std::find(found_.reasons.begin(), found_.reasons.end(), reason) != found_.reasons.end();
    if (bump == found_.bump && !known) found_.reasons.push_back(std::move(reason));
  }

  void packages(const std::map<std::string, std::string>& before,
                const std::map<std::string, std::string>& now) {
    for (const auto& [name, version] : before) {
      const auto found = now.find(name);
      if (found == now.end()) {
        add(Bump::kMajor, {"package-removed", name, version, "", fmt::format("{} is gone", name)});
      } else if (found->second != version) {
        const bool major = major_of(version) != major_of(found->second);
        add(major ? Bump::kMajor : Bump::kPatch, {"package-changed", name, version, found->second,
                                                  fmt::format("{} {} → {}", name, version, found->second)});
      }
    }
    for (const auto& [name, version] : now) {
      if (!before.contains(name))
        add(Bump::kMinor, {"package-added", name, "", version, fmt::format("{} {} is new", name, version)});
    }
  }

  void modules(const std::set<std::string>& before, const std::set<std::string>& now) {
    for (const std::string& name : before) {
      if (!now.contains(name) && !has_below(now, name))
        add(Bump::kMajor, {"module-removed", name, "", "", fmt::format("{} is gone", name)});
    }
    for (const std::string& name : now) {
      if (!before.contains(name))
        add(Bump::kMinor, {"module-added", name, "", "", fmt::format("{} is new", name)});
    }
  }

  ContentChange take() { return std::move(found_); }

 private:
  ContentChange found_;
};

std::string text_of(const std::vector<Reason>& reasons) {
  constexpr std::size_t kMost = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(reasons.size(), kMost); ++i)
    text += (i == 0 ? "" : "; ") + reasons[i].text;
  if (reasons.size() > kMost) text += fmt::format("; and {} more", reasons.size() - kMost);
  return text;
}

Error bad_row(const Value& row, std::string_view what) {
  return Error(ErrorCode::kUsage,
               fmt::format("{} {} is not as `lamella lock` writes it", kReleasesLockPath, what))
      .at(row.position())
      .remedy("take the file from before, or remove it: releases then begin anew");
}

Result<LayerContent> read_content(const Value& row) {
  LayerContent content;
  for (const auto& target : row.members("packages")) {
    auto& packages = content.packages[target.key];
    if (target.value.as_object() == nullptr) return bad_row(row, "has packages that");
    for (const document::Member& package : *target.value.as_object()) {
      if (package.value.as_string() == nullptr) return bad_row(row, "has a version that");
      packages[package.key] = *package.value.as_string();
    }
  }
  for (const Value& module : row.items("modules")) {
    if (module.is_string()) content.modules.insert(*module.as_string());
  }
  const auto digest = Digest::from_hex(row.text("content"));
  if (!digest) return bad_row(row, "has a digest that");
  content.digest = *digest;
  return content;
}

Result<LayerRelease> read_release(const Value& row) {
  LayerRelease out;
  const auto release = model::parse_release(row.text("release"));
  const auto bump = model::parse_bump(row.text("bump", "none"));
  if (!release || !bump) return bad_row(row, "has a release that");
  out.release = *release;
  out.bump = *bump;
  if (row.find("from") != nullptr) {
    out.from = model::parse_release(row.text("from"));
    if (!out.from) return bad_row(row, "has a release that");
  }
  out.reason = row.text("reason");
  LAMELLA_TRY_ASSIGN(out.content, read_content(row));
  return out;
}

Value to_value(const LayerRelease& release) {
  Value row = Value::object({{"release", to_string(release.release)}});
  if (release.from) row.set("from", to_string(*release.from));
  row.set("bump", to_string(release.bump));
  row.set("reason", release.reason);
  row.set("content", release.content.digest.hex());
  row.set("modules", Value::array_of(std::vector<std::string>(release.content.modules.begin(),
                                                              release.content.modules.end())));
  Value& targets = row.set("packages", Value::object());
  for (const auto& [target, packages] : release.content.packages) {
    Value& table = targets.set(target, Value::object());
    for (const auto& [name, version] : packages) table.set(name, version);
  }
  return row;
}

}  // namespace

Result<Releases> parse_releases(std::string_view text, std::string_view file) {
  constexpr LockKind kKind{kReleasesSchema, "the lock of releases", "use the version that wrote it"};
  LAMELLA_TRY_ASSIGN(const Value document, parse_lock_text(text, file, kKind));
  Releases releases;
  for (const document::Member& layer : document.members("layers")) {
    LAMELLA_TRY_ASSIGN(releases[layer.key], read_release(layer.value));
  }
  return releases;
}

std::string render_releases(const Releases& releases) {
  Value document = Value::object({{"schema", kReleasesSchema}});
  Value& layers = document.set("layers", Value::object());
  for (const auto& [name, release] : releases) layers.set(name, to_value(release));
  return "# Written by `lamella lock`: the release of each layer and the content that has it.  Commit it.\n" +
         document::render_toml(document);
}

Result<Releases> load_releases(const base::FileTree& tree) {
  LAMELLA_TRY_ASSIGN(const auto text, base::read_text(tree, kReleasesLockPath));
  if (!text) return Releases();
  return parse_releases(*text, kReleasesLockPath);
}

std::map<std::string, LayerContent> contents_of(const model::Workspace& workspace,
                                                const std::vector<ArtifactPlan>& plans) {
  std::map<std::string, std::map<std::string, const ArtifactPlan*>> by_layer;
  for (const ArtifactPlan& plan : plans) {
    if (plan.kind == ArtifactKind::kLayer) by_layer[plan.name][short_name(plan.target)] = &plan;
  }
  std::map<std::string, LayerContent> contents;
  for (const auto& [name, by_target] : by_layer) {
    const model::Layer* layer = workspace.find_layer(name);
    if (layer != nullptr && by_target.size() == layer->targets.size())
      contents.emplace(name, content_of(*layer, by_target));
  }
  return contents;
}

Result<std::map<std::string, LayerContent>> read_contents(const Tools& tools,
                                                          const model::Workspace& workspace,
                                                          const std::vector<GroupLock>& locks) {
  model::Workspace uncompiled = workspace;
  for (model::Layer& layer : uncompiled.layers) {
    layer.bytecode = {};
    layer.bytecode.fallback = model::BytecodeMode::kNone;
  }
  auto index = change::StatIndex::load(tools.workspace, index_path(tools.workspace));
  LAMELLA_TRY_ASSIGN(const auto plans, plan_artifacts(tools, uncompiled, locks, {},
                                                      {.layers_only = true, .skip_checks = true}, index));
  return contents_of(workspace, plans);
}

Error not_recorded(const std::string& layer, const LayerRelease* before, const LayerRelease& now) {
  const std::string why = before == nullptr
                              ? "it has no release there"
                              : fmt::format("{} → {}, {}: {}", to_string(before->release),
                                            to_string(now.release), to_string(now.bump), now.reason);
  return Error(ErrorCode::kUsage, fmt::format("layer {} is not what {} says", layer, kReleasesLockPath))
      .at(std::string(kReleasesLockPath))
      .because(why)
      .remedy("run `lamella lock` and commit the file");
}

ContentChange change_between(const LayerContent& before, const LayerContent& now) {
  Differences found;
  for (const auto& [target, packages] : before.packages) {
    const auto same = now.packages.find(target);
    if (same == now.packages.end()) {
      found.add(Bump::kMajor, {"target-removed", target, target, "", fmt::format("{} is dropped", target)});
    } else {
      found.packages(packages, same->second);
    }
  }
  for (const auto& [target, packages] : now.packages) {
    if (!before.packages.contains(target))
      found.add(Bump::kMinor, {"target-added", target, "", target, fmt::format("{} is new", target)});
  }
  found.modules(before.modules, now.modules);
  if (before.digest != now.digest)
    found.add(Bump::kPatch, {"content-changed", "", "", "", "its content changed"});
  return found.take();
}

LayerRelease next_release(const LayerRelease* before, const LayerContent& now) {
  if (before == nullptr) return {kFirst, {}, Bump::kNone, "first", now};
  const ContentChange change = change_between(before->content, now);
  if (change.bump == Bump::kNone) return *before;
  return {bumped(before->release, change.bump), before->release, change.bump, text_of(change.reasons), now};
}

LayerRelease overridden_release(const LayerRelease* before, const LayerContent& now, const Override& wanted) {
  if (before == nullptr) return {kFirst, {}, Bump::kNone, wanted.reason, now};
  const bool same = change_between(before->content, now).bump == Bump::kNone;
  const model::Release base = same ? before->from.value_or(before->release) : before->release;
  return {bumped(base, wanted.bump), base, wanted.bump, wanted.reason, now};
}

}  // namespace lamella::build
