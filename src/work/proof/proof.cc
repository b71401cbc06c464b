// SPDX-License-Identifier: Apache-2.0
#include "proof/proof.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "base/units.h"
#include "base/utf8.h"
#include "crypto/sha256.h"
#include "document/json.h"
#include "embedded/proof_scripts.h"
#include "os/file.h"
#include "sandbox/instance.h"
#include "sandbox/isolation.h"
#include "sandbox/run_once.h"

namespace lamella::proof {
namespace {

namespace fs = std::filesystem;
using document::Value;

constexpr std::uint64_t kLargestEvent = 6'291'456;  // what the service takes in one invocation
constexpr std::uint64_t kLargestScript = 1'000'000;
constexpr std::size_t kShownOutput = 600;
constexpr std::string_view kTimedOut = "Sandbox.Timedout";  // as prove.py says it

std::string detail_of(const Value& record) {
  const Value* error = record.find("error");
  if (error == nullptr) return {};
  std::string text = fmt::format("{}: {}", error->text("type"), error->text("message"));
  if (!error->text("where").empty()) text += fmt::format(" ({})", error->text("where"));
  return text;
}

ImportResult import_result(const Value& record) {
  const Value* took = record.find("duration_ms");
  return {record.text("name"), record.boolean("ok"), detail_of(record),
          took == nullptr ? 0.0 : took->as_number().value_or(0.0)};
}

std::string tail(const std::string& text) {
  std::string_view end = text;
  if (end.size() > kShownOutput) end.remove_prefix(end.size() - kShownOutput);
  while (end.ends_with('\n')) end.remove_suffix(1);
  return std::string(end);
}

std::string trouble_of(const sandbox::RunResult& run, const Subject& subject) {
  if (run.timed_out) {
    return fmt::format("timed out after {}", base::format_duration(subject.timeout));
  }
  if (run.killed_by_memory)
    return fmt::format("killed: it needs more than its {} MB of memory", subject.memory_mb);
  if (run.signal != 0) return fmt::format("killed by signal {}", run.signal);
  return fmt::format("the interpreter ended with exit status {}", run.exit_code);
}

/// The last line of standard output, which is the script's answer.
Result<Value> answer_of(const std::string& output) {
  std::string_view text = output;
  while (text.ends_with('\n')) text.remove_suffix(1);
  text.remove_prefix(std::min(text.rfind('\n') + 1, text.size()));
  return document::parse_json(text, "proof");
}

model::CheckResult event_result(const model::EventCheck& check, const Value& record) {
  model::InvokeOutcome outcome;
  if (record.boolean("ok")) {
    const Value* payload = record.find("payload");
    if (payload != nullptr) outcome.payload = *payload;
  } else {
    const Value* error = record.find("error");
    outcome.function_error = "Unhandled";
    outcome.payload = Value::object({{"errorType", error == nullptr ? "" : error->text("type")},
                                     {"errorMessage", error == nullptr ? "" : error->text("message")}});
  }
  model::CheckResult result = evaluate(check.expect, outcome);
  result.name = record.text("name");
  const Value* error = record.find("error");
  if (!result.passed && error != nullptr && !error->text("where").empty()) {
    result.detail += fmt::format(" ({})", error->text("where"));
  }
  result.duration_ms = static_cast<std::int64_t>(import_result(record).duration_ms);
  return result;
}

Value base_request(const Subject& subject, const Attempt& attempt) {
  return Value::object({{"imports", Value::array()},
                        {"handler", nullptr},
                        {"script", nullptr},
                        {"events", Value::array()},
                        {"record_files", attempt.record_files},
                        {"note_services", !subject.services.empty()},
                        {"libraries", Value::array()},
                        {"function", Value::object({{"name", subject.name},
                                                    {"memory", subject.memory_mb},
                                                    {"timeout", subject.event_timeout.count() / 1000}})}});
}

/// The files that checks read are the ones the proof is remembered by.
Result<> check_files_stayed(const Subject& subject, const fs::path& workspace) {
  std::size_t next = 0;
  for (const model::Check& check : subject.checks) {
    const model::PlacedText* place = nullptr;
    if (const auto* event = std::get_if<model::EventCheck>(&check.what))
      place = std::get_if<model::PlacedText>(&event->event);
    if (const auto* script = std::get_if<model::ScriptCheck>(&check.what)) place = &script->path;
    if (place == nullptr || next == subject.check_files.size()) continue;
    LAMELLA_TRY_ASSIGN(const std::string text, os::read_file(workspace / place->text));
    if (crypto::sha256(text) == subject.check_files[next++]) continue;
    return Error(ErrorCode::kConflict, "a file changed while a check was reading it")
        .at(place->text)
        .because("the proof would be of something else than it says, and is not kept")
        .remedy("run it again");
  }
  return {};
}

}  // namespace

std::map<std::string, std::string> environment_of(const Subject& subject, const sandbox::RuntimeRoot& root) {
  if (subject.kind == model::ArtifactKind::kLayer) return sandbox::base_environment(root.runtime);
  const sandbox::FunctionIdentity identity{.name = subject.name,
                                           .version = "$LATEST",
                                           .handler = subject.handler,
                                           .runtime = root.runtime,
                                           .region = "us-east-1",
                                           .memory_mb = subject.memory_mb,
                                           .log_stream = "proof",
                                           .access_key = "proof",
                                           .secret_key = "proof"};
  return sandbox::function_environment(identity, subject.environment);
}

/// One proof being made.
class Prover::Session {
 public:
  Session(Prover& prover, const Subject& subject, const Attempt& attempt, const sandbox::RuntimeRoot& root,
          sandbox::Supervisor& supervisor, std::stop_token stop)
      : prover_(prover),
        subject_(subject),
        attempt_(attempt),
        root_(root),
        supervisor_(supervisor),
        stop_(std::move(stop)) {}

