// SPDX-License-Identifier: Apache-2.0
#include "endpoint/endpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "endpoint/blobs.h"
#include "endpoint/fleet.h"
#include "endpoint/gate.h"
#include "endpoint/invoke.h"
#include "endpoint/reply.h"
#include "endpoint/routes.h"
#include "endpoint/runtimes.h"
#include "endpoint/schema.h"
#include "endpoint/serve_record.h"
#include "http/server.h"
#include "model/limits.h"
#include "os/directory.h"
#include "os/environment.h"
#include "os/lock.h"
#include "sandbox/supervisor.h"
#include "store/local_store.h"
#include "wire/messages.h"
#include "wire/service_error.h"

namespace lamella::endpoint {
namespace {

namespace fs = std::filesystem;

/// Threads that read the database, unpack and spawn; more than processors, because they mostly wait.
unsigned pool_size() { return std::max(6U, os::cpu_count()); }

constexpr std::chrono::milliseconds kLongestTidyPause{30'000};
constexpr std::chrono::milliseconds kConnectionDrain{1'000};

bool is_invoke(const http::RequestHead& head) {
  const auto route = wire::find_route(head.method, head.path(), head.query());
  return route && route->row->operation == wire::Operation::kInvoke;
}

std::uint64_t body_limit(const http::RequestHead& head) {
  return is_invoke(head) ? model::kMaxSyncRequestBytes : model::kMaxRequestBytes;
}

http::Response render_refusal(const http::Refusal& refusal) {
  if (refusal.status != 413) return http::Response::text(refusal.status, refusal.why);
  const auto route = wire::find_route(refusal.head.method, refusal.head.path(), refusal.head.query());
  const bool invoke = is_invoke(refusal.head);
  const std::string message =
      invoke ? fmt::format("Request must be smaller than {} bytes for the InvokeFunction operation",
                           model::kMaxSyncRequestBytes)
             : wire::request_too_large(route ? route->row->name : "requested");
  return to_http(wire::render_error(wire::refuse("RequestEntityTooLargeException", message), ""));
}

Error taken(const fs::path& state_dir) {
  Error error(ErrorCode::kConflict, "another process serves this workspace's endpoint");
  const auto host = running_host(state_dir);
  if (!host || !*host) {
    const auto pid = os::FileLock::holder(serve_lock(state_dir));
    return std::move(error)
        .because(pid ? fmt::format("process {} holds the lock", *pid) : "its lock is held")
        .remedy("wait until it has ended");
  }
  return std::move(error)
      .because(fmt::format("process {} serves it at {}", (*host)->pid, (*host)->url))
      .with("url", (*host)->url)
      .with("pid", std::to_string((*host)->pid))
      .remedy("use that one, or stop it first");
}

Result<os::FileLock> take_lock(const fs::path& state_dir) {
  LAMELLA_TRY_ASSIGN(auto lock, os::FileLock::try_lock(serve_lock(state_dir)));
  if (!lock) return taken(state_dir);
  return *std::move(lock);
}

}  // namespace

class Endpoint::Impl {
 public:
  /// What is opened before the first thread of ours runs.
  struct Parts {
    os::FileLock lock;
    State state;
    LogStore logs;
    std::unique_ptr<store::ContentStore> blobs;
    std::unique_ptr<sandbox::Supervisor> supervisor;
    std::unique_ptr<http::Server> server;
  };

  Impl(EndpointOptions options, EventSink& events, Parts parts)
      : options_(std::move(options)),
        events_(events),
        parts_(std::move(parts)),
        trees_(options_.cache_dir, events_),
        pool_(pool_size()),
        service_{options_, events_, parts_.state, parts_.logs, *parts_.blobs, trees_, pool_},
        roots_(options_),
        fleet_(
            {options_.max_sandboxes, options_.max_concurrency, options_.idle_time, options_.clock},
            [this](sandbox::InstanceSpec spec) {
              return sandbox::Instance::start(*parts_.supervisor, *parts_.server, std::move(spec));
            },
            pool_),
        invoker_(service_, fleet_, roots_) {}

  ~Impl() { stop(std::chrono::milliseconds(0)); }

  static Result<Parts> open(const EndpointOptions& options, EventSink& events) {
    LAMELLA_TRY(os::make_directories(options.state_dir));
    LAMELLA_TRY_ASSIGN(auto lock, take_lock(options.state_dir));
    LAMELLA_TRY(remove_serve_record(options.state_dir));
    LAMELLA_TRY_ASSIGN(auto state, State::open(options.state_dir / "state.db", state_migrations(), true));
    LAMELLA_TRY_ASSIGN(auto logs, LogStore::open(options.state_dir / "logs.db"));
    LAMELLA_TRY_ASSIGN(auto blobs,
                       store::open_local_store({options.state_dir / "blobs", os::Durability::kFsync}));
    LAMELLA_TRY_ASSIGN(auto supervisor, sandbox::Supervisor::start(options.cache_dir));
    LAMELLA_TRY_ASSIGN(auto server, http::Server::start({.events = &events, .clock = options.clock}));
    return Parts{std::move(lock),  std::move(state),      std::move(logs),
                 std::move(blobs), std::move(supervisor), std::move(server)};
  }

  Result<> listen() {
    http::ListenOptions listen;
    listen.addresses = {"127.0.0.1", "::1"};
    listen.port = options_.port;
    listen.body_limit = body_limit;
    listen.render_refusal = render_refusal;
    auto listener =
        parts_.server->listen(std::move(listen), [this](http::Request request, http::Responder responder) {
          take(std::move(request), std::move(responder));
        });
    if (!listener) {
      return Error(std::move(listener).error()).with("port", std::to_string(options_.port));
    }
    listener_ = *std::move(listener);
    port_ = listener_.port();
    tidy_later();
    const auto pid = os::FileLock::holder(serve_lock(options_.state_dir));
    return write_serve_record(options_.state_dir,
                              {pid.value_or(0), port_, url(), options_.clock->timestamp()});
  }

  std::uint16_t port() const { return port_; }
  std::string url() const { return fmt::format("http://127.0.0.1:{}", port_); }

  void stop(std::chrono::milliseconds drain) {
    if (draining_.exchange(true)) return;
    (void)remove_serve_record(options_.state_dir);
    duties_.wait(drain);
    fleet_.stop();
    duties_.wait();
    parts_.server->stop(kConnectionDrain);
  }

 private:
  /// On the server's loop: nothing here may block.
  void take(http::Request request, http::Responder responder) {
    if (draining_) {
      http::Response response = http::Response::text(503, "The endpoint is stopping.\n");
      response.close = true;
      return responder.send(std::move(response));
    }
    wire::HttpRequest message = to_wire(std::move(request));
    const Dialect dialect = dialect_of(message);
    auto reply =
        std::make_shared<Reply>(std::move(responder), duties_.begin(), options_.random->uuid4(), dialect);
    pool_.submit([this, message = std::move(message), reply = std::move(reply), dialect]() mutable {
      auto done = serve(std::move(message), reply, dialect);
      if (!done) reply->send(Error(std::move(done).error()));
    });
  }

  /// Answers, or says why not; an invocation answers later.
  Result<> serve(wire::HttpRequest request, const std::shared_ptr<Reply>& reply, Dialect dialect) {
    LAMELLA_TRY(check_origin(request, port_));
    const wire::Instant now = options_.clock->wall();
    LAMELLA_TRY_ASSIGN(const auto identity, authenticate(request, options_.credentials,
                                                         std::chrono::floor<std::chrono::seconds>(now)));
    if (request.path.starts_with(kBlobPrefix)) {
      LAMELLA_TRY_ASSIGN(auto response, serve_blob(service_, request));
      reply->send_http(std::move(response));
      return {};
    }
    LAMELLA_TRY_ASSIGN(auto destination, find_destination(request, dialect, identity.scope.service));
    Call call;
    call.route = std::move(destination.route);
    call.region = identity.scope.region;
    call.host = std::string(wire::find_header(request.headers, "Host").value_or(""));
    call.request_id = reply->request_id();
    call.now = now;
    call.request = std::move(request);
    if (destination.operate == nullptr) {
      invoker_.invoke(call, reply);
      return {};
    }
    LAMELLA_TRY_ASSIGN(auto response, perform(destination.operate, call));
    reply->send(std::move(response));
    return {};
  }

  Result<wire::HttpResponse> perform(Operate operate, const Call& call) {
    auto result = operate(service_, call);
    if (!result && !wire::is_service_error(result.error())) {
      events_.emit({.kind = "endpoint.failed",
                    .subject = call.request.path,
                    .text = result.error().to_string(),
                    .severity = base::Severity::kError});
    }
    return result;
  }

  void tidy_later() {
    const auto pause = std::clamp(options_.idle_time / 4, std::chrono::milliseconds(50), kLongestTidyPause);
    tidy_timer_ = parts_.server->call_after(pause, [this] {
      if (draining_) return;
      fleet_.tidy();
      tidy_later();
    });
  }

  const EndpointOptions options_;
  EventSink& events_;
  Parts parts_;
  trees::TreeStore trees_;
  os::ThreadPool pool_;
  Service service_;
  RuntimeRoots roots_;
  Fleet fleet_;
  Invoker invoker_;
  Duties duties_;
  std::atomic<bool> draining_ = false;
  std::atomic<std::uint16_t> port_ = 0;
  http::Listener listener_;
  http::Timer tidy_timer_;
};

Endpoint::Endpoint(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Endpoint::~Endpoint() = default;

Result<std::unique_ptr<Endpoint>> Endpoint::start(EndpointOptions options, EventSink& events) {
  LAMELLA_TRY_ASSIGN(auto parts, Impl::open(options, events));
  auto impl = std::make_unique<Impl>(std::move(options), events, std::move(parts));
  LAMELLA_TRY(impl->listen());
  return std::unique_ptr<Endpoint>(new Endpoint(std::move(impl)));
}

std::uint16_t Endpoint::port() const { return impl_->port(); }
std::string Endpoint::url() const { return impl_->url(); }
void Endpoint::stop(std::chrono::milliseconds drain) { impl_->stop(drain); }

}  // namespace lamella::endpoint
