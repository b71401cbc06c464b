// SPDX-License-Identifier: Apache-2.0
//
// What is shown before anything is uploaded: in a sandbox with the target's interpreter, the layers merged as
// at /opt and the function's code, the declared modules import, the handler is there and callable, and the
// declared checks pass.  The outcome is remembered by everything that can change it (ActionCache kind
// "proof").  And the workspace's own tests, run in the same sandbox when they are asked for.
//
// What is not run here: `http` and `command` checks (they need a deployed API or the workspace's own tools).
//
// Threads: prove() may be called from several threads at once.
// Errors: isolation, tool-missing, io, interrupted.  Code under test that fails is a Proof that did not pass;
// refusal() makes the error of it.
//
//   LAMELLA_TRY_ASSIGN(const Proof proof, prover.prove(subject, Force::kNo, stop));
//   if (!proof.passed()) return refusal(subject, proof);
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "archive/zip_reader.h"
#include "base/digest.h"
#include "base/event.h"
#include "base/result.h"
#include "document/value.h"
#include "model/artifact.h"
#include "model/check.h"
#include "os/thread_pool.h"
#include "sandbox/runtime_root.h"
#include "sandbox/supervisor.h"
#include "store/action_cache.h"
#include "trees/tree_store.h"

namespace lamella::proof {

inline constexpr int kProofEpoch = 3;
inline constexpr int kTestEpoch = 1;

struct Mounted {
  std::string name;
  Digest sha256;
  std::filesystem::path zip;
  archive::Profile profile = archive::Profile::kOwn;  ///< kUploaded for a zip that was made elsewhere
};

/// A layer with those it depends on, or a function with its layers.
struct Subject {
  model::ArtifactKind kind = model::ArtifactKind::kLayer;
  std::string name;
  model::Target target;
  std::vector<Mounted> layers;  ///< merge order; for a layer, its dependencies and then itself
  std::optional<Mounted> function;
  std::vector<std::string> imports;
  std::vector<std::string> libraries;  ///< that were changed, "/opt/...": each is loaded
  std::vector<std::string> services;   ///< of AWS, that botocore keeps here; empty: all
  std::string handler;                 ///< "" for a layer
  base::Position handler_position;
  std::string source;  ///< the function's folder, for messages
  std::vector<model::Check> checks;
  std::vector<Digest> check_files;  ///< of the event files and scripts that the checks name
  std::map<std::string, std::string> environment;
  std::uint64_t memory_mb = 1024;
  std::chrono::milliseconds timeout{60'000};       ///< of all that runs in one sandbox
  std::chrono::milliseconds event_timeout{3'000};  ///< of the handler, for each event
};

struct ImportResult {
  std::string name;
  bool ok = false;
  std::string detail;  ///< when not: type, message and place
  double duration_ms = 0;
};

struct TracedModule {
  std::string file;              ///< as imported: "/opt/python/numpy/__init__.py", of sourceless ones too
  bool bytecode = false;         ///< false: it was compiled at import
  std::uint64_t compile_us = 0;  ///< that took so long

  bool operator==(const TracedModule&) const = default;
};

/// A library that the loader refuses.
struct Unloadable {
  std::string file;
  std::string why;

  bool operator==(const Unloadable&) const = default;
};

/// A service that botocore was asked for and does not have.
struct UnknownService {
  std::string name;
  std::string where;  ///< "/var/task/app.py:7", or ""

  auto operator<=>(const UnknownService&) const = default;
};

struct Proof {
  std::vector<ImportResult> imports;  ///< the handler's module is among them
  std::vector<model::CheckResult> checks;
  std::vector<TracedModule> start;    ///< imported by loading the handler
  std::vector<TracedModule> modules;  ///< imported by everything that ran
  std::vector<Unloadable>
      unloadable;  ///< of Subject::libraries; by itself no failure: it may want what is not here
  std::vector<UnknownService> unknown_services;  ///< where Subject::services leaves some out
  std::string trouble;     ///< the sandbox's own end: "timed out after 3 s", "killed: over 128 MB"
  bool exhausted = false;  ///< it failed for want of time or memory
  bool handler_missing = false;
  std::optional<std::vector<std::string>> modules_instead;  ///< those there are, if the handler's is not
  std::vector<std::string> handler_names;                   ///< callables the handler's module has
  std::vector<std::string> opened;  ///< files below /opt and /var/task, sorted, if the attempt asked for them
  std::string output;               ///< the end of what was printed, when something failed
  std::string printed;              ///< all that was printed, in the order it ran
  bool reused = false;              ///< remembered, not run now

  bool passed() const;
};

enum class Force { kNo, kYes };

/// A file put back for one attempt.
struct PutBack {
  std::filesystem::path file;  ///< on the file system of the cache
  std::string path;            ///< below /opt, or below /var/task where `task` is set
  bool task = false;
};

/// The subject as it would be with some files more and others less.
struct Attempt {
  std::vector<PutBack> put_back;
  std::vector<std::string> leave_out;  ///< below /opt
  bool record_files = false;           ///< tell every file that was opened: Proof::opened
};

/// A file of the workspace that tests see, under its path there.
struct TestFile {
  std::string path;
  Digest sha256;
  bool executable = false;
};

/// A command of the workspace's, run beside a subject (test_run.cc).
struct Testing {
  std::vector<std::string> command;  ///< "python" or a module to run as a program, and its arguments
  std::vector<TestFile> files;       ///< the working directory holds these, and the function's code
  std::optional<Mounted> tools;      ///< merged below the subject's layers
  std::chrono::milliseconds timeout = std::chrono::minutes(10);
};

struct TestRun {
  int exit_code = 0;
  std::string trouble;  ///< the sandbox's own end: "timed out after 10 min"
  std::string output;   ///< as it was printed, both streams; the end of it where it is long
  std::chrono::milliseconds duration{0};
  bool reused = false;  ///< remembered, not run now; without output

  bool passed() const { return exit_code == 0 && trouble.empty(); }
};

class Prover {
 public:
  /// `workspace` is the folder that event files and scripts are relative to; trees and runtime roots lie
  /// below `cache`.  The references must outlive it.  Nothing is started before the first proof that is not
  /// remembered.
  Prover(std::filesystem::path workspace, std::filesystem::path cache, store::ActionCache& actions,
         os::ThreadPool& pool, EventSink& events);
  ~Prover();

  Result<Proof> prove(const Subject& subject, Force force, std::stop_token stop);

  /// Runs what prove() runs, on the subject as the attempt has it.  Neither looked up nor remembered.
  Result<Proof> attempt(const Subject& subject, const Attempt& attempt, std::stop_token stop);

  /// Runs the command in the subject's sandbox.  A run that passed is remembered by all that it could see
  /// (ActionCache kind "test").  Errors: conflict (a test file changed meanwhile), and those of prove().
  Result<TestRun> test(const Subject& subject, const Testing& testing, Force force, std::stop_token stop);

 private:
  class Session;
  struct Stage {
    std::filesystem::path opt;
    std::filesystem::path task;
    std::vector<trees::Tree> held;  ///< what they are, while it is mounted
  };
  Result<Stage> staged(const std::vector<Mounted>& layers, const std::optional<Mounted>& function);
  Result<const sandbox::RuntimeRoot*> root_of(const model::Target& target);
  Result<sandbox::Supervisor*> supervisor();

  std::filesystem::path workspace_;
  std::filesystem::path cache_;
  store::ActionCache& actions_;
  os::ThreadPool& pool_;
  trees::TreeStore trees_;
  std::mutex mutex_;
  std::unique_ptr<sandbox::Supervisor> supervisor_;      ///< guarded by mutex_
  std::map<model::Target, sandbox::RuntimeRoot> roots_;  ///< guarded by mutex_; nodes stay
};

Digest proof_key(const Subject& subject, const std::string& root_identity);
Digest test_key(const Subject& subject, const Testing& testing, const std::string& root_identity);

/// What a subject's processes see.
std::map<std::string, std::string> environment_of(const Subject& subject, const sandbox::RuntimeRoot& root);

/// Error refused (15), with the first thing that failed, why, and what to do.
Error refusal(const Subject& subject, const Proof& proof);
/// Error refused (15) for a handler whose module nothing brings; `instead` are the modules that the code has.
Error no_handler_module(const Subject& subject, const std::vector<std::string>& instead);

document::Value to_value(const Proof& proof);
/// Errors: corrupt.
Result<Proof> proof_from_value(const document::Value& value);

}  // namespace lamella::proof
