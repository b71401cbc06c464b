// SPDX-License-Identifier: Apache-2.0
#include "build/clients.h"

#include <gmock/gmock.h>

#include "build/build_fixture.h"

namespace lamella::build {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> services(std::string_view source) {
  std::vector<std::string> out;
  for (const ClientUse& use : find_clients(source)) out.push_back(use.service);
  return out;
}

TEST(FindClients, WhereverAClientIsMade) {
  EXPECT_THAT(services("import boto3\nx = boto3.client('s3')\n"), ElementsAre("s3"));
  EXPECT_THAT(services("import boto3\nx = boto3.resource(\n    \"dynamodb\", region_name='x')"),
              ElementsAre("dynamodb"));
  EXPECT_THAT(services("import boto3 as aws\naws.client(service_name='sts')"), ElementsAre("sts"));
  EXPECT_THAT(services("import boto3\naws = boto3.session.Session()\naws.client('sqs')"), ElementsAre("sqs"));
  EXPECT_THAT(services("import boto3\nboto3.Session(region_name=pick('x')).client('sns')"),
              ElementsAre("sns"));
  EXPECT_THAT(services("import boto3\nself.session.client('sns')"), ElementsAre("sns"));
  EXPECT_THAT(services("from boto3 import client, resource as r\nclient('s3'); r('ec2')"),
              ElementsAre("s3", "ec2"));
  EXPECT_THAT(services("import botocore.session\nbotocore.session.get_session().create_client(u'logs')"),
              ElementsAre("logs"));
  EXPECT_THAT(services("import boto3\nboto3.client(region_name='x', service_name=r'events')"),
              ElementsAre("events"));
}

TEST(FindClients, NothingElse) {
  EXPECT_THAT(services("import redis\nredis.client('s3')"), IsEmpty()) << "no boto3 here";
  EXPECT_THAT(services("import boto3\nredis.client('cache')"), IsEmpty());
  EXPECT_THAT(services("import boto3\n# boto3.client('s3')\ntext = \"boto3.client('s3')\"\n"), IsEmpty());
  EXPECT_THAT(services("import boto3\n'''\nboto3.client('s3')\n'''"), IsEmpty());
  EXPECT_THAT(
      services(
          "import boto3\nboto3.client(name); boto3.client('s' + kind); boto3.client(f'{x}'); boto3.client()"),
      IsEmpty());
  EXPECT_THAT(services("from boto3 import client\ndef client('s3'"), IsEmpty());
  EXPECT_THAT(services("import boto3\nboto3.client('unfinished"), IsEmpty());
  EXPECT_THAT(services("import boto3\nboto3.client("), IsEmpty());
}

TEST(FindClients, SayWhere) {
  EXPECT_THAT(find_clients("import boto3\n\n\"\"\"a\nb\"\"\"\nx = boto3.client(  's3')\n"),
              ElementsAre(ClientUse{"s3", 5, 20}));
}

class CheckClientsTest : public BuildTest {
 protected:
  void SetUp() override {
    lock_wheel("botocore", "1.31.0");
    add_layer("aws", {"botocore"}).services = {"s3", "lambda"};
    add_function("report", {"aws"});
    write("functions/report/jobs.py", "import boto3\n\nqueue = boto3.client('sqs')\n");
  }
};

TEST_F(CheckClientsTest, RefusesAServiceThatTheLayerLeavesOut) {
  const auto report = try_build();
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().code(), ErrorCode::kRejected);
  EXPECT_EQ(report.error().where(), "functions/report/jobs.py:3:22");
  EXPECT_THAT(report.error().what(), HasSubstr("creates a client for 'sqs', which layer aws leaves out"));
  EXPECT_THAT(report.error().remedy(), HasSubstr("add \"sqs\" to layers.aws.services"));
}

TEST_F(CheckClientsTest, AcceptsWhatIsKeptByAnyWord) {
  workspace_.layers[0].services.emplace_back("sqs");
  build_all();
  workspace_.layers[0].services.pop_back();
  workspace_.layers[0].prune.keep = {model::Glob::parse("botocore/data/sqs/**").value()};
  build_all();
  workspace_.layers[0].prune.keep.clear();
  workspace_.layers[0].services.clear();
  build_all();
}

}  // namespace
}  // namespace lamella::build
