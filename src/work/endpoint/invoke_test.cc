// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <future>

#include "endpoint/bench_test.h"
#include "model/report_line.h"

namespace lamella::endpoint {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kEcho = R"(
import os
def handler(event, context):
    return {"event": event, "pid": os.getpid(), "id": context.aws_request_id, "arn": context.invoked_function_arn}
)";

TEST(Invoke, RunsAFunctionWithItsLayersFromPublishToAlias) {
  Bench bench;
  const auto first = bench.publish_layer("words", {{"python/words.py", "WORD = 'one'\n"}});
  const auto second = bench.publish_layer(
      "more", {{"python/more.py", "MORE = 'more'\n"}, {"python/words.py", "WORD = 'two'\n"}});
  auto request = Bench::creation("f", R"(
import os, words, more
def handler(event, context):
    print("hello from", event["name"])
    return [words.WORD, more.MORE, os.environ["STAGE"], os.environ["AWS_REGION"], context.function_version]
)");
  request.settings.layers = wire::Strings{first.layer_version_arn, second.layer_version_arn};
  request.settings.environment = wire::Environment{wire::StringMap{{"STAGE", "test"}}};
  bench.create(request);
  EXPECT_EQ(bench.publish("f").version, "1");
  bench.get<wire::Alias>(Operation::kCreateAlias, {{"FunctionName", "f"}}, {},
                         wire::render(wire::CreateAliasRequest{"live", "1", {}, {}}));
  const auto outcome = bench.invoke("f", R"({"name":"me"})", "live");
  EXPECT_EQ(outcome.payload, R"(["two", "more", "test", "eu-central-1", "1"])");
  EXPECT_EQ(outcome.executed_version, "1");
  EXPECT_EQ(outcome.function_error, "");
  EXPECT_THAT(outcome.log_tail, HasSubstr("hello from me\n"));
  const auto report = model::find_report_line(outcome.log_tail);
  ASSERT_TRUE(report);
  EXPECT_GT(report->init_duration_ms.value_or(0), 1);
  EXPECT_GT(report->max_memory_used_mb, 3);
  EXPECT_FALSE(
      model::find_report_line(bench.invoke("f", R"({"name":"me"})", "live").log_tail)->init_duration_ms);
}

TEST(Invoke, NamesTheFunctionAsItWasInvoked) {
  Bench bench;
  bench.create(Bench::creation("f", kEcho));
  bench.publish("f");
  const std::string arn = "arn:aws:lambda:eu-central-1:000000000000:function:f";
  EXPECT_EQ(json(bench.invoke("f").payload).text("arn"), arn);
  EXPECT_EQ(json(bench.invoke(arn + ":1").payload).text("arn"), arn + ":1");
  EXPECT_EQ(bench.invoke("000000000000:function:f").executed_version, "$LATEST");
  EXPECT_EQ(bench.invoke("f:1").executed_version, "1");
}

TEST(Invoke, KeepsParallelInvocationsApart) {
  Bench bench({.max_sandboxes = 4});
  bench.create(Bench::creation("f", kEcho));
  std::vector<std::future<wire::InvokeOutcome>> running;
  for (int i = 0; i < 60; ++i) {
    running.push_back(
        std::async(std::launch::async, [&, i] { return bench.invoke("f", std::to_string(i)); }));
  }
  std::set<std::int64_t> pids;
  std::set<std::string> ids;
  for (int i = 0; i < 60; ++i) {
    const auto outcome = running[static_cast<std::size_t>(i)].get();
    const auto answer = json(outcome.payload);
    EXPECT_EQ(answer.integer("event", -1), i) << outcome.payload;
    EXPECT_THAT(outcome.log_tail, HasSubstr(answer.text("id")));
    ids.insert(answer.text("id"));
    pids.insert(answer.integer("pid"));
  }
  EXPECT_EQ(ids.size(), 60U);
  EXPECT_EQ(pids.size(), 1U) << "the process number inside each sandbox";
}

