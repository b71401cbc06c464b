// SPDX-License-Identifier: Apache-2.0
//
// A stack as the rules of opt_findings.h read it: members and parts numbered, files found by where they run.
// Private to this room.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/finding.h"
#include "model/merged_opt.h"
#include "model/opt_facts.h"

namespace lamella::model {

/// A part of a member of the stack.
struct PartRef {
  std::size_t member = 0;  ///< of OptView::members
  std::size_t part = 0;
};

/// A file that is there when the function runs.
struct RunFile {
  const OptFile* file = nullptr;
  PartRef from;
};

class OptView {
 public:
  /// `stack` must outlive it.
  explicit OptView(const OptStack& stack);

  const OptStack& stack() const { return stack_; }
  /// Layers in merge order, then the function.
  const std::vector<const OptMember*>& members() const { return members_; }
  const OptMember::Part& part(const PartRef& ref) const { return members_[ref.member]->parts[ref.part]; }
  const MergedOpt& merged() const { return merged_; }

  /// "/opt/python/x.py": what runs, by absolute path; winners only.
  const std::unordered_map<std::string, RunFile>& files() const { return files_; }
  /// The part of `member` that brings `path` (inside the zip); the first of several.
  PartRef part_of(std::size_t member, const std::string& path) const;

  std::string artifact(std::size_t member) const;
  std::string mount(std::size_t member) const { return is_function(member) ? "/var/task/" : "/opt/"; }
  bool is_function(std::size_t member) const { return members_[member]->kind == ArtifactKind::kFunction; }
  /// "numpy 1.26.4"; "in-repo"; "".
  std::string distribution(const PartRef& ref) const;
  Origin origin(const PartRef& ref, const std::string& path, std::uint64_t bytes) const;

  /// Folders of the module path in order, each with a '/' at its end, as they run.
  std::vector<std::string> module_roots() const;
  /// The part of `path` (inside the zip of `member`) below the module path; "" for what is not on it.
  std::string below_module_root(std::size_t member, std::string_view path) const;

 private:
  const OptStack& stack_;
  std::vector<const OptMember*> members_;
  MergedOpt merged_;
  std::vector<std::unordered_map<std::string_view, std::size_t>> part_by_path_;  ///< per member
  std::unordered_map<std::string, RunFile> files_;
};

/// Those of opt_findings.h, over a view that several of them share.
std::vector<Finding> merge_findings(const OptView& view);
std::vector<Finding> module_findings(const OptView& view);
std::vector<Finding> binary_findings(const OptView& view);
std::vector<Finding> loader_findings(const OptView& view);
std::vector<Finding> copy_findings(const OptView& view);

}  // namespace lamella::model
