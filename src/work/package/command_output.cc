// SPDX-License-Identifier: Apache-2.0
#include "package/command_output.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/diagnostic.h"
#include "base/tool_output.h"
#include "base/units.h"
#include "crypto/sha256.h"
#include "document/json.h"
#include "model/file_name.h"
#include "model/workspace.h"
#include "os/directory.h"
#include "os/file.h"
#include "os/temp_directory.h"
#include "os/walk.h"
#include "package/bytecode.h"
#include "package/workbench.h"
#include "sandbox/machine_root.h"
#include "sandbox/run_once.h"
#include "sandbox/supervisor.h"

namespace lamella::package {
namespace {

namespace fs = std::filesystem;
using document::Value;

constexpr int kSchema = 1;
constexpr std::uint64_t kMemoryMb = 4096;
constexpr std::uint64_t kTmpMb = 2048;
constexpr std::uint64_t kLargestOutput = 2'000'000'000;
constexpr std::size_t kLastWords = 1200;
constexpr int kNotFound = 127;  // as shells say it
constexpr const char* kCacheFolder = "__pycache__";

/// One run, in a folder of its own.
class Running {
 public:
  Running(const CommandRunner& tools, const CommandRun& command, const fs::path& folder, Workbench bench)
      : tools_(tools), command_(command), folder_(folder), bench_(std::move(bench)) {}

  Result<CommandOutput> run(std::stop_token stop) {
    for (const LocalFile& file : command_.files) LAMELLA_TRY(bench_.copy(file));
    LAMELLA_TRY(execute(std::move(stop)));
    return take();
  }

 private:
  Error failed(ErrorCode code, std::string why, std::string remedy) const {
    return Error(code, fmt::format("the command `{}` failed", base::escaped(command_.run)))
        .because(std::move(why))
        .remedy(std::move(remedy))
        .with("output", command_.output);
  }

  Result<sandbox::SandboxSpec> spec() const {
    LAMELLA_TRY(os::make_directories(folder_ / "root"));
    const auto network = command_.network ? sandbox::MachineNetwork::kShared : sandbox::MachineNetwork::kNone;
    LAMELLA_TRY_ASSIGN(auto spec, sandbox::machine_root(folder_ / "root", network));
    spec.writable = {{bench_.path(), std::string(sandbox::kMachineWork)}};
    spec.memory_mb = kMemoryMb;
    spec.tmp_mb = kTmpMb;
    spec.environment = {{"PATH", std::string(sandbox::kMachinePath)},
                        {"HOME", "/tmp"},
                        {"TMPDIR", "/tmp"},
                        {"LANG", "C.UTF-8"},
                        {"TZ", "UTC"},
                        {"PYTHONDONTWRITEBYTECODE", "1"},
                        {"PYTHONHASHSEED", "0"},
                        {"SOURCE_DATE_EPOCH", std::to_string(kEpochSeconds)},
                        {"LAMELLA_RUNTIME", to_string(command_.target.runtime)},
                        {"LAMELLA_ARCHITECTURE", std::string(to_string(command_.target.architecture))}};
    spec.command = {"/bin/sh", "-c", "umask 022; exec /bin/sh -c \"$1\"", "sh", command_.run};
    return spec;
  }

  Result<> execute(std::stop_token stop) const {
    LAMELLA_TRY_ASSIGN(const auto what, spec());
    LAMELLA_TRY_ASSIGN(auto supervisor, sandbox::Supervisor::start(tools_.cache));
    LAMELLA_TRY_ASSIGN(
        const auto run,
        sandbox::run_once(*supervisor, what, {.timeout = command_.timeout, .stop = std::move(stop)}));
    base::emit_tool_output(tools_.events, command_.output, command_.run,
                           run.standard_output + run.standard_error);
    if (run.ok()) return {};
    if (run.timed_out) {
      return failed(ErrorCode::kLimit,
                    fmt::format("it did not end within {}", base::format_duration(command_.timeout)),
                    "make it faster, or raise its `timeout`");
    }
    if (run.killed_by_memory)
      return failed(ErrorCode::kLimit, fmt::format("it needs more than {} MiB", kMemoryMb),
                    "let it do less at once");
    const std::string said =
        last_words(run.standard_error.empty() ? run.standard_output : run.standard_error, kLastWords);
    if (run.exit_code == kNotFound) {
      return failed(ErrorCode::kToolMissing, said,
                    "install the program below /usr; a script of the workspace must be among the `inputs`");
    }
    return failed(
        ErrorCode::kRejected, fmt::format("exit code {}{}{}", run.exit_code, said.empty() ? "" : "\n", said),
        command_.network ? "mend what it says; it sees its `inputs` and the programs below /usr"
                         : "mend what it says; it sees its `inputs`, the programs below /usr and no "
                           "network");
  }

