// SPDX-License-Identifier: Apache-2.0
#include "endpoint/invoke.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "document/json.h"
#include "endpoint/credentials.h"
#include "endpoint/lookup.h"
#include "endpoint/names.h"
#include "model/limits.h"
#include "wire/invoke.h"
#include "wire/messages.h"
#include "wire/service_error.h"

namespace lamella::endpoint {
namespace {

/// How deep an event may nest; the service's own parser stops there.
constexpr std::size_t kMostDepth = 1000;

Result<> check_payload(const std::string& payload) {
  if (payload.size() > model::kMaxSyncRequestBytes) {
    return wire::refuse("RequestEntityTooLargeException",
                        fmt::format("Request must be smaller than {} bytes for the InvokeFunction operation",
                                    model::kMaxSyncRequestBytes));
  }
  const auto parsed = document::parse_json(payload, "payload", {.depth = kMostDepth});
  if (parsed) return {};
  return wire::refuse("InvalidRequestContentException", wire::body_not_json(parsed.error().what()));
}

/// Uniform in [0, 1).
double draw(os::Random& random) {
  return static_cast<double>(random.below(1U << 30U)) / static_cast<double>(1U << 30U);
}

std::string trace_id(os::Random& random, wire::Instant now) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  return fmt::format("Root=1-{:08x}-{};Parent={};Sampled=0", seconds, random.hex(12), random.hex(8));
}

std::string stream_name(os::Random& random, wire::Instant now, const std::string& version) {
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(now));
  return fmt::format("{:04}/{:02}/{:02}/[{}]{}", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()), version,
                     random.hex(16));
}

/// What keeps a function from starting is for its owner to read, who is the caller here.  What this machine
/// lacks has a code that a client of ours does not try again.
Error start_failure(const Error& error) {
  if (wire::is_service_error(error)) return error;
  const bool lasting = error.code() == ErrorCode::kToolMissing || error.code() == ErrorCode::kUsage ||
                       error.code() == ErrorCode::kIsolation;
  std::string text = error.what();
  if (!error.where().empty()) text += fmt::format(" at {}", error.where());
  if (!error.why().empty()) text += fmt::format(" ({})", error.why());
  if (!error.remedy().empty()) text += "; " + error.remedy();
  return wire::refuse(lasting ? "InvalidRuntimeException" : "ServiceException", std::move(text));
}

}  // namespace

struct Invoker::Task {
  Call call;
  wire::InvokeRequest request;
  FunctionRecord record;
  Snapshot serving;
  std::string version;  ///< text
  std::string arn;      ///< as invoked
};

Result<std::shared_ptr<Invoker::Task>> Invoker::prepare(const Call& call) {
  auto task = std::make_shared<Task>();
  task->call = call;
  task->call.request.body.clear();
  LAMELLA_TRY_ASSIGN(auto reference, function_of(call));
  LAMELLA_TRY_ASSIGN(task->request, wire::parse_invoke(call.request, reference.name, reference.qualifier));
  task->arn = function_arn(call.region, reference.name, reference.qualifier);
  if (task->request.payload.empty()) task->request.payload = "{}";
  // The service says ":$LATEST" of an absent function that was named without a qualifier.
  if (reference.qualifier.empty()) reference.qualifier = "$LATEST";
  const auto read = [&](sqlite::Database& db) -> Result<> {
    LAMELLA_TRY_ASSIGN(auto found, find_qualified(db, call, reference));
    if (found.alias) {
      const std::int64_t chosen = version_for(*found.alias, draw(*service_.options.random));
      reference.qualifier = version_text(chosen);
      LAMELLA_TRY_ASSIGN(found, find_qualified(db, call, reference));
    }
    task->record = std::move(found.record);
    task->serving = task->record.snapshot;
    const bool updating =
        task->record.transition == Transition::kUpdate && in_transition(task->record, call.now);
    if (updating && task->record.previous) {
      LAMELLA_TRY_ASSIGN(task->serving, read_snapshot(db, *task->record.previous));
    }
    return {};
  };
  LAMELLA_TRY(service_.state.read(read));
  task->version = version_text(task->record.version);
  if (task->record.transition == Transition::kCreate) LAMELLA_TRY(check_settled(task->record, call.now));
  if (task->request.type == wire::InvocationType::kEvent) {
    return wire::invalid_parameter("This endpoint takes the invocation types RequestResponse and DryRun.");
  }
  LAMELLA_TRY(check_payload(task->request.payload));
  return task;
}

Result<trees::Tree> Invoker::tree_of(const Digest& digest) {
  LAMELLA_TRY_ASSIGN(auto blob, service_.blobs.open(digest));
  if (!blob) return Error(ErrorCode::kCorrupt, "a zip is missing from the endpoint's state").at(digest.hex());
  LAMELLA_TRY_ASSIGN(const auto bytes, blob->map());
  return service_.trees.unpack(bytes, digest, archive::Profile::kUploaded, service_.pool);
}

