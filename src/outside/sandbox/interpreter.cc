// SPDX-License-Identifier: Apache-2.0
#include "sandbox/interpreter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/split.h"
#include "document/json.h"
#include "os/environment.h"
#include "os/file.h"
#include "os/process.h"

namespace lamella::sandbox {
namespace {

namespace fs = std::filesystem;
using document::Value;

/// "python3.11" -> "PYTHON3_11"
std::string variable_of(const std::string& name) {
  std::string variable = "LAMELLA_INTERPRETER_";
  for (const char c : name) {
    variable += std::isalnum(static_cast<unsigned char>(c)) != 0
                    ? static_cast<char>(std::toupper(static_cast<unsigned char>(c)))
                    : '_';
  }
  return variable;
}

std::vector<fs::path> candidates(const std::string& name, const InterpreterSearch& search) {
  if (const auto chosen = os::get_environment(variable_of(name))) return {fs::path(*chosen)};
  std::vector<fs::path> found;
  for (const fs::path& folder : search.first) found.push_back(folder / name);
  found.push_back(fs::path("/usr/bin") / name);
  found.push_back(fs::path("/usr/local/bin") / name);
  const std::string path = os::get_environment("PATH").value_or("");
  for (std::size_t start = 0; start < path.size();) {
    const auto end = std::min(path.find(':', start), path.size());
    if (end > start && path[start] == '/')
      found.emplace_back(fs::path(path.substr(start, end - start)) / name);
    start = end + 1;
  }
  return found;
}

/// The identity of a binary: what changes when it is replaced.
Result<std::string> identity_of(const fs::path& path) {
  LAMELLA_TRY_ASSIGN(const auto info, os::file_info(path));
  if (!info) return std::string();
  return fmt::format("{} {} {} {}", path.string(), info->size, info->mtime_ns, info->inode);
}

std::vector<fs::path> paths_of(const document::Array& items) {
  std::vector<fs::path> paths;
  for (const Value& item : items) {
    if (item.is_string()) paths.emplace_back(*item.as_string());
  }
  return paths;
}

std::optional<Interpreter> from_record(const Value& value) {
  Interpreter found{value.text("program"), value.text("version"), value.text("stdlib"),
                    paths_of(value.items("extension_directories"))};
  if (found.program.empty() || found.version.empty() || found.stdlib.empty()) return std::nullopt;
  return found;
}

std::optional<Interpreter> from_memo(const fs::path& file, const std::string& identity) {
  const auto text = os::read_file_if_present(file, 65536);
  if (!text || !*text) return std::nullopt;
  const auto value = document::parse_json(**text, file.string());
  if (!value || value->text("identity") != identity) return std::nullopt;
  return from_record(*value);
}

// Answers without `json`, which would take twice as long to import as the interpreter takes to start.
constexpr std::string_view kQuestion = R"(
import sys, os
print(os.path.realpath(sys.executable), ".".join(map(str, sys.version_info[:3])), os.path.dirname(os.__file__),
      *[p for p in sys.path if p.endswith("lib-dynload") and os.path.isdir(p)], sep="\0", end="")
)";

/// Asks the program itself; nullopt when it is no interpreter of that version.
Result<std::optional<Interpreter>> ask(const fs::path& program, const std::string& wanted) {
  os::Command command;
  command.argv = {program.string(), "-S", "-c", std::string(kQuestion)};
  command.inherit_env = true;  // a version manager's shim needs its own variables
  command.timeout = std::chrono::seconds(20);
  LAMELLA_TRY_ASSIGN(const auto result, os::run(command));
  const auto answer = base::split(result.out, '\0');
  if (!result.succeeded() || answer.size() < 3 || !answer[1].starts_with(wanted + ".")) {
    return std::optional<Interpreter>();
  }
  Interpreter found{answer[0], std::string(answer[1]), answer[2], {}};
  found.extension_directories.assign(answer.begin() + 3, answer.end());
  return std::optional(std::move(found));
}

Error missing(const std::string& runtime) {
  const auto chosen = os::get_environment(variable_of(runtime));
  const std::string place =
      chosen ? fmt::format("{} names {}, which is no {}", variable_of(runtime), *chosen, runtime)
             : "it is in none of /usr/bin, /usr/local/bin and PATH";
  return Error(ErrorCode::kToolMissing, fmt::format("no interpreter of {} is installed", runtime))
      .because("bytecode and checks need the target's own interpreter, and " + place)
      .remedy(fmt::format("install it (`apt-get install {}` or `uv python install {}`), or point {} at one",
                          runtime,
                          runtime.substr(std::min(runtime.find_first_of("0123456789"), runtime.size())),
                          variable_of(runtime)))
      .with("program", runtime);
}

void remember(const fs::path& memo, const fs::path& file, const Interpreter& found,
              const std::string& identity) {
  std::vector<std::string> extensions;
  for (const fs::path& folder : found.extension_directories) extensions.push_back(folder.string());
  const Value record = Value::object({{"program", found.program.string()},
                                      {"version", found.version},
                                      {"stdlib", found.stdlib.string()},
                                      {"extension_directories", Value::array_of(extensions)},
                                      {"identity", identity}});
  if (os::make_directories(memo)) (void)os::write_file_atomic(file, document::render_json(record, 1));
}

}  // namespace

Result<Interpreter> find_interpreter(const std::string& runtime, const InterpreterSearch& search) {
  if (!runtime.starts_with("python")) return missing(runtime);
  const std::string wanted = runtime.substr(std::string_view("python").size());
  const fs::path file = search.memo / (runtime + ".json");
  for (const fs::path& candidate : candidates(runtime, search)) {
    std::error_code ignored;
    const fs::path real = fs::canonical(candidate, ignored);
    if (real.empty()) continue;
    LAMELLA_TRY_ASSIGN(const std::string identity, identity_of(real));
    if (auto known = search.memo.empty() ? std::nullopt : from_memo(file, identity)) return *known;
    auto found = ask(candidate, wanted);
    if (!found || !*found) continue;
    if (!search.memo.empty()) remember(search.memo, file, **found, identity);
    return std::move(**found);
  }
  return missing(runtime);
}

}  // namespace lamella::sandbox