  Error unfit(const std::string& name, std::string why) const {
    return Error(ErrorCode::kRejected,
                 fmt::format("the command `{}` left what no layer can hold", base::escaped(command_.run)))
        .at(base::escaped(command_.output + "/" + name))
        .because(std::move(why))
        .remedy("let it leave files, folders, and relative links to what lies in its output");
  }

  Error nothing(std::string why) const {
    return failed(ErrorCode::kRejected, std::move(why),
                  fmt::format("let it write python/, bin/ or lib/ into {}", command_.output));
  }

  Result<CommandOutput> take() {
    const fs::path top = bench_.path() / command_.output;
    LAMELLA_TRY_ASSIGN(const auto left, bench_.left_at(command_.output));
    if (!left.link.empty()) return nothing(fmt::format("'{}' is a symbolic link", base::escaped(left.link)));
    if (!left.info) return nothing(fmt::format("it ended well and left no folder '{}'", command_.output));
    if (left.info->kind != base::FileKind::kDirectory)
      return nothing(fmt::format("'{}' is no folder", command_.output));
    const auto skip = [](std::string_view path, base::FileKind kind) {
      return kind == base::FileKind::kDirectory && fs::path(path).filename() == kCacheFolder;
    };
    LAMELLA_TRY_ASSIGN(const auto entries, os::walk(top, {.directories = true, .skip = skip}));
    CommandOutput output;
    for (const os::WalkEntry& entry : entries) {
      if (entry.info.kind == base::FileKind::kDirectory) continue;
      LAMELLA_TRY_ASSIGN(LocalFile file, take_one(top, entry));
      output.files.push_back(std::move(file));
    }
    if (output.files.empty())
      return nothing(fmt::format("it ended well and left nothing in '{}'", command_.output));
    LAMELLA_TRY(check_links(top, output));
    return output;
  }

  Result<LocalFile> take_one(const fs::path& top, const os::WalkEntry& entry) {
    if (const auto odd = model::unfit_name(entry.path)) return unfit(entry.path, fmt::format("its {}", *odd));
    if (entry.info.kind == base::FileKind::kSymlink) {
      LAMELLA_TRY_ASSIGN(std::string target, os::read_symlink(top / entry.path));
      const fs::path lexical = (fs::path(entry.path).parent_path() / target).lexically_normal();
      if (fs::path(target).is_absolute() || lexical.empty() || *lexical.begin() == "..")
        return unfit(entry.path, "it is a link to " + base::escaped(target));
      const Digest digest = crypto::sha256(target);
      return LocalFile{entry.path, {}, digest, false, false, std::move(target)};
    }
    if (entry.info.kind != base::FileKind::kFile) return unfit(entry.path, "it is no file, folder or link");
    taken_ += entry.info.size;
    if (taken_ > kLargestOutput) {
      return failed(ErrorCode::kLimit, fmt::format("it left more than {}", base::format_size(kLargestOutput)),
                    "let it leave what the layer needs, and nothing else");
    }
    LAMELLA_TRY_ASSIGN(const std::string bytes, os::read_file(top / entry.path, kLargestFile));
    LAMELLA_TRY_ASSIGN(const Digest digest, store::put(tools_.store, base::as_bytes(bytes)));
    const bool module = model::module_path(entry.path).has_value() && entry.path.ends_with(".py");
    return LocalFile{entry.path, {}, digest, (entry.info.mode & 0111U) != 0, module, {}};
  }

  /// Each link ends at something that is in the zip, too.
  Result<> check_links(const fs::path& top, const CommandOutput& output) const {
    for (const LocalFile& link : output.files) {
      if (link.link.empty()) continue;
      std::error_code error;
      const fs::path end = fs::canonical(top / link.name, error);
      const std::string name = error ? "" : end.lexically_relative(fs::canonical(top, error)).string();
      const bool shipped = std::any_of(output.files.begin(), output.files.end(), [&](const LocalFile& file) {
        return !name.empty() && (file.name == name || file.name.starts_with(name + "/"));
      });
      if (!shipped) return unfit(link.name, "it is a link to something that is not there");
    }
    return {};
  }

