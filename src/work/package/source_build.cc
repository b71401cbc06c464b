// SPDX-License-Identifier: Apache-2.0
#include "package/source_build.h"

#include <fmt/format.h>

#include "archive/source_archive.h"
#include "base/byte_stream.h"
#include "base/diagnostic.h"
#include "base/tool_output.h"
#include "document/json.h"
#include "model/file_name.h"
#include "os/environment.h"
#include "os/file.h"
#include "os/temp_directory.h"
#include "package/build_attempt.h"
#include "package/bytecode.h"
#include "package/compiled.h"
#include "package/left_out.h"
#include "package/wheel_info.h"
#include "package/workbench.h"

namespace lamella::package {
namespace {

namespace fs = std::filesystem;
using document::Value;

constexpr int kSchema = 1;
/// What setuptools-scm says where there is no .git, through hatch-vcs too.
constexpr std::string_view kNoRepository = "unable to detect version";

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

/// Whether code could be compiled, where a build needed it.
enum class Compiling {
  kUntried,
  kStandIn,     ///< for another Python than the one that builds
  kForeign,     ///< for another architecture than this machine's
  kNoCompiler,  ///< there is none below /usr
  kNoHeaders,   ///< tried without the interpreter's headers, which are not here
  kTried,
};

/// One build, in a folder of its own.
class Building {
 public:
  Building(const SourceBuilder& tools, const SourceBuild& source, fs::path folder)
      : tools_(tools), source_(source), folder_(std::move(folder)) {}

  /// First with nothing of this machine in sight, so that what needs no compiler does not depend on one.
  Result<BuiltWheel> run(std::stop_token stop) {
    LAMELLA_TRY_ASSIGN(
        const auto runtime,
        sandbox::ensure_runtime_root({.cache = tools_.cache,
                                      .runtime = to_string(source_.built_on()),
                                      .architecture = std::string(to_string(source_.target.architecture)),
                                      .client = sandbox::ClientNeed::kAbsent}));
    LAMELLA_TRY(os::make_directories(backend()));
    for (const Wheel& wheel : source_.requirements)
      LAMELLA_TRY(extract_wheel(tools_.store, wheel, backend()));
    LAMELLA_TRY_ASSIGN(auto bench, lay_out("work"));
    LAMELLA_TRY_ASSIGN(auto attempt, attempt_build(source_, place(bench), runtime, nullptr, stop));
    tell(attempt);
    if (!attempt.answer && attempt.ended) {
      LAMELLA_TRY_ASSIGN(const auto compiler, usable_compiler(runtime));
      if (compiler) {
        LAMELLA_TRY_ASSIGN(bench, lay_out("compiling"));
        LAMELLA_TRY_ASSIGN(attempt, attempt_build(source_, place(bench), runtime, &*compiler, stop));
        tell(attempt);
      }
    }
    if (!attempt.answer) return failed(attempt.why);
    if (!attempt.answer->items("missing").empty()) return incomplete(attempt.answer->items("missing"));
    return take(bench, attempt.answer->text("wheel"));
  }

 private:
  void tell(const Attempt& attempt) const {
    base::emit_tool_output(tools_.events, source_.place, source_.backend, attempt.printed);
  }

  fs::path backend() const { return folder_ / "opt" / "python"; }
  BuildPlace place(const Workbench& bench) const {
    return {tools_.cache, backend().parent_path(), folder_ / "root", bench};
  }

