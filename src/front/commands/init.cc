// SPDX-License-Identifier: Apache-2.0
#include "commands/init.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "config/requirements_file.h"
#include "config/workspace_file.h"
#include "document/json.h"
#include "document/toml.h"
#include "os/directory_tree.h"
#include "os/environment.h"
#include "os/file.h"
#include "os/walk.h"
#include "resolve/version.h"

namespace lamella::commands {
namespace {

namespace fs = std::filesystem;
using document::Value;

constexpr std::uint64_t kLargestSource = 1'000'000;
constexpr std::size_t kDeepest = 3;
constexpr std::size_t kMostLayers = 5;  // that a function may have

/// What looks like something to start from, and is not.
struct LeftOut {
  std::string path;
  std::string why;
};
struct Found {
  std::vector<std::string> requirements;  ///< relative paths, ascending
  std::vector<LeftOut> left_out;          ///< ascending
  bool project = false;                   ///< pyproject.toml with dependencies
  std::string python;                     ///< its requires-python, without blanks
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
struct Guess {
  std::string project;
  std::string runtime;
  std::vector<LayerGuess> layers;
  std::vector<FunctionGuess> functions;
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

/// Files whose name or folder says requirements.
bool is_requirements(const std::string& path) {
  const bool named = last_of(path).starts_with("requirements") || last_of(folder_of(path)) == "requirements";
  return named && path.ends_with(".txt");
}

/// Why a requirements file is not what functions need; "" where it may be.
std::string why_not(const std::string& path) {
  constexpr std::array<std::string_view, 4> kAside = {"docs", "doc", "tests", "test"};
  for (std::string folder = folder_of(path); !folder.empty(); folder = folder_of(folder)) {
    if (std::find(kAside.begin(), kAside.end(), last_of(folder)) != kAside.end())
      return fmt::format("no function needs what {} needs", last_of(folder));
  }
  const std::string name = last_of(path);
  if (name.find("dev") != std::string::npos || name.find("test") != std::string::npos)
    return "it is for development";
  if (!name.starts_with("requirements")) return "one of a folder that often has several for one program";
  return {};
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
  if (minimum != nullptr && minimum->is_string()) found.python = *minimum->as_string();
  std::erase(found.python, ' ');
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
    if (entry.info.kind != base::FileKind::kFile || !is_requirements(entry.path)) continue;
    std::string why = why_not(entry.path);
    if (why.empty()) found.requirements.push_back(entry.path);
    if (!why.empty()) found.left_out.push_back({entry.path, std::move(why)});
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

/// What is read here is read again by every `lock`: better told before there is a lamella.toml.
Result<> read_all(const fs::path& root, const Found& found, const std::string& project) {
  std::vector<std::string> paths = found.requirements;
  if (found.project) paths.push_back(project);
  for (const std::string& path : paths) {
    model::Requirements file;
    file.file = model::PlacedText{path, {path, 1, 1}};
    const auto read = config::read_requirements(os::DirectoryTree(root), file);
    if (!read)
      return Error(read.error()).while_doing(fmt::format("reading {} for a first lamella.toml", path));
  }
  return {};
}

constexpr int kDefaultMinor = 11;

bool fits(int minor, const std::string& python) {
  constexpr std::string_view kLatePatch = ".99";
  const std::string version = fmt::format("3.{}", minor);
  return resolve::satisfies(*resolve::Version::parse(version), python) ||
         resolve::satisfies(*resolve::Version::parse(version + std::string(kLatePatch)), python);
}

/// The newest runtime that `python` names as its least, the default where that fits, else the newest that does;
/// nullopt where none does.
std::optional<int> minor_of(const std::string& python) {
  for (const int minor : {14, 13, 12}) {
    const bool named = python.find(fmt::format(">=3.{}", minor)) != std::string::npos ||
                       python.find(fmt::format("==3.{}", minor)) != std::string::npos;
    if (named && fits(minor, python)) return minor;
  }
  for (const int minor : {kDefaultMinor, 14, 13, 12, 10, 9}) {
    if (fits(minor, python)) return minor;
  }
  return std::nullopt;
}

std::string runtime_of(const std::string& python, EventSink& events) {
  const auto minor = minor_of(python);
  std::string runtime = fmt::format("python3.{}", minor.value_or(kDefaultMinor));
  if (!minor) {
    events.emit(
        {.kind = "init.no-runtime",
         .subject = "pyproject.toml",
         .text = fmt::format("no runtime fits requires-python \"{}\"; {} is written", python, runtime),
         .severity = base::Severity::kWarning});
  }
  return runtime;
}

/// As a basic string of TOML, which takes what JSON escapes.
std::string quoted(const std::string& text) { return document::render_json(Value(text)); }

std::string unique(std::string name, std::set<std::string>& taken) {
  const std::string base = name;
  for (int number = 2; !taken.insert(name).second; ++number) name = fmt::format("{}-{}", base, number);
  return name;
}

std::string rendered(const Guess& guess) {
  std::string out = fmt::format(
      "# Written by `lamella init`; docs/guide/layers.md of Lamella explains every key.\n"
      "schema = 1\n\n"
      "[project]\n"
      "name = \"{}\"\n"
      "# budget = {{ unzipped = \"200 MB\" }}    # all layers and functions together\n\n"
      "[defaults]\n"
      "runtime = \"{}\"\n"
      "architecture = \"x86_64\"\n",
      guess.project, guess.runtime);
  for (const LayerGuess& layer : guess.layers) {
    out += fmt::format(
        "\n[layers.{}]\n"
        "requirements = {}\n"
        "# depends_on = []          # layers whose packages this one leaves out\n"
        "# imports = []             # modules that must import; default: those of the requirements\n"
        "# budget = {{ unzipped = \"100 MB\" }}\n",
        layer.name, quoted(layer.requirements));
  }
  std::vector<std::string> names;
  for (const LayerGuess& layer : guess.layers) names.push_back('"' + layer.name + '"');
  names.resize(std::min(names.size(), kMostLayers));
  for (const FunctionGuess& function : guess.functions) {
    out += fmt::format(
        "\n[functions.{}]\n"
        "source = {}            # its requirements.txt goes into the function, not into a layer\n"
        "handler = \"{}\"\n"
        "layers = [{}]    # merge order: later wins\n"
        "memory = 256\n"
        "timeout = 10\n"
        "# checks = [{{ name = \"answers\", event = {{}}, expect = {{ exists = true }} }}]\n",
        function.name, quoted(function.source), function.handler, fmt::join(names, ", "));
  }
  if (guess.functions.empty()) {
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

Error nothing_found(const fs::path& root, const Found& found) {
  std::string why = "no requirements*.txt, and no pyproject.toml with dependencies";
  for (const LeftOut& one : found.left_out)
    why += fmt::format("; {} is left out: {}", base::escaped(one.path), one.why);
  return Error(ErrorCode::kUsage, "there is nothing to start from")
      .at(root.string())
      .because(std::move(why))
      .remedy("write one, or name a file with --from FILE");
}

/// A folder with requirements and a handler is a function; all else is a layer.
Guess guessed(const fs::path& root, const std::string& project_file, Found& found) {
  Guess guess;
  std::set<std::string> layer_names;
  std::set<std::string> function_names;
  guess.project = name_of(root.filename().string(), "project");
  if (found.project) guess.layers.push_back({unique(guess.project, layer_names), project_file});
  for (const std::string& path : found.requirements) {
    const std::string folder = folder_of(path);
    const std::string handler = folder.empty() ? std::string() : handler_in(root / folder);
    if (!handler.empty()) {
      guess.functions.push_back(
          {unique(name_of(last_of(folder), "function"), function_names), folder, handler});
    } else {
      const std::string base = folder.empty() ? "dependencies" : last_of(folder);
      guess.layers.push_back({unique(name_of(base, "dependencies"), layer_names), path});
    }
  }
  if (const std::string handler = handler_in(root); !handler.empty()) {
    found.left_out.push_back(
        {handler.substr(0, handler.find('.')) + ".py",
         "it has a handler, and a function's code lies in a folder of its own; move it into one"});
  }
  return guess;
}

Value record_of(const fs::path& file, const Guess& guess, const Found& found) {
  Value record = new_record();
  record.set("path", file.string());
  Value& layers = record.set("layers", Value::array());
  for (const LayerGuess& one : guess.layers)
    layers.push_back(Value::object({{"name", one.name}, {"requirements", one.requirements}}));
  Value& functions = record.set("functions", Value::array());
  for (const FunctionGuess& one : guess.functions) {
    functions.push_back(
        Value::object({{"name", one.name}, {"source", one.source}, {"handler", one.handler}}));
  }
  Value& left_out = record.set("left_out", Value::array());
  for (const LeftOut& one : found.left_out)
    left_out.push_back(Value::object({{"path", one.path}, {"why", one.why}}));
  return record;
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
  LAMELLA_TRY_ASSIGN(Found found, look_around(root, options.from));
  if (found.requirements.empty() && !found.project) return nothing_found(root, found);
  const std::string project_file = options.from.empty() ? "pyproject.toml" : options.from;
  LAMELLA_TRY(read_all(root, found, project_file));
  Guess guess = guessed(root, project_file, found);
  guess.runtime = runtime_of(found.python, *setting.events);
  const std::string text = rendered(guess);
  if (const auto read = config::parse_workspace(text, kWorkspaceFile); !read)
    return Error(read.error()).while_doing("checking what would be written");
  LAMELLA_TRY(os::write_file_atomic(file, text));
  return Outcome{record_of(file, guess, found), {}};
}

}  // namespace lamella::commands