  const CommandRunner& tools_;
  const CommandRun& command_;
  const fs::path& folder_;
  Workbench bench_;
  std::uint64_t taken_ = 0;
};

Value to_value(const CommandRun& command, const CommandOutput& output) {
  Value files = Value::array();
  for (const LocalFile& file : output.files) {
    files.push_back(Value::object({{"name", file.name},
                                   {"sha256", file.sha256.hex()},
                                   {"executable", file.executable},
                                   {"module", file.module},
                                   {"link", file.link}}));
  }
  return Value::object({{"schema", kSchema}, {"network", command.network}, {"files", std::move(files)}});
}

std::optional<CommandOutput> from_text(const std::string& text) {
  const auto value = document::parse_json(text, "command output record");
  if (!value || value->integer("schema") != kSchema) return std::nullopt;
  CommandOutput output;
  for (const Value& one : value->items("files")) {
    const auto sha256 = Digest::from_hex(one.text("sha256"));
    if (!sha256) return std::nullopt;
    output.files.push_back({std::string(one.text("name")),
                            {},
                            *sha256,
                            one.boolean("executable"),
                            one.boolean("module"),
                            std::string(one.text("link"))});
  }
  return output;
}

std::vector<Digest> blobs_of(const CommandOutput& output) {
  std::vector<Digest> blobs;
  for (const LocalFile& file : output.files) {
    if (file.link.empty()) blobs.push_back(file.sha256);
  }
  std::sort(blobs.begin(), blobs.end());
  blobs.erase(std::unique(blobs.begin(), blobs.end()), blobs.end());
  return blobs;
}

/// The first name whose content differs, or that one of the two lacks.
std::string difference(const CommandOutput& before, const CommandOutput& now) {
  const auto same = [](const LocalFile& a, const LocalFile& b) {
    return a.name == b.name && a.sha256 == b.sha256 && a.executable == b.executable && a.link == b.link;
  };
  const auto [old, other] =
      std::mismatch(before.files.begin(), before.files.end(), now.files.begin(), now.files.end(), same);
  if (old == before.files.end()) return other == now.files.end() ? "" : other->name;
  return other == now.files.end() ? old->name : std::min(old->name, other->name);
}

}  // namespace

Result<std::optional<CommandOutput>> find_output(store::ContentStore& store, store::ActionCache& actions,
                                                 const CommandRun& command) {
  LAMELLA_TRY_ASSIGN(const auto action, actions.get(command.key()));
  if (!action || action->kind != "command-output") return std::optional<CommandOutput>();
  auto output = from_text(action->value);
  if (!output) return std::optional<CommandOutput>();
  LAMELLA_TRY_ASSIGN(const auto missing, store.find_missing(blobs_of(*output)));
  if (!missing.empty()) return std::optional<CommandOutput>();
  return output;
}

Result<CommandOutput> run_command(const CommandRunner& runner, const CommandRun& command,
                                  std::stop_token stop) {
  if (command.network) {
    runner.events.emit({.kind = "command.network",
                        .subject = command.output,
                        .text = fmt::format("`{}` runs with this machine's network: what it fetches is not "
                                            "verified, and may be other bytes next time",
                                            base::escaped(command.run)),
                        .severity = base::Severity::kWarning});
  }
  LAMELLA_TRY_ASSIGN(const auto before, find_output(runner.store, runner.actions, command));
  LAMELLA_TRY_ASSIGN(const auto folder, os::TempDirectory::create_in(runner.scratch, "command"));
  LAMELLA_TRY_ASSIGN(auto bench, Workbench::create(folder.path() / "work", Workbench::Dates::kFixed));
  Running running(runner, command, folder.path(), std::move(bench));
  LAMELLA_TRY_ASSIGN(auto output, running.run(std::move(stop)));
  const std::string other = before ? difference(*before, output) : "";
  if (!other.empty()) {
    runner.events.emit({.kind = "command.not-reproducible",
                        .subject = command.output,
                        .text = fmt::format("`{}` left other bytes than before, from the same inputs: {}",
                                            base::escaped(command.run), base::escaped(other)),
                        .severity = base::Severity::kWarning});
  }
  runner.events.emit({.kind = "command.run",
                      .subject = command.output,
                      .text = fmt::format("`{}` left {}", base::escaped(command.run),
                                          base::counted(output.files.size(), "file"))});
  LAMELLA_TRY(runner.actions.put(command.key(), {.kind = "command-output",
                                                 .value = document::render_json(to_value(command, output)),
                                                 .outputs = blobs_of(output)}));
  return output;
}

}  // namespace lamella::package
