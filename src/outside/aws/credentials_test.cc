// SPDX-License-Identifier: Apache-2.0
#include "aws/credentials.h"

#include <gtest/gtest.h>

#include "aws/endpoint.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/temp_directory.h"
#include "wire/timestamp.h"

namespace lamella::aws {
namespace {

using namespace std::chrono_literals;
using Values = std::map<std::string, std::string, std::less<>>;

Variables variables(Values values) {
  return [values](std::string_view name) -> std::optional<std::string> {
    const auto at = values.find(name);
    if (at == values.end()) return std::nullopt;
    return at->second;
  };
}

class CredentialsTest : public ::testing::Test {
 protected:
  CredentialsTest() { std::filesystem::create_directory(home_.path() / ".aws"); }

  void config(std::string_view text) { write("config", text); }
  void credentials(std::string_view text) { write("credentials", text); }

  Result<Settings> settings(Values values = {}, std::string_view profile = {}) {
    return load_settings(variables(std::move(values)), home_.path(), profile);
  }
  Result<wire::SigningCredentials> resolve(Values values = {}, std::string_view profile = {}) {
    LAMELLA_TRY_ASSIGN(const Settings s, settings(std::move(values), profile));
    LAMELLA_TRY_ASSIGN(auto provider, credential_chain(s, run_, clock_));
    return provider->get();
  }
  std::string key(Values values = {}, std::string_view profile = {}) {
    const auto found = resolve(std::move(values), profile);
    return found ? found->access_key_id : "error: " + found.error().what();
  }

  os::TempDirectory home_ = os::TempDirectory::create().value();
  os::ManualClock clock_;
  RunProgram run_ = [](const auto&) { return Error(ErrorCode::kInternal, "nothing to run"); };

