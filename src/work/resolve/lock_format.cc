// SPDX-License-Identifier: Apache-2.0
//
// The lock as a pylock.toml (docs/formats/lock.md).
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "config/requirement.h"
#include "document/toml.h"
#include "resolve/lock.h"
#include "resolve/marker.h"
#include "resolve/uv.h"

namespace lamella::resolve {
namespace {

using document::Value;

constexpr int kSchema = 1;
constexpr std::string_view kRestore =
    "restore it, or delete it: `lamella lock` then chooses all versions anew";

Value wheel_value(const LockedWheel& wheel) {
  Value out = Value::object({{"name", wheel.filename}, {"url", wheel.url}});
  if (wheel.size) out.set("size", *wheel.size);
  out.set("hashes", Value::object({{"sha256", wheel.sha256.hex()}}));
  return out;
}

/// PEP 751's own field for other tools; what parse_lock() reads is tool.lamella.needs.
Value dependencies_value(const LockedPackage& package) {
  Value out = Value::array();
  std::set<std::string> names;
  if (const auto always = package.needs.find(""); always != package.needs.end()) {
    for (const std::string& need : always->second) names.insert(need.substr(0, need.find('[')));
  }
  for (const std::string& name : names) out.push_back(Value::object({{"name", name}}));
  return out;
}

/// By package: how those that are built here are built.
Value builds_value(const LockFile& lock) {
  Value out = Value::object();
  for (const LockedPackage& package : lock.packages) {
    if (!package.build) continue;
    Value& one = out.set(package.name,
                         Value::object({{"backend", package.build->backend},
                                        {"requirements", Value::array_of(package.build->requirements)}}));
    if (!package.build->backend_path.empty())
      one.set("backend_path", Value::array_of(package.build->backend_path));
  }
  return out;
}

Value needs_value(const LockFile& lock) {
  Value out = Value::object();
  for (const LockedPackage& package : lock.packages) {
    for (const auto& [extra, needs] : package.needs) {
      if (needs.empty()) continue;
      out.set(extra.empty() ? package.name : package.name + "[" + extra + "]", Value::array_of(needs));
    }
  }
  return out;
}

std::string python_series(const model::Target& target) {
  return std::to_string(target.runtime.major) + "." + std::to_string(target.runtime.minor);
}

std::string environment_marker(const model::Target& target) {
  return "python_version == '" + python_series(target) +
         "' and sys_platform == 'linux' and platform_machine == '" +
         std::string(model::machine_name(target.architecture)) + "' and implementation_name == 'cpython'";
}

/// Reads one document and remembers where, for messages.
class LockParser {
 public:
  explicit LockParser(std::string_view file) : file_(file) {}

  Result<LockFile> parse(const Value& document);

 private:
  Error broken(const Value& at, std::string why) const {
    auto position = at.position();
    if (position.file.empty()) position.file = file_;
    return Error(ErrorCode::kUsage, "the lock cannot be used")
        .at(position)
        .because(std::move(why))
        .remedy(std::string(kRestore));
  }
  Error newer(const Value& tool) const {
    auto position = tool.position();
    if (position.file.empty()) position.file = file_;
    return Error(ErrorCode::kCorrupt, "a newer version of lamella wrote the lock")
        .at(position)
        .because(fmt::format("it has schema {}, this version reads {}", tool.integer("schema"), kSchema))
        .remedy("use that version, or a newer one");
  }
  Result<LockedPackage> package(const Value& value);
  Result<LockedWheel> file(const Value& value);
  Result<> builds(const Value& tool, LockFile& lock);
  Result<std::vector<std::string>> texts(const Value& table, std::string_view key) const;
  Result<> header(const Value& document, LockFile& lock);
  Result<> roots(const Value& tool, LockFile& lock);
  Result<> needs(const Value& tool, LockFile& lock);
  Result<> edges_end(const Value& tool, const LockFile& lock) const;

