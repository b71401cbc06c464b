// SPDX-License-Identifier: Apache-2.0
#include "change/local_inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <variant>

#include "base/suggest.h"
#include "base/units.h"
#include "change/leftovers.h"
#include "change/submodule.h"
#include "config/build_system.h"
#include "crypto/sha256.h"
#include "model/file_name.h"
#include "model/limits.h"
#include "os/directory.h"
#include "os/directory_tree.h"
#include "os/walk.h"

namespace lamella::change {
namespace {

namespace fs = std::filesystem;

/// Errors: usage, if `place` would have content were a submodule checked out.
Result<> refuse_missing_submodule(const fs::path& root, const model::PlacedText& place) {
  const auto submodule = missing_submodule(root, place.text);
  if (!submodule) return {};
  return Error(ErrorCode::kUsage,
               fmt::format("the submodule '{}' is not checked out", base::escaped(*submodule)))
      .at(place.position)
      .because(".gitmodules names it, and nothing of it is here")
      .remedy(fmt::format("run `git submodule update --init {}`", base::escaped(*submodule)));
}

Error absent(const fs::path& root, const model::PlacedText& place, std::string_view noun) {
  if (auto refused = refuse_missing_submodule(root, place); !refused) return std::move(refused).error();
  std::vector<std::string> names;
  const fs::path parent = (root / place.text).parent_path();
  if (const auto listed = os::list_directory(parent)) {
    for (const auto& entry : *listed) names.push_back(entry.name);
  }
  const auto near = base::nearest(file_name(place.text), names);
  const std::string folder = fs::path(place.text).parent_path().string();
  std::string remedy = "create it, or mend the path";
  if (near) remedy = fmt::format("did you mean '{}'?", folder.empty() ? *near : folder + "/" + *near);
  return Error(ErrorCode::kUsage, fmt::format("the {} '{}' does not exist", noun, base::escaped(place.text)))
      .at(place.position)
      .remedy(std::move(remedy));
}

class Collector {
 public:
  Collector(const fs::path& root, StatIndex& index) : root_(root), index_(index) {}

  /// `path` is a file, or a folder whose content goes below `name`.
  Result<> add(const model::PlacedText& place, const std::string& name, std::string_view noun, bool modules) {
    LAMELLA_TRY_ASSIGN(const auto info, os::file_info(root_ / place.text));
    if (!info) return absent(root_, place, noun);
    LAMELLA_TRY_ASSIGN(const base::FileKind kind, kind_of(place.text, info->kind));
    LAMELLA_TRY(stays_inside(root_, place.text));
    if (kind == base::FileKind::kFile) return add_file(place.text, name, *info, modules);
    LAMELLA_TRY(index_.watch(place.text));
    LAMELLA_TRY_ASSIGN(const auto entries,
                       os::walk(root_ / place.text, {.directories = true, .skip = is_leftover}));
    const std::size_t before = files_.size();
    for (const auto& entry : entries) {
      const std::string path = place.text + "/" + entry.path;
      LAMELLA_TRY_ASSIGN(const base::FileKind entry_kind, kind_of(path, entry.info.kind));
      if (entry_kind == base::FileKind::kDirectory) {
        LAMELLA_TRY(index_.watch(path));
      } else {
        LAMELLA_TRY(add_file(path, name.empty() ? entry.path : name + "/" + entry.path, entry.info, modules));
      }
    }
    return files_.size() == before ? refuse_missing_submodule(root_, place) : Result<>();
  }

  /// `place` is a folder laid out as the zip is to be.
  Result<> add_tree(const model::PlacedText& place) {
    LAMELLA_TRY_ASSIGN(const auto info, os::file_info(root_ / place.text));
    if (!info) return absent(root_, place, "folder");
    if (info->kind != base::FileKind::kDirectory) {
      return Error(ErrorCode::kUsage, fmt::format("'{}' is no folder", place.text))
          .at(place.position)
          .because("`path` is a folder that is laid out as /opt will show it: python/, bin/, lib/")
          .remedy("name a folder, or place a single file with `files`");
    }
    LAMELLA_TRY(stays_inside(root_, place.text));
    LAMELLA_TRY(index_.watch(place.text));
    LAMELLA_TRY_ASSIGN(const auto entries,
                       os::walk(root_ / place.text, {.directories = true, .skip = is_leftover}));
    const std::size_t before = files_.size();
    for (const auto& entry : entries) {
      const std::string path = place.text + "/" + entry.path;
      if (entry.info.kind == base::FileKind::kSymlink) {
        LAMELLA_TRY(add_link(place.text, entry.path));
        continue;
      }
      LAMELLA_TRY_ASSIGN(const base::FileKind kind, kind_of(path, entry.info.kind));
      if (kind == base::FileKind::kDirectory) {
        LAMELLA_TRY(index_.watch(path));
      } else {
        LAMELLA_TRY(add_file(path, entry.path, entry.info, model::module_path(entry.path).has_value()));
      }
    }
    if (files_.size() == before) LAMELLA_TRY(refuse_missing_submodule(root_, place));
    return check_links(place.text);
  }

