// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "config/project_reading.h"
#include "config/uv_sources.h"

namespace lamella::config {
namespace {

using document::Value;
using model::PlacedText;

constexpr std::size_t kDeepest = 50;
constexpr std::size_t kMostLines = 10'000;

class UvLock : ProjectReading {
 public:
  using ProjectReading::ProjectReading;
  using ProjectReading::take;

  Result<> read() {
    if (document_.integer("version") != 1) return usage("version 1 of uv.lock was expected", document_);
    note_python(document_.find("requires-python"));
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
    if (wanted_.groups.empty() || !wanted_.extras.empty())
      LAMELLA_TRY(add_all(root->items("dependencies"), ""));
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

  /// `outer` is the marker under which all of them are wanted.
  Result<> add_all(const document::Array& dependencies, const std::string& outer) {
    for (const Value& one : dependencies) {
      const std::vector<std::string> extras = one.texts("extra");
      const std::string bracket = extras.empty() ? "" : fmt::format("[{}]", fmt::join(extras, ","));
      const std::string own = one.text("marker");
      const std::string marker = own.empty() || outer.empty() || own == outer
                                     ? own + (own == outer ? "" : outer)
                                     : fmt::format("({}) and ({})", outer, own);
      LAMELLA_TRY_ASSIGN(auto line, line_of(fmt::format("{}{}{}{}", one.text("name"), bracket,
                                                        marker.empty() ? "" : " ; ", marker),
                                            one));
      const auto other = elsewhere_.find(line.requirement.normalised());
      if (other != elsewhere_.end()) {
        LAMELLA_TRY(follow(other->first, *other->second, extras, marker));
      } else if (out_.requirements.size() < kMostLines) {
        out_.requirements.push_back(std::move(line));
      } else {
        return too_much(one);
      }
    }
    return {};
  }

  /// A folder beside the lock is told apart, and what it needs is needed here.
  Result<> follow(const std::string& name, const Value& package, const std::vector<std::string>& extras,
                  const std::string& marker) {
    const UvSource source = folder_of(package);
    if (source.kind != UvSource::Kind::kInRepo) return outside(name, package);
    out_.in_repo.push_back({name, source.word, marker, place_of(package)});
    LAMELLA_TRY(follow_list(name, package.find("dependencies"), package, marker));
    for (const std::string& extra : extras) {
      const Value* list = find_normalised(package.find("optional-dependencies"), extra);
      LAMELLA_TRY(follow_list(fmt::format("{}[{}]", name, extra), list, package, marker));
    }
    return {};
  }

  /// Once per marker; within itself, what is wanted more narrowly is wanted already.
  Result<> follow_list(const std::string& what, const Value* list, const Value& package,
                       const std::string& marker) {
    if (list == nullptr || !list->is_array()) return {};
    if (std::find(open_.begin(), open_.end(), what) != open_.end()) return {};
    if (!followed_.insert(fmt::format("{} ; {}", what, marker)).second) return {};
    if (open_.size() >= kDeepest || out_.in_repo.size() >= kMostLines) return too_much(package);
    open_.push_back(what);
    LAMELLA_TRY(add_all(*list->as_array(), marker));
    open_.pop_back();
    return {};
  }

  Error too_much(const Value& at) const {
    return usage("the members of this workspace need too much of each other to follow", at);
  }

  UvSource folder_of(const Value& package) const {
    const Value* source = package.find("source");
    for (const char* key : {"editable", "virtual", "directory"}) {
      const std::string folder = source == nullptr ? "" : source->text(key);
      if (!folder.empty()) return in_repo_source(source_.file(), folder);
    }
    return {UvSource::Kind::kOutside};
  }

  Result<> add_named(const Value& root, std::string_view key, std::string_view kind,
                     const std::vector<PlacedText>& names) {
    const Value* table = root.find(key);
    for (const PlacedText& name : names) {
      const Value* list = find_normalised(table, name.text);
      if (list == nullptr || !list->is_array()) return absent(kind, name, table);
      LAMELLA_TRY(add_all(*list->as_array(), ""));
    }
    return {};
  }

  std::map<std::string, const Value*> elsewhere_;  ///< packages that no index serves
  std::set<std::string> followed_;                 ///< members, or an extra of one, with the marker
  std::vector<std::string> open_;                  ///< of those, being followed; outermost first
};

}  // namespace

Result<RequirementsFile> read_uv_lock(const std::string& text, const std::string& path, const Value& document,
                                      const model::Requirements& wanted) {
  return read_as<UvLock>(text, path, document, wanted);
}

}  // namespace lamella::config
