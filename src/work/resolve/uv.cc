// SPDX-License-Identifier: Apache-2.0
#include "resolve/uv.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>

#include "base/percent.h"
#include "config/requirement.h"
#include "document/toml.h"
#include "os/environment.h"
#include "os/file.h"
#include "os/process.h"
#include "os/system_error.h"
#include "os/temp_directory.h"
#include "store/fetcher.h"

namespace lamella::resolve {
namespace {

using document::Value;

// What a run may know of its surroundings: programs, a home for uv's interpreters, and the way out.
constexpr std::array kPassedOn = {"PATH",        "HOME",        "TMPDIR",   "SSL_CERT_FILE", "SSL_CERT_DIR",
                                  "http_proxy",  "https_proxy", "no_proxy", "all_proxy",     "HTTP_PROXY",
                                  "HTTPS_PROXY", "NO_PROXY",    "ALL_PROXY"};

bool says(std::string_view text, std::string_view words) {
  return text.find(words) != std::string_view::npos;
}

/// True if `name` stands in `text` as a word of its own.
bool mentions(std::string_view text, std::string_view name) {
  const auto in_name = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  for (auto at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
    const bool starts = at == 0 || !in_name(text[at - 1]);
    const bool ends = at + name.size() == text.size() || !in_name(text[at + name.size()]);
    if (starts && ends) return true;
  }
  return false;
}

/// uv's message without its warnings about interpreters and its prefix, bounded.
std::string own_words(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.starts_with("warning:") || line.starts_with("Resolved ")) continue;
    if (line.starts_with("error: ")) line.remove_prefix(7);
    if (line.empty() && out.empty()) continue;
    out += std::string(line) + "\n";
  }
  while (out.ends_with('\n')) out.pop_back();
  constexpr std::size_t kEnough = 4000;
  if (out.size() > kEnough) out = out.substr(0, kEnough) + " ...";
  return "uv says: " + out;
}

/// "core-data-science requires numpy==1.24.3; reports requires numpy>=2" for what uv's words mention.
std::string who_asks(const UvQuestion& question, std::string_view words) {
  std::string out;
  for (const auto& [who, texts] : question.requirements) {
    for (const std::string& text : texts) {
      const auto requirement = config::parse_requirement(text);
      if (!requirement || !mentions(words, requirement->normalised())) continue;
      out += (out.empty() ? "" : "; ") + who + " requires " + text;
    }
  }
  return out;
}

/// The first placed name that its index did not give, or "".
std::string not_given(const UvQuestion& question, std::string_view words) {
  for (const std::string& name : question.placed) {
    if (says(words, " " + name + " was not found in the package registry")) return name;
  }
  return {};
}

/// uv takes a refused login for an index without the package.
Error explain_not_given(const UvQuestion& question, const std::string& name, std::string why) {
  const Index& index = question.indexes[index_for(question.indexes, name)];
  return Error(ErrorCode::kUsage, "index " + index.name + " gives no " + name)
      .at(store::without_credentials(index.url))
      .because((index.login ? "it has no such package, or refuses the login\n"
                            : "it has no such package, or asks for a login, and none is set\n") +
               std::move(why))
      .remedy("check the index's address, and " + login_variable(index.name, "USERNAME") + " and " +
              login_variable(index.name, "PASSWORD"));
}

