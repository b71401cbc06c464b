// SPDX-License-Identifier: Apache-2.0
#include "package/source_build.h"

#include <fmt/format.h>

#include <algorithm>

#include "archive/source_archive.h"
#include "archive/zip_reader.h"
#include "base/diagnostic.h"
#include "document/json.h"
#include "model/file_name.h"
#include "os/file.h"
#include "os/temp_directory.h"
#include "package/bytecode.h"
#include "package/left_out.h"
#include "package/scripts.h"
#include "package/wheel_info.h"
#include "package/workbench.h"
#include "sandbox/run_once.h"
#include "sandbox/runtime_root.h"

namespace lamella::package {
namespace {

namespace fs = std::filesystem;
using document::Value;

constexpr int kSchema = 1;
constexpr std::uint64_t kMemoryMb = 2048;
constexpr std::uint64_t kTmpMb = 1024;
constexpr std::chrono::minutes kPatience{10};
constexpr std::size_t kLastWords = 600;
/// On the bench.
constexpr const char* kProject = "project";
constexpr const char* kOut = "out";

/// "shop-1.0-py3-none-any.whl" in its first two parts.
std::optional<Wheel> wheel_named(const std::string& filename) {
  const auto first = filename.find('-');
  const auto second = filename.find('-', first == std::string::npos ? first : first + 1);
  if (second == std::string::npos || !filename.ends_with(".whl") || filename.find('/') != std::string::npos)
    return std::nullopt;
  if (model::unfit_name(filename)) return std::nullopt;
  Wheel wheel;
  wheel.version = filename.substr(first + 1, second - first - 1);
  wheel.filename = filename;
  return wheel;
}

/// One build, in a folder of its own.
class Building {
 public:
  Building(const SourceBuilder& tools, const SourceBuild& source, const fs::path& folder, Workbench bench)
      : tools_(tools), source_(source), folder_(folder), bench_(std::move(bench)) {}

  Result<Wheel> run(std::stop_token stop) {
    LAMELLA_TRY(lay_out());
    LAMELLA_TRY_ASSIGN(const Value answer, ask(std::move(stop)));
    if (!answer.items("missing").empty()) return incomplete(answer.items("missing"));
    return take(answer.text("wheel"));
  }

 private:
  fs::path backend() const { return folder_ / "opt" / "python"; }

  Error failed(std::string why) const {
    return Error(ErrorCode::kRejected, fmt::format("{} cannot be built to a wheel", source_.place))
        .because(std::move(why))
        .remedy(source_.archive
                    ? "no compiler and no network is there for a build; require a version that has wheels, "
                      "or build "
                      "its wheel on the target's system and serve it from a declared index"
                    : fmt::format("mend what {} says; no compiler and no network is there for a build",
                                  source_.backend))
        .with("project", source_.place);
  }

  Error incomplete(const document::Array& missing) const {
    std::string names;
    std::string lines;
    for (const Value& one : missing) {
      names += (names.empty() ? "" : ", ") + *one.as_string();
      lines += *one.as_string() + "\n";
    }
    return Error(ErrorCode::kRejected,
                 fmt::format("the build of {} needs more than is locked", source_.place))
        .because(fmt::format("its backend asks for {}", names))
        .remedy(source_.archive ? "run `lamella lock --upgrade " + source_.distribution + "`"
                                : "add it to `requires` of [build-system] and run `lamella lock`")
        .with("project", source_.place)
        .with("missing", lines);
  }

  Result<> lay_out() const {
    LAMELLA_TRY(bench_.add_folder(kOut));
    LAMELLA_TRY(bench_.add_folder(kProject));
    if (source_.archive) LAMELLA_TRY(unpack(*source_.archive));
    for (const LocalFile& file : source_.files) LAMELLA_TRY(bench_.copy(file, kProject));
    LAMELLA_TRY(os::make_directories(backend()));
    for (const Wheel& wheel : source_.requirements)
      LAMELLA_TRY(extract_wheel(tools_.store, wheel, backend()));
    return {};
  }

  Result<> unpack(const Wheel& archive) const {
    LAMELLA_TRY_ASSIGN(auto blob, tools_.store.open(archive.sha256));
    if (!blob) return Error(ErrorCode::kInternal, "the source was not fetched").at(archive.filename);
    LAMELLA_TRY_ASSIGN(const auto bytes, blob->map());
    auto opened = archive::SourceArchive::open(bytes, archive.filename);
    if (!opened) return Error(std::move(opened).error()).while_doing("reading " + archive.filename);
    const std::size_t above = opened->top().size() + 1;
    for (const auto& [path, file] : opened->files())
      LAMELLA_TRY(
          bench_.write(fmt::format("{}/{}", kProject, path.substr(above)), file.content, file.executable));
    return {};
  }

