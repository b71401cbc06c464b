// SPDX-License-Identifier: Apache-2.0
#include "resolve/pip.h"

#include <algorithm>

#include "config/requirement.h"
#include "document/json.h"
#include "document/toml.h"
#include "os/file.h"
#include "os/process.h"
#include "os/temp_directory.h"
#include "resolve/lock.h"
#include "resolve/wheel_tag.h"

namespace lamella::resolve {
namespace {

using document::Value;

bool says(std::string_view text, std::string_view words) {
  return text.find(words) != std::string_view::npos;
}

std::string lines(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += text + "\n";
  return out;
}

Result<> check_answerable(const UvQuestion& question) {
  std::string what;
  if (!question.exclude_newer.empty()) what = "exclude_newer";
  if (!question.overrides.empty()) what = "overrides";
  if (!question.from_source.empty()) what = "allow_source";
  if (!question.without_needs.empty()) what = "`no_deps` of single requirements";
  if (!question.placed.empty()) what = "an index beside the default one";
  if (what.empty()) return {};
  return Error(ErrorCode::kToolMissing, "pip cannot resolve with " + what)
      .because("uv is not installed, and pip is only asked in its place")
      .remedy("`pip install uv` in a virtual environment on the PATH, or set LAMELLA_UV to the program")
      .with("program", "uv");
}

/// Every platform that some accepted tag names, in the order of preference; if asked for, those of newer systems
/// behind them.
std::vector<std::string> platforms_of(const model::Target& target, bool newer_glibc) {
  std::vector<std::string> platforms;
  for (const std::string& tag : accepted_tags(target)) {
    std::string platform = tag.substr(tag.rfind('-') + 1);
    if (platform == "any" || std::find(platforms.begin(), platforms.end(), platform) != platforms.end())
      continue;
    platforms.push_back(std::move(platform));
  }
  constexpr int kNewest = 40;
  const int own = model::glibc_of(model::os_of(target.runtime)).minor;
  for (int minor = own + 1; newer_glibc && minor <= kNewest; ++minor)
    platforms.push_back("manylinux_2_" + std::to_string(minor) + "_" +
                        std::string(model::machine_name(target.architecture)));
  return platforms;
}

/// Versions to stay with: pip has no preference, so they are tried as constraints.
std::vector<std::string> kept_versions(const UvQuestion& question) {
  std::vector<std::string> kept;
  if (question.preferred.empty()) return kept;
  const auto previous = parse_lock(question.preferred, "the previous lock");
  if (!previous) return kept;
  for (const LockedPackage& package : previous->packages) {
    const bool moves =
        std::any_of(question.upgrade.begin(), question.upgrade.end(),
                    [&](const std::string& one) { return config::normalised_name(one) == package.name; });
    if (!moves) kept.push_back(package.name + "==" + package.version);
  }
  return kept;
}

Result<os::Command> command_in(const std::filesystem::path& folder, const UvQuestion& question,
                               const std::vector<std::string>& kept) {
  const auto& runtime = question.target.runtime;
  const std::string series = std::to_string(runtime.major) + std::to_string(runtime.minor);
  os::Command command;
  command.argv = {question.pip.string(),
                  "-I",
                  "-m",
                  "pip",
                  "install",
                  "--dry-run",
                  "--target",
                  "unused",
                  "--ignore-installed",
                  "--quiet",
                  "--no-input",
                  "--disable-pip-version-check",
                  "--report",
                  "report.json",
                  "--only-binary",
                  ":all:",
                  "--implementation",
                  "cp",
                  "--python-version",
                  std::to_string(runtime.major) + "." + std::to_string(runtime.minor),
                  "--abi",
                  "cp" + series,
                  "--abi",
                  "abi3",
                  "--abi",
                  "none"};
  const auto add = [&](std::initializer_list<std::string> more) {
    command.argv.insert(command.argv.end(), more);
  };
  for (const std::string& platform : platforms_of(question.target, question.newer_glibc))
    add({"--platform", platform});
  if (!question.wheelhouse.empty()) add({"--no-index", "--find-links", question.wheelhouse.string()});
  if (question.no_deps) add({"--no-deps"});
  std::vector<std::string> constraints = question.constraints;
  constraints.insert(constraints.end(), kept.begin(), kept.end());
  LAMELLA_TRY(os::write_file_atomic(folder / "constraints.txt", lines(constraints)));
  add({"-c", "constraints.txt"});
  std::string all;
  for (const auto& [who, texts] : question.requirements) all += lines(texts);
  LAMELLA_TRY(os::write_file_atomic(folder / "requirements.txt", all));
  add({"-r", "requirements.txt"});
  command.env = resolver_environment();
  command.env["PIP_CONFIG_FILE"] = "/dev/null";
  if (!question.indexes.empty() && !question.indexes[0].url.empty())
    command.env["PIP_INDEX_URL"] = with_login(question.indexes[0]);
  if (!question.cache.empty()) command.env["PIP_CACHE_DIR"] = (question.cache / "pip").string();
  command.cwd = folder;
  command.out = os::Discard{};
  command.timeout = question.patience;
  return command;
}

/// Without the middle of what is too long: pip lists every version that there is, and says at the end what is wrong.
std::string cut(const std::string& text) {
  constexpr std::size_t kEnough = 2000;
  if (text.size() <= 2 * kEnough) return text;
  return text.substr(0, kEnough) + " ... " + text.substr(text.size() - kEnough);
}

Error explain(const UvQuestion& question, const os::ProcessResult& run, const std::filesystem::path& folder) {
  const std::string target = model::short_name(question.target);
  const std::string words = "pip says: " + hide_logins(cut(run.err), question.indexes);
  if (run.timed_out) {
    return Error(ErrorCode::kLimit, "no set of versions was found in time")
        .because("pip " + run.describe())
        .remedy("pin more of the requirements, so that there is less to try");
  }
  if (says(run.err, "No module named pip")) {
    return Error(ErrorCode::kToolMissing, "neither uv nor pip is installed")
        .because(words)
        .remedy("`pip install uv` in a virtual environment on the PATH")
        .with("program", "uv");
  }
  if (says(run.err, "Retrying (Retry(total=0,")) {
    return Error(ErrorCode::kRemote, "the package index cannot be reached")
        .because(words)
        .remedy("try again");
  }
  if (says(run.err, "No matching distribution found")) {
    return Error(ErrorCode::kRejected, "no wheel for " + target)
        .because(words)
        .remedy("require a version that has wheels for this target");
  }
  if (says(run.err, "ResolutionImpossible")) {
    return Error(ErrorCode::kUsage, "the requirements cannot be met together for " + target)
        .because(words)
        .remedy("change one of the requirements named, then run `lamella lock`");
  }
  if (auto full = disk_failure(words, question, folder)) return *std::move(full);
  return Error(ErrorCode::kRemote, "pip could not resolve the requirements")
      .because(words)
      .remedy("try again");
}

Result<os::ProcessResult> run_in(const std::filesystem::path& folder, const UvQuestion& question,
                                 std::stop_token stop) {
  const auto kept = kept_versions(question);
  LAMELLA_TRY_ASSIGN(const os::Command command, command_in(folder, question, kept));
  LAMELLA_TRY_ASSIGN(auto result, os::run(command, stop));
  if (result.succeeded() || kept.empty()) return result;
  LAMELLA_TRY_ASSIGN(const os::Command anew, command_in(folder, question, {}));
  return os::run(anew, stop);
}

}  // namespace

Result<std::vector<UvPackage>> parse_pip_report(const std::string& text) {
  LAMELLA_TRY_ASSIGN(const Value document, document::parse_json(text, "pip's report"));
  if (document.text("version") != "1") {
    return Error(ErrorCode::kInternal, "pip's report has another version than 1")
        .because("it says \"" + document.text("version") + "\"");
  }
  std::vector<UvPackage> packages;
  for (const Value& value : document.items("install")) {
    const Value* metadata = value.find("metadata");
    const Value* info = value.find("download_info");
    if (metadata == nullptr || info == nullptr)
      return Error(ErrorCode::kInternal, "pip's report lacks what it should say of a package");
    const Value* hashes = info->find({"archive_info", "hashes"});
    const auto sha256 = Digest::from_hex(hashes == nullptr ? "" : hashes->text("sha256"));
    const std::string name = config::normalised_name(metadata->text("name"));
    if (!sha256) {
      return Error(ErrorCode::kMismatch, "the index gives no sha256 for " + name)
          .remedy("use an index that publishes sha256 digests");
    }
    const std::string url = url_without_user(info->text("url"));
    UvPackage package{name, metadata->text("version"), {{file_name_of_url(url), url, *sha256, std::nullopt}}};
    if (value.boolean("is_yanked")) package.yanked = "`" + name + "==" + package.version + "` is yanked";
    packages.push_back(std::move(package));
  }
  std::sort(packages.begin(), packages.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return packages;
}

Result<std::vector<UvPackage>> ask_pip(const UvQuestion& question, std::stop_token stop) {
  LAMELLA_TRY(check_answerable(question));
  LAMELLA_TRY_ASSIGN(const auto folder, os::TempDirectory::create("lamella-lock"));
  LAMELLA_TRY_ASSIGN(const os::ProcessResult run, run_in(folder.path(), question, stop));
  if (!run.succeeded()) return explain(question, run, folder.path());
  LAMELLA_TRY_ASSIGN(const std::string report, os::read_file(folder.path() / "report.json"));
  return parse_pip_report(report);
}

}  // namespace lamella::resolve
