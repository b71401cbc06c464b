// SPDX-License-Identifier: Apache-2.0
#include "config/project_files.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/project_reading.h"
#include "config/uv_sources.h"
#include "document/toml.h"

namespace lamella::config {
namespace {

using document::Value;
using model::PlacedText;

constexpr std::size_t kDeepest = 50;

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool is_pylock(std::string_view path) {
  const std::string_view name = file_name(path);
  return name == "pylock.toml" || (name.starts_with("pylock.") && name.ends_with(".toml"));
}

class Pyproject : ProjectReading {
 public:
  using ProjectReading::ProjectReading;
  using ProjectReading::take;

  Result<> read() {
    const Value* project = document_.find("project");
    if (project != nullptr) note_python(project->find("requires-python"));
    if (wanted_.groups.empty() || !wanted_.extras.empty()) LAMELLA_TRY(read_project(project));
    const Value* groups = document_.find("dependency-groups");
    for (const PlacedText& group : wanted_.groups) {
      if (find_normalised(groups, group.text) == nullptr) return absent("dependency group", group, groups);
      open_.clear();
      LAMELLA_TRY(read_group(*groups, group.text));
    }
    return {};
  }

 private:
  Result<> read_project(const Value* project) {
    if (project == nullptr || !project->is_object()) {
      return Error(ErrorCode::kUsage, fmt::format("{} has no [project] table", source_.file()))
          .remedy("write its requirements as [project] dependencies, or name a dependency group");
    }
    for (const Value& field : project->items("dynamic")) {
      const bool needed = field.is_string() && (*field.as_string() == "dependencies" ||
                                                *field.as_string() == "optional-dependencies");
      if (!needed) continue;
      return usage(fmt::format("'{}' of this project are dynamic", *field.as_string()), field)
          .because("only the project's own build knows them, and nothing is run to read requirements")
          .remedy("write them into pyproject.toml");
    }
    LAMELLA_TRY(read_list(project->find("dependencies")));
    const Value* extras = project->find("optional-dependencies");
    for (const PlacedText& extra : wanted_.extras) {
      if (find_normalised(extras, extra.text) == nullptr) return absent("extra", extra, extras);
      open_.clear();
      LAMELLA_TRY(read_extra(*extras, extra.text, normalised_name(project->text("name"))));
    }
    return {};
  }

  Result<> enter(const std::string& name, const Value& at, std::string_view kind) {
    const std::string normal = normalised_name(name);
    if (std::find(open_.begin(), open_.end(), normal) != open_.end() || open_.size() > kDeepest) {
      return usage(
          fmt::format("{} include each other in a circle: {} → {}", kind, fmt::join(open_, " → "), normal),
          at);
    }
    open_.push_back(normal);
    return {};
  }

  Result<> read_list(const Value* list) {
    if (list == nullptr) return {};
    if (!list->is_array()) return usage("a list of requirements was expected", *list);
    for (const Value& one : *list->as_array()) LAMELLA_TRY(add(one));
    return {};
  }

  Result<> add(const Value& one) {
    if (!one.is_string()) return usage("a requirement is a text", one);
    LAMELLA_TRY_ASSIGN(auto line, line_of(*one.as_string(), one));
    const std::string name = line.requirement.normalised();
    UvSource source = uv_source_of(document_, source_.file(), name);
    if (source.kind == UvSource::Kind::kOutside) return outside(name, one);
    if (source.kind == UvSource::Kind::kInRepo) {
      out_.in_repo.push_back({name, std::move(source.word), line.requirement.marker, line.text.position});
      return {};
    }
    line.index = std::move(source.word);
    out_.requirements.push_back(std::move(line));
    return {};
  }

  /// An extra may ask for other extras of its own project: "shop[web]".
  Result<> read_extra(const Value& extras, const std::string& name, const std::string& project) {
    const Value* list = find_normalised(&extras, name);
    if (list == nullptr || !list->is_array())
      return usage("an extra that is not there is asked for: " + name, extras);
    LAMELLA_TRY(enter(name, *list, "extras"));
    for (const Value& one : *list->as_array()) {
      const auto parsed =
          one.is_string() ? parse_requirement(*one.as_string()) : Result<Requirement>(Requirement{});
      const bool own =
          parsed && !project.empty() && parsed->normalised() == project && !parsed->extras.empty();
      if (!own) {
        LAMELLA_TRY(add(one));
        continue;
      }
      for (const std::string& extra : parsed->extras) LAMELLA_TRY(read_extra(extras, extra, project));
    }
    open_.pop_back();
    return {};
  }

  Result<> read_group(const Value& groups, const std::string& name) {
    const Value* list = find_normalised(&groups, name);
    if (list == nullptr || !list->is_array())
      return usage("a dependency group that is not there is included: " + name, groups);
    LAMELLA_TRY(enter(name, *list, "dependency groups"));
    for (const Value& one : *list->as_array()) {
      const Value* included = one.find("include-group");
      if (included == nullptr) {
        LAMELLA_TRY(add(one));
      } else if (included->is_string()) {
        LAMELLA_TRY(read_group(groups, *included->as_string()));
      } else {
        return usage("include-group names a group", *included);
      }
    }
    open_.pop_back();
    return {};
  }

  std::vector<std::string> open_;  ///< extras or groups being read, outermost first
};

class Pylock : ProjectReading {
 public:
  using ProjectReading::ProjectReading;
  using ProjectReading::take;

  Result<> read() {
    if (!document_.text("lock-version").starts_with("1."))
      return usage("lock-version 1 was expected", document_);
    note_python(document_.find("requires-python"));
    for (const Value& package : document_.items("packages")) LAMELLA_TRY(add(package));
    return {};
  }

 private:
  Result<> add(const Value& package) {
    const std::string name = package.text("name");
    for (const std::string_view other : {"vcs", "directory", "archive"}) {
      if (package.find(other) != nullptr) return outside(name, package);
    }
    const std::string marker = package.text("marker");
    if (marker.find("extras") != std::string::npos || marker.find("dependency_groups") != std::string::npos) {
      return usage(fmt::format("'{}' is for some extras or groups only", base::escaped(name)), package)
          .remedy("export the lock for the extras and groups that are wanted");
    }
    const std::string version = package.text("version");
    LAMELLA_TRY_ASSIGN(auto line, line_of(fmt::format("{}{}{}{}{}", name, version.empty() ? "" : "==",
                                                      version, marker.empty() ? "" : " ; ", marker),
                                          package));
    for (const Value& wheel : package.items("wheels")) {
      const Value* hashes = wheel.find("hashes");
      const std::string sha256 = hashes == nullptr ? "" : hashes->text("sha256");
      if (!sha256.empty()) line.hashes.push_back(std::string(kHashPrefix) + sha256);
    }
    out_.requirements.push_back(std::move(line));
    return {};
  }
};

}  // namespace

bool has_extras(std::string_view path) {
  return file_name(path) == "pyproject.toml" || file_name(path) == "uv.lock";
}
bool is_project_file(std::string_view path) { return has_extras(path) || is_pylock(path); }

Result<RequirementsFile> parse_project_file(const std::string& text, const std::string& path,
                                            const model::Requirements& wanted) {
  LAMELLA_TRY_ASSIGN(const Value document, document::parse_toml(text, path));
  if (is_pylock(path)) return read_as<Pylock>(text, path, document, wanted);
  if (file_name(path) == "uv.lock") return read_uv_lock(text, path, document, wanted);
  return read_as<Pyproject>(text, path, document, wanted);
}

}  // namespace lamella::config
