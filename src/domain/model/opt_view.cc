// SPDX-License-Identifier: Apache-2.0
#include "model/opt_view.h"

#include <fmt/format.h>

namespace lamella::model {

OptView::OptView(const OptStack& stack) : stack_(stack) {
  for (const OptMember& layer : stack.layers) members_.push_back(&layer);
  if (stack.function) members_.push_back(&*stack.function);
  std::vector<OptLayer> layers;
  std::vector<std::unordered_map<std::string_view, const OptFile*>> by_path(members_.size());
  part_by_path_.resize(members_.size());
  for (std::size_t m = 0; m < members_.size(); ++m) {
    OptLayer layer{members_[m]->name, {}};
    for (std::size_t p = 0; p < members_[m]->parts.size(); ++p) {
      for (const OptFile& file : members_[m]->parts[p].facts->files) {
        const bool is_new = part_by_path_[m].try_emplace(file.path, p).second;
        if (!is_new) continue;
        by_path[m].emplace(file.path, &file);
        if (!is_function(m)) layer.entries.push_back({file.path, file.size, file.content});
      }
    }
    if (!is_function(m)) layers.push_back(std::move(layer));
  }
  merged_ = merge_opt(layers);
  for (const MergedEntry& entry : merged_.entries) {
    const OptFile* file = by_path[entry.layer].at(entry.path);
    files_.emplace("/opt/" + entry.path, RunFile{file, part_of(entry.layer, entry.path)});
  }
  if (!stack.function) return;
  const std::size_t last = members_.size() - 1;
  for (const auto& [path, file] : by_path[last])
    files_.emplace("/var/task/" + file->path, RunFile{file, part_of(last, file->path)});
}

PartRef OptView::part_of(std::size_t member, const std::string& path) const {
  const auto found = part_by_path_[member].find(path);
  return {member, found == part_by_path_[member].end() ? 0 : found->second};
}

std::string OptView::artifact(std::size_t member) const {
  return fmt::format("{} {}", to_string(members_[member]->kind), members_[member]->name);
}

std::string OptView::distribution(const PartRef& ref) const {
  const OptMember::Part& one = part(ref);
  return one.version.empty() ? one.distribution : one.distribution + " " + one.version;
}

Origin OptView::origin(const PartRef& ref, const std::string& path, std::uint64_t bytes) const {
  return {artifact(ref.member), distribution(ref), path.empty() ? "" : mount(ref.member) + path, bytes};
}

std::vector<std::string> OptView::module_roots() const {
  return {"/var/task/",
          fmt::format("/opt/python/lib/python{}.{}/site-packages/", stack_.target.runtime.major,
                      stack_.target.runtime.minor),
          "/opt/python/"};
}

std::string OptView::below_module_root(std::size_t member, std::string_view path) const {
  const std::string whole = mount(member) + std::string(path);
  for (const std::string& root : module_roots()) {
    if (whole.starts_with(root)) return whole.substr(root.size());
  }
  return {};
}

}  // namespace lamella::model
