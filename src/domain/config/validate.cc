// SPDX-License-Identifier: Apache-2.0
#include "config/validate.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/suggest.h"

namespace lamella::config {
namespace {

using model::Function;
using model::Layer;
using model::PlacedText;
using model::Workspace;

std::string as_toml_list(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += fmt::format("{}\"{}\"", out.empty() ? "" : ", ", name);
  return fmt::format("[{}]", out);
}

class Validator {
 public:
  Validator(const Workspace& workspace, const SourceFile& source) : workspace_(workspace), source_(source) {}

  Result<> run() {
    if (workspace_.layers.empty() && workspace_.functions.empty()) {
      return Error(ErrorCode::kUsage, "no targets")
          .at(std::string(source_.file()))
          .because("the workspace has neither layers nor functions")
          .remedy("add a table such as [layers.NAME] or [functions.NAME]");
    }
    LAMELLA_TRY(check_indexes());
    for (const Layer& layer : workspace_.layers) LAMELLA_TRY(check_layer(layer));
    LAMELLA_TRY(check_cycles());
    for (const Layer& layer : workspace_.layers) LAMELLA_TRY(check_dependency_targets(layer));
    for (const Layer& layer : workspace_.layers) LAMELLA_TRY(check_isolation(layer));
    for (const Function& function : workspace_.functions) LAMELLA_TRY(check_function(function));
    for (const auto& environment : workspace_.environments) LAMELLA_TRY(check_environment(environment));
    return {};
  }

 private:
  Error usage(std::string what, const base::Position& position) const {
    return source_.usage(std::move(what), position);
  }

  Result<> check_names(const std::vector<PlacedText>& names, std::string_view whose) const {
    std::set<std::string_view> seen;
    for (const PlacedText& name : names) {
      if (workspace_.find_layer(name.text) == nullptr) {
        const auto known = workspace_.layer_names();
        const auto near = base::nearest(name.text, known);
        return usage(fmt::format("{} names an unknown layer '{}'", whose, base::escaped(name.text)),
                     name.position)
            .remedy(near            ? fmt::format("did you mean \"{}\"?", *near)
                    : known.empty() ? fmt::format("add it as [layers.{}]", base::escaped(name.text))
                                    : fmt::format("the layers are: {}", fmt::join(known, ", ")));
      }
      if (!seen.insert(name.text).second) {
        return usage(fmt::format("{} names the layer '{}' twice", whose, name.text), name.position)
            .remedy("leave one of the two out");
      }
    }
    return {};
  }

  /// Two patterns that some name could match both.
  static bool overlap(std::string_view a, std::string_view b) {
    const bool open_a = a.ends_with('*');
    const bool open_b = b.ends_with('*');
    if (open_a) a.remove_suffix(1);
    if (open_b) b.remove_suffix(1);
    return a == b || (open_a && b.starts_with(a)) || (open_b && a.starts_with(b));
  }

  /// A name comes from one index, whatever the others hold.
  Result<> check_indexes() const {
    const auto& indexes = workspace_.lock.indexes;
    for (std::size_t i = 0; i < indexes.size(); ++i) {
      if (indexes[i].name == "default") {
        return usage("an index of [lock.indexes] cannot be called 'default'", indexes[i].position)
            .remedy("the default one is `index` in [lock]");
      }
      for (const PlacedText& pattern : indexes[i].patterns) {
        for (std::size_t other = 0; other < i; ++other) LAMELLA_TRY(check_apart(pattern, i, other));
      }
    }
    return {};
  }

  Result<> check_apart(const PlacedText& pattern, std::size_t index, std::size_t other) const {
    const auto& indexes = workspace_.lock.indexes;
    for (const PlacedText& taken : indexes[other].patterns) {
      if (!overlap(pattern.text, taken.text)) continue;
      return usage(fmt::format("it is ambiguous where names come from: index '{}' serves \"{}\" and index "
                               "'{}' serves \"{}\"",
                               indexes[index].name, pattern.text, indexes[other].name, taken.text),
                   pattern.position)
          .remedy("narrow one of the two patterns");
    }
    return {};
  }