 private:
  void write(const char* name, std::string_view text) {
    ASSERT_TRUE(os::write_file_atomic(home_.path() / ".aws" / name, text));
  }
};

TEST_F(CredentialsTest, EnvironmentFirstUnlessAProfileIsNamed) {
  credentials(
      "[default]\naws_access_key_id = FILE\naws_secret_access_key = s\n[other]\naws_access_key_id=OTHER\n"
      "aws_secret_access_key=t\naws_session_token = tok\n");
  const Values env = {{"AWS_ACCESS_KEY_ID", "ENV"}, {"AWS_SECRET_ACCESS_KEY", "s"}};
  EXPECT_EQ(key(env), "ENV");
  EXPECT_EQ(key(env, "other"), "OTHER");
  EXPECT_EQ(key(), "FILE");
  EXPECT_EQ(key({{"AWS_PROFILE", "other"}}), "OTHER");
  EXPECT_EQ(resolve({}, "other")->session_token.reveal(), "tok");
}

TEST_F(CredentialsTest, HalfAKeyIsAnErrorNotAMiss) {
  EXPECT_EQ(resolve({{"AWS_ACCESS_KEY_ID", "ENV"}}).error().code(), ErrorCode::kUsage);
  credentials("[default]\naws_access_key_id = FILE\n");
  EXPECT_EQ(resolve().error().code(), ErrorCode::kUsage);
}

TEST_F(CredentialsTest, CredentialsFileThenProcessThenConfigFile) {
  config("[profile p]\naws_access_key_id = CONFIG\naws_secret_access_key = s\n");
  EXPECT_EQ(key({}, "p"), "CONFIG");
  config(
      "[profile p]\naws_access_key_id = CONFIG\naws_secret_access_key = s\n"
      "credential_process = \"/opt/my tool\" --x 'a b'\n");
  std::vector<std::string> ran;
  run_ = [&](const std::vector<std::string>& arguments) -> Result<std::string> {
    ran = arguments;
    return std::string(R"({"Version":1,"AccessKeyId":"PROC","SecretAccessKey":"s"})");
  };
  EXPECT_EQ(key({}, "p"), "PROC");
  EXPECT_EQ(ran, (std::vector<std::string>{"/opt/my tool", "--x", "a b"}));
  credentials("[p]\naws_access_key_id = FILE\naws_secret_access_key = s\n");
  EXPECT_EQ(key({}, "p"), "FILE");
}

TEST_F(CredentialsTest, ProcessIsRunAgainBeforeItsKeysEnd) {
  config("[default]\ncredential_process = tool\n");
  int runs = 0;
  run_ = [&](const auto&) -> Result<std::string> {
    ++runs;
    return R"({"Version":1,"AccessKeyId":"K","SecretAccessKey":"s","Expiration":")" +
           wire::render_timestamp(clock_.wall() + 1h) + "\"}";
  };
  const auto provider = credential_chain(settings().value(), run_, clock_).value();
  ASSERT_TRUE(provider->get());
  clock_.advance(49min);
  ASSERT_TRUE(provider->get());
  EXPECT_EQ(runs, 1);
  clock_.advance(2min);
  ASSERT_TRUE(provider->get());
  EXPECT_EQ(runs, 2);
}

TEST_F(CredentialsTest, RefusesWhatIsNotBuiltInsteadOfPassingItOver) {
  const auto refused = [&](std::string_view text) {
    config(text);
    credentials("[p]\naws_access_key_id = FILE\naws_secret_access_key = s\n");
    const auto result = resolve({}, "p");
    return !result && result.error().remedy().find("export-credentials") != std::string::npos;
  };
  EXPECT_TRUE(refused("[profile p]\nrole_arn = arn:x\nsource_profile = q\n"));
  EXPECT_TRUE(refused("[profile p]\nsso_session = corp\n"));
  EXPECT_TRUE(refused("[profile p]\nweb_identity_token_file = /t\n"));
  EXPECT_FALSE(refused("[profile p]\nregion = x\n"));
  EXPECT_NE(key({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://x"}}).find("container"), std::string::npos);
}

TEST_F(CredentialsTest, NothingFoundNamesWhatWasLookedAt) {
  const auto none = resolve();
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code(), ErrorCode::kUsage);
  EXPECT_FALSE(none.error().remedy().empty());
  EXPECT_NE(key({}, "ghost").find("no AWS profile ghost"), std::string::npos);
}

TEST_F(CredentialsTest, SecretsStayOutOfErrors) {
  const auto bad = parse_process_output(R"({"Version":1,"SecretAccessKey":"hush"})");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().to_string().find("hush"), std::string::npos);
  EXPECT_FALSE(parse_process_output("hush"));
  EXPECT_EQ(parse_process_output("hush").error().to_string().find("hush"), std::string::npos);
}

TEST_F(CredentialsTest, RunsTheRealProgramWithoutAShell) {
  const auto run = run_credential_process();
  EXPECT_EQ(run({"/bin/echo", "$HOME"}).value(), "$HOME\n");
  EXPECT_FALSE(run({"/bin/false"}));
}

TEST_F(CredentialsTest, FilePointsAtItsBadLine) {
  config("# fine\n[default]\nregion = x\nnonsense\n");
  EXPECT_NE(settings().error().where().find("config:4"), std::string::npos);
  EXPECT_FALSE(parse_shared_file("key = 1\n", "f"));
  EXPECT_FALSE(parse_shared_file("[open\n", "f"));
}

TEST_F(CredentialsTest, RegionFromVariablesThenProfile) {
  config("[default]\nregion = eu-west-1\n");
  EXPECT_EQ(resolve_region("", settings().value()).value(), "eu-west-1");
  EXPECT_EQ(resolve_region("", settings({{"AWS_DEFAULT_REGION", "b"}}).value()).value(), "b");
  EXPECT_EQ(resolve_region("", settings({{"AWS_DEFAULT_REGION", "b"}, {"AWS_REGION", "a"}}).value()).value(),
            "a");
  EXPECT_EQ(resolve_region("c", settings().value()).value(), "c");
  config("[default]\n");
  EXPECT_FALSE(resolve_region("", settings().value()));
}

TEST_F(CredentialsTest, EndpointOrder) {
  config(
      "[default]\nservices = here\nendpoint_url = http://profile:1\n"
      "[services here]\nlambda =\n  endpoint_url = http://section:2/\n");
  const auto origin = [&](Values values, std::string_view given = {}, Service service = Service::kLambda,
                          std::string_view region = "us-west-2") {
    const auto found = resolve_endpoint(service, region, given, settings(std::move(values)).value());
    return found ? found->origin : "error: " + found.error().what();
  };
  EXPECT_EQ(origin({}), "http://section:2");
  EXPECT_EQ(origin({}, {}, Service::kSts), "http://profile:1");
  EXPECT_EQ(origin({{"AWS_ENDPOINT_URL", "http://all:3"}}), "http://all:3");
  EXPECT_EQ(origin({{"AWS_ENDPOINT_URL", "http://all:3"}, {"AWS_ENDPOINT_URL_LAMBDA", "http://own:4"}}),
            "http://own:4");
  EXPECT_EQ(origin({{"AWS_ENDPOINT_URL_LAMBDA", "http://own:4"}}, "http://given:5/"), "http://given:5");
  const Values ignoring = {{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"},
                           {"AWS_ENDPOINT_URL", "http://all:3"}};
  EXPECT_EQ(origin(ignoring), "https://lambda.us-west-2.amazonaws.com");
  EXPECT_EQ(origin(ignoring, {}, Service::kLambda, "cn-north-1"),
            "https://lambda.cn-north-1.amazonaws.com.cn");
  for (const char* bad : {"ftp://x", "http://", "http://user@host", "http://host/path", "host:1"}) {
    EXPECT_TRUE(origin({}, bad).starts_with("error")) << bad;
  }
  config("[default]\nservices = gone\n");
  EXPECT_TRUE(origin({}).starts_with("error"));
}

}  // namespace
}  // namespace lamella::aws
