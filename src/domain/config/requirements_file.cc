// SPDX-License-Identifier: Apache-2.0
#include "config/requirements_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/tree_text.h"
#include "base/trim.h"
#include "config/project_files.h"
#include "config/source_file.h"
#include "config/workspace_path.h"
#include "document/plain_text.h"

namespace lamella::config {
namespace {

using base::Position;

constexpr std::size_t kMostFiles = 100;
constexpr std::size_t kDeepest = 10;

/// Options that say where packages come from; the workspace file says that.
constexpr std::array<std::string_view, 16> kForeignOptions = {"-i",
                                                              "--index-url",
                                                              "--extra-index-url",
                                                              "--no-index",
                                                              "-f",
                                                              "--find-links",
                                                              "-e",
                                                              "--editable",
                                                              "--trusted-host",
                                                              "--pre",
                                                              "--prefer-binary",
                                                              "--no-binary",
                                                              "--only-binary",
                                                              "--use-feature",
                                                              "--global-option",
                                                              "--config-settings"};

/// A '#' at the start or behind a blank begins a comment.
std::string_view without_comment(std::string_view line) {
  for (auto at = line.find('#'); at != std::string_view::npos; at = line.find('#', at + 1)) {
    if (at == 0 || line[at - 1] == ' ' || line[at - 1] == '\t') return line.substr(0, at);
  }
  return line;
}

struct LogicalLine {
  std::string text;
  std::size_t line = 1;
  std::size_t column = 1;
};

/// Physical lines joined at a trailing backslash, without comments and blank lines.
std::vector<LogicalLine> logical_lines(std::string_view text) {
  std::vector<LogicalLine> out;
  std::size_t number = 0;
  bool continues = false;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view raw = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    ++number;
    std::string_view line = without_comment(raw);
    const bool was_cut = line.size() != raw.size();
    const std::string_view kept = base::trimmed(line);
    const bool goes_on = !was_cut && kept.ends_with('\\');
    const std::string_view part = goes_on ? base::trimmed(kept.substr(0, kept.size() - 1)) : kept;
    if (!continues) {
      const auto column = part.empty() ? 1 : static_cast<std::size_t>(part.data() - raw.data()) + 1;
      out.push_back({std::string(part), number, column});
    } else if (!part.empty()) {
      out.back().text += fmt::format("{}{}", out.back().text.empty() ? "" : " ", part);
    }
    continues = goes_on;
  }
  std::erase_if(out, [](const LogicalLine& line) { return line.text.empty(); });
  return out;
}

/// The option's value for "-r x", "-rx", "--requirement x" and "--requirement=x".
std::optional<std::string_view> option_value(std::string_view line, std::string_view brief,
                                             std::string_view full) {
  if (line.starts_with(full)) {
    const std::string_view rest = line.substr(full.size());
    if (rest.starts_with('=') || rest.starts_with(' ') || rest.starts_with('\t'))
      return base::trimmed(rest.substr(1));
    return std::nullopt;
  }
  if (line.starts_with(brief) && !line.starts_with("--")) return base::trimmed(line.substr(brief.size()));
  return std::nullopt;
}

bool is_sha256(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

class Reading {
 public:
  explicit Reading(const base::FileTree& tree) : tree_(tree) {}

  Result<> read(const std::string& path, bool constraints) {
    open_.push_back(path);
    LAMELLA_TRY_ASSIGN(const std::optional<std::string> text, base::read_text(tree_, path));
    if (!text) {
      return Error(ErrorCode::kUsage,
                   fmt::format("the requirements file '{}' is not there", base::escaped(path)))
          .remedy("create it, or mend the path");
    }
    if (out_.files.size() >= kMostFiles)
      return Error(ErrorCode::kUsage, "more than 100 requirements files are included");
    out_.files.push_back(path);
    LAMELLA_TRY_ASSIGN(const std::string_view plain, document::plain_text(*text, path));
    const SourceFile source(plain, path);
    if (text->find("--hash") != std::string::npos) pinned_ = true;
    for (const LogicalLine& line : logical_lines(plain)) LAMELLA_TRY(read_line(source, line, constraints));
    open_.pop_back();
    return {};
  }

  Result<RequirementsFile> take() {
    for (const RequirementLine& line : out_.requirements) {
      if (!must_be_pinned_ || !line.hashes.empty()) continue;
      return Error(ErrorCode::kUsage, fmt::format("'{}' has no hash", base::escaped(line.text.text)))
          .at(line.text.position)
          .because("--require-hashes is written in the requirements file")
          .remedy("pin it with --hash=sha256:..., or leave the option out: locks pin hashes in any case");
    }
    return std::move(out_);
  }

 private:
  Result<> read_line(const SourceFile& source, const LogicalLine& line, bool constraints) {
    const Position position{std::string(source.file()), line.line, line.column};
    if (const auto nested = option_value(line.text, "-r", "--requirement")) {
      return include(source, position, *nested, constraints);
    }
    if (const auto nested = option_value(line.text, "-c", "--constraint")) {
      return include(source, position, *nested, true);
    }
    if (line.text == "--require-hashes") {
      must_be_pinned_ = true;
      return {};
    }
    if (line.text.starts_with('-')) return refuse_option(source, position, line.text);
    return read_requirement(source, position, line.text, constraints);
  }

  Result<> include(const SourceFile& source, const Position& position, std::string_view nested,
                   bool constraints) {
    if (nested.find("://") != std::string_view::npos) {
      return source.usage("a requirements file is not included from an address", position)
          .remedy("keep a copy in the workspace");
    }
    auto path = path_beside(source.file(), nested);
    if (!path) return source.at(std::move(path).error(), position);
    if (std::find(open_.begin(), open_.end(), *path) != open_.end() || open_.size() >= kDeepest) {
      return source.usage(fmt::format("requirements files include each other in a circle: {} → {}",
                                      fmt::join(open_, " → "), *path),
                          position);
    }
    auto read_it = read(*path, constraints);
    if (read_it) return {};
    Error error = std::move(read_it).error();
    return error.where().empty() ? source.at(std::move(error), position) : std::move(error);
  }

  /// What may not stand in any file; where files are pinned by hash, it would let others in: a mismatch.
  Error refused(const SourceFile& source, std::string what, const Position& position) const {
    return source.at(Error(pinned_ ? ErrorCode::kMismatch : ErrorCode::kUsage, std::move(what)), position);
  }

  Result<> refuse_option(const SourceFile& source, const Position& position, std::string_view line) const {
    const std::string name(line.substr(0, line.find_first_of(" =\t")));
    const bool foreign =
        std::find(kForeignOptions.begin(), kForeignOptions.end(), name) != kForeignOptions.end();
    return refused(source,
                   fmt::format("the option '{}' is not accepted in a requirements file", base::escaped(name)),
                   position)
        .because(foreign ? "where packages come from is said once, in [lock] of lamella.toml"
                         : "only -r, -c, --hash and --require-hashes are read here");
  }

  Result<> read_requirement(const SourceFile& source, const Position& position, std::string_view line,
                            bool constraints) {
    RequirementLine out;
    auto first_hash = line.find("--hash");
    const std::string_view text = base::trimmed(line.substr(0, first_hash));
    while (first_hash != std::string_view::npos) {
      const auto next = line.find("--hash", first_hash + 6);
      LAMELLA_TRY(read_hash(source, position,
                            base::trimmed(line.substr(first_hash + 6, next - first_hash - 6)), out));
      first_hash = next;
    }
    if (const auto option = text.find(" --"); option != std::string_view::npos) {
      return refuse_option(source, position, base::trimmed(text.substr(option)));
    }
    const bool is_path = text.starts_with('.') || text.starts_with('/') || text.starts_with("file:");
    const bool is_address = text.find("://") != std::string_view::npos;
    if (is_path || is_address) {
      return refused(source,
                     fmt::format("'{}' comes from outside the index", base::escaped(without_login(text))),
                     position)
          .because("a requirement names a distribution and its versions")
          .remedy(is_path ? "list an in-repo package under `packages`" : "publish it to the declared index");
    }
    auto parsed = parse_requirement(text);
    if (!parsed) return source.at(std::move(parsed).error(), position);
    out.requirement = std::move(parsed).value();
    out.text = {std::string(text), position};
    (constraints ? out_.constraints : out_.requirements).push_back(std::move(out));
    return {};
  }

  /// An address without "user:password@", for messages.
  static std::string without_login(std::string_view text) {
    const auto scheme = text.find("://");
    if (scheme == std::string_view::npos) return std::string(text);
    const auto host = scheme + 3;
    const auto at = text.substr(0, text.find('/', host)).rfind('@');
    if (at == std::string_view::npos || at < host) return std::string(text);
    return fmt::format("{}{}", text.substr(0, host), text.substr(at + 1));
  }

  static Result<> read_hash(const SourceFile& source, const Position& position, std::string_view text,
                            RequirementLine& out) {
    if (text.starts_with('=')) text.remove_prefix(1);
    text = base::trimmed(text);
    const auto colon = text.find(':');
    const std::string_view algorithm = text.substr(0, colon);
    if (algorithm != "sha256") {
      return source
          .usage(fmt::format("the hash algorithm '{}' is not accepted", base::escaped(algorithm)), position)
          .remedy("pin with --hash=sha256:...");
    }
    if (colon == std::string_view::npos || !is_sha256(text.substr(colon + 1))) {
      return source.usage("a sha256 hash is 64 lower-case hexadecimal digits", position);
    }
    out.hashes.emplace_back(text);
    return {};
  }

  const base::FileTree& tree_;
  RequirementsFile out_;
  std::vector<std::string> open_;
  bool pinned_ = false;  ///< some file so far has hashes
  bool must_be_pinned_ = false;
};

}  // namespace

Result<RequirementsFile> read_requirements(const base::FileTree& tree, std::string_view path) {
  Reading reading(tree);
  LAMELLA_TRY(reading.read(std::string(path), false));
  return reading.take();
}

namespace {

Result<RequirementsFile> read_project_file(const base::FileTree& tree, const model::Requirements& wanted) {
  const std::string& path = wanted.file->text;
  LAMELLA_TRY_ASSIGN(const std::optional<std::string> text, base::read_text(tree, path));
  if (text) return parse_project_file(*text, path, wanted);
  return Error(ErrorCode::kUsage, fmt::format("the requirements file '{}' is not there", base::escaped(path)))
      .remedy("create it, or mend the path");
}

Result<RequirementsFile> read_file(const base::FileTree& tree, const model::Requirements& requirements) {
  const std::string& path = requirements.file->text;
  if (!has_extras(path) && !(requirements.extras.empty() && requirements.groups.empty())) {
    return Error(ErrorCode::kUsage, fmt::format("'{}' has neither extras nor groups", base::escaped(path)))
        .remedy("leave `extras` and `groups` out, or name a pyproject.toml or uv.lock");
  }
  return is_project_file(path) ? read_project_file(tree, requirements) : read_requirements(tree, path);
}

}  // namespace

Result<RequirementsFile> read_requirements(const base::FileTree& tree,
                                           const model::Requirements& requirements) {
  if (requirements.file) {
    auto read = read_file(tree, requirements);
    if (read || !read.error().where().empty()) return read;
    return Error(std::move(read).error()).at(requirements.file->position);
  }
  RequirementsFile out;
  for (const model::PlacedText& text : requirements.listed) {
    auto parsed = parse_requirement(text.text);
    if (!parsed) return Error(std::move(parsed).error()).at(text.position);
    const auto& alone = requirements.alone;
    const bool no_deps = std::find(alone.begin(), alone.end(), text) != alone.end();
    out.requirements.push_back({std::move(parsed).value(), text, {}, no_deps});
  }
  return out;
}

}  // namespace lamella::config