  /// What is resolved alone can neither rely on another layer's versions nor be relied on.
  Result<> check_isolation(const Layer& layer) const {
    for (const PlacedText& name : layer.depends_on) {
      const bool below = workspace_.find_layer(name.text)->isolated;
      if (!layer.isolated && !below) continue;
      return usage(fmt::format("layer '{}' depends on '{}', and '{}' is isolated", layer.name, name.text,
                               below ? name.text : layer.name),
                   name.position)
          .because("an isolated layer is resolved alone: its versions are nobody else's")
          .remedy("take one of the two out: `depends_on` or `isolated`");
    }
    return {};
  }

  Result<> check_layer(const Layer& layer) const {
    const bool made_here = !layer.requirements.empty() || !layer.packages.empty() || !layer.files.empty() ||
                           layer.tree || layer.command;
    if (layer.arn && (made_here || layer.archive || !layer.depends_on.empty())) {
      return usage(fmt::format("layer '{}' is a published version, and has other content too", layer.name),
                   layer.arn->position)
          .because("what is published stays as it is")
          .remedy("make it a layer of its own");
    }
    if (!made_here && !layer.archive && !layer.arn) {
      return usage(fmt::format("layer '{}' has nothing in it", layer.name), layer.position)
          .remedy("give it `requirements`, `packages`, `files`, `path`, `archive`, `command` or `arn`");
    }
    if (made_here && layer.archive && !layer.archive->merged) {
      return usage(fmt::format("layer '{}' is an archive as it is, and has other content too", layer.name),
                   layer.archive->place.position)
          .because("a zip whose bytes stay as they are takes nothing in")
          .remedy("write `merged = true` into the archive's table, or make it a layer of its own");
    }
    LAMELLA_TRY(check_budget(layer.budget, fmt::format("layer '{}'", layer.name), layer.position));
    if (layer.description.size() > model::kMaxDescriptionLength) {
      return usage(fmt::format("the description of layer '{}' has {} characters, Lambda allows {}",
                               layer.name, layer.description.size(), model::kMaxDescriptionLength),
                   layer.position);
    }
    if (layer.licence.size() > model::kMaxLicenseLength) {
      return usage(fmt::format("the licence of layer '{}' has {} characters, Lambda allows {}", layer.name,
                               layer.licence.size(), model::kMaxLicenseLength),
                   layer.position);
    }
    for (const model::Check& check : layer.checks) {
      if (!std::holds_alternative<model::EventCheck>(check.what)) continue;
      return usage(fmt::format("layer '{}' cannot be checked by an event: it has no handler", layer.name),
                   check.position)
          .remedy("use a script, or put the check on a function");
    }
    return check_names(layer.depends_on, fmt::format("layer '{}'", layer.name));
  }

  Result<> check_budget(const model::Budget& budget, const std::string& whose,
                        const base::Position& position) const {
    if (budget.aim && budget.unzipped && *budget.aim > *budget.unzipped) {
      return usage(fmt::format("the budget of {} aims above what it allows", whose), position)
          .remedy("make `aim` smaller than `unzipped`");
    }
    return {};
  }

  /// Depth first; `path` holds the layers being visited.
  Result<> visit(const Layer& layer, std::vector<std::string>& path, std::set<std::string_view>& done) const {
    if (done.contains(layer.name)) return {};
    path.push_back(layer.name);
    for (const PlacedText& name : layer.depends_on) {
      const auto start = std::find(path.begin(), path.end(), name.text);
      if (start != path.end()) {
        std::vector<std::string> cycle(start, path.end());
        cycle.push_back(name.text);
        return usage(fmt::format("layers depend on each other in a circle: {}", fmt::join(cycle, " → ")),
                     name.position)
            .remedy("take one of these out of its layer's `depends_on`");
      }
      LAMELLA_TRY(visit(*workspace_.find_layer(name.text), path, done));
    }
    path.pop_back();
    done.insert(layer.name);
    return {};
  }

  Result<> check_cycles() const {
    std::set<std::string_view> done;
    std::vector<std::string> path;
    for (const Layer& layer : workspace_.layers) LAMELLA_TRY(visit(layer, path, done));
    return {};
  }