  Result<Proof> run() {
    LAMELLA_TRY_ASSIGN(const Stage stage, mount());
    LAMELLA_TRY(run_main(stage));
    for (const model::Check& check : subject_.checks) {
      // Of an attempt only whether it passes is of interest.
      if (!proof_.trouble.empty() || (!attempt_.put_back.empty() && !proof_.passed())) break;
      if (std::holds_alternative<model::ScriptCheck>(check.what)) LAMELLA_TRY(run_script(stage, check));
    }
    std::sort(proof_.modules.begin(), proof_.modules.end(),
              [](const auto& a, const auto& b) { return a.file < b.file; });
    proof_.modules.erase(std::unique(proof_.modules.begin(), proof_.modules.end()), proof_.modules.end());
    std::sort(proof_.opened.begin(), proof_.opened.end());
    auto& unknown = proof_.unknown_services;
    std::sort(unknown.begin(), unknown.end());
    unknown.erase(std::unique(unknown.begin(), unknown.end()), unknown.end());
    proof_.opened.erase(std::unique(proof_.opened.begin(), proof_.opened.end()), proof_.opened.end());
    return std::move(proof_);
  }

 private:
  Result<Stage> mount() {
    LAMELLA_TRY_ASSIGN(Stage stage, prover_.staged(subject_.layers, subject_.function));
    LAMELLA_TRY_ASSIGN(stage.opt, changed(stage.opt, attempt_.leave_out, false));
    LAMELLA_TRY_ASSIGN(stage.task, changed(stage.task, {}, true));
    return stage;
  }

  /// The tree, or a copy of it as the attempt has it.
  Result<fs::path> changed(const fs::path& tree, const std::vector<std::string>& removed, bool task) {
    std::vector<trees::Addition> added;
    for (const PutBack& one : attempt_.put_back) {
      if (one.task == task) added.push_back({one.file, one.path});
    }
    if (added.empty() && removed.empty()) return tree;
    LAMELLA_TRY_ASSIGN(auto copy, prover_.trees_.variant(tree, added, removed));
    copies_.push_back(std::move(copy));
    return copies_.back().path();
  }

  /// The script's answer; null when the sandbox ended otherwise, which is then in proof_.trouble.
  Result<Value> ask(const Stage& stage, const Value& request) {
    sandbox::SandboxSpec spec{.root = root_.path, .task = stage.task, .layers = stage.opt};
    spec.memory_mb = subject_.memory_mb;
    spec.environment = environment_of(subject_, root_);
    spec.command = {root_.program, "-S", "-B", "-c", std::string(proof_scripts().front().text)};
    const sandbox::RunOptions options{
        .timeout = subject_.timeout, .standard_input = document::render_json(request), .stop = stop_};
    LAMELLA_TRY_ASSIGN(const sandbox::RunResult run, run_once(supervisor_, spec, options));
    proof_.printed += run.standard_error;
    auto answer =
        run.ok() ? answer_of(run.standard_output) : Result<Value>(Error(ErrorCode::kRefused, "no answer"));
    if (answer) return std::move(*answer);
    proof_.trouble = trouble_of(run, subject_);
    proof_.exhausted = run.timed_out || run.killed_by_memory;
    proof_.output = tail(run.standard_error);
    return Value();
  }