TEST(Invoke, ShapesFailuresAsTheServiceDoes) {
  Bench bench;
  auto request = Bench::creation("f", R"(
import os, time
def handler(event, context):
    if event == "raise": raise ValueError("no such row")
    if event == "sleep": time.sleep(30)
    if event == "exit": os._exit(3)
    if event == "memory":
        hold = []
        while True: hold.append(bytearray(4 << 20))
    if event == "large": return "x" * 6291557
    return "fine"
)");
  request.settings.timeout = 60;
  bench.create(request);
  request.function_name = "brief";
  request.settings.timeout = 1;
  bench.create(request);
  const auto failing = [&](const std::string& how, const std::string& function = "f") {
    const auto outcome = bench.invoke(function, "\"" + how + "\"");
    EXPECT_EQ(outcome.function_error, "Unhandled") << how;
    EXPECT_EQ(outcome.status, 200);
    EXPECT_EQ(bench.invoke(function, "\"go\"").payload, "\"fine\"") << "after " << how;
    return json(outcome.payload);
  };
  const auto raised = failing("raise");
  EXPECT_EQ(raised.text("errorType"), "ValueError");
  EXPECT_EQ(raised.text("errorMessage"), "no such row");
  const auto slept = failing("sleep", "brief");
  EXPECT_EQ(slept.text("errorType"), "Sandbox.Timedout");
  EXPECT_THAT(slept.text("errorMessage"), HasSubstr("Error: Task timed out after 1.00 seconds"));
  const auto exited = failing("exit");
  EXPECT_EQ(exited.text("errorType"), "Runtime.ExitError");
  EXPECT_THAT(exited.text("errorMessage"), HasSubstr("Runtime exited with error: exit status 3"));
  EXPECT_EQ(failing("memory").text("errorType"), "Runtime.OutOfMemory");
  EXPECT_EQ(failing("large").text("errorType"), "Function.ResponseSizeTooLarge");
}

TEST(Invoke, TellsWhatFailedAtTheStart) {
  Bench bench;
  bench.create(Bench::creation("f", "import nowhere_to_be_found\ndef handler(event, context): pass\n"));
  const auto outcome = bench.invoke("f");
  EXPECT_EQ(outcome.function_error, "Unhandled");
  EXPECT_EQ(json(outcome.payload).text("errorType"), "Runtime.ImportModuleError") << outcome.payload;
}

TEST(Invoke, SaysInOneLineWhatThisMachineLacks) {
  Bench bench({}, Bench::Cache::kOwn);
  bench.create(Bench::creation("f", kEcho));
  const std::string answer = said(bench.send(wire::render_invoke({.function = "f", .payload = "{}"})));
  EXPECT_THAT(answer,
              StartsWith("502 InvalidRuntimeException: the runtime client for python3.11 is not installed"));
  EXPECT_THAT(answer, HasSubstr("; run "));
  EXPECT_EQ(answer.find('\n'), std::string::npos) << answer;
}

TEST(Invoke, FollowsTheWeightsOfAnAlias) {
  Bench bench;
  bench.create(Bench::creation("f", "def handler(event, context): return 1\n"));
  bench.publish("f");
  bench.update_code("f", "def handler(event, context): return 2\n");
  bench.publish("f");
  wire::CreateAliasRequest alias{"live", "1", {}, wire::RoutingConfig{{{{"2", 0.5}}}}};
  bench.get<wire::Alias>(Operation::kCreateAlias, {{"FunctionName", "f"}}, {}, wire::render(alias));
  std::map<std::string, int> seen;
  for (int i = 0; i < 60; ++i) {
    const auto outcome = bench.invoke("f", "{}", "live");
    EXPECT_EQ(outcome.payload, outcome.executed_version);
    ++seen[outcome.executed_version];
  }
  // Outside of [10, 50] of 60 once in ten million runs.
  EXPECT_GE(seen["1"], 10);
  EXPECT_GE(seen["2"], 10);
}

