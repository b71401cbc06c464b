// SPDX-License-Identifier: Apache-2.0
// What one folder of the module path hides from another.  Python looks through the folders in order: the first
// that has a regular package or a module of the name ends the search; folders of the name without __init__.py
// count, together, only where there is none.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "model/opt_distributions.h"
#include "model/opt_findings.h"
#include "model/opt_view.h"
#include "model/standard_modules.h"

namespace lamella::model {
namespace {

using base::Severity;

struct Node {
  std::map<std::string, Node, std::less<>> children;
  std::vector<const RunFile*> files;  ///< modules of this name, or an __init__ below the name "__init__"
};

/// One folder of the module path.
struct Level {
  std::size_t root = 0;
  const Node* node = nullptr;
};

enum class Shape { kRegular, kExtending, kModule, kPortion };

bool is_identifier(std::string_view text) {
  const auto letter = [](char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (text.empty() || !letter(text.front())) return false;
  return std::all_of(text.begin(), text.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

bool is_importable(std::string_view name) {
  return name.ends_with(".py") || name.ends_with(".pyc") || name.ends_with(".so");
}

/// Top-level packages that wheels bring by mistake and nobody imports from elsewhere.
bool is_bystander(std::string_view name) {
  static constexpr auto kNames =
      std::to_array<std::string_view>({"test", "tests", "testing", "doc", "docs", "example", "examples",
                                       "benchmarks", "scripts", "setup", "conftest"});
  return std::ranges::find(kNames, name) != kNames.end();
}

void add(Node& root, std::string_view path, const RunFile* file) {
  Node* at = &root;
  while (true) {
    const auto slash = path.find('/');
    const std::string_view word = path.substr(0, slash);
    const std::string_view name = slash == std::string_view::npos ? word.substr(0, word.find('.')) : word;
    if (!is_identifier(name) || name == "__pycache__") return;
    auto found = at->children.find(name);
    if (found == at->children.end()) found = at->children.emplace(std::string(name), Node{}).first;
    at = &found->second;
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  at->files.push_back(file);
}

class Hiding {
 public:
  explicit Hiding(const OptView& view) : view_(view) {
    const auto roots = view_.module_roots();
    trees_.resize(roots.size());
    for (const auto& [path, file] : view_.files()) {
      if (!is_importable(path)) continue;
      for (std::size_t r = 0; r < roots.size(); ++r) {
        if (!path.starts_with(roots[r])) continue;
        add(trees_[r], std::string_view(path).substr(roots[r].size()), &file);
        break;
      }
    }
  }

  std::vector<Finding> run() {
    std::vector<Level> levels;
    for (std::size_t r = 0; r < trees_.size(); ++r) levels.push_back({r, &trees_[r]});
    compare(levels, "");
    compare_with_standard();
    return std::move(findings_);
  }

 private:
  void compare(const std::vector<Level>& levels, const std::string& prefix) {
    std::set<std::string> names;
    for (const Level& level : levels) {
      for (const auto& [name, node] : level.node->children) names.insert(name);
    }
    for (const std::string& name : names) {
      std::vector<Level> having;
      for (const Level& level : levels) {
        const auto child = level.node->children.find(name);
        if (child != level.node->children.end()) having.push_back({level.root, &child->second});
      }
      if (having.size() > 1 && name != "__init__") settle(having, prefix + name);
    }
  }

  /// The standard library is the last folder of the path.  A folder without __init__.py does not hide it.
  void compare_with_standard() {
    const Runtime& runtime = view_.stack().target.runtime;
    std::set<std::string> told;
    for (const Node& tree : trees_) {
      for (const auto& [name, node] : tree.children) {
        if (!is_hideable_standard_module(runtime, name) || shape_of(node) == Shape::kPortion) continue;
        if (told.insert(name).second) tell_standard(node, name);
      }
    }
  }

  void tell_standard(const Node& winner, const std::string& name) {
    const RunFile* first = face_of(winner);
    if (first == nullptr) return;
    const Runtime& runtime = view_.stack().target.runtime;
    const Origin here = view_.origin(first->from, first->file->path, first->file->size);
    const Origin there{fmt::format("runtime {}", to_string(runtime)), "",
                       fmt::format("/var/lang/lib/python{}.{}/{}", runtime.major, runtime.minor, name), 0};
    const bool in_repo = view_.part(first->from).distribution == "in-repo";
    findings_.push_back({.kind = FindingKind::kHiddenModule,
                         .severity = Severity::kWarning,
                         .subject = name,
                         .text = fmt::format("{} of {} hides '{}' of Python's standard library, which other "
                                             "modules and the runtime's own client import too",
                                             here.file, here.name(), name),
                         .remedy = in_repo ? "rename it"
                                           : "leave it out with `prune.drop`, or require that backport only "
                                             "for the Python versions that need it",
                         .origins = {here, there}});
  }

  void settle(const std::vector<Level>& having, const std::string& name) {
    const auto winner = std::find_if(having.begin(), having.end(), [&](const Level& one) {
      return shape_of(*one.node) != Shape::kPortion;
    });
    if (winner == having.end() || shape_of(*winner->node) == Shape::kExtending) {
      compare(having, name + ".");
      return;
    }
    for (const Level& one : having) {
      if (&one != &*winner) tell(*winner->node, *one.node, name);
    }
  }

  Shape shape_of(const Node& node) const {
    const auto init = node.children.find("__init__");
    if (init == node.children.end() || init->second.files.empty())
      return node.files.empty() ? Shape::kPortion : Shape::kModule;
    const bool extends =
        std::any_of(init->second.files.begin(), init->second.files.end(), [&](const RunFile* file) {
          const auto& list = view_.part(file->from).facts->namespace_inits;
          return std::find(list.begin(), list.end(), file->file->path) != list.end();
        });
    return extends ? Shape::kExtending : Shape::kRegular;
  }

  /// The file that tells best what a node is: its own module, its __init__, or the first below.
  static const RunFile* face_of(const Node& node) {
    const auto init = node.children.find("__init__");
    if (init != node.children.end() && !init->second.files.empty()) return smallest(init->second.files);
    if (!node.files.empty()) return smallest(node.files);
    for (const auto& [name, child] : node.children) {
      if (const RunFile* file = face_of(child)) return file;
    }
    return nullptr;
  }

  static const RunFile* smallest(const std::vector<const RunFile*>& files) {
    return *std::min_element(files.begin(), files.end(),
                             [](const auto* a, const auto* b) { return a->file->path < b->file->path; });
  }

  static std::uint64_t bytes_of(const Node& node) {
    std::uint64_t sum = 0;
    for (const RunFile* file : node.files) sum += file->file->size;
    for (const auto& [name, child] : node.children) sum += bytes_of(child);
    return sum;
  }

  /// Everything `hidden` has is in `winner` too, with the same content.
  static bool same(const Node& winner, const Node& hidden) {
    for (const RunFile* file : hidden.files) {
      const bool there = std::any_of(winner.files.begin(), winner.files.end(), [&](const RunFile* other) {
        return other->file->size == file->file->size && other->file->content == file->file->content;
      });
      if (!there) return false;
    }
    return std::all_of(hidden.children.begin(), hidden.children.end(), [&](const auto& child) {
      const auto other = winner.children.find(child.first);
      return other != winner.children.end() && same(other->second, child.second);
    });
  }

  void tell(const Node& winner, const Node& hidden, const std::string& name) {
    const RunFile* first = face_of(winner);
    const RunFile* other = face_of(hidden);
    if (first == nullptr || other == nullptr) return;
    // One distribution in two places is told as such.
    const auto& distribution = view_.part(first->from).distribution;
    if (is_distribution(distribution) &&
        normalised_name(distribution) == normalised_name(view_.part(other->from).distribution))
      return;
    const bool alike = same(winner, hidden);
    const bool portion = shape_of(hidden) == Shape::kPortion;
    Finding finding{.kind = portion ? FindingKind::kHiddenNamespace : FindingKind::kHiddenModule,
                    .severity = alike                ? Severity::kInfo
                                : is_bystander(name) ? Severity::kWarning
                                                     : Severity::kError,
                    .subject = name,
                    .bytes = bytes_of(hidden)};
    const Origin here = view_.origin(first->from, first->file->path, first->file->size);
    const Origin there = view_.origin(other->from, other->file->path, other->file->size);
    finding.text =
        portion ? fmt::format("{} of {} is a regular package and hides the part of '{}' that {} brings ({})",
                              here.file, here.name(), name, there.name(), there.file)
                : fmt::format("{} of {} hides {} of {}{}", here.file, here.name(), there.file, there.name(),
                              alike ? ", which is the same" : "");
    if (!alike) {
      finding.remedy =
          portion ? fmt::format("remove that __init__.py, or put all parts of '{}' into one place", name)
                  : "rename one of the two, or take it out of the function";
    }
    finding.origins = {here, there};
    findings_.push_back(std::move(finding));
  }

  const OptView& view_;
  std::vector<Node> trees_;  ///< parallel to the roots
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> module_findings(const OptView& view) { return Hiding(view).run(); }
std::vector<Finding> module_findings(const OptStack& stack) { return module_findings(OptView(stack)); }

}  // namespace lamella::model
