// SPDX-License-Identifier: Apache-2.0
//
// What became of the artifacts of a round that did not come to their end.  A failure is told once, where it
// happened; what needs the failed artifact is skipped and names it.
//
// Invariants (fates_test.cc)
//   F1 exactly those are skipped that need a failed one, directly or not; each once, also in a diamond.
//   F2 what is skipped names the first failed artifact that it needs, whatever the threads did.
//   F3 of artifacts that share a failed part, one carries the error and the others name the part.
//
// Threads: every method from any thread.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "build/plan.h"
#include "graph/graph.h"

namespace lamella::build {

/// An artifact that was not made.
struct Unmade {
  model::ArtifactKind kind = model::ArtifactKind::kLayer;
  std::string name;
  model::Target target;
  std::string because;         ///< what failed, of one that was skipped
  std::optional<Error> error;  ///< of one that failed

  bool skipped() const { return !error.has_value(); }
};

class Fates {
 public:
  /// Nothing has failed yet.  Both must outlive it.
  Fates(const model::Workspace& workspace, const std::vector<ArtifactPlan>& plans);

  void fail(std::size_t plan, Error error);
  /// All of `plans` need `part`, which could not be made.
  void fail_together(const std::vector<std::size_t>& plans, const std::string& part, const Error& error);

  bool any() const;
  /// Failed, or needs what failed: nothing more is to be done for it.
  bool lost(std::size_t plan) const;
  /// In the plans' order.
  std::vector<Unmade> unmade() const;
  /// All plans, lost ones too, each after those it needs: first what needs none, then what needs only those, and so on.
  std::vector<std::size_t> order() const;

 private:
  struct Part {
    std::string name;
    Error error;
  };
  std::vector<graph::Node> roots_below(std::size_t plan) const;

  const std::vector<ArtifactPlan>& plans_;
  graph::Graph graph_;  ///< a node per plan, of the same number
  mutable std::mutex mutex_;
  std::map<std::size_t, Error> errors_;  ///< guarded by mutex_, as all below
  std::vector<Part> parts_;
  std::map<std::size_t, std::size_t> part_of_;  ///< plan to the part that failed it
  std::set<std::size_t> lost_;
};

/// True for what lies in an artifact or its content; false for trouble that every artifact would meet.
bool is_own_fault(ErrorCode code);

}  // namespace lamella::build
