// SPDX-License-Identifier: Apache-2.0
#include "config/build_system.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>

#include "base/tree_text.h"
#include "base/trim.h"
#include "config/project_files.h"
#include "config/source_file.h"
#include "config/uv_sources.h"
#include "document/toml.h"

namespace lamella::config {
namespace {

using document::Value;
using model::PlacedText;

/// What a project without `build-backend` is built with.
constexpr std::string_view kDefaultBackend = "setuptools.build_meta:__legacy__";
/// What one without [build-system] needs (PEP 518).
constexpr std::string_view kDefaultRequirement = "setuptools>=40.8.0";

/// `key` of setup.cfg's `section`; "" where it is not a plain text.
std::string text_of(std::string_view setup, std::string_view section, std::string_view key) {
  bool inside = false;
  while (!setup.empty()) {
    const auto end = setup.find('\n');
    const std::string_view line = setup.substr(0, end);
    setup.remove_prefix(end == std::string_view::npos ? setup.size() : end + 1);
    if (line.starts_with('[')) inside = base::trimmed(line) == section;
    const auto sign = line.find('=');
    if (!inside || sign == std::string_view::npos || base::trimmed(line.substr(0, sign)) != key) continue;
    std::string value(base::trimmed(line.substr(sign + 1)));
    return value.find(':') == std::string::npos ? value : std::string();
  }
  return {};
}

class Reader {
 public:
  Reader(const base::FileTree& tree, const std::string& folder, const std::string& text)
      : tree_(tree), folder_(folder), path_(folder + "/pyproject.toml"), text_(text), source_(text_, path_) {}

  /// A name that is known is not looked for.
  Result<std::optional<BuildSystem>> read(const std::string& known_name = {}) {
    out_.name = known_name;
    LAMELLA_TRY_ASSIGN(const Value document, document::parse_toml(text_, path_));
    const Value* table = document.find("build-system");
    if (table == nullptr) return std::optional<BuildSystem>();
    if (!table->is_object()) return source_.usage("[build-system] is a table", table->position());
    LAMELLA_TRY(read_table(*table, known_name.empty() ? &document : nullptr));
    if (!out_.name.empty()) return std::optional(std::move(out_));
    LAMELLA_TRY(read_project(document.find("project")));
    if (!out_.name.empty()) return std::optional(std::move(out_));
    return source_.usage("this project's name is not written", table->position())
        .because("neither [project] nor setup.cfg has it, and nothing is run to find it")
        .remedy("write [project] name");
  }

 private:
  /// `project` is the document of a project of the workspace, whose sources for uv count.
  Result<> read_table(const Value& table, const Value* project) {
    out_.backend = table.text("build-backend", kDefaultBackend);
    for (const Value& one : table.items("backend-path")) {
      if (!one.is_string()) return source_.usage("a backend's path is a text", one.position());
      out_.backend_path.push_back(*one.as_string());
    }
    for (const Value& one : table.items("requires")) {
      if (!one.is_string()) return source_.usage("a requirement is a text", one.position());
      auto parsed = parse_requirement(*one.as_string());
      if (!parsed) return source_.at(std::move(parsed).error(), one.position());
      const bool elsewhere = project != nullptr && uv_source_of(*project, path_, parsed->normalised()).kind !=
                                                       UvSource::Kind::kNone;
      if (!parsed->url.empty() || elsewhere) {
        return source_.usage(fmt::format("'{}' comes from outside the index", parsed->name), one.position())
            .remedy("publish it to the declared index");
      }
      base::Position position = one.position();
      if (position.file.empty()) position.file = path_;
      out_.requirements.push_back({*std::move(parsed), PlacedText{*one.as_string(), position}, {}});
    }
    return {};
  }

