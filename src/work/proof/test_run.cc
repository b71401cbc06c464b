// SPDX-License-Identifier: Apache-2.0
// The workspace's own tests, run where the artifact is proved.
#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "crypto/key_builder.h"
#include "document/json.h"
#include "embedded/proof_scripts.h"
#include "os/file.h"
#include "os/temp_directory.h"
#include "proof/proof.h"
#include "sandbox/run_once.h"

namespace lamella::proof {
namespace {

namespace fs = std::filesystem;
using document::Value;

constexpr std::uint64_t kLeastMemoryMb = 2048;  // a test runner needs more than what it tests
constexpr std::size_t kShownOutput = 64 * 1024;
constexpr int kSchema = 1;

std::string_view script() {
  for (const base::EmbeddedFile& one : proof_scripts()) {
    if (one.name == "run_tests.py") return one.text;
  }
  return {};
}

std::string end_of(std::string text) {
  if (text.size() <= kShownOutput) return text;
  const auto line = text.find('\n', text.size() - kShownOutput);
  return "...\n" + text.substr(line == std::string::npos ? text.size() - kShownOutput : line + 1);
}

/// The files under their paths, for as long as the folder is there.
Result<std::vector<trees::Addition>> copied(const fs::path& workspace, const fs::path& folder,
                                            const std::vector<TestFile>& files) {
  std::vector<trees::Addition> additions;
  for (const TestFile& file : files) {
    const fs::path copy = folder / std::to_string(additions.size());
    LAMELLA_TRY(os::copy_file(workspace / file.path, copy, file.executable ? 0755 : 0644));
    LAMELLA_TRY_ASSIGN(const auto mapped, os::MappedFile::open(copy));
    if (crypto::sha256(mapped.bytes()) != file.sha256) {
      return Error(ErrorCode::kConflict, "a file changed while the tests were starting")
          .at(file.path)
          .because("the result would be of something else than it says")
          .remedy("run them again");
    }
    additions.push_back({copy, file.path});
  }
  return additions;
}

std::map<std::string, std::string> test_environment(const Subject& subject,
                                                    const sandbox::RuntimeRoot& root) {
  auto environment = environment_of(subject, root);
  environment["HOME"] = "/tmp";
  environment["PYTHONUNBUFFERED"] = "1";  // what is printed to either stream keeps its order
  environment.emplace("PYTEST_ADDOPTS", "-p no:cacheprovider");  // there is nowhere to keep one
  return environment;
}

std::string trouble_of(const sandbox::RunResult& run, const Testing& testing, std::uint64_t memory_mb) {
  if (run.timed_out) return fmt::format("timed out after {}", base::format_duration(testing.timeout));
  if (run.killed_by_memory) return fmt::format("killed: it needs more than {} MB of memory", memory_mb);
  if (run.signal != 0) return fmt::format("killed by signal {}", run.signal);
  return {};
}

std::optional<TestRun> remembered(const std::optional<store::ActionRecord>& known) {
  if (!known || known->kind != "test") return std::nullopt;
  const auto value = document::parse_json(known->value, "test record");
  if (!value || value->integer("schema") != kSchema || !value->boolean("passed")) return std::nullopt;
  TestRun run;
  run.duration = std::chrono::milliseconds(value->integer("duration_ms"));
  run.reused = true;
  return run;
}

/// For people who look into the store: whose result it is.
Value record_of(const Subject& subject, const TestRun& run) {
  const Digest digest = subject.function ? subject.function->sha256 : subject.layers.back().sha256;
  return Value::object({{"schema", kSchema},
                        {"kind", to_string(subject.kind)},
                        {"name", subject.name},
                        {"sha256", digest.hex()},
                        {"passed", run.passed()},
                        {"duration_ms", run.duration.count()}});
}

}  // namespace

Digest test_key(const Subject& subject, const Testing& testing, const std::string& root_identity) {
  crypto::KeyBuilder key("test");
  key.add("epoch", kTestEpoch).add("kind", to_string(subject.kind)).add("name", subject.name);
  key.add("root", root_identity).add("layers", subject.layers.size());
  for (const Mounted& layer : subject.layers) key.add("layer", layer.sha256);
  key.add("function", subject.function ? subject.function->sha256 : Digest()).add("handler", subject.handler);
  key.add("tools", testing.tools ? testing.tools->sha256 : Digest()).add("words", testing.command.size());
  for (const std::string& word : testing.command) key.add("word", word);
  key.add("files", testing.files.size());
  for (const TestFile& file : testing.files)
    key.add("path", file.path).add("file", file.sha256).add("executable", file.executable ? 1 : 0);
  key.add("environment", subject.environment.size());
  for (const auto& [name, value] : subject.environment) key.add(name, value);
  return key.add("memory", subject.memory_mb).add("timeout", testing.timeout.count()).finish();
}

Result<TestRun> Prover::test(const Subject& subject, const Testing& testing, Force force,
                             std::stop_token stop) {
  LAMELLA_TRY_ASSIGN(const sandbox::RuntimeRoot* root, root_of(subject.target));
  const Digest key = test_key(subject, testing, root->identity);
  if (force == Force::kNo) {
    LAMELLA_TRY_ASSIGN(const auto known, actions_.get(key));
    if (auto run = remembered(known)) return *std::move(run);
  }
  LAMELLA_TRY_ASSIGN(sandbox::Supervisor * started, supervisor());
  std::vector<Mounted> layers = subject.layers;
  if (testing.tools) layers.insert(layers.begin(), *testing.tools);
  LAMELLA_TRY_ASSIGN(const Stage stage, staged(layers, subject.function));
  LAMELLA_TRY(os::make_directories(cache_ / "scratch"));
  LAMELLA_TRY_ASSIGN(const auto folder, os::TempDirectory::create_in(cache_ / "scratch", "tests"));
  LAMELLA_TRY_ASSIGN(const auto additions, copied(workspace_, folder.path(), testing.files));
  LAMELLA_TRY_ASSIGN(const auto task, trees_.variant(stage.task, additions, {}));

  sandbox::SandboxSpec spec{.root = root->path, .task = task.path(), .layers = stage.opt};
  spec.memory_mb = std::max(subject.memory_mb, kLeastMemoryMb);
  spec.environment = test_environment(subject, *root);
  spec.command = {root->program, "-S", "-B", "-c", std::string(script())};
  spec.command.insert(spec.command.end(), testing.command.begin(), testing.command.end());
  LAMELLA_TRY_ASSIGN(const sandbox::RunResult ran,
                     run_once(*started, spec, {.timeout = testing.timeout, .stop = std::move(stop)}));
  TestRun run{.exit_code = ran.exit_code, .trouble = trouble_of(ran, testing, spec.memory_mb)};
  run.output = end_of(ran.standard_output + ran.standard_error);
  run.duration = std::chrono::duration_cast<std::chrono::milliseconds>(ran.elapsed);
  if (run.passed()) {
    const std::string value = document::render_json(record_of(subject, run));
    LAMELLA_TRY(actions_.put(key, {.kind = "test", .value = value, .outputs = {}}));
  }
  return run;
}

}  // namespace lamella::proof
