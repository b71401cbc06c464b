// SPDX-License-Identifier: Apache-2.0
#include "sandbox/runtime_api.h"

#include <gtest/gtest.h>

namespace lamella::sandbox {
namespace {

constexpr const char* kNext = "/2018-06-01/runtime/invocation/next";
constexpr const char* kInitError = "/2018-06-01/runtime/init/error";

std::string path_of(const std::string& id, const std::string& verb) {
  return "/2018-06-01/runtime/invocation/" + id + "/" + verb;
}

Invocation invocation(const std::string& id) {
  return {
      .request_id = id, .payload = "{}", .function_arn = "arn:f", .function_version = "1", .deadline_ms = 42};
}

/// An API whose runtime works on "one".
RuntimeApi running() {
  RuntimeApi api;
  api.handle("GET", kNext, "", "");
  api.submit(invocation("one"));
  return api;
}

TEST(RuntimeApi, NextIsHeldUntilAnEventIsThere) {
  RuntimeApi api;
  EXPECT_EQ(api.handle("GET", kNext, "", "").event, ApiEvent::kNextHeld);
  ASSERT_EQ(api.state(), RuntimeApi::State::kWaiting);
  const ApiAnswer answer = api.submit(invocation("one"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "{}");
  EXPECT_EQ(answer.headers[1],
            std::make_pair(std::string("Lambda-Runtime-Aws-Request-Id"), std::string("one")));
  EXPECT_EQ(api.handle("GET", kNext, "", "").event, ApiEvent::kNextHeld) << "A1: never refused";
}

TEST(RuntimeApi, TheFirstAnswerCounts) {
  RuntimeApi api = running();
  const ApiStep first = api.handle("POST", path_of("one", "response"), "1", "");
  EXPECT_EQ(first.event, ApiEvent::kResponse);
  EXPECT_EQ(first.body, "1");
  EXPECT_EQ(first.answer.status, 202);
  const ApiStep second = api.handle("POST", path_of("one", "response"), "2", "");
  EXPECT_EQ(second.event, ApiEvent::kNothing);
  EXPECT_EQ(second.answer.status, 403);
}

TEST(RuntimeApi, AForeignRequestIdChangesNothing) {
  RuntimeApi api = running();
  EXPECT_EQ(api.handle("POST", path_of("two", "response"), "2", "").answer.status, 400);
  EXPECT_EQ(api.handle("POST", path_of("", "response"), "2", "").answer.status, 400);
  EXPECT_EQ(api.handle("POST", path_of("one", "response"), "1", "").event, ApiEvent::kResponse);
  EXPECT_EQ(RuntimeApi().handle("POST", path_of("", "response"), "2", "").answer.status, 400);
}

TEST(RuntimeApi, ALateAnswerOfTheLastInvocationDoesNotReachTheNext) {
  RuntimeApi api = running();
  api.handle("POST", path_of("one", "response"), "1", "");
  api.handle("GET", kNext, "", "");
  api.submit(invocation("two"));
  EXPECT_EQ(api.handle("POST", path_of("one", "response"), "late", "").answer.status, 400);
  EXPECT_EQ(api.handle("POST", path_of("two", "response"), "2", "").body, "2");
}

TEST(RuntimeApi, TheLimitIsExact) {
  RuntimeApi api = running();
  EXPECT_EQ(api.handle("POST", path_of("one", "response"), std::string(kMaxResponseBytes, 'x'), "").event,
            ApiEvent::kResponse);
  api = running();
  const ApiStep step =
      api.handle("POST", path_of("one", "response"), std::string(kMaxResponseBytes + 1, 'x'), "");
  EXPECT_EQ(step.event, ApiEvent::kTooLarge);
  EXPECT_EQ(step.answer.status, 413);
  EXPECT_EQ(api.handle("POST", path_of("one", "error"), "{}", "").answer.status, 202)
      << "the client reports the 413";
}

TEST(RuntimeApi, AnInitErrorEndsIt) {
  RuntimeApi api;
  const ApiStep step = api.handle("POST", kInitError, R"({"errorType":"x"})", "Runtime.ImportModuleError");
  EXPECT_EQ(step.event, ApiEvent::kInitError);
  EXPECT_EQ(step.error_type, "Runtime.ImportModuleError");
  EXPECT_EQ(api.handle("POST", kInitError, "{}", "").answer.status, 403);
}

TEST(RuntimeApi, UnknownRoutesAre404AndWrongMethods405) {
  RuntimeApi api;
  EXPECT_EQ(api.handle("GET", "/", "", "").answer.status, 404);
  EXPECT_EQ(api.handle("GET", "/2018-06-01/runtime/restore/next", "", "").answer.status, 404);
  EXPECT_EQ(api.handle("POST", kNext, "", "").answer.status, 405);
  EXPECT_EQ(api.handle("GET", path_of("one", "response"), "", "").answer.status, 405);
}

}  // namespace
}  // namespace lamella::sandbox