  /// What `input` names, by its path; twice is once.
  Result<> add_input(const model::Command& command, const model::CommandInput& input) {
    Collector found(root_, index_);
    LAMELLA_TRY(found.add(input.place, input.place.text, "input", false));
    std::erase_if(found.files_, [&](const InputFile& file) { return !command.sees(input, file.name); });
    if (found.files_.empty() && input.pattern) {
      return Error(ErrorCode::kUsage, fmt::format("the pattern '{}' matches nothing", input.pattern->text()))
          .at(input.place.position)
          .remedy("mend it, or take it out of `inputs`");
    }
    for (InputFile& file : found.files_) {
      if (names_.insert(file.name).second) files_.push_back(std::move(file));
    }
    return {};
  }

  void leave_out(const std::string& name) {
    std::erase_if(files_, [&](const InputFile& file) { return file.name == name; });
  }

  Result<std::vector<InputFile>> finish() && {
    std::sort(files_.begin(), files_.end(),
              [](const InputFile& a, const InputFile& b) { return a.name < b.name; });
    const auto twice =
        std::adjacent_find(files_.begin(), files_.end(),
                           [](const InputFile& a, const InputFile& b) { return a.name == b.name; });
    if (twice == files_.end()) return std::move(files_);
    return Error(ErrorCode::kUsage, fmt::format("two files would be '{}' in the zip", twice->name))
        .at(twice->path)
        .because(fmt::format("'{}' has the same place", std::next(twice)->path))
        .remedy("place one of them elsewhere with `files`");
  }

 private:
  static Error astray(const std::string& path, std::string why) {
    return Error(ErrorCode::kUsage, "a symbolic link leads out of the layer")
        .at(base::escaped(path))
        .because(std::move(why))
        .remedy("make it a relative link to something in the layer's folder, or replace it by the file");
  }

  static Result<> check_name(const std::string& path, const std::string& name) {
    const auto unfit = model::unfit_name(name);
    if (!unfit) return {};
    return Error(ErrorCode::kRejected, fmt::format("a file's {}", *unfit))
        .at(base::escaped(path))
        .because("what unpacks the zip would give it another name")
        .remedy("rename the file");
  }

  Result<> add_link(const std::string& tree, const std::string& name) {
    const std::string path = tree + "/" + name;
    LAMELLA_TRY(check_name(path, name));
    LAMELLA_TRY_ASSIGN(std::string target, os::read_symlink(root_ / path));
    if (fs::path(target).is_absolute()) return astray(path, "it points at " + base::escaped(target));
    const fs::path lexical = (fs::path(name).parent_path() / target).lexically_normal();
    if (!lexical.empty() && *lexical.begin() == "..")
      return astray(path, "it points at " + base::escaped(target));
    const Digest digest = crypto::sha256(target);
    files_.push_back({name, path, digest, false, false, std::move(target)});
    return {};
  }

  /// Each link ends at something that is in the zip, too.
  Result<> check_links(const std::string& tree) const {
    std::error_code error;
    const fs::path top = fs::canonical(root_ / tree, error);
    for (const InputFile& link : files_) {
      if (link.link.empty()) continue;
      const fs::path end = fs::canonical(root_ / link.path, error).lexically_relative(top);
      if (error || end.empty() || *end.begin() == "..")
        return astray(link.path, error ? "it leads nowhere" : "what it leads to lies elsewhere");
      const std::string name = end.string();
      const bool shipped = std::any_of(files_.begin(), files_.end(), [&](const InputFile& file) {
        return file.name == name || file.name.starts_with(name + "/");
      });
      if (!shipped) return astray(link.path, "what it leads to is not shipped");
    }
    return {};
  }

  /// What a path is, links followed as long as they stay in the workspace.
  Result<base::FileKind> kind_of(const std::string& path, base::FileKind kind) const {
    if (kind == base::FileKind::kFile || kind == base::FileKind::kDirectory) return kind;
    if (kind == base::FileKind::kSymlink) {
      std::error_code error;
      const fs::path real = fs::canonical(root_ / path, error);
      const fs::path inside = real.lexically_relative(fs::canonical(root_, error));
      if (!error && !inside.empty() && *inside.begin() != ".." && fs::is_regular_file(real, error)) {
        return base::FileKind::kFile;
      }
      return Error(ErrorCode::kUsage, "a symbolic link leaves the workspace, dangles, or points to a folder")
          .at(base::escaped(path))
          .remedy("replace it by the file it points to");
    }
    return Error(ErrorCode::kRejected, "a layer can hold files and folders only").at(base::escaped(path));
  }

  Result<> add_file(const std::string& path, const std::string& name, const os::FileInfo& info,
                    bool modules) {
    LAMELLA_TRY(check_name(path, name));
    if (info.size > model::kMaxUnzippedBytes) {
      return Error(ErrorCode::kLimit, "a file is larger than all that Lambda unpacks")
          .at(base::escaped(path))
          .because(fmt::format("it has {}, Lambda takes {}", base::format_size(info.size),
                               base::format_size(model::kMaxUnzippedBytes)))
          .remedy("leave it out, and read it at start from elsewhere");
    }
    const bool plain = info.kind == base::FileKind::kFile;
    LAMELLA_TRY_ASSIGN(const Digest digest, index_.digest_of(path, plain ? &info : nullptr));
    files_.push_back({name, path, digest, (info.mode & 0111U) != 0, modules && name.ends_with(".py")});
    return {};
  }

