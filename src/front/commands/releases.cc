// SPDX-License-Identifier: Apache-2.0
#include "commands/releases.h"

#include <fmt/format.h>

#include "base/suggest.h"
#include "os/file.h"

namespace lamella::commands {
namespace {

using build::LayerRelease;
using build::Releases;
using document::Value;

Result<> require_layers(const model::Workspace& workspace,
                        const std::map<std::string, build::Override>& bumps) {
  for (const auto& [name, wanted] : bumps) {
    if (workspace.find_layer(name) != nullptr) continue;
    const auto near = base::nearest(name, workspace.layer_names());
    return Error(ErrorCode::kUsage, fmt::format("there is no layer `{}`", base::escaped(name)))
        .remedy(near ? fmt::format("did you mean `{}`?", *near) : "bump a layer of this workspace");
  }
  return {};
}

Value record_of(const std::string& layer, const LayerRelease* before, const LayerRelease& now) {
  const bool same = before != nullptr && *before == now;
  return Value::object({{"layer", layer},
                        {"release", to_string(now.release)},
                        {"from", before == nullptr ? Value() : Value(to_string(before->release))},
                        {"bump", same ? "none" : to_string(now.bump)},
                        {"action", same                ? "unchanged"
                                   : before == nullptr ? "created"
                                                       : "updated"},
                        {"reason", same ? Value() : Value(now.reason)}});
}

const LayerRelease* find(const Releases& releases, const std::string& layer) {
  const auto found = releases.find(layer);
  return found == releases.end() ? nullptr : &found->second;
}

}  // namespace

Result<std::map<std::string, build::Override>> parse_bumps(const std::vector<std::string>& bumps,
                                                           const std::string& reason) {
  std::map<std::string, build::Override> parsed;
  if (bumps.empty() != reason.empty()) {
    return Error(ErrorCode::kUsage, bumps.empty()
                                        ? "--reason says why of a --bump, and there is none"
                                        : "--bump needs a --reason: it overrides what the content says")
        .remedy("for example: lamella lock --bump core=major --reason \"it reads another format\"");
  }
  for (const std::string& text : bumps) {
    const auto sign = text.find('=');
    const auto bump = sign == std::string::npos ? std::nullopt : model::parse_bump(text.substr(sign + 1));
    if (sign == 0 || !bump || *bump == model::Bump::kNone) {
      return Error(ErrorCode::kUsage,
                   fmt::format("--bump {} is not LAYER=major, =minor or =patch", base::escaped(text)));
    }
    parsed[text.substr(0, sign)] = {*bump, reason};
  }
  return parsed;
}

Result<Value> update_releases(Session& session, const std::vector<build::GroupLock>& locks,
                              const std::map<std::string, build::Override>& bumps) {
  LAMELLA_TRY(require_layers(session.workspace(), bumps));
  LAMELLA_TRY_ASSIGN(const build::Tools* tools, session.tools());
  LAMELLA_TRY_ASSIGN(const Releases before, build::load_releases(session.tree()));
  LAMELLA_TRY_ASSIGN(const auto contents, build::read_contents(*tools, session.workspace(), locks));
  Releases now;
  Value list = Value::array();
  for (const std::string& layer : session.workspace().layer_names()) {
    const auto content = contents.find(layer);
    if (content == contents.end()) continue;
    const LayerRelease* old = find(before, layer);
    const auto wanted = bumps.find(layer);
    LayerRelease& release = now[layer] =
        wanted == bumps.end() ? build::next_release(old, content->second)
                              : build::overridden_release(old, content->second, wanted->second);
    list.push_back(record_of(layer, old, release));
  }
  if (now == before) return list;
  const auto path = session.root() / build::kReleasesLockPath;
  LAMELLA_TRY(os::make_directories(path.parent_path()));
  LAMELLA_TRY(os::write_file_atomic(path, build::render_releases(now), os::Durability::kFsync));
  session.wrote(std::string(build::kReleasesLockPath));
  return list;
}

Result<const Releases*> Fitting::releases() {
  if (!releases_) {
    LAMELLA_TRY_ASSIGN(const build::Tools* tools, session_.tools());
    LAMELLA_TRY_ASSIGN(const Releases recorded, build::load_releases(session_.tree()));
    LAMELLA_TRY_ASSIGN(const auto contents, build::read_contents(*tools, session_.workspace(), locks_));
    Releases now;
    for (const auto& [layer, release] : recorded) {
      const auto content = contents.find(layer);
      if (content != contents.end()) now.emplace(layer, build::next_release(&release, content->second));
    }
    releases_ = std::move(now);
  }
  return &*releases_;
}

Result<Value> Fitting::ranges_of(const model::Function& function) {
  Value list = Value::array();
  if (function.ranges.empty()) return list;
  LAMELLA_TRY_ASSIGN(const Releases* known, releases());
  for (const model::LayerRange& one : function.ranges) {
    const LayerRelease* release = find(*known, one.layer);
    list.push_back(
        Value::object({{"layer", one.layer},
                       {"range", one.range.text()},
                       {"release", release == nullptr ? Value() : Value(to_string(release->release))},
                       {"fits", release == nullptr ? Value() : Value(one.range.holds(release->release))}}));
  }
  return list;
}

Result<> Fitting::require_fit(const model::Function& function) {
  if (function.ranges.empty()) return {};
  LAMELLA_TRY_ASSIGN(const Releases* known, releases());
  for (const model::LayerRange& one : function.ranges) {
    const LayerRelease* release = find(*known, one.layer);
    if (release != nullptr && one.range.holds(release->release)) continue;
    if (release == nullptr) {
      return Error(ErrorCode::kUsage, fmt::format("layer {} has no release yet, and function {} asks for {}",
                                                  one.layer, function.name, one.range.text()))
          .at(one.position)
          .remedy("run `lamella lock` and commit locks/releases.toml");
    }
    const std::string why =
        release->from ? fmt::format("{} → {} was {}: {}", to_string(*release->from),
                                    to_string(release->release), to_string(release->bump), release->reason)
                      : std::string("it is the layer's first");
    return Error(ErrorCode::kRefused,
                 fmt::format("function {} does not fit layer {} {}: it asks for {}", function.name, one.layer,
                             to_string(release->release), one.range.text()))
        .at(one.position)
        .because(why)
        .remedy("widen the range once the function works with it, or take the layer's change back");
  }
  return {};
}

}  // namespace lamella::commands
