// SPDX-License-Identifier: Apache-2.0
#include "config/project_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/suggest.h"
#include "config/source_file.h"
#include "document/toml.h"

namespace lamella::config {
namespace {

using document::Value;
using model::PlacedText;

constexpr std::size_t kDeepest = 50;
constexpr std::string_view kHashPrefix = "sha256:";

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool is_pylock(std::string_view path) {
  const std::string_view name = file_name(path);
  return name == "pylock.toml" || (name.starts_with("pylock.") && name.ends_with(".toml"));
}

/// What every one of the formats needs: the document, its places, and the lines found so far.
class Reading {
 public:
  Reading(const std::string& text, const std::string& path, const Value& document,
          const model::Requirements& wanted)
      : source_(text, path), document_(document), wanted_(wanted) {
    out_.files.push_back(path);
  }
  RequirementsFile take() { return std::move(out_); }

 protected:
  Error usage(std::string what, const Value& at) const {
    return source_.usage(std::move(what), at.position());
  }

  Result<RequirementLine> line_of(const std::string& text, const Value& at) const {
    auto parsed = parse_requirement(text);
    if (!parsed) return source_.at(std::move(parsed).error(), at.position());
    if (!parsed->url.empty()) return outside(parsed->name, at);
    auto position = at.position();
    if (position.file.empty()) position.file = source_.file();
    return RequirementLine{*std::move(parsed), PlacedText{text, position}, {}};
  }

  Error outside(std::string_view name, const Value& at) const {
    return usage(fmt::format("'{}' comes from outside the index", base::escaped(name)), at)
        .because("a requirement names a distribution and its versions, never an address or a folder")
        .remedy("publish it to the declared index, or list an in-repo package under `packages`");
  }

  /// The member of `table` called `name`, whatever its spelling.
  static const Value* find_normalised(const Value* table, std::string_view name) {
    if (table == nullptr || !table->is_object()) return nullptr;
    for (const document::Member& member : *table->as_object()) {
      if (normalised_name(member.key) == normalised_name(name)) return &member.value;
    }
    return nullptr;
  }

  Error absent(std::string_view kind, const PlacedText& name, const Value* table) const {
    std::vector<std::string> known;
    if (table != nullptr && table->is_object()) {
      for (const document::Member& member : *table->as_object()) known.push_back(member.key);
    }
    const auto near = base::nearest(name.text, known);
    return Error(ErrorCode::kUsage, fmt::format("{} has no {} '{}'", source_.file(), kind, name.text))
        .at(name.position)
        .remedy(near            ? fmt::format("did you mean \"{}\"?", *near)
                : known.empty() ? fmt::format("the file has no {} at all", kind)
                                : fmt::format("use one of: {}", fmt::join(known, ", ")));
  }

  const SourceFile source_;
  const Value& document_;
  const model::Requirements& wanted_;
  RequirementsFile out_;
};

class Pyproject : Reading {
 public:
  using Reading::Reading;
  using Reading::take;