  const std::string file_;
  std::vector<std::string> unpinned_;
};

Result<LockFile> LockParser::parse(const Value& document) {
  LockFile lock;
  LAMELLA_TRY(header(document, lock));
  for (const Value& value : document.items("packages")) {
    LAMELLA_TRY_ASSIGN(auto one, package(value));
    lock.packages.push_back(std::move(one));
  }
  if (!unpinned_.empty()) {
    std::string names;
    for (const std::string& name : unpinned_) names += (names.empty() ? "" : ", ") + name;
    return Error(ErrorCode::kMismatch, "the lock pins no sha256 for " + names)
        .at(file_)
        .remedy("run `lamella lock` to pin every file");
  }
  std::sort(lock.packages.begin(), lock.packages.end(),
            [](const LockedPackage& a, const LockedPackage& b) { return a.name < b.name; });
  const auto twice = std::adjacent_find(lock.packages.begin(), lock.packages.end(),
                                        [](const auto& a, const auto& b) { return a.name == b.name; });
  if (twice != lock.packages.end()) return broken(document, twice->name + " stands in it twice");
  const Value& tool = *document.find({"tool", "lamella"});
  LAMELLA_TRY(roots(tool, lock));
  LAMELLA_TRY(needs(tool, lock));
  LAMELLA_TRY(builds(tool, lock));
  LAMELLA_TRY(edges_end(tool, lock));
  return lock;
}

Result<> LockParser::header(const Value& document, LockFile& lock) {
  if (document.text("lock-version") != "1.0") return broken(document, "lock-version 1.0 was expected");
  const Value* tool = document.find({"tool", "lamella"});
  if (tool == nullptr) return broken(document, "another tool wrote it: [tool.lamella] is missing");
  if (tool->integer("schema") > kSchema) return newer(*tool);
  if (tool->integer("schema") != kSchema)
    return broken(*tool, "its schema is not " + std::to_string(kSchema));
  const auto target = model::target_from_short_name(tool->text("target"));
  if (!target || target->runtime.language != model::Language::kPython) {
    return broken(*tool, "its target is none: \"" + tool->text("target") + "\"");
  }
  const auto inputs = Digest::from_hex(tool->text("inputs"));
  if (!inputs) return broken(*tool, "the digest of its inputs is malformed");
  lock.group = tool->text("group");
  lock.target = *target;
  lock.inputs = *inputs;
  return {};
}

Result<LockedPackage> LockParser::package(const Value& value) {
  LockedPackage out{.name = value.text("name"),
                    .version = value.text("version"),
                    .requires_python = value.text("requires-python"),
                    .wheel = {},
                    .needs = {}};
  if (out.name.empty() || out.name != config::normalised_name(out.name)) {
    return broken(value, "a package's name is missing or not normalised: \"" + out.name + "\"");
  }
  const auto& wheels = value.items("wheels");
  const Value* source = value.find("sdist");
  const bool one_file =
      source == nullptr ? wheels.size() == 1 && wheels[0].is_object() : wheels.empty() && source->is_object();
  if (!one_file) return broken(value, out.name + " must have exactly one wheel or one source distribution");
  if (source != nullptr) out.build.emplace();
  LAMELLA_TRY_ASSIGN(out.wheel, file(source == nullptr ? wheels[0] : *source));
  return out;
}

/// A wheel, or a source distribution.
Result<LockedWheel> LockParser::file(const Value& value) {
  LockedWheel out{.filename = value.text("name"), .url = value.text("url"), .sha256 = {}, .size = {}};
  if (out.filename.empty() || out.url.empty()) return broken(value, "a wheel needs a name and a URL");
  if (out.filename.find('/') != std::string::npos) return broken(value, "a wheel's name holds a '/'");
  if (url_without_user(out.url) != out.url)
    return broken(value,
                  "the address of " + out.filename + " carries a login; locks are for everyone to read");
  if (const Value* size = value.find("size")) {
    if (!size->as_integer() || *size->as_integer() < 0)
      return broken(*size, "a size is a whole number of bytes");
    out.size = static_cast<std::uint64_t>(*size->as_integer());
  }
  const Value* hashes = value.find("hashes");
  const auto sha256 = Digest::from_hex(hashes == nullptr ? std::string() : hashes->text("sha256"));
  if (hashes != nullptr && hashes->find("sha256") != nullptr && !sha256) {
    return broken(*hashes, "a sha256 is 64 hexadecimal digits");
  }
  if (!sha256) {
    unpinned_.push_back(out.filename);
  } else {
    out.sha256 = *sha256;
  }
  return out;
}

Result<std::vector<std::string>> LockParser::texts(const Value& table, std::string_view key) const {
  std::vector<std::string> out;
  for (const Value& one : table.items(key)) {
    if (!one.is_string()) return broken(one, "a text was expected");
    out.push_back(*one.as_string());
  }
  return out;
}

Result<> LockParser::builds(const Value& tool, LockFile& lock) {
  for (LockedPackage& package : lock.packages) {
    if (!package.build) continue;
    const Value* value = tool.find({"builds", package.name});
    if (value == nullptr || !value->is_object() || value->text("backend").empty())
      return broken(tool, "it does not say how " + package.name + " is built");
    package.build->backend = value->text("backend");
    LAMELLA_TRY_ASSIGN(package.build->requirements, texts(*value, "requirements"));
    LAMELLA_TRY_ASSIGN(package.build->backend_path, texts(*value, "backend_path"));
  }
  return {};
}

Result<> LockParser::roots(const Value& tool, LockFile& lock) {
  for (const Value& value : tool.items("roots")) {
    LockedRoot root;
    const std::string kind = value.text("kind");
    const auto kinds = {RootKind::kLayer, RootKind::kFunction, RootKind::kBuild};
    const auto* known =
        std::find_if(kinds.begin(), kinds.end(), [&](RootKind one) { return to_string(one) == kind; });
    if (known == kinds.end()) return broken(value, "a root is a layer, a function or a build");
    root.kind = *known;
    root.name = value.text("name");
    root.no_deps = value.boolean("no_deps");
    LAMELLA_TRY_ASSIGN(root.alone, texts(value, "no_deps"));
    for (const Value& requirement : value.items("requirements")) {
      if (!requirement.is_string()) return broken(requirement, "a requirement is a string");
      root.requirements.push_back(*requirement.as_string());
    }
    for (const std::string& text : root.alone) {
      if (std::find(root.requirements.begin(), root.requirements.end(), text) == root.requirements.end())
        return broken(value, "`no_deps` names what is not required: " + text);
    }
    lock.roots.push_back(std::move(root));
  }
  return {};
}

Result<> LockParser::needs(const Value& tool, LockFile& lock) {
  for (const auto& member : tool.members("needs")) {
    const auto bracket = member.key.find('[');
    const std::string name = member.key.substr(0, bracket);
    std::string extra;
    if (bracket != std::string::npos) {
      if (!member.key.ends_with(']')) return broken(member.value, "a bracket is not closed: " + member.key);
      extra = member.key.substr(bracket + 1, member.key.size() - bracket - 2);
    }
    const auto found = std::find_if(lock.packages.begin(), lock.packages.end(),
                                    [&](const LockedPackage& package) { return package.name == name; });
    if (found == lock.packages.end()) return broken(member.value, name + " has needs but is not in the lock");
    if (!member.value.is_array()) return broken(member.value, "needs are a list");
    for (const Value& need : *member.value.as_array()) {
      if (!need.is_string()) return broken(need, "a need is a string");
      found->needs[extra].push_back(*need.as_string());
    }
  }
  return {};
}

Result<> LockParser::edges_end(const Value& tool, const LockFile& lock) const {
  for (const LockedPackage& package : lock.packages) {
    for (const auto& [extra, needs] : package.needs) {
      for (const std::string& need : needs) {
        const std::string name = need.substr(0, need.find('['));
        if (lock.find(name) == nullptr)
          return broken(tool, package.name + " needs " + name + ", which is not in the lock");
      }
    }
  }
  const MarkerEnvironment environment = marker_environment(lock.target);
  for (const LockedRoot& root : lock.roots) {
    for (const std::string& text : root.requirements) {
      LAMELLA_TRY_ASSIGN(const auto requirement, config::parse_requirement(text));
      LAMELLA_TRY_ASSIGN(const bool applies, marker_holds(requirement.marker, environment, ""));
      if (applies && lock.find(requirement.normalised()) == nullptr) {
        return broken(tool,
                      root.name + " requires " + requirement.normalised() + ", which is not in the lock");
      }
    }
  }
  return {};
}

}  // namespace

Result<LockFile> parse_lock(std::string_view text, std::string_view file) {
  auto document = document::parse_toml(text, file);
  if (!document) return Error(std::move(document).error()).remedy(std::string(kRestore));
  return LockParser(file).parse(*document);
}

std::string render_lock(const LockFile& lock) {
  Value packages = Value::array();
  for (const LockedPackage& package : lock.packages) {
    Value out = Value::object({{"name", package.name}, {"version", package.version}});
    if (!package.requires_python.empty()) out.set("requires-python", package.requires_python);
    if (Value depends = dependencies_value(package); !depends.as_array()->empty()) {
      out.set("dependencies", std::move(depends));
    }
    if (package.build) {
      out.set("sdist", wheel_value(package.wheel));
    } else {
      out.set("wheels", Value::array({wheel_value(package.wheel)}));
    }
    packages.push_back(std::move(out));
  }
  Value roots = Value::array();
  for (const LockedRoot& root : lock.roots) {
    Value& one = roots.push_back(Value::object({{"kind", to_string(root.kind)},
                                                {"name", root.name},
                                                {"requirements", Value::array_of(root.requirements)}}));
    if (root.no_deps) one.set("no_deps", true);
    if (!root.alone.empty()) one.set("no_deps", Value::array_of(root.alone));
  }
  Value tool = Value::object({{"schema", kSchema},
                              {"group", lock.group},
                              {"target", model::short_name(lock.target)},
                              {"inputs", lock.inputs.hex()},
                              {"roots", std::move(roots)},
                              {"needs", needs_value(lock)}});
  if (Value builds = builds_value(lock); !builds.as_object()->empty()) tool.set("builds", std::move(builds));
  const Value document = Value::object({{"lock-version", "1.0"},
                                        {"environments", Value::array({environment_marker(lock.target)})},
                                        {"requires-python", "==" + python_series(lock.target) + ".*"},
                                        {"created-by", "lamella"},
                                        {"packages", std::move(packages)},
                                        {"tool", Value::object({{"lamella", std::move(tool)}})}});
  return "# Made by `lamella lock`; edit the requirements instead.\n" + document::render_toml(document);
}

}  // namespace lamella::resolve