  std::string remedy(std::string_view why) const {
    if (!source_.archive && why.find(kNoRepository) != std::string_view::npos) {
      return "write `version` in [project], `fallback_version` in [tool.setuptools_scm] or "
             "`fallback-version` in "
             "[tool.hatch.version]: a build sees the folder's files and no repository";
    }
    std::string end = source_.archive
                          ? "require a version that has wheels, or build its wheel on the target's system "
                            "and serve it from a declared index"
                          : fmt::format("mend what {} says", source_.backend);
    const std::string runtime = to_string(source_.target.runtime);
    switch (compiling_) {
      case Compiling::kUntried: return end;
      case Compiling::kStandIn:
        return fmt::format("{}; if it has code to compile or asks for {}, install that: {} stood in for it",
                           end, runtime, to_string(source_.built_on()));
      case Compiling::kForeign:
        return fmt::format("{}; code for {} is compiled on a machine of that kind alone, and this one is {}",
                           end, to_string(source_.target.architecture), os::host_machine());
      case Compiling::kNoCompiler:
        return fmt::format(
            "install a C compiler if it has code to compile (`apt-get install gcc`): none is "
            "below /usr; {}",
            end);
      case Compiling::kNoHeaders:
        return fmt::format(
            "install the headers of {0} (`apt-get install lib{0}-dev`), which are not here "
            "beside {1}; {2}",
            runtime, by_->name, end);
      case Compiling::kTried:
        return fmt::format("{}; a build has no network, and of this machine {} and what else is below /usr",
                           end, by_->name);
    }
    return end;
  }

