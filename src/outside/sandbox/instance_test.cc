// SPDX-License-Identifier: Apache-2.0
#include "sandbox/instance.h"

#include <gmock/gmock.h>

#include "model/report_line.h"
#include "sandbox/function_bench_test.h"

namespace lamella::sandbox {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using Status = InvokeOutcome::Status;

TEST(Instance, AnswersColdThenWarm) {
  Function function(
      "n = 0\ndef handler(event, context):\n  global n\n  n += 1\n  print('hi', n)\n"
      "  return {'n': n, 'x': event['x'], 'arn': context.invoked_function_arn,\n"
      "          'k': context.client_context.custom['k'], 'left': context.get_remaining_time_in_millis() > "
      "0}\n");
  const auto instance = function.start();
  const InvokeOutcome cold = invoke(*instance, R"({"x":7})", "id-1");
  EXPECT_EQ(cold.status, Status::kOk) << cold.payload << cold.log;
  EXPECT_EQ(
      cold.payload,
      R"({"n": 1, "x": 7, "arn": "arn:aws:lambda:eu-central-1:000000000000:function:f:live", "k": "v", "left": true})");
  EXPECT_GT(cold.init_duration_ms, 5);
  EXPECT_GT(cold.max_memory_used_mb, 5u);
  EXPECT_THAT(
      cold.log,
      StartsWith("INIT_START Runtime Version: python:3.11\nSTART RequestId: id-1 Version: 3\nhi 1\nEND "));
  const auto report = model::find_report_line(cold.log);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->duration_ms, cold.duration_ms);
  EXPECT_EQ(report->init_duration_ms, cold.init_duration_ms);
  EXPECT_EQ(report->memory_size_mb, 128u);

  const InvokeOutcome warm = invoke(*instance, R"({"x":8})", "id-2");
  EXPECT_EQ(warm.init_duration_ms, -1);
  EXPECT_THAT(warm.payload, StartsWith(R"({"n": 2)"));
  EXPECT_THAT(warm.log, StartsWith("START RequestId: id-2 Version: 3\nhi 2\nEND RequestId: id-2\nREPORT "));
  EXPECT_EQ(instance->served(), 2u);
}

TEST(Instance, ARaisedErrorIsTheFunctionsAndTheInstanceLivesOn) {
  Function function(
      "def handler(event, context):\n  if event.get('bad'): raise ValueError('no rows')\n  return 1\n");
  const auto instance = function.start();
  const InvokeOutcome bad = invoke(*instance, R"({"bad":true})");
  EXPECT_EQ(bad.status, Status::kFunctionError);
  EXPECT_EQ(bad.error_type, "ValueError");
  EXPECT_EQ(bad.function_error(), "Unhandled");
  EXPECT_THAT(bad.payload, HasSubstr(R"("errorMessage": "no rows")"));
  EXPECT_THAT(bad.payload, HasSubstr(R"("stackTrace": [)"));
  EXPECT_THAT(bad.log, HasSubstr("[ERROR] ValueError: no rows\nTraceback"));
  EXPECT_EQ(invoke(*instance, "{}").payload, "1");
}

TEST(Instance, AnImportThatFailsIsAnInitError) {
  Function function("import nothing_like_it\n");
  const auto instance = function.start();
  const InvokeOutcome outcome = invoke(*instance);
  EXPECT_EQ(outcome.status, Status::kInitError) << outcome.log;
  EXPECT_EQ(outcome.error_type, "Runtime.ImportModuleError");
  EXPECT_THAT(outcome.payload, HasSubstr("No module named 'nothing_like_it'"));
  EXPECT_FALSE(instance->alive());
  EXPECT_EQ(invoke(*instance).status, Status::kGone) << "N1: also the next one completes";
}

TEST(Instance, AMissingHandlerIsAnInitError) {
  Function function("def other(event, context): pass\n");
  EXPECT_EQ(invoke(*function.start()).error_type, "Runtime.HandlerNotFound");
}