  Result<> read_project(const Value* project) {
    if (project == nullptr || !project->is_object()) {
      LAMELLA_TRY_ASSIGN(const auto setup, base::read_text(tree_, folder_ + "/setup.cfg"));
      if (!setup) return {};
      out_.name = normalised_name(text_of(*setup, "[metadata]", "name"));
      out_.version = text_of(*setup, "[metadata]", "version");
      out_.requires_python = {text_of(*setup, "[options]", "python_requires"),
                              {folder_ + "/setup.cfg", 0, 0}};
      return {};
    }
    out_.name = normalised_name(project->text("name"));
    out_.version = project->text("version");
    if (const Value* python = project->find("requires-python"); python != nullptr && python->is_string()) {
      out_.requires_python = {*python->as_string(), python->position()};
      out_.requires_python.position.file = path_;
    }
    const auto& dynamic = project->items("dynamic");
    const bool unknown = std::any_of(dynamic.begin(), dynamic.end(), [](const Value& field) {
      return field.is_string() && *field.as_string() == "dependencies";
    });
    if (unknown || project->find("dependencies") == nullptr) return {};
    LAMELLA_TRY_ASSIGN(RequirementsFile needs, parse_project_file(text_, path_, {}));
    out_.dependencies = std::move(needs.requirements);
    out_.in_repo = std::move(needs.in_repo);
    return {};
  }

  const base::FileTree& tree_;
  const std::string& folder_;
  const std::string path_;
  const std::string& text_;
  const SourceFile source_;
  BuildSystem out_;
};

/// The files that tell what a folder is.
constexpr std::array<std::string_view, 4> kTelling = {"__init__.py", "pyproject.toml", "setup.py",
                                                      "setup.cfg"};

Result<bool> calls_setuptools(const base::FileTree& tree, const std::string& script) {
  LAMELLA_TRY_ASSIGN(const auto text, base::read_text(tree, script));
  const auto says = [&](const char* word) { return text && text->find(word) != std::string::npos; };
  return says("setuptools") || says("distutils");
}

Result<bool> names_a_project(const base::FileTree& tree, const std::string& setup) {
  LAMELLA_TRY_ASSIGN(const auto text, base::read_text(tree, setup));
  return text && !text_of(*text, "[metadata]", "name").empty();
}

Error without_build_system(const std::string& folder, const std::string& file) {
  return Error(ErrorCode::kUsage, "a project of setuptools has no [build-system]")
      .at(file)
      .because("copied as it is, its packages would lie where nothing imports them")
      .remedy(
          fmt::format("write {}/pyproject.toml with [build-system] requires = [\"setuptools\"] and [project] "
                      "name and version; or list its packages' own folders",
                      folder));
}

}  // namespace

Result<std::optional<BuildSystem>> read_build_system(const base::FileTree& tree, const std::string& folder) {
  LAMELLA_TRY_ASSIGN(const auto found, tree.stat_each(folder, kTelling));
  if (found.empty()) {
    LAMELLA_TRY_ASSIGN(const auto real, base::real_path(tree, folder));
    return real && *real != folder ? read_build_system(tree, *real) : std::optional<BuildSystem>();
  }
  const auto& [package, project, script, setup] = std::tie(found[0], found[1], found[2], found[3]);
  if (package) return std::optional<BuildSystem>();
  if (project && project->kind == base::FileKind::kFile) {
    LAMELLA_TRY_ASSIGN(const auto text, base::read_text(tree, project->path));
    if (!text) return std::optional<BuildSystem>();
    LAMELLA_TRY_ASSIGN(auto system, Reader(tree, folder, *text).read());
    if (system) return system;
  }
  LAMELLA_TRY_ASSIGN(const bool calls, script ? calls_setuptools(tree, script->path) : Result<bool>(false));
  if (calls) return without_build_system(folder, script->path);
  LAMELLA_TRY_ASSIGN(const bool names, setup ? names_a_project(tree, setup->path) : Result<bool>(false));
  if (names) return without_build_system(folder, setup->path);
  return std::optional<BuildSystem>();
}

Result<BuildSystem> read_source_build_system(const base::FileTree& tree, const std::string& folder,
                                             const std::string& name) {
  LAMELLA_TRY_ASSIGN(const auto text, tree.read(folder + "/pyproject.toml"));
  if (text) {
    LAMELLA_TRY_ASSIGN(auto read, Reader(tree, folder, *text).read(name));
    if (read) return *std::move(read);
  }
  BuildSystem system{.name = name, .backend = std::string(kDefaultBackend)};
  LAMELLA_TRY_ASSIGN(auto requirement, parse_requirement(kDefaultRequirement));
  system.requirements.push_back(
      {std::move(requirement), PlacedText{std::string(kDefaultRequirement), {}}, {}});
  return system;
}

}  // namespace lamella::config