  Result<Value> event_of(const model::EventCheck& check) const {
    if (const auto* inline_event = std::get_if<Value>(&check.event)) return *inline_event;
    const auto& place = std::get<model::PlacedText>(check.event);
    LAMELLA_TRY_ASSIGN(const std::string text, os::read_file(prover_.workspace_ / place.text, kLargestEvent));
    return document::parse_json(text, place.text);
  }

  Result<> run_main(const Stage& stage) {
    Value request = base_request(subject_, attempt_);
    request.set("imports", Value::array_of(subject_.imports));
    request.set("libraries", Value::array_of(subject_.libraries));
    if (!subject_.handler.empty()) request.set("handler", subject_.handler);
    Value events = Value::array();
    std::vector<const model::EventCheck*> expected;
    for (const model::Check& check : subject_.checks) {
      const auto* event_check = std::get_if<model::EventCheck>(&check.what);
      if (event_check == nullptr) continue;
      LAMELLA_TRY_ASSIGN(Value event, event_of(*event_check));
      events.push_back(Value::object({{"name", check.name}, {"event", std::move(event)}}));
      expected.push_back(event_check);
    }
    request.set("events", std::move(events));
    LAMELLA_TRY_ASSIGN(const Value answer, ask(stage, request));
    if (!answer.is_null()) read_main(answer, expected);
    return {};
  }

  void read_main(const Value& answer, const std::vector<const model::EventCheck*>& expected) {
    for (const Value& record : answer.items("imports")) proof_.imports.push_back(import_result(record));
    if (const Value* handler = answer.find("handler"); handler != nullptr && handler->is_object()) {
      proof_.imports.push_back(import_result(*handler));
      proof_.handler_missing = handler->boolean("ok") && !handler->boolean("callable");
      proof_.handler_names = handler->texts("names");
      if (const Value* modules = handler->find("modules"); modules != nullptr && modules->is_array()) {
        proof_.modules_instead = handler->texts("modules");
      }
    }
    const auto& results = answer.items("events");
    for (std::size_t i = 0; i < std::min(results.size(), expected.size()); ++i) {
      proof_.checks.push_back(event_result(*expected[i], results[i]));
      const Value* error = results[i].find("error");
      const bool timed_out = error != nullptr && error->text("type") == kTimedOut;
      proof_.exhausted = proof_.exhausted || (timed_out && !proof_.checks.back().passed);
    }
    for (const Value& one : answer.items("unloadable"))
      proof_.unloadable.push_back({one.text("file"), one.text("why")});
    read_modules(answer.items("start"), proof_.start);
    read_modules(answer.items("modules"), proof_.modules);
    read_seen(answer);
  }

  /// What came of it all beside the imports and checks.
  void read_seen(const Value& answer) {
    for (const Value& one : answer.items("unknown_services"))
      proof_.unknown_services.push_back({one.text("service"), one.text("where")});
    for (std::string& path : answer.texts("opened")) proof_.opened.push_back(std::move(path));
  }

  static void read_modules(const document::Array& items, std::vector<TracedModule>& into) {
    for (const Value& item : items)
      into.push_back({item.text("file"), item.boolean("bytecode"),
                      static_cast<std::uint64_t>(item.integer("compile_us"))});
  }

  /// Only the script's own text goes in: what lies beside it is not what the proof is remembered by.
  Result<> run_script(const Stage& stage, const model::Check& check) {
    const auto& script = std::get<model::ScriptCheck>(check.what);
    const fs::path path = prover_.workspace_ / script.path.text;
    LAMELLA_TRY_ASSIGN(std::string text, os::read_file(path, kLargestScript));
    if (base::find_invalid_utf8(text)) {
      return Error(ErrorCode::kUsage, "the script of a check is not UTF-8").at(script.path.text);
    }
    Value request = base_request(subject_, attempt_);
    request.set("script", Value::object({{"file", "/var/task/" + path.filename().string()},
                                         {"text", std::move(text)}}));
    LAMELLA_TRY_ASSIGN(const Value answer, ask(stage, request));
    const Value* record = answer.find("script");
    if (record == nullptr || !record->is_object()) {
      proof_.trouble = fmt::format("check '{}': {}", check.name, proof_.trouble);
      return {};
    }
    const ImportResult result = import_result(*record);
    proof_.checks.push_back(
        {check.name, result.ok, result.detail, static_cast<std::int64_t>(result.duration_ms)});
    read_modules(answer.items("modules"), proof_.modules);
    read_seen(answer);
    return {};
  }