TEST(Instance, ATimeOutKillsAndSaysSo) {
  Function function("import time\ndef handler(event, context):\n  print('before')\n  time.sleep(60)\n");
  function.spec.timeout = std::chrono::milliseconds(1000);
  const auto instance = function.start();
  const InvokeOutcome outcome = invoke(*instance);
  EXPECT_EQ(outcome.status, Status::kTimeout);
  EXPECT_EQ(
      outcome.payload,
      R"({"errorType":"Sandbox.Timedout","errorMessage":"RequestId: id-1 Error: Task timed out after 1.00 seconds"})");
  EXPECT_GE(outcome.duration_ms, 1000);
  EXPECT_LT(outcome.duration_ms, 60'000) << "the handler was waited for";
  EXPECT_THAT(outcome.log, HasSubstr("before\n"));
  EXPECT_THAT(outcome.log, HasSubstr("Task timed out after 1.00 seconds\n"));
  EXPECT_EQ(model::find_report_line(outcome.log)->status, "timeout");
  EXPECT_FALSE(instance->alive());
}

TEST(Instance, AnExitIsARuntimeExitError) {
  for (const auto& [code, words] :
       std::map<std::string, std::string>{{"os._exit(7)", "Runtime exited with error: exit status 7"},
                                          {"os._exit(0)", "Runtime exited without providing a reason"},
                                          {"os.kill(os.getpid(), signal.SIGSEGV)",
                                           "Runtime exited with error: signal: segmentation fault"}}) {
    Function function("import os, signal\ndef handler(event, context):\n  print('last words')\n  " + code +
                      "\n");
    const InvokeOutcome outcome = invoke(*function.start());
    EXPECT_EQ(outcome.status, Status::kExit) << code;
    EXPECT_EQ(outcome.error_type, "Runtime.ExitError");
    EXPECT_THAT(outcome.payload, HasSubstr("RequestId: id-1 Error: " + words));
    EXPECT_THAT(outcome.log, HasSubstr("last words\n"));
  }
}

TEST(Instance, AnExitWhileLoadingIsOneToo) {
  Function function("import os\nos._exit(3)\n");
  const InvokeOutcome outcome = invoke(*function.start());
  EXPECT_EQ(outcome.status, Status::kExit);
  EXPECT_THAT(outcome.payload, HasSubstr("RequestId: id-1 Error: Runtime exited with error: exit status 3"));
}

TEST(Instance, TooMuchMemoryKills) {
  Function function("def handler(event, context):\n  return len(bytearray(event['mb'] * 1024 * 1024))\n");
  const auto instance = function.start();
  EXPECT_EQ(invoke(*instance, R"({"mb":40})").status, Status::kOk);
  const InvokeOutcome outcome = invoke(*instance, R"({"mb":2000})");
  EXPECT_EQ(outcome.status, Status::kMemory);
  EXPECT_EQ(outcome.error_type, "Runtime.OutOfMemory");
  EXPECT_THAT(outcome.payload, HasSubstr("Runtime exited with error: signal: killed"));
  EXPECT_GT(outcome.max_memory_used_mb, 128u);
  EXPECT_FALSE(instance->alive());
}

TEST(Instance, AHundredMegabytesOfOutputAreBounded) {
  Function function(
      "def handler(event, context):\n  print('first')\n  line = 'x' * 99999\n"
      "  for _ in range(1000): print(line)\n  print('last')\n  return 1\n");
  const InvokeOutcome outcome = invoke(*function.start());
  EXPECT_EQ(outcome.payload, "1");
  EXPECT_TRUE(outcome.log_truncated);
  EXPECT_LT(outcome.log.size(), 4u * 1024 * 1024);
  EXPECT_THAT(outcome.log, HasSubstr("\nfirst\n"));
  EXPECT_THAT(outcome.log, HasSubstr("bytes of output were dropped"));
  EXPECT_THAT(log_tail(outcome.log), HasSubstr("\nlast\nEND "));
}

constexpr const char* kAnswerByHand =
    "import http.client, os\n"
    "def post(id, verb, body):\n"
    "  c = http.client.HTTPConnection(os.environ['AWS_LAMBDA_RUNTIME_API'])\n"
    "  c.request('POST', '/2018-06-01/runtime/invocation/%s/%s' % (id, verb), body)\n"
    "  return c.getresponse().status\n";

TEST(Instance, AnswersTwiceOrForAnotherChangeNothing) {
  Function function(
      std::string(kAnswerByHand) +
      "def handler(event, context):\n"
      "  seen = [post('other', 'response', '0'), post(context.aws_request_id, 'response', '1'),\n"
      "          post(context.aws_request_id, 'response', '2')]\n"
      "  import time; time.sleep(30)\n");
  const auto instance = function.start();
  const InvokeOutcome outcome = invoke(*instance);
  EXPECT_EQ(outcome.status, Status::kOk);
  EXPECT_EQ(outcome.payload, "1");
}

TEST(Instance, AResponseOfJustOverTheLimitIsRefused) {
  Function function("def handler(event, context):\n  return 'x' * event['n']\n");
  function.spec.sandbox.memory_mb = 512;
  const auto instance = function.start();
  EXPECT_EQ(invoke(*instance, R"({"n":6291554})").status, Status::kOk);
  const InvokeOutcome outcome = invoke(*instance, R"({"n":6291555})");
  EXPECT_EQ(outcome.status, Status::kTooLarge);
  EXPECT_EQ(
      outcome.payload,
      R"({"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes)."})");
  EXPECT_FALSE(instance->alive());
  EXPECT_EQ(invoke(*function.start(), R"({"n":50000000})").status, Status::kTooLarge) << "refused unread";
}