  Error failed(std::string why) const {
    std::string what_to_do = remedy(why);
    return Error(ErrorCode::kRejected, fmt::format("{} cannot be built to a wheel", source_.place))
        .because(std::move(why))
        .remedy(std::move(what_to_do))
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

  /// A fresh copy of what is built: a build that failed leaves things beside it.
  Result<Workbench> lay_out(const char* name) const {
    LAMELLA_TRY_ASSIGN(auto bench, Workbench::create(folder_ / name, Workbench::Dates::kNow));
    LAMELLA_TRY(bench.add_folder(kWheelFolder));
    LAMELLA_TRY(bench.add_folder(kProjectFolder));
    if (source_.archive) LAMELLA_TRY(unpack(*source_.archive, bench));
    for (const LocalFile& file : source_.files) LAMELLA_TRY(bench.copy(file, kProjectFolder));
    return bench;
  }

  Result<> unpack(const Wheel& archive, const Workbench& bench) const {
    LAMELLA_TRY_ASSIGN(auto blob, tools_.store.open(archive.sha256));
    if (!blob) return Error(ErrorCode::kInternal, "the source was not fetched").at(archive.filename);
    LAMELLA_TRY_ASSIGN(const auto bytes, blob->map());
    auto opened = archive::SourceArchive::open(bytes, archive.filename);
    if (!opened) return Error(std::move(opened).error()).while_doing("reading " + archive.filename);
    const std::size_t above = opened->top().size() + 1;
    for (const auto& [path, file] : opened->files()) {
      LAMELLA_TRY(bench.write(fmt::format("{}/{}", kProjectFolder, path.substr(above)), file.content,
                              file.executable));
    }
    return {};
  }

  /// Notes why there is none, and which one it is.
  Result<std::optional<sandbox::Compiler>> usable_compiler(const sandbox::RuntimeRoot& runtime) {
    compiling_ = Compiling::kStandIn;
    if (source_.stand_in) return std::optional<sandbox::Compiler>();
    compiling_ = Compiling::kForeign;
    if (model::machine_name(source_.target.architecture) != os::host_machine())
      return std::optional<sandbox::Compiler>();
    LAMELLA_TRY_ASSIGN(auto compiler, sandbox::find_compiler(tools_.compilers));
    compiling_ = Compiling::kNoCompiler;
    if (!compiler) return compiler;
    LAMELLA_TRY_ASSIGN(std::string name, sandbox::name_of(*compiler));
    by_ = CompiledBy{std::move(name), compiler->identity, compiler->files};
    compiling_ = sandbox::headers_of(runtime) ? Compiling::kTried : Compiling::kNoHeaders;
    return compiler;
  }

  Result<BuiltWheel> take(const Workbench& bench, const std::string& filename) const {
    auto wheel = wheel_named(filename);
    if (!wheel)
      return failed(fmt::format("its backend named '{}', which is no wheel", base::escaped(filename)));
    if (!same_distribution(filename.substr(0, filename.find('-')), source_.distribution))
      return failed(fmt::format("what came out, {}, is not {}", filename, source_.distribution));
    LAMELLA_TRY_ASSIGN(const std::string bytes, read_left(bench, fs::path(kWheelFolder) / filename));
    wheel->distribution = source_.distribution;
    wheel->size = bytes.size();
    if (by_) LAMELLA_TRY(check_compiled(base::as_bytes(bytes), *wheel, *by_, source_));
    LAMELLA_TRY_ASSIGN(wheel->sha256, store::put(tools_.store, base::as_bytes(bytes)));
    return BuiltWheel{std::move(*wheel), by_};
  }

  Result<std::string> read_left(const Workbench& bench, const fs::path& path) const {
    LAMELLA_TRY_ASSIGN(const auto left, bench.left_at(path));
    if (!left.link.empty())
      return failed(fmt::format("its backend left '{}' as a symbolic link", base::escaped(left.link)));
    if (!left.info) return failed("its backend wrote no wheel");
    if (left.info->kind != base::FileKind::kFile) {
      return failed(
          fmt::format("its backend left '{}' as something that is no file", base::escaped(path.string())));
    }
    return os::read_file(bench.path() / path, kLargestFile);
  }

  const SourceBuilder& tools_;
  const SourceBuild& source_;
  const fs::path folder_;
  Compiling compiling_ = Compiling::kUntried;
  std::optional<CompiledBy> by_;  ///< once it is tried
};

/// What compiled a wheel, if that is what would compile it now; nullopt where it is not, or gone.
Result<std::optional<CompiledBy>> still_there(const Value& recorded) {
  LAMELLA_TRY_ASSIGN(auto compiler, sandbox::find_compiler());
  if (!compiler || compiler->identity != recorded.text("identity")) return std::optional<CompiledBy>();
  return std::optional(
      CompiledBy{recorded.text("name"), std::move(compiler->identity), std::move(compiler->files)});
}

Value record_of(const BuiltWheel& built) {
  Value by;
  if (built.compiled_by) {
    by = Value::object({{"name", built.compiled_by->name}, {"identity", built.compiled_by->identity}});
  }
  return Value::object(
      {{"schema", kSchema}, {"filename", built.wheel.filename}, {"compiled_by", std::move(by)}});
}

}  // namespace

Result<std::optional<BuiltWheel>> find_built(store::ContentStore& store, store::ActionCache& actions,
                                             const SourceBuild& source) {
  using Found = std::optional<BuiltWheel>;
  LAMELLA_TRY_ASSIGN(const auto action, actions.get(source.key()));
  if (!action || action->kind != "source-wheel" || action->outputs.size() != 1) return Found();
  const auto value = document::parse_json(action->value, "source wheel record");
  if (!value || value->integer("schema") != kSchema) return Found();
  auto wheel = wheel_named(value->text("filename"));
  LAMELLA_TRY_ASSIGN(const auto missing, store.find_missing(action->outputs));
  if (!wheel || !missing.empty()) return Found();
  wheel->distribution = source.distribution;
  wheel->sha256 = action->outputs.front();
  BuiltWheel built{std::move(*wheel), {}};
  const Value* by = value->find("compiled_by");
  if (by == nullptr || by->is_null()) return Found(std::move(built));
  LAMELLA_TRY_ASSIGN(built.compiled_by, still_there(*by));
  return built.compiled_by ? Found(std::move(built)) : Found();
}

Result<BuiltWheel> build_wheel(const SourceBuilder& tools, const SourceBuild& source, std::stop_token stop) {
  LAMELLA_TRY_ASSIGN(const auto folder, os::TempDirectory::create_in(tools.scratch, "wheel"));
  LAMELLA_TRY_ASSIGN(BuiltWheel built, Building(tools, source, folder.path()).run(std::move(stop)));
  std::string text = fmt::format("built to {} by {}", built.wheel.filename, source.backend);
  if (built.compiled_by) text += fmt::format(", compiled with {} of this machine", built.compiled_by->name);
  if (source.stand_in)
    text += fmt::format(" on {}, which stands in for {}", to_string(source.built_on()),
                        to_string(source.target.runtime));
  tools.events.emit({.kind = "source.built", .subject = source.place, .text = std::move(text)});
  LAMELLA_TRY(tools.actions.put(source.key(), {.kind = "source-wheel",
                                               .value = document::render_json(record_of(built)),
                                               .outputs = {built.wheel.sha256}}));
  return built;
}

}  // namespace lamella::package