Result<> Invoker::mount(const Snapshot& serving, Recruit& out) {
  LAMELLA_TRY_ASSIGN(auto code, tree_of(serving.blob));
  out.spec.sandbox.task = code.path();
  out.trees.push_back(std::move(code));
  std::vector<trees::Tree> layers;
  for (const Digest& digest : serving.layers) {
    LAMELLA_TRY_ASSIGN(auto layer, tree_of(digest));
    layers.push_back(std::move(layer));
  }
  if (layers.empty()) return {};
  LAMELLA_TRY_ASSIGN(auto merged, service_.trees.merge(layers));
  out.spec.sandbox.layers = merged.path();
  out.trees.push_back(std::move(merged));
  return {};
}

Result<Recruit> Invoker::recruit(const Task& task) {
  const wire::FunctionConfiguration& configuration = task.serving.configuration;
  const std::string runtime = configuration.runtime.value_or("");
  const auto architectures = configuration.architectures.value_or(wire::Strings{"x86_64"});
  LAMELLA_TRY_ASSIGN(const auto root, roots_.root_of(runtime, architectures.front()));
  Recruit out;
  out.log_stream = stream_name(*service_.options.random, task.call.now, task.version);
  sandbox::SandboxSpec& box = out.spec.sandbox;
  box.root = root.path;
  LAMELLA_TRY(mount(task.serving, out));
  box.memory_mb = static_cast<std::uint64_t>(configuration.memory_size);
  if (configuration.ephemeral_storage) {
    box.tmp_mb = static_cast<std::uint64_t>(configuration.ephemeral_storage->size);
  }
  sandbox::FunctionIdentity identity;
  identity.name = task.record.name;
  identity.version = task.version;
  identity.handler = configuration.handler.value_or("");
  identity.runtime = runtime;
  identity.region = task.record.region;
  identity.memory_mb = box.memory_mb;
  identity.log_stream = out.log_stream;
  // Of the right form, and good for nothing: a function has no way to this endpoint.
  identity.access_key = "ASIALAMELLA" + service_.options.random->hex(5);
  identity.secret_key = service_.options.random->hex(20);
  identity.session_token = service_.options.random->hex(32);
  const wire::Environment own = configuration.environment.value_or(wire::Environment{});
  box.environment = sandbox::function_environment(identity, own.variables.value_or(wire::StringMap{}));
  box.command = sandbox::bootstrap_command(root);
  out.spec.timeout = std::chrono::seconds(configuration.timeout);
  out.spec.runtime_version = fmt::format("python:{}", root.interpreter.version);
  out.spec.clock = service_.options.clock;
  return out;
}

Result<wire::HttpResponse> Invoker::conclude(const Task& task, Result<Finished> finished) {
  if (!finished) {
    const Error error = start_failure(finished.error());
    service_.events.emit({.kind = "endpoint.invoke-refused",
                          .subject = task.arn,
                          .text = error.what(),
                          .severity = base::Severity::kWarning});
    return error;
  }
  const sandbox::InvokeOutcome& outcome = finished->outcome;
  const wire::Instant ended = service_.options.clock->wall();
  const auto kept =
      service_.logs.add({0, task.call.region, task.record.name, finished->log_stream, task.version,
                         task.call.request_id, ended.time_since_epoch().count(), outcome.log});
  if (!kept) {
    service_.events.emit({.kind = "endpoint.log-lost",
                          .subject = task.arn,
                          .text = kept.error().what(),
                          .severity = base::Severity::kWarning});
  }
  wire::InvokeOutcome answered;
  answered.payload = outcome.payload;
  answered.function_error = std::string(outcome.function_error());
  answered.executed_version = task.version;
  if (task.request.log_tail) answered.log_tail = std::string(sandbox::log_tail(outcome.log));
  return wire::render_outcome(answered, task.call.request_id);
}

void Invoker::invoke(const Call& call, std::shared_ptr<Reply> reply) {
  auto prepared = prepare(call);
  if (!prepared) return reply->send(Error(std::move(prepared).error()));
  const std::shared_ptr<Task> task = *std::move(prepared);
  if (task->request.type == wire::InvocationType::kDryRun)
    return reply->send(wire::HttpResponse{204, {}, ""});
  sandbox::Invocation invocation;
  invocation.request_id = call.request_id;
  invocation.payload = std::move(task->request.payload);
  invocation.function_arn = task->arn;
  invocation.function_version = task->version;
  invocation.trace_id = trace_id(*service_.options.random, call.now);
  invocation.client_context = task->request.client_context;
  const Lineup lineup{task->record.region, task->record.name, task->record.version, task->serving.id};
  fleet_.invoke(
      lineup, [this, task] { return recruit(*task); }, std::move(invocation),
      [this, task, reply = std::move(reply)](Result<Finished> finished) {
        reply->send(conclude(*task, std::move(finished)));
      });
}

}  // namespace lamella::endpoint