Error explain(const UvQuestion& question, const os::ProcessResult& run, const std::filesystem::path& folder) {
  const std::string target = model::short_name(question.target);
  if (run.timed_out) {
    return Error(ErrorCode::kLimit, "no set of versions was found in time")
        .because("uv " + run.describe())
        .remedy("pin more of the requirements, so that there is less to try");
  }
  const std::string words = hide_logins(own_words(run.err), question.indexes);
  if (auto full = disk_failure(words, question, folder)) return *std::move(full);
  const std::string who = who_asks(question, run.err);
  if (const std::string name = not_given(question, run.err); !name.empty())
    return explain_not_given(question, name, words + (who.empty() ? "" : "\n" + who));
  if (says(run.err, "No interpreter found")) {
    return Error(ErrorCode::kToolMissing, "uv finds no Python interpreter")
        .because(words)
        .remedy("install " + model::to_string(question.target.runtime));
  }
  if (says(run.err, "Failed to fetch") || says(run.err, "error sending request") ||
      says(run.err, "Request failed")) {
    return Error(ErrorCode::kRemote, "the package index cannot be reached")
        .because(words)
        .remedy("try again");
  }
  if (says(run.err, "no usable wheels") || says(run.err, "no wheels with a matching")) {
    return Error(ErrorCode::kRejected, "no wheel for " + target)
        .because(words + (who.empty() ? "" : "\n" + who))
        .remedy("require a version that has wheels for this target")
        .with("requirements", who);
  }
  Error error(ErrorCode::kUsage, "the requirements cannot be met together for " + target);
  return std::move(error)
      .because(words + (who.empty() ? "" : "\n" + who))
      .remedy("change one of the requirements named, then run `lamella lock`")
      .with("requirements", who);
}

std::string lines(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += text + "\n";
  return out;
}

std::string file_word(std::string_view who) {
  std::string word(who);
  std::replace(word.begin(), word.end(), ' ', '-');
  std::replace(word.begin(), word.end(), '/', '-');  // a project's folder
  return word;
}

/// What uv calls an index: its place in the list, so that no declared name can clash with another.
std::string index_name(std::size_t place) { return "lamella-" + std::to_string(place); }

void log_in(const UvQuestion& question, std::map<std::string, std::string>& environment) {
  for (std::size_t i = 0; i < question.indexes.size(); ++i) {
    const auto& login = question.indexes[i].login;
    if (!login) continue;
    const std::string variable = "UV_INDEX_LAMELLA_" + std::to_string(i);
    environment[variable + "_USERNAME"] = login->user;
    environment[variable + "_PASSWORD"] = login->password.reveal();
  }
}

/// A project that needs the placed names, each from its own index.  Indexes in it are asked for nothing else.
std::string placing_project(const UvQuestion& question) {
  Value dependencies = Value::array();
  Value sources = Value::object();
  for (const std::string& name : question.placed) {
    dependencies.push_back(name);
    sources.set(name, Value::object({{"index", index_name(index_for(question.indexes, name))}}));
  }
  Value indexes = Value::array();
  for (std::size_t i = 1; i < question.indexes.size(); ++i) {
    indexes.push_back(
        Value::object({{"name", index_name(i)}, {"url", question.indexes[i].url}, {"explicit", true}}));
  }
  return document::render_toml(Value::object(
      {{"project",
        Value::object(
            {{"name", "lamella-placing"}, {"version", "0"}, {"dependencies", std::move(dependencies)}})},
       {"tool", Value::object({{"uv", Value::object({{"sources", std::move(sources)},
                                                     {"index", std::move(indexes)}})}})}}));
}

/// What uv is told of needs: none of what is taken alone, and those of source distributions, so that it need not
/// build them.
std::string known_needs(const UvQuestion& question) {
  Value entries = Value::array();
  const auto add_none = [&](const std::string& name) {
    entries.push_back(Value::object({{"name", name}, {"requires-dist", Value::array()}}));
  };
  for (const std::string& name : question.without_needs) add_none(name);
  for (const auto& [name, versions] : question.from_source) {
    if (question.without_needs.contains(name)) continue;
    add_none(name);
    for (const KnownNeeds& known : versions) {
      Value& one =
          entries.push_back(Value::object({{"name", name},
                                           {"version", known.version},
                                           {"requires-dist", Value::array_of(known.requires_dist)}}));
      if (!known.requires_python.empty()) one.set("requires-python", known.requires_python);
    }
  }
  return document::render_toml(Value::object({{"dependency-metadata", std::move(entries)}}));
}