  Result<Value> ask(std::stop_token stop) {
    LAMELLA_TRY_ASSIGN(
        const auto root,
        sandbox::ensure_runtime_root({.cache = tools_.cache,
                                      .runtime = to_string(source_.target.runtime),
                                      .architecture = std::string(to_string(source_.target.architecture)),
                                      .client = sandbox::ClientNeed::kAbsent}));
    LAMELLA_TRY_ASSIGN(auto supervisor, sandbox::Supervisor::start(tools_.cache));
    sandbox::SandboxSpec spec{.root = root.path, .layers = backend().parent_path()};
    spec.writable = {{bench_.path(), "/var/task"}};
    spec.memory_mb = kMemoryMb;
    spec.tmp_mb = kTmpMb;
    spec.environment = sandbox::base_environment(root.runtime);
    spec.environment["PYTHONHASHSEED"] = "0";
    spec.environment["PYTHONDONTWRITEBYTECODE"] = "1";
    spec.environment["PYTHONPATH"] = "/opt/python";
    spec.environment["SOURCE_DATE_EPOCH"] = std::to_string(kEpochSeconds);
    spec.environment["HOME"] = "/tmp";
    spec.command = {root.program, "-S", "-c", script_text("build_wheel.py")};
    spec.working_directory = "/var/task/project";
    Value folders = Value::array_of(source_.backend_path);
    const Value request = Value::object(
        {{"backend", source_.backend}, {"backend_path", std::move(folders)}, {"out", "/var/task/out"}});
    LAMELLA_TRY_ASSIGN(const auto run, sandbox::run_once(*supervisor, spec,
                                                         {.timeout = kPatience,
                                                          .standard_input = document::render_json(request),
                                                          .stop = std::move(stop)}));
    if (run.timed_out) return failed("it did not end within 10 minutes");
    if (run.killed_by_memory) return failed(fmt::format("it needs more than {} MiB", kMemoryMb));
    if (!run.ok()) return failed(last_words(run.standard_error, kLastWords));
    std::string_view said = run.standard_output;
    while (said.ends_with('\n')) said.remove_suffix(1);
    said.remove_prefix(std::min(said.rfind('\n') + 1, said.size()));
    auto answer = document::parse_json(said, "the backend's answer");
    return answer ? std::move(answer) : Result<Value>(failed("its backend gave no answer"));
  }

  Result<Wheel> take(const std::string& filename) {
    auto wheel = wheel_named(filename);
    if (!wheel)
      return failed(fmt::format("its backend named '{}', which is no wheel", base::escaped(filename)));
    if (!same_distribution(filename.substr(0, filename.find('-')), source_.distribution))
      return failed(fmt::format("what came out, {}, is not {}", filename, source_.distribution));
    const fs::path path = fs::path(kOut) / filename;
    LAMELLA_TRY_ASSIGN(const auto left, bench_.left_at(path));
    if (!left.link.empty())
      return failed(fmt::format("its backend left '{}' as a symbolic link", base::escaped(left.link)));
    if (!left.info) return failed("its backend wrote no wheel");
    if (left.info->kind != base::FileKind::kFile) {
      return failed(
          fmt::format("its backend left '{}' as something that is no file", base::escaped(path.string())));
    }
    LAMELLA_TRY_ASSIGN(const std::string bytes, os::read_file(bench_.path() / path, kLargestFile));
    LAMELLA_TRY_ASSIGN(wheel->sha256, store::put(tools_.store, base::as_bytes(bytes)));
    wheel->distribution = source_.distribution;
    wheel->size = bytes.size();
    return *wheel;
  }

  const SourceBuilder& tools_;
  const SourceBuild& source_;
  const fs::path& folder_;
  Workbench bench_;
};

}  // namespace

Result<std::optional<Wheel>> find_built(store::ContentStore& store, store::ActionCache& actions,
                                        const SourceBuild& source) {
  LAMELLA_TRY_ASSIGN(const auto action, actions.get(source.key()));
  if (!action || action->kind != "source-wheel" || action->outputs.size() != 1) return std::optional<Wheel>();
  const auto value = document::parse_json(action->value, "source wheel record");
  if (!value || value->integer("schema") != kSchema) return std::optional<Wheel>();
  auto wheel = wheel_named(value->text("filename"));
  LAMELLA_TRY_ASSIGN(const auto missing, store.find_missing(action->outputs));
  if (!wheel || !missing.empty()) return std::optional<Wheel>();
  wheel->distribution = source.distribution;
  wheel->sha256 = action->outputs.front();
  return wheel;
}

Result<Wheel> build_wheel(const SourceBuilder& tools, const SourceBuild& source, std::stop_token stop) {
  LAMELLA_TRY_ASSIGN(const auto folder, os::TempDirectory::create_in(tools.scratch, "wheel"));
  LAMELLA_TRY_ASSIGN(auto bench, Workbench::create(folder.path() / "work", Workbench::Dates::kNow));
  Building building(tools, source, folder.path(), std::move(bench));
  LAMELLA_TRY_ASSIGN(const Wheel wheel, building.run(std::move(stop)));
  tools.events.emit({.kind = "source.built",
                     .subject = source.place,
                     .text = fmt::format("built to {} by {}", wheel.filename, source.backend)});
  const Value record = Value::object({{"schema", kSchema}, {"filename", wheel.filename}});
  LAMELLA_TRY(tools.actions.put(
      source.key(),
      {.kind = "source-wheel", .value = document::render_json(record), .outputs = {wheel.sha256}}));
  return wheel;
}

}  // namespace lamella::package