  Result<> read() {
    const Value* project = document_.find("project");
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

class UvLock : Reading {
 public:
  using Reading::Reading;
  using Reading::take;

  Result<> read() {
    if (document_.integer("version") != 1) return usage("version 1 of uv.lock was expected", document_);
    const Value* root = nullptr;
    for (const Value& package : document_.items("package")) {
      if (is_root(package)) {
        root = &package;
      } else {
        LAMELLA_TRY(add_constraint(package));
      }
    }
    if (root == nullptr) {
      return Error(ErrorCode::kUsage,
                   fmt::format("{} was made for no project of its own folder", source_.file()))
          .because("no package in it has the source \".\"")
          .remedy("use the pyproject.toml of the project, or a requirements file");
    }
    if (wanted_.groups.empty() || !wanted_.extras.empty()) LAMELLA_TRY(add_all(root->items("dependencies")));
    LAMELLA_TRY(add_named(*root, "optional-dependencies", "extra", wanted_.extras));
    return add_named(*root, "dev-dependencies", "dependency group", wanted_.groups);
  }

 private:
  static bool is_root(const Value& package) {
    const Value* source = package.find("source");
    return source != nullptr && (source->text("virtual") == "." || source->text("editable") == ".");
  }
  static bool from_index(const Value& package) {
    const Value* source = package.find("source");
    return source != nullptr && source->find("registry") != nullptr;
  }

  /// "(m1) or (m2)" of a version that is for some environments only.
  static std::string marker_of(const Value& package) {
    std::string marker;
    for (const Value& one : package.items("resolution-markers")) {
      if (one.is_string()) marker += fmt::format("{}({})", marker.empty() ? "" : " or ", *one.as_string());
    }
    return marker;
  }

  Result<> add_constraint(const Value& package) {
    if (!from_index(package)) {
      elsewhere_[normalised_name(package.text("name"))] = &package;
      return {};
    }
    const std::string marker = marker_of(package);
    LAMELLA_TRY_ASSIGN(auto line,
                       line_of(fmt::format("{}=={}{}{}", package.text("name"), package.text("version"),
                                           marker.empty() ? "" : " ; ", marker),
                               package));
    for (const Value& wheel : package.items("wheels")) {
      if (const std::string hash = wheel.text("hash"); hash.starts_with(kHashPrefix))
        line.hashes.push_back(hash);
    }
    out_.constraints.push_back(std::move(line));
    return {};
  }

  Result<> add_all(const document::Array& dependencies) {
    for (const Value& one : dependencies) {
      const std::vector<std::string> extras = one.texts("extra");
      const std::string bracket = extras.empty() ? "" : fmt::format("[{}]", fmt::join(extras, ","));
      const std::string marker = one.text("marker");
      LAMELLA_TRY_ASSIGN(auto line, line_of(fmt::format("{}{}{}{}", one.text("name"), bracket,
                                                        marker.empty() ? "" : " ; ", marker),
                                            one));
      const auto other = elsewhere_.find(line.requirement.normalised());
      if (other != elsewhere_.end()) return outside(other->first, *other->second);
      out_.requirements.push_back(std::move(line));
    }
    return {};
  }

  Result<> add_named(const Value& root, std::string_view key, std::string_view kind,
                     const std::vector<PlacedText>& names) {
    const Value* table = root.find(key);
    for (const PlacedText& name : names) {
      const Value* list = find_normalised(table, name.text);
      if (list == nullptr || !list->is_array()) return absent(kind, name, table);
      LAMELLA_TRY(add_all(*list->as_array()));
    }
    return {};
  }

  std::map<std::string, const Value*> elsewhere_;  ///< packages that no index serves
};

class Pylock : Reading {
 public:
  using Reading::Reading;
  using Reading::take;

  Result<> read() {
    if (!document_.text("lock-version").starts_with("1."))
      return usage("lock-version 1 was expected", document_);
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

template <class Format>
Result<RequirementsFile> read_as(const std::string& text, const std::string& path, const Value& document,
                                 const model::Requirements& wanted) {
  Format format(text, path, document, wanted);
  LAMELLA_TRY(format.read());
  return format.take();
}

}  // namespace

bool has_extras(std::string_view path) {
  return file_name(path) == "pyproject.toml" || file_name(path) == "uv.lock";
}
bool is_project_file(std::string_view path) { return has_extras(path) || is_pylock(path); }

Result<RequirementsFile> parse_project_file(const std::string& text, const std::string& path,
                                            const model::Requirements& wanted) {
  LAMELLA_TRY_ASSIGN(const Value document, document::parse_toml(text, path));
  if (is_pylock(path)) return read_as<Pylock>(text, path, document, wanted);
  if (file_name(path) == "uv.lock") return read_as<UvLock>(text, path, document, wanted);
  return read_as<Pyproject>(text, path, document, wanted);
}

}  // namespace lamella::config
