// SPDX-License-Identifier: Apache-2.0
#include "change/snapshot_inputs.h"

#include <algorithm>
#include <deque>
#include <set>

#include "base/tree_text.h"
#include "change/leftovers.h"
#include "config/build_system.h"

namespace lamella::change {
namespace {

class Collector {
 public:
  explicit Collector(const Snapshot& tree) : tree_(tree) {}

  /// `place` is a file, or a folder whose content goes below `name`.
  Result<> add(const std::string& place, const std::string& name) {
    std::string from = place;
    LAMELLA_TRY_ASSIGN(auto entry, tree_.stat(place));
    if (!entry) {  // perhaps behind a link
      LAMELLA_TRY_ASSIGN(const auto real, base::real_path(tree_, place));
      if (!real) return add_unseen(place, name);
      from = *real;
      LAMELLA_TRY_ASSIGN(entry, tree_.stat(from));
    }
    if (!entry) return {};
    LAMELLA_TRY_ASSIGN(auto files, tree_.files(from));
    const bool folder = entry->kind == base::FileKind::kDirectory;
    for (SnapshotFile& file : files) {
      const std::string below =
          folder && file.path.size() > from.size() ? file.path.substr(from.size() + 1) : std::string();
      LAMELLA_TRY(add_file(std::move(file), below.empty()  ? name
                                            : name.empty() ? below
                                                           : name + "/" + below));
    }
    return {};
  }

  const Snapshot& tree() const { return tree_; }

  Result<> add_project(const std::string& place) {
    const std::string name = "(" + place + ")";
    LAMELLA_TRY(add(place, name));
    std::erase_if(inputs_, [&](const SnapshotInput& input) {
      return input.name.starts_with(name + "/") && is_build_leftover(input.name.substr(name.size() + 1));
    });
    return {};
  }

  /// As it lies there, links too.
  Result<> add_tree(const std::string& place) {
    LAMELLA_TRY_ASSIGN(auto files, tree_.files(place));
    for (SnapshotFile& file : files) {
      if (file.path.size() <= place.size()) continue;
      std::string name = file.path.substr(place.size() + 1);
      std::string path = file.path;
      const bool executable = file.executable && file.kind == base::FileKind::kFile;
      inputs_.push_back({std::move(name), std::move(file), std::move(path), executable});
    }
    return {};
  }

  /// What the command sees; twice is once.
  Result<> add_command(const model::Command& command) {
    std::set<std::string> seen;
    for (const model::CommandInput& input : command.inputs) {
      Collector found(tree_);
      LAMELLA_TRY(found.add(input.place.text, input.place.text));
      for (SnapshotInput& one : found.inputs_) {
        if (!command.sees(input, one.name) || !seen.insert(one.name).second) continue;
        one.name = "(command)/" + one.name;
        inputs_.push_back(std::move(one));
      }
    }
    return {};
  }

  void leave_out(const std::string& name) {
    std::erase_if(inputs_, [&](const SnapshotInput& input) { return input.name == name; });
  }

  std::vector<SnapshotInput> finish() && {
    const auto less = [](const SnapshotInput& a, const SnapshotInput& b) { return a.name < b.name; };
    std::stable_sort(inputs_.begin(), inputs_.end(), less);
    return std::move(inputs_);
  }

 private:
  /// What a sparse checkout leaves out has no folder on disk.
  Result<> add_unseen(const std::string& place, const std::string& name) {
    LAMELLA_TRY_ASSIGN(auto files, tree_.files(place));
    for (SnapshotFile& file : files) {
      const std::string below =
          file.path.size() > place.size() ? file.path.substr(place.size() + 1) : std::string();
      LAMELLA_TRY(add_file(std::move(file), below.empty()  ? name
                                            : name.empty() ? below
                                                           : name + "/" + below));
    }
    return {};
  }

  Result<> add_file(SnapshotFile file, std::string name) {
    std::string path = file.path;
    bool executable = file.executable;
    if (file.kind == base::FileKind::kSymlink) {
      executable = true;  // a link's own mode, which is what a build sees
      LAMELLA_TRY_ASSIGN(auto target, file_at(tree_, path));
      if (target) file = std::move(*target);
    }
    inputs_.push_back({std::move(name), std::move(file), std::move(path), executable});
    return {};
  }

  const Snapshot& tree_;
  std::vector<SnapshotInput> inputs_;
};

Result<> add_packaging(Collector& collector, const model::Packaging& packaging, const std::string& prefix) {
  for (const auto& package : packaging.packages) {
    const auto system = config::read_build_system(collector.tree(), package.text);
    if (system && *system)
      LAMELLA_TRY(collector.add_project(package.text));
    else
      LAMELLA_TRY(collector.add(package.text, prefix + file_name(package.text)));
  }
  for (const auto& file : packaging.files) LAMELLA_TRY(collector.add(file.from.text, file.to));
  return {};
}

void add_places(const model::Packaging& packaging, std::vector<std::string>& places) {
  for (const auto& package : packaging.packages) places.push_back(package.text);
  for (const auto& file : packaging.files) places.push_back(file.from.text);
}

}  // namespace

Result<std::vector<SnapshotInput>> inputs_of(const Snapshot& tree, const model::Layer& layer,
                                             const model::Runtime& runtime) {
  Collector collector(tree);
  if (layer.tree) LAMELLA_TRY(collector.add_tree(layer.tree->text));
  if (layer.archive && !layer.archive->remote) LAMELLA_TRY(collector.add(layer.archive->place.text, ""));
  if (layer.command) LAMELLA_TRY(collector.add_command(*layer.command));
  LAMELLA_TRY(add_packaging(collector, layer, layer.module_root(runtime)));
  return std::move(collector).finish();
}

Result<std::vector<SnapshotInput>> inputs_of(const Snapshot& tree, const model::Function& function) {
  Collector collector(tree);
  LAMELLA_TRY(collector.add(function.source.text, ""));
  collector.leave_out("requirements.txt");
  LAMELLA_TRY(add_packaging(collector, function, ""));
  return std::move(collector).finish();
}

Result<std::optional<SnapshotFile>> file_at(const Snapshot& tree, std::string_view path) {
  LAMELLA_TRY_ASSIGN(const auto real, base::real_path(tree, path));
  if (!real) return std::optional<SnapshotFile>();
  LAMELLA_TRY_ASSIGN(auto files, tree.files(*real));
  if (files.size() != 1 || files.front().path != *real) return std::optional<SnapshotFile>();
  return std::optional(std::move(files.front()));
}

std::vector<std::string> input_places(const model::Layer& layer) {
  std::vector<std::string> places;
  if (layer.tree) places.push_back(layer.tree->text);
  if (layer.archive && !layer.archive->remote) places.push_back(layer.archive->place.text);
  if (layer.command) {
    for (const model::CommandInput& input : layer.command->inputs) places.push_back(input.place.text);
  }
  add_places(layer, places);
  return places;
}
std::vector<std::string> input_places(const model::Function& function) {
  std::vector<std::string> places{function.source.text};
  add_places(function, places);
  return places;
}

}  // namespace lamella::change
