// SPDX-License-Identifier: Apache-2.0
#include "config/read_workspace.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/diagnostic.h"
#include "config/requirement.h"
#include "config/workspace_path.h"

namespace lamella::config {
namespace {

using document::Member;
using document::Value;
using model::Architecture;
using model::PlacedText;
using model::Runtime;
using model::Target;

Result<> check_retain(std::int64_t versions) {
  if (versions >= 1 && versions <= model::kMaxRetain) return {};
  return Error(ErrorCode::kUsage, fmt::format("retain {} is out of range", versions))
      .because("the newest version is never deleted: a function may be about to use it")
      .remedy(fmt::format("write a number from 1 to {}", model::kMaxRetain));
}

class Reader {
 public:
  explicit Reader(const SourceFile& source) : source_(source) {}

  Result<model::Workspace> read(const Value& document) {
    model::Workspace out;
    out.file = source_.file();
    out.project.name = document.find("project")->text("name");
    LAMELLA_TRY_ASSIGN(out.project.budget, read_budget(*document.find("project")));
    LAMELLA_TRY(read_defaults(document));
    read_lock(document, out.lock);
    for (const Member& member : document.members("layers")) {
      LAMELLA_TRY_ASSIGN(model::Layer layer, read_layer(member));
      out.layers.push_back(std::move(layer));
    }
    for (const Member& member : document.members("functions")) {
      LAMELLA_TRY_ASSIGN(model::Function function, read_function(member));
      out.functions.push_back(std::move(function));
    }
    for (const Member& member : document.members("environments")) {
      LAMELLA_TRY_ASSIGN(model::EnvironmentSettings environment, read_environment(member));
      out.environments.push_back(std::move(environment));
    }
    if (out.find_environment("local") == nullptr) {
      model::EnvironmentSettings local;
      local.name = "local";
      out.environments.insert(out.environments.begin(), std::move(local));
    }
    out.note_names();
    return out;
  }

 private:
  Result<> read_defaults(const Value& document) {
    const Value* defaults = document.find("defaults");
    if (defaults == nullptr) return {};
    LAMELLA_TRY_ASSIGN(target_, read_target(*defaults));
    LAMELLA_TRY_ASSIGN(const auto retain, read_number(*defaults, "retain", check_retain));
    retain_ = retain.value_or(retain_);
    return {};
  }

  /// "runtime" and "architecture" of `table`, else the workspace's.
  Result<Target> read_target(const Value& table) const {
    Target target = target_;
    if (const Value* runtime = table.find("runtime")) {
      LAMELLA_TRY_ASSIGN(target.runtime, model::parse_runtime(*runtime->as_string()));
    }
    if (const Value* architecture = table.find("architecture")) {
      LAMELLA_TRY_ASSIGN(target.architecture, model::parse_architecture(*architecture->as_string()));
    }
    return target;
  }

  static void read_lock(const Value& document, model::LockSettings& out) {
    const Value* lock = document.find("lock");
    if (lock == nullptr) return;
    if (const Value* day = lock->find("exclude_newer")) {
      out.exclude_newer = day->is_string() ? *day->as_string() : *day->as_time();
    }
    out.index = lock->text("index", out.index);
    out.constraints = placed_texts(*lock, "constraints");
    out.overrides = placed_texts(*lock, "overrides");
    for (const Member& member : lock->members("indexes")) {
      out.indexes.push_back({member.key, member.key_position(), member.value.text("url"),
                             placed_texts(member.value, "packages")});
    }
  }

  /// Every runtime with every architecture, in the order written, each once.
  Result<std::vector<Target>> read_targets(const Value& table) const {
    std::vector<Runtime> runtimes;
    for (const Value& one : table.items("runtimes")) {
      LAMELLA_TRY_ASSIGN(const Runtime runtime, model::parse_runtime(*one.as_string()));
      runtimes.push_back(runtime);
    }
    std::vector<Architecture> architectures;
    for (const Value& one : table.items("architectures")) {
      LAMELLA_TRY_ASSIGN(const Architecture architecture, model::parse_architecture(*one.as_string()));
      architectures.push_back(architecture);
    }
    if (runtimes.empty()) runtimes.push_back(target_.runtime);
    if (architectures.empty()) architectures.push_back(target_.architecture);
    std::vector<Target> targets;
    for (const Runtime& runtime : runtimes) {
      for (const Architecture architecture : architectures) {
        const Target target{runtime, architecture};
        if (std::find(targets.begin(), targets.end(), target) == targets.end()) targets.push_back(target);
      }
    }
    return targets;
  }

  /// Names alone: which version, the requirements say.
  Result<std::vector<PlacedText>> read_allow_source(const Value& table) const {
    auto names = placed_texts(table, "allow_source");
    for (PlacedText& name : names) {
      const auto parsed = parse_requirement(name.text);
      if (!parsed || parsed->name != name.text) {
        return source_
            .usage(fmt::format("'{}' is no distribution's name", base::escaped(name.text)), name.position)
            .remedy("name it alone, without a version");
      }
      name.text = parsed->normalised();
    }
    return names;
  }