  Result<> check_dependency_targets(const Layer& layer) const {
    for (const PlacedText& name : layer.depends_on) {
      for (const model::Target& target : layer.targets) {
        LAMELLA_TRY(check_built_for(name, target, fmt::format("layer '{}'", layer.name)));
      }
    }
    return {};
  }

  Result<> check_built_for(const PlacedText& layer, const model::Target& target,
                           const std::string& whose) const {
    const auto& targets = workspace_.find_layer(layer.text)->targets;
    if (std::find(targets.begin(), targets.end(), target) != targets.end()) return {};
    return usage(fmt::format("{} runs on {} and {}, layer '{}' is not built for that", whose,
                             model::to_string(target.runtime), model::to_string(target.architecture),
                             layer.text),
                 layer.position)
        .remedy(fmt::format("add it to `runtimes` and `architectures` of [layers.{}]", layer.text));
  }

  Result<> check_function(const Function& function) const {
    const auto whose = fmt::format("function '{}'", function.name);
    LAMELLA_TRY(check_names(function.layers, whose));
    LAMELLA_TRY(check_order(function));
    if (auto fits = model::check_layer_count(function.layers.size()); !fits) {
      return source_.at(std::move(fits).error(), function.layers[model::kMaxLayersPerFunction].position)
          .while_doing(fmt::format("reading {}", whose));
    }
    for (const PlacedText& layer : function.layers)
      LAMELLA_TRY(check_built_for(layer, function.target, whose));
    LAMELLA_TRY(check_budget(function.budget, whose, function.position));
    return check_variables(function);
  }

  /// Every layer's dependencies must stand before it.
  Result<> check_order(const Function& function) const {
    std::vector<std::string> written;
    std::vector<std::string> corrected;
    std::string problem;
    base::Position place;
    const auto add = [&](const std::string& name) {
      if (std::find(corrected.begin(), corrected.end(), name) == corrected.end()) corrected.push_back(name);
    };
    for (const PlacedText& name : function.layers) {
      for (const Layer* below : workspace_.dependencies_of(*workspace_.find_layer(name.text))) {
        const bool before = std::find(written.begin(), written.end(), below->name) != written.end();
        if (!before && problem.empty()) {
          const bool listed = std::any_of(function.layers.begin(), function.layers.end(),
                                          [&](const PlacedText& one) { return one.text == below->name; });
          problem = fmt::format("function '{}' lists '{}' {} '{}', which it depends on", function.name,
                                name.text, listed ? "before" : "without", below->name);
          place = name.position;
        }
        add(below->name);
      }
      written.push_back(name.text);
      add(name.text);
    }
    if (problem.empty()) return {};
    return usage(std::move(problem), place).remedy(fmt::format("write layers = {}", as_toml_list(corrected)));
  }

  /// Placeholders count as empty: what is too large without them is too large with them.
  Result<> check_variables(const Function& function) const {
    std::map<std::string, std::string> variables;
    for (const auto& [name, value] : function.environment) {
      std::string& text = variables[name];
      for (const model::EnvironmentPart& part : value.parts) {
        if (part.kind == model::EnvironmentPart::Kind::kLiteral) text += part.text;
      }
    }
    if (auto fits = model::check_environment_size(variables); !fits) {
      return source_.at(std::move(fits).error(), function.position)
          .while_doing(fmt::format("reading function '{}'", function.name));
    }
    return {};
  }

  Result<> check_environment(const model::EnvironmentSettings& environment) const {
    const auto known = workspace_.function_names();
    for (const model::FunctionOverride& change : environment.functions) {
      if (workspace_.find_function(change.function) != nullptr) continue;
      const auto near = base::nearest(change.function, known);
      return usage(fmt::format("environment '{}' changes an unknown function '{}'", environment.name,
                               change.function),
                   change.position)
          .remedy(near ? fmt::format("did you mean '{}'?", *near)
                       : fmt::format("the functions are: {}", fmt::join(known, ", ")));
    }
    return {};
  }

  const Workspace& workspace_;
  const SourceFile& source_;
};

}  // namespace

Result<> validate(const Workspace& workspace, const SourceFile& source) {
  return Validator(workspace, source).run();
}

}  // namespace lamella::config