/// Marks the packages of which uv warns: "`numlib==1.0` is yanked (reason: "broken")".
void note_yanked(std::string_view words, std::vector<UvPackage>& packages) {
  for (UvPackage& package : packages) {
    const std::string start = "`" + package.name + "==" + package.version + "` is yanked";
    const auto at = words.find(start);
    if (at == std::string_view::npos) continue;
    package.yanked = words.substr(at, words.find('\n', at) - at);
  }
}

Result<os::Command> command_in(const std::filesystem::path& folder, const UvQuestion& question) {
  const auto& runtime = question.target.runtime;
  os::Command command;
  command.argv = {question.uv.string(),
                  "pip",
                  "compile",
                  "--no-progress",
                  "--color",
                  "never",
                  "--only-binary",
                  ":all:",
                  "--no-python-downloads",
                  "--python-version",
                  std::to_string(runtime.major) + "." + std::to_string(runtime.minor),
                  "--python-platform",
                  uv_platform(question.target),
                  "--format",
                  "pylock.toml",
                  "--output-file",
                  "pylock.toml"};
  const auto add = [&](std::initializer_list<std::string> more) {
    command.argv.insert(command.argv.end(), more);
  };
  if (question.from_source.empty() && question.without_needs.empty()) {
    add({"--no-config"});
  } else {
    LAMELLA_TRY(os::write_file_atomic(folder / "uv.toml", known_needs(question)));
    add({"--config-file", "uv.toml"});
    for (const auto& [name, known] : question.from_source) add({"--no-binary", name});
  }
  if (!question.cache.empty()) add({"--cache-dir", question.cache.string()});
  if (!question.wheelhouse.empty()) add({"--no-index", "--find-links", question.wheelhouse.string()});
  if (!question.indexes.empty() && !question.indexes[0].url.empty())
    add({"--default-index", index_name(0) + "=" + question.indexes[0].url});
  if (question.no_deps) add({"--no-deps"});
  if (!question.exclude_newer.empty()) add({"--exclude-newer", question.exclude_newer});
  for (const std::string& package : question.upgrade) add({"--upgrade-package", package});
  if (!question.constraints.empty()) {
    LAMELLA_TRY(os::write_file_atomic(folder / "constraints.txt", lines(question.constraints)));
    add({"--constraints", "constraints.txt"});
  }
  if (!question.overrides.empty()) {
    LAMELLA_TRY(os::write_file_atomic(folder / "overrides.txt", lines(question.overrides)));
    add({"--overrides", "overrides.txt"});
  }
  if (!question.placed.empty()) {
    LAMELLA_TRY(os::write_file_atomic(folder / "pyproject.toml", placing_project(question)));
    add({"pyproject.toml"});
  }
  if (!question.preferred.empty())
    LAMELLA_TRY(os::write_file_atomic(folder / "pylock.toml", question.preferred));
  for (const auto& [who, texts] : question.requirements) {
    const std::string name = file_word(who) + ".in";
    LAMELLA_TRY(os::write_file_atomic(folder / name, lines(texts)));
    command.argv.push_back(name);
  }
  command.env = resolver_environment();
  log_in(question, command.env);
  command.cwd = folder;
  command.out = os::Discard{};
  command.timeout = question.patience;
  return command;
}

}  // namespace

std::optional<Error> disk_failure(std::string_view words, const UvQuestion& question,
                                  const std::filesystem::path& folder) {
  for (const int code : {ENOSPC, EDQUOT, EROFS, EFBIG, EIO, EACCES}) {
    const std::string number = std::to_string(code);
    if (!says(words, "(os error " + number + ")") && !says(words, "[Errno " + number + "]")) continue;
    const bool cache = !question.cache.empty() && says(words, question.cache.string());
    return os::system_error(code, "cannot write", cache ? question.cache : folder)
        .because(std::string(words));
  }
  return std::nullopt;
}