TEST(Instance, AStartThatTakesTooLongIsATimeOut) {
  Function function("import time\ntime.sleep(60)\n");
  function.spec.init_limit = std::chrono::milliseconds(500);
  function.spec.timeout = std::chrono::milliseconds(500);
  const InvokeOutcome outcome = invoke(*function.start());
  EXPECT_EQ(outcome.status, Status::kTimeout);
  EXPECT_GE(outcome.init_duration_ms, 500);
}

TEST(Instance, AStartThatFitsIntoTheFirstInvocationGoesOn) {
  Function function(
      "import time\ntime.sleep(0.6)\ndef handler(event, context): return "
      "context.get_remaining_time_in_millis()\n");
  function.spec.init_limit = std::chrono::milliseconds(300);
  const InvokeOutcome outcome = invoke(*function.start());
  EXPECT_EQ(outcome.status, Status::kOk) << outcome.log;
  EXPECT_LT(std::chrono::milliseconds(std::stoi(outcome.payload)),
            kPatience - std::chrono::milliseconds(600));
  EXPECT_THAT(outcome.log, HasSubstr("INIT_REPORT Init Duration: 300.00 ms\tPhase: init\tStatus: timeout\n"));
}

TEST(Instance, AnInstanceThatDiedIdleSaysGone) {
  Function function(
      "import threading, os, time\n"
      "def later():\n  time.sleep(0.2)\n  os._exit(1)\n"
      "def handler(event, context):\n  threading.Thread(target=later).start()\n  return 1\n");
  const auto instance = function.start();
  EXPECT_EQ(invoke(*instance).status, Status::kOk);
  EXPECT_TRUE(comes_true([&] { return !instance->alive(); }));
  EXPECT_EQ(invoke(*instance).status, Status::kGone);
}

TEST(Instance, StoppingCompletesTheInvocationUnderWay) {
  Function function("import time\ndef handler(event, context): time.sleep(event)\n");
  const auto instance = function.start();
  EXPECT_EQ(invoke(*instance, "0").status, Status::kOk);  // its start is over, however slow the machine
  std::promise<Status> status;
  instance->invoke({.request_id = "x", .payload = "60"},
                   [&](InvokeOutcome outcome) { status.set_value(outcome.status); });
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  instance->stop();
  EXPECT_EQ(status.get_future().get(), Status::kExit);
}

TEST(Instance, ManyAtOnceDoNotMix) {
  Function function(
      "import time\ndef handler(event, context):\n  time.sleep(0.05)\n  print(event)\n  return event\n");
  std::vector<std::shared_ptr<Instance>> instances;
  for (int i = 0; i < 20; ++i) instances.push_back(function.start());
  std::vector<std::future<InvokeOutcome>> outcomes;
  for (std::size_t i = 0; i < instances.size(); ++i) {
    auto promise = std::make_shared<std::promise<InvokeOutcome>>();
    outcomes.push_back(promise->get_future());
    instances[i]->invoke({.request_id = "r" + std::to_string(i), .payload = std::to_string(i)},
                         [promise](InvokeOutcome outcome) { promise->set_value(std::move(outcome)); });
  }
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const InvokeOutcome outcome = outcomes[i].get();
    EXPECT_EQ(outcome.payload, std::to_string(i));
    EXPECT_THAT(outcome.log, HasSubstr("\n" + std::to_string(i) + "\nEND RequestId: r" + std::to_string(i)));
  }
}

}  // namespace
}  // namespace lamella::sandbox
