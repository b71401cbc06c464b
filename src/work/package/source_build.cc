// SPDX-License-Identifier: Apache-2.0
#include "package/source_build.h"

#include <fmt/format.h>

#include <algorithm>

#include "archive/source_archive.h"
#include "archive/zip_reader.h"
#include "base/encoding.h"
#include "crypto/sha256.h"
#include "document/json.h"
#include "os/file.h"
#include "os/temp_directory.h"
#include "package/bytecode.h"
#include "package/left_out.h"
#include "package/scripts.h"
#include "package/wheel_info.h"
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
constexpr std::string_view kEpochDate = "315532800";  // 1980-01-01, as every zip of ours has it

/// The end of what was said, from the start of a line.
std::string last_words(std::string_view said) {
  while (said.ends_with('\n')) said.remove_suffix(1);
  if (said.size() <= kLastWords) return std::string(said);
  said.remove_prefix(said.size() - kLastWords);
  const auto line = said.find('\n');
  return std::string(line == std::string_view::npos ? said : said.substr(line + 1));
}

/// "shop-1.0-py3-none-any.whl" in its first two parts.
std::optional<Wheel> wheel_named(const std::string& filename) {
  const auto first = filename.find('-');
  const auto second = filename.find('-', first == std::string::npos ? first : first + 1);
  if (second == std::string::npos || !filename.ends_with(".whl") || filename.find('/') != std::string::npos)
    return std::nullopt;
  Wheel wheel;
  wheel.version = filename.substr(first + 1, second - first - 1);
  wheel.filename = filename;
  return wheel;
}

/// One build, in a folder of its own.
class Building {
 public:
  Building(const SourceBuilder& tools, const SourceBuild& source, os::TempDirectory folder)
      : tools_(tools), source_(source), folder_(std::move(folder)) {}

  Result<Wheel> run(std::stop_token stop) {
    LAMELLA_TRY(lay_out());
    LAMELLA_TRY_ASSIGN(const Value answer, ask(std::move(stop)));
    if (!answer.items("missing").empty()) return incomplete(answer.items("missing"));
    return take(answer.text("wheel"));
  }

 private:
  fs::path work() const { return folder_.path() / "work"; }
  fs::path backend() const { return folder_.path() / "opt" / "python"; }

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

  /// The sandbox's user is another when we are root: what it may write is open to all, below a folder that is
  /// not.
  Result<> lay_out() {
    const fs::path project = work() / "project";
    LAMELLA_TRY(open_folder(work()));
    LAMELLA_TRY(open_folder(work() / "out"));
    LAMELLA_TRY(open_folder(project));
    if (source_.archive) LAMELLA_TRY(unpack(*source_.archive, project));
    for (const LocalFile& file : source_.files) {
      LAMELLA_TRY_ASSIGN(const std::string bytes, os::read_file(file.path, kLargestFile));
      if (crypto::sha256(bytes) != file.sha256) {
        return Error(ErrorCode::kConflict, "a file changed while it was being packaged")
            .at(file.path.string())
            .remedy("run the build again");
      }
      LAMELLA_TRY(write(project, file.name, bytes, file.executable));
    }
    LAMELLA_TRY(os::make_directories(backend()));
    for (const Wheel& wheel : source_.requirements)
      LAMELLA_TRY(extract_wheel(tools_.store, wheel, backend()));
    return {};
  }

  Result<> unpack(const Wheel& archive, const fs::path& project) const {
    LAMELLA_TRY_ASSIGN(auto blob, tools_.store.open(archive.sha256));
    if (!blob) return Error(ErrorCode::kInternal, "the source was not fetched").at(archive.filename);
    LAMELLA_TRY_ASSIGN(const auto bytes, blob->map());
    auto opened = archive::SourceArchive::open(bytes, archive.filename);
    if (!opened) return Error(std::move(opened).error()).while_doing("reading " + archive.filename);
    const std::size_t above = opened->top().size() + 1;
    for (const auto& [path, file] : opened->files())
      LAMELLA_TRY(write(project, path.substr(above), file.content, file.executable));
    return {};
  }

  static Result<> write(const fs::path& project, const std::string& name, std::string_view bytes,
                        bool executable) {
    LAMELLA_TRY(open_folders(project, fs::path(name).parent_path()));
    LAMELLA_TRY(os::write_file_atomic(project / name, bytes));
    return os::set_mode(project / name, executable ? 0777 : 0666);
  }
  static Result<> open_folder(const fs::path& folder) {
    LAMELLA_TRY(os::make_directories(folder));
    return os::set_mode(folder, 0777);
  }
  static Result<> open_folders(const fs::path& top, const fs::path& below) {
    fs::path at = top;
    for (const fs::path& part : below) {
      at /= part;
      LAMELLA_TRY(open_folder(at));
    }
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
    spec.writable = {{work(), "/var/task"}};
    spec.memory_mb = kMemoryMb;
    spec.tmp_mb = kTmpMb;
    spec.environment = sandbox::base_environment(root.runtime);
    spec.environment["PYTHONHASHSEED"] = "0";
    spec.environment["PYTHONDONTWRITEBYTECODE"] = "1";
    spec.environment["PYTHONPATH"] = "/opt/python";
    spec.environment["SOURCE_DATE_EPOCH"] = kEpochDate;
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
    if (!run.ok()) return failed(last_words(run.standard_error));
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
    const fs::path path = work() / "out" / filename;
    LAMELLA_TRY_ASSIGN(const auto info, os::file_info(path));
    if (!info || info->kind != base::FileKind::kFile) return failed("its backend wrote no wheel");
    LAMELLA_TRY_ASSIGN(const std::string bytes, os::read_file(path, kLargestFile));
    LAMELLA_TRY_ASSIGN(wheel->sha256, store::put(tools_.store, base::as_bytes(bytes)));
    wheel->distribution = source_.distribution;
    wheel->size = bytes.size();
    return *wheel;
  }

  const SourceBuilder& tools_;
  const SourceBuild& source_;
  os::TempDirectory folder_;
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
  LAMELLA_TRY_ASSIGN(auto folder, os::TempDirectory::create_in(tools.scratch, "wheel"));
  LAMELLA_TRY_ASSIGN(const Wheel wheel, Building(tools, source, std::move(folder)).run(std::move(stop)));
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