std::map<std::string, std::string> resolver_environment() {
  // Logins come from the environment alone, so that locking and downloading know the same ones.
  std::map<std::string, std::string> environment{
      {"LC_ALL", "C.UTF-8"}, {"UV_SYSTEM_CERTS", "1"}, {"NETRC", "/dev/null"}};
  for (const char* name : kPassedOn) {
    if (auto value = os::get_environment(name)) environment[name] = *value;
  }
  return environment;
}

std::string url_without_user(const std::string& url) {
  std::string clean = store::without_credentials(url);
  if (const auto at = clean.find("://***@"); at != std::string::npos) clean.erase(at + 3, 4);
  return clean;
}

std::string file_name_of_url(const std::string& url) {
  std::string_view path = std::string_view(url).substr(0, url.find_first_of("?#"));
  path.remove_prefix(path.rfind('/') + 1);
  return base::percent_decode(path).value_or(std::string(path));
}

std::string uv_platform(const model::Target& target) {
  const int minor = model::glibc_of(model::os_of(target.runtime)).minor;
  constexpr std::array kKnown = {17, 28, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40};
  const auto nearest = std::find_if(kKnown.begin(), kKnown.end(), [&](int known) { return known >= minor; });
  return std::string(model::machine_name(target.architecture)) + "-manylinux_2_" +
         std::to_string(nearest == kKnown.end() ? kKnown.back() : *nearest);
}

namespace {

/// A wheel or source distribution of uv's pylock.toml.
Result<LockedWheel> file_of(const Value& value) {
  const Value* hashes = value.find("hashes");
  const auto sha256 = Digest::from_hex(hashes == nullptr ? "" : hashes->text("sha256"));
  const std::string url = url_without_user(value.text("url"));
  if (!sha256) {
    return Error(ErrorCode::kMismatch, "the index gives no sha256 for " + file_name_of_url(url))
        .remedy("use an index that publishes sha256 digests");
  }
  LockedWheel file{
      .filename = value.text("name", file_name_of_url(url)), .url = url, .sha256 = *sha256, .size = {}};
  if (const auto size = value.integer("size", -1); size >= 0) file.size = static_cast<std::uint64_t>(size);
  return file;
}

}  // namespace

Result<std::vector<UvPackage>> parse_uv_output(const std::string& text) {
  LAMELLA_TRY_ASSIGN(const Value document, document::parse_toml(text, "uv's pylock.toml"));
  std::vector<UvPackage> packages;
  for (const Value& value : document.items("packages")) {
    UvPackage package{config::normalised_name(value.text("name")), value.text("version"), {}};
    for (const Value& wheel : value.items("wheels")) {
      LAMELLA_TRY_ASSIGN(auto locked, file_of(wheel));
      package.wheels.push_back(std::move(locked));
    }
    if (const Value* source = value.find("sdist"); source != nullptr && package.wheels.empty()) {
      LAMELLA_TRY_ASSIGN(package.source, file_of(*source));
    }
    packages.push_back(std::move(package));
  }
  std::sort(packages.begin(), packages.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return packages;
}

Result<std::vector<UvPackage>> ask_uv(const UvQuestion& question, std::stop_token stop) {
  LAMELLA_TRY_ASSIGN(const auto folder, os::TempDirectory::create("lamella-lock"));
  LAMELLA_TRY_ASSIGN(const os::Command command, command_in(folder.path(), question));
  LAMELLA_TRY_ASSIGN(const os::ProcessResult run, os::run(command, stop));
  if (!run.succeeded()) return explain(question, run, folder.path());
  LAMELLA_TRY_ASSIGN(const std::string output, os::read_file(folder.path() / "pylock.toml"));
  LAMELLA_TRY_ASSIGN(auto packages, parse_uv_output(output));
  note_yanked(run.err, packages);
  return packages;
}

}  // namespace lamella::resolve