  Prover& prover_;
  const Subject& subject_;
  const Attempt& attempt_;
  const sandbox::RuntimeRoot& root_;
  sandbox::Supervisor& supervisor_;
  std::stop_token stop_;
  std::vector<os::TempDirectory> copies_;
  Proof proof_;
};

Prover::Prover(fs::path workspace, fs::path cache, store::ActionCache& actions, os::ThreadPool& pool,
               EventSink& events)
    : workspace_(std::move(workspace)),
      cache_(std::move(cache)),
      actions_(actions),
      pool_(pool),
      trees_(cache_, events) {}

Prover::~Prover() = default;

Result<const sandbox::RuntimeRoot*> Prover::root_of(const model::Target& target) {
  const std::lock_guard lock(mutex_);
  const auto found = roots_.find(target);
  if (found != roots_.end()) return &found->second;
  LAMELLA_TRY_ASSIGN(
      auto root, sandbox::ensure_runtime_root({.cache = cache_,
                                               .runtime = to_string(target.runtime),
                                               .architecture = std::string(to_string(target.architecture)),
                                               .client = sandbox::ClientNeed::kAbsent}));
  return &roots_.emplace(target, std::move(root)).first->second;
}

Result<sandbox::Supervisor*> Prover::supervisor() {
  const std::lock_guard lock(mutex_);
  if (!supervisor_) {
    LAMELLA_TRY(sandbox::require_isolation());
    LAMELLA_TRY_ASSIGN(supervisor_, sandbox::Supervisor::start(cache_));
  }
  return supervisor_.get();
}

Result<Prover::Stage> Prover::staged(const std::vector<Mounted>& layers,
                                     const std::optional<Mounted>& function) {
  std::vector<trees::Tree> unpacked;
  for (const Mounted& layer : layers) {
    LAMELLA_TRY_ASSIGN(const auto zip, os::MappedFile::open(layer.zip));
    LAMELLA_TRY_ASSIGN(auto tree, trees_.unpack(zip.bytes(), layer.sha256, layer.profile, pool_));
    unpacked.push_back(std::move(tree));
  }
  Stage stage;
  if (!unpacked.empty()) {
    LAMELLA_TRY_ASSIGN(auto opt, trees_.merge(unpacked));
    stage.opt = opt.path();
    stage.held.push_back(std::move(opt));
  }
  if (function) {
    LAMELLA_TRY_ASSIGN(const auto zip, os::MappedFile::open(function->zip));
    LAMELLA_TRY_ASSIGN(auto task,
                       trees_.unpack(zip.bytes(), function->sha256, archive::Profile::kOwn, pool_));
    stage.task = task.path();
    stage.held.push_back(std::move(task));
  }
  return stage;
}

Result<Proof> Prover::prove(const Subject& subject, Force force, std::stop_token stop) {
  LAMELLA_TRY_ASSIGN(const sandbox::RuntimeRoot* root, root_of(subject.target));
  const Digest key = proof_key(subject, root->identity);
  if (force == Force::kNo) {
    LAMELLA_TRY_ASSIGN(const auto known, actions_.get(key));
    if (known && known->kind == "proof") {
      const auto value = document::parse_json(known->value, "proof record");
      auto proof = value ? proof_from_value(*value) : Result<Proof>(Error(ErrorCode::kCorrupt, "unreadable"));
      if (proof) return std::move(*proof);
    }
  }
  LAMELLA_TRY_ASSIGN(sandbox::Supervisor * started, supervisor());
  LAMELLA_TRY_ASSIGN(Proof proof, Session(*this, subject, {}, *root, *started, stop).run());
  LAMELLA_TRY(check_files_stayed(subject, workspace_));
  if (proof.passed()) {
    LAMELLA_TRY(
        actions_.put(key, {.kind = "proof", .value = document::render_json(to_value(proof)), .outputs = {}}));
  }
  return proof;
}

Result<Proof> Prover::attempt(const Subject& subject, const Attempt& attempt, std::stop_token stop) {
  LAMELLA_TRY_ASSIGN(const sandbox::RuntimeRoot* root, root_of(subject.target));
  LAMELLA_TRY_ASSIGN(sandbox::Supervisor * started, supervisor());
  return Session(*this, subject, attempt, *root, *started, std::move(stop)).run();
}

}  // namespace lamella::proof