  const fs::path& root_;
  StatIndex& index_;
  std::vector<InputFile> files_;
  std::set<std::string> names_;  ///< of files_, where add_input() put them there
};

Result<bool> is_project(const fs::path& root, const std::string& folder) {
  if (!os::exists(root / folder / "pyproject.toml")) return false;
  LAMELLA_TRY_ASSIGN(const auto system, config::read_build_system(os::DirectoryTree(root), folder));
  return system.has_value();
}

Result<> add_packaging(const fs::path& root, Collector& collector, const model::Packaging& packaging,
                       const std::string& prefix) {
  for (const auto& package : packaging.packages) {
    LAMELLA_TRY_ASSIGN(const bool project, is_project(root, package.text));
    if (project) continue;
    LAMELLA_TRY(collector.add(package, prefix + file_name(package.text), "package", true));
  }
  for (const auto& file : packaging.files) {
    LAMELLA_TRY(collector.add(file.from, file.to, "file", model::module_path(file.to).has_value()));
  }
  return {};
}

}  // namespace

Result<std::vector<InputFile>> inputs_of(const fs::path& root, const model::Layer& layer,
                                         const model::Runtime& runtime, StatIndex& index) {
  Collector collector(root, index);
  if (layer.tree) LAMELLA_TRY(collector.add_tree(*layer.tree));
  LAMELLA_TRY(add_packaging(root, collector, layer, layer.module_root(runtime)));
  return std::move(collector).finish();
}

Result<std::vector<InputFile>> inputs_of(const fs::path& root, const model::Function& function,
                                         StatIndex& index) {
  Collector collector(root, index);
  LAMELLA_TRY(collector.add(function.source, "", "source folder", true));
  collector.leave_out("requirements.txt");
  LAMELLA_TRY(add_packaging(root, collector, function, ""));
  return std::move(collector).finish();
}

Result<std::vector<InputFile>> test_inputs(const fs::path& root, const model::Tests& tests,
                                           StatIndex& index) {
  std::map<std::string, base::Position> places;
  for (const std::string& path : possible_paths(tests)) {
    if (os::exists(root / path)) places.emplace(path, tests.position);
  }
  for (const model::PlacedText& file : tests.files) places.emplace(file.text, file.position);
  if (places.empty()) {
    return Error(ErrorCode::kUsage, "the command of `tests` names no file or folder of the workspace")
        .at(tests.position)
        .because("tests see what their command names, and what `test_files` lists")
        .remedy("name the folder of the tests, relative to lamella.toml");
  }
  std::map<std::string, base::Position> all = places;
  for (const auto& [path, position] : places) {
    for (const std::string& beside : model::companions_of(path)) {
      if (os::exists(root / beside)) all.emplace(beside, position);
    }
  }
  const auto is_inside_another = [&](const std::string& path) {
    for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
      if (places.contains(path.substr(0, slash))) return true;
    }
    return false;
  };
  Collector collector(root, index);
  for (const auto& [path, position] : all) {
    if (!is_inside_another(path)) LAMELLA_TRY(collector.add({path, position}, path, "test file", false));
  }
  return std::move(collector).finish();
}

Result<std::vector<InputFile>> project_files(const fs::path& root, const model::PlacedText& folder,
                                             StatIndex& index) {
  Collector collector(root, index);
  LAMELLA_TRY(collector.add(folder, "", "project", false));
  LAMELLA_TRY_ASSIGN(auto files, std::move(collector).finish());
  std::erase_if(files, [](const InputFile& file) { return is_build_leftover(file.name); });
  return files;
}

Result<std::vector<InputFile>> command_inputs(const fs::path& root, const model::Command& command,
                                              StatIndex& index) {
  Collector collector(root, index);
  for (const model::CommandInput& input : command.inputs) LAMELLA_TRY(collector.add_input(command, input));
  return std::move(collector).finish();
}

Result<std::vector<InputFile>> check_inputs(const std::vector<model::Check>& checks, StatIndex& index) {
  std::vector<InputFile> files;
  for (const model::Check& check : checks) {
    const model::PlacedText* place = nullptr;
    if (const auto* event = std::get_if<model::EventCheck>(&check.what))
      place = std::get_if<model::PlacedText>(&event->event);
    if (const auto* script = std::get_if<model::ScriptCheck>(&check.what)) place = &script->path;
    if (place == nullptr) continue;
    auto digest = index.digest_of(place->text);
    if (!digest) {
      return Error(digest.error().code(),
                   fmt::format("check '{}' names '{}', which cannot be read", check.name, place->text))
          .at(place->position)
          .because(digest.error().what())
          .remedy("create the file, or mend the path");
    }
    files.push_back({check.name, place->text, *digest, false, false});
  }
  return files;
}

}  // namespace lamella::change