  Result<model::Layer> read_layer(const Member& member) const {
    model::Layer layer;
    layer.name = member.key;
    layer.position = member.key_position();
    const Value& table = member.value;
    LAMELLA_TRY(read_packaging(table, source_, layer));
    LAMELLA_TRY(read_layer_content(table, source_, layer));
    LAMELLA_TRY_ASSIGN(layer.command, read_command(table, source_));
    LAMELLA_TRY_ASSIGN(layer.targets, read_targets(table));
    layer.depends_on = placed_texts(table, "depends_on");
    layer.no_deps = table.boolean("no_deps");
    layer.isolated = table.boolean("isolated");
    LAMELLA_TRY_ASSIGN(layer.allow_source, read_allow_source(table));
    layer.imports = table.texts("imports");
    LAMELLA_TRY_ASSIGN(layer.checks, read_checks(table, source_));
    LAMELLA_TRY_ASSIGN(layer.tests, read_tests(table, source_));
    layer.owner = table.text("owner");
    layer.licence = table.text("licence");
    layer.description = table.text("description");
    LAMELLA_TRY_ASSIGN(layer.retain, read_retain(table, layer));
    return layer;
  }

  Result<int> read_retain(const Value& table, const model::Layer& layer) const {
    LAMELLA_TRY_ASSIGN(const auto retain, read_number(table, "retain", check_retain));
    if (!retain || !layer.arn) return retain.value_or(retain_);
    return source_.usage("`retain` has nothing to apply to", table.find("retain")->position())
        .because("a version that someone else published is theirs to delete")
        .remedy("take it out");
  }

  Result<std::vector<std::pair<std::string, model::EnvironmentValue>>> read_variables(
      const Value& table) const {
    std::vector<std::pair<std::string, model::EnvironmentValue>> out;
    for (const Member& member : table.members("environment")) {
      LAMELLA_TRY_ASSIGN(model::EnvironmentValue value,
                         model::parse_environment_value(*member.value.as_string()));
      out.emplace_back(member.key, std::move(value));
    }
    return out;
  }

  /// The integer under `key`, held against `check`; nullopt when it is absent.
  Result<std::optional<int>> read_number(const Value& table, std::string_view key,
                                         Result<> (*check)(std::int64_t)) const {
    const Value* value = table.find(key);
    if (value == nullptr) return std::optional<int>();
    if (auto fits = check(*value->as_integer()); !fits)
      return source_.at(std::move(fits).error(), value->position());
    return std::optional(static_cast<int>(*value->as_integer()));
  }

  /// "core" or "core@^2".
  Result<> read_layers(const Value& table, model::Function& function) const {
    for (PlacedText& written : placed_texts(table, "layers")) {
      const auto sign = written.text.find('@');
      if (sign != std::string::npos) {
        auto range = model::ReleaseRange::parse(std::string_view(written.text).substr(sign + 1));
        if (!range) return source_.at(std::move(range).error(), written.position);
        written.text.resize(sign);
        function.ranges.push_back({written.text, *std::move(range), written.position});
      }
      function.layers.push_back(std::move(written));
    }
    return {};
  }

  Result<model::Function> read_function(const Member& member) const {
    model::Function function;
    function.name = member.key;
    function.position = member.key_position();
    const Value& table = member.value;
    LAMELLA_TRY(read_packaging(table, source_, function));
    LAMELLA_TRY_ASSIGN(function.target, read_target(table));
    const Value& source = *table.find("source");
    LAMELLA_TRY_ASSIGN(function.source.text, normalised_path(*source.as_string()));
    function.source.position = source.position();
    const Value& handler = *table.find("handler");
    function.handler = {*handler.as_string(), handler.position()};
    LAMELLA_TRY(read_layers(table, function));
    function.alias = table.text("alias", function.alias);
    LAMELLA_TRY_ASSIGN(const auto memory, read_number(table, "memory", model::check_memory));
    function.memory = memory.value_or(function.memory);
    LAMELLA_TRY_ASSIGN(const auto timeout, read_number(table, "timeout", model::check_timeout));
    function.timeout = timeout.value_or(function.timeout);
    LAMELLA_TRY_ASSIGN(function.environment, read_variables(table));
    function.reach = placed_texts(table, "reach");
    LAMELLA_TRY_ASSIGN(function.checks, read_checks(table, source_));
    LAMELLA_TRY_ASSIGN(function.tests, read_tests(table, source_));
    function.role = table.text("role");
    function.owner = table.text("owner");
    return function;
  }

  Result<model::EnvironmentSettings> read_environment(const Member& member) const {
    model::EnvironmentSettings out;
    out.name = member.key;
    out.position = member.key_position();
    const Value& table = member.value;
    out.regions = table.texts("regions");
    out.account = table.text("account");
    out.state = table.text("state");
    out.names = table.text("names", out.names);
    if (out.names.find("{name}") == std::string::npos) {
      return source_.usage("'names' must hold {name}, else all names would be the same",
                           table.find("names")->position());
    }
    out.role = table.text("role");
    out.deploy = table.text("deploy", out.deploy);
    out.requires_checks = !table.items("requires").empty();  // its one choice
    for (const Member& one : table.members("functions")) {
      model::FunctionOverride change;
      change.function = one.key;
      change.position = one.key_position();
      LAMELLA_TRY_ASSIGN(change.memory, read_number(one.value, "memory", model::check_memory));
      LAMELLA_TRY_ASSIGN(change.timeout, read_number(one.value, "timeout", model::check_timeout));
      if (const Value* role = one.value.find("role")) change.role = *role->as_string();
      LAMELLA_TRY_ASSIGN(change.environment, read_variables(one.value));
      out.functions.push_back(std::move(change));
    }
    return out;
  }

  const SourceFile& source_;
  Target target_;
  int retain_ = model::kDefaultRetain;
};

}  // namespace

Result<model::Workspace> read_workspace(const Value& document, const SourceFile& source) {
  return Reader(source).read(document);
}

}  // namespace lamella::config
