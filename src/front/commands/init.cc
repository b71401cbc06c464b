// SPDX-License-Identifier: Apache-2.0
#include "commands/init.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "config/workspace_file.h"
#include "document/toml.h"
#include "os/environment.h"
#include "os/file.h"
#include "os/walk.h"

namespace lamella::commands {
namespace {

namespace fs = std::filesystem;
using document::Value;

constexpr std::uint64_t kLargestSource = 1'000'000;
constexpr std::size_t kDeepest = 3;
constexpr std::size_t kMostLayers = 5;  // that a function may have

struct Found {
  std::vector<std::string> requirements;  ///< relative paths, ascending
  bool project = false;                   ///< pyproject.toml with dependencies
  std::string minimum;                    ///< its requires-python
};
struct FunctionGuess {
  std::string name;
  std::string source;
  std::string handler;
};
struct LayerGuess {
  std::string name;
  std::string requirements;
};

/// Letters, digits, '-' and '_' as names take them; "" gives `fallback`.
std::string name_of(std::string text, const std::string& fallback) {
  for (char& c : text) {
    const bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (!fits) c = '-';
  }
  text.erase(0, text.find_first_not_of('-'));
  text = text.substr(0, 60);
  while (text.ends_with('-')) text.pop_back();
  return text.empty() ? fallback : text;
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}
std::string last_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

bool is_requirements(std::string_view name) {
  return name.starts_with("requirements") && name.ends_with(".txt") &&
         name.find("dev") == std::string::npos && name.find("test") == std::string::npos;
}

bool is_out_of_sight(std::string_view path, base::FileKind kind) {
  const std::string name = last_of(std::string(path));
  if (kind != base::FileKind::kDirectory) return false;
  constexpr std::array<std::string_view, 5> kNames = {"node_modules", "venv", "env", "build", "dist"};
  const auto depth = static_cast<std::size_t>(std::count(path.begin(), path.end(), '/'));
  return name.starts_with('.') || name == "__pycache__" || depth >= kDeepest ||
         std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

Result<> read_project(const fs::path& root, const std::string& path, Found& found) {
  LAMELLA_TRY_ASSIGN(const std::string text, os::read_file(root / path, kLargestSource));
  LAMELLA_TRY_ASSIGN(const Value value, document::parse_toml(text, path));
  found.project = value.find({"project", "dependencies"}) != nullptr;
  const Value* minimum = value.find({"project", "requires-python"});
  if (minimum != nullptr && minimum->is_string()) found.minimum = *minimum->as_string();
  return {};
}

Result<Found> look_around(const fs::path& root, const std::string& from) {
  Found found;
  if (!from.empty()) {
    if (!os::exists(root / from)) return Error(ErrorCode::kUsage, "there is no such file").at(from);
    if (!from.ends_with(".toml")) found.requirements.push_back(from);
    if (from.ends_with(".toml")) LAMELLA_TRY(read_project(root, from, found));
    return found;
  }
  LAMELLA_TRY_ASSIGN(const auto entries, os::walk(root, {.skip = is_out_of_sight}));
  for (const os::WalkEntry& entry : entries) {
    if (entry.info.kind == base::FileKind::kFile && is_requirements(last_of(entry.path)))
      found.requirements.push_back(entry.path);
  }
  if (os::exists(root / "pyproject.toml")) LAMELLA_TRY(read_project(root, "pyproject.toml", found));
  return found;
}

/// "app.handler" if a module of the folder defines one; "" if none does.
std::string handler_in(const fs::path& folder) {
  for (const std::string module : {"app", "handler", "lambda_function", "main", "index"}) {
    const auto text = os::read_file_if_present(folder / (module + ".py"), kLargestSource);
    if (!text || !*text) continue;
    for (const std::string function : {"handler", "lambda_handler"}) {
      const std::string definition = "def " + function + "(";
      if ((*text)->starts_with(definition) || (*text)->find("\n" + definition) != std::string::npos)
        return module + "." + function;
    }
  }
  return {};
}

/// The newest runtime that "requires-python" surely allows: what it names, or the default.
std::string runtime_of(const std::string& minimum) {
  for (const int minor : {14, 13, 12}) {
    const std::string version = fmt::format("3.{}", minor);
    if (minimum.find(">=" + version) != std::string::npos ||
        minimum.find("==" + version) != std::string::npos)
      return "python" + version;
  }
  return "python3.11";
}

std::string unique(std::string name, std::set<std::string>& taken) {
  const std::string base = name;
  for (int number = 2; !taken.insert(name).second; ++number) name = fmt::format("{}-{}", base, number);
  return name;
}

std::string rendered(const std::string& project, const std::string& runtime,
                     const std::vector<LayerGuess>& layers, const std::vector<FunctionGuess>& functions) {
  std::string out = fmt::format(
      "# Written by `lamella init`; docs/guide/layers.md of Lamella explains every key.\n"
      "schema = 1\n\n"
      "[project]\n"
      "name = \"{}\"\n"
      "# budget = {{ unzipped = \"200 MB\" }}    # all layers and functions together\n\n"
      "[defaults]\n"
      "runtime = \"{}\"\n"
      "architecture = \"x86_64\"\n",
      project, runtime);
  for (const LayerGuess& layer : layers) {
    out += fmt::format(
        "\n[layers.{}]\n"
        "requirements = \"{}\"\n"
        "# depends_on = []          # layers whose packages this one leaves out\n"
        "# imports = []             # modules that must import; default: those of the requirements\n"
        "# budget = {{ unzipped = \"100 MB\" }}\n",
        layer.name, layer.requirements);
  }
  std::vector<std::string> names;
  for (const LayerGuess& layer : layers) names.push_back('"' + layer.name + '"');
  names.resize(std::min(names.size(), kMostLayers));
  for (const FunctionGuess& function : functions) {
    out += fmt::format(
        "\n[functions.{}]\n"
        "source = \"{}\"            # its requirements.txt goes into the function, not into a layer\n"
        "handler = \"{}\"\n"
        "layers = [{}]    # merge order: later wins\n"
        "memory = 256\n"
        "timeout = 10\n"
        "# checks = [{{ name = \"answers\", event = {{}}, expect = {{ exists = true }} }}]\n",
        function.name, function.source, function.handler, fmt::join(names, ", "));
  }
  if (functions.empty()) {
    out +=
        "\n# [functions.hello]\n"
        "# source = \"functions/hello\"\n"
        "# handler = \"app.handler\"\n";
    out += fmt::format("# layers = [{}]\n", fmt::join(names, ", "));
  }
  return out;
}

Result<fs::path> folder_for(const Setting& setting) {
  LAMELLA_TRY_ASSIGN(const fs::path here, os::working_directory());
  fs::path folder = (here / setting.project).lexically_normal();
  if (!folder.has_filename() && folder.has_relative_path()) folder = folder.parent_path();
  return folder;
}

}  // namespace

Result<Outcome> init(const Setting& setting, const InitOptions& options) {
  LAMELLA_TRY_ASSIGN(const fs::path root, folder_for(setting));
  const fs::path file = root / kWorkspaceFile;
  if (os::exists(file)) {
    return Error(ErrorCode::kUsage, "there is a lamella.toml already")
        .at(file.string())
        .remedy("change that one, or move it away first");
  }
  LAMELLA_TRY_ASSIGN(const Found found, look_around(root, options.from));
  if (found.requirements.empty() && !found.project) {
    return Error(ErrorCode::kUsage, "there is nothing to start from")
        .at(root.string())
        .because("no requirements*.txt, and no pyproject.toml with dependencies")
        .remedy("write one, or name a file with --from FILE");
  }
  std::vector<LayerGuess> layers;
  std::vector<FunctionGuess> functions;
  std::set<std::string> layer_names;
  std::set<std::string> function_names;
  const std::string project = name_of(root.filename().string(), "project");
  if (found.project) {
    const std::string path = options.from.empty() ? "pyproject.toml" : options.from;
    layers.push_back({unique(project, layer_names), path});
  }
  for (const std::string& path : found.requirements) {
    const std::string folder = folder_of(path);
    const std::string handler = folder.empty() ? std::string() : handler_in(root / folder);
    if (!handler.empty()) {
      functions.push_back({unique(name_of(last_of(folder), "function"), function_names), folder, handler});
    } else {
      const std::string base = folder.empty() ? "dependencies" : last_of(folder);
      layers.push_back({unique(name_of(base, "dependencies"), layer_names), path});
    }
  }
  const std::string text = rendered(project, runtime_of(found.minimum), layers, functions);
  if (const auto read = config::parse_workspace(text, kWorkspaceFile); !read)
    return Error(read.error()).while_doing("checking what would be written");
  LAMELLA_TRY(os::write_file_atomic(file, text));
  Outcome outcome{new_record(), {}};
  outcome.record.set("path", file.string());
  Value& layer_list = outcome.record.set("layers", Value::array());
  for (const LayerGuess& one : layers)
    layer_list.push_back(Value::object({{"name", one.name}, {"requirements", one.requirements}}));
  Value& function_list = outcome.record.set("functions", Value::array());
  for (const FunctionGuess& one : functions) {
    function_list.push_back(
        Value::object({{"name", one.name}, {"source", one.source}, {"handler", one.handler}}));
  }
  return outcome;
}

}  // namespace lamella::commands