TEST(Invoke, ServesTheOldCodeUntilAnUpdateIsThrough) {
  os::ManualClock clock(os::system_clock().wall());
  Bench bench({.update_time = milliseconds(1'500), .clock = &clock});
  bench.create(Bench::creation("f", "def handler(event, context): return 'old'\n"));
  EXPECT_EQ(bench.invoke("f").payload, "\"old\"");
  wire::UpdateFunctionCodeRequest request;
  request.code.zip_file = wire::Blob{zip_of({{"app.py", "def handler(event, context): return 'new'\n"}})};
  bench.get<wire::FunctionConfiguration>(Operation::kUpdateFunctionCode, {{"FunctionName", "f"}}, {},
                                         wire::render(request));
  EXPECT_EQ(bench.invoke("f").payload, "\"old\"");
  bench.settled("f");
  EXPECT_EQ(bench.invoke("f").payload, "\"new\"");
}

TEST(Invoke, RefusesWhatTheServiceRefuses) {
  os::ManualClock clock(os::system_clock().wall());
  Bench bench({.create_time = milliseconds(700), .clock = &clock});
  const auto request = Bench::creation("f", kEcho);
  bench.get<wire::FunctionConfiguration>(Operation::kCreateFunction, {}, {}, wire::render(request));
  const auto invoke = [&](const std::string& name, const std::string& payload, wire::Headers headers = {}) {
    auto message = wire::render_invoke({.function = name, .payload = payload});
    for (const auto& [key, value] : headers) wire::set_header(message.headers, key, value);
    return bench.send(message);
  };
  EXPECT_THAT(said(invoke("f", "{}")), StartsWith("409 ResourceConflictException: "));
  bench.settled("f");
  EXPECT_EQ(said(invoke("g", "{}")),
            "404 ResourceNotFoundException: Function not found: "
            "arn:aws:lambda:eu-central-1:000000000000:function:g:$LATEST");
  EXPECT_EQ(said(invoke("f:7", "{}")),
            "404 ResourceNotFoundException: Function not found: "
            "arn:aws:lambda:eu-central-1:000000000000:function:f:7");
  for (const std::string bad : {"{", "{\"a\":1,\"a\":2}", "\"\\ud800\"", "[1e400]"}) {
    EXPECT_THAT(said(invoke("f", bad)),
                StartsWith("400 InvalidRequestContentException: Could not parse request body into json: "))
        << bad;
  }
  EXPECT_THAT(said(invoke("f", std::string(100'000, '[') + std::string(100'000, ']'))),
              StartsWith("400 InvalidRequestContentException: "));
  EXPECT_THAT(said(invoke("f", "{}", {{"X-Amz-Invocation-Type", "foo"}})),
              StartsWith("400 ValidationException: "));
  EXPECT_THAT(said(invoke("f", "{}", {{"X-Amz-Log-Type", "foo"}})), StartsWith("400 ValidationException: "));
  EXPECT_THAT(said(invoke("f", "{}", {{"X-Amz-Client-Context", "%%"}})),
              StartsWith("400 InvalidRequestContentException: "));
  EXPECT_EQ(
      said(invoke("f", "\"" + std::string(6'291'456, 'x') + "\"")),
      "413 RequestEntityTooLargeException: Request must be smaller than 6291456 bytes for the InvokeFunction "
      "operation");
  EXPECT_EQ(invoke("f", "{}", {{"X-Amz-Invocation-Type", "DryRun"}}).status, 204);
}

TEST(Invoke, RefusesWhatIsOverTheConcurrency) {
  Bench bench({.max_sandboxes = 1, .max_concurrency = 2});
  auto request =
      Bench::creation("f", "import time\ndef handler(event, context): time.sleep(event); return event\n");
  bench.create(request);
  bench.invoke("f", "0");
  std::vector<std::future<wire::HttpResponse>> running;
  for (int i = 0; i < 6; ++i) {
    running.push_back(std::async(std::launch::async, [&] {
      return bench.send(wire::render_invoke({.function = "f", .payload = "0.5"}));
    }));
  }
  int served = 0;
  for (auto& one : running) {
    const auto response = one.get();
    if (response.ok()) {
      ++served;
    } else {
      EXPECT_EQ(said(response), "429 TooManyRequestsException: Rate Exceeded.");
      EXPECT_EQ(wire::parse_error(response).fact("service-reason"), "ConcurrentInvocationLimitExceeded");
    }
  }
  EXPECT_EQ(served, 2);
}

TEST(Invoke, KeepsLogsThatCanBeRead) {
  Bench bench;
  bench.create(Bench::creation("f", "def handler(event, context): print('value', event)\n"));
  for (int i = 0; i < 3; ++i) bench.invoke("f", std::to_string(i));
  const auto filter = [&](const std::string& body) {
    return bench.send({"POST", "/", "", {{"X-Amz-Target", "Logs_20140328.FilterLogEvents"}}, body}, "logs");
  };
  const auto all = filter(R"({"logGroupName":"/aws/lambda/f"})");
  ASSERT_EQ(all.status, 200) << all.body;
  EXPECT_THAT(all.body, HasSubstr("value 2"));
  EXPECT_THAT(all.body, HasSubstr("REPORT RequestId: "));
  std::string token;
  std::vector<std::string> lines;
  for (int page = 0; page < 10; ++page) {
    const auto one =
        json(filter(R"({"logGroupName":"/aws/lambda/f","filterPattern":"value","limit":2,"nextToken":")" +
                    token + "\"}")
                 .body);
    for (const auto& event : one.items("events")) lines.push_back(event.text("message"));
    token = one.text("nextToken");
    if (token.empty()) break;
  }
  EXPECT_THAT(lines, testing::ElementsAre("value 0\n", "value 1\n", "value 2\n"));
  const auto missing = filter(R"({"logGroupName":"/aws/lambda/absent"})");
  EXPECT_EQ(missing.status, 400);
  EXPECT_EQ(json(missing.body).text("__type"), "ResourceNotFoundException");
}

}  // namespace
}  // namespace lamella::endpoint
