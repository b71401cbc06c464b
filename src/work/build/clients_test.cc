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
  EXPECT_THAT(services("import os, boto3\nboto3.client((('sqs')), region_name='x')"), ElementsAre("sqs"));
}

TEST(FindClients, ByAnyNameThatASessionOrAMakerIsGiven) {
  EXPECT_THAT(services("import boto3\ns: boto3.Session = boto3.Session()\ns.client('sqs')"),
              ElementsAre("sqs"));
  EXPECT_THAT(services("import boto3\ntry: s = boto3.Session()\nfinally: pass\ns.client('sqs')"),
              ElementsAre("sqs"));
  EXPECT_THAT(services("from boto3 import Session as S\nS().client('sqs')"), ElementsAre("sqs"));
  EXPECT_THAT(services("from boto3.session import Session as S\nx = S()\nx.resource('sqs')"),
              ElementsAre("sqs"));
  EXPECT_THAT(services("import boto3\ndef f(n, aws: boto3.Session, m):\n  aws.client('sqs')"),
              ElementsAre("sqs"));
  EXPECT_THAT(services("import boto3\nmake = boto3.client\nmake('sqs')"), ElementsAre("sqs"));
  EXPECT_THAT(services("import aioboto3\naioboto3.Session().client('sqs')"), ElementsAre("sqs"));
  EXPECT_THAT(services("import boto3\nother: redis.Pool = redis.Pool()\nother.client('x')"), IsEmpty());
}

TEST(FindClients, ByAConstantOfTheFile) {
  EXPECT_THAT(services("import boto3\nQ = 'sqs'; boto3.client(Q)"), ElementsAre("sqs"));
  EXPECT_THAT(services("import boto3\nQ: str = 'sqs'\nif Q == 'x':\n  boto3.client(service_name=Q)"),
              ElementsAre("sqs"));
  EXPECT_THAT(services("import boto3\nQ = 'sqs'\nQ = 'sns'\nboto3.client(Q)"), IsEmpty()) << "which one?";
  EXPECT_THAT(services("import boto3\nQ = 's'\nQ += 'qs'\nboto3.client(Q)"), IsEmpty());
  EXPECT_THAT(services("import boto3\nQ = 's' 'qs'\nboto3.client(Q)"), IsEmpty());
  EXPECT_THAT(services("import boto3\nQ = 's' + x\nboto3.client(Q)"), IsEmpty());
  EXPECT_THAT(services("import boto3\ndef f():\n  Q = 'sqs'\nboto3.client(Q)"), IsEmpty());
  EXPECT_THAT(find_clients("import boto3\nQ = 'sqs'\nboto3.client(Q)\n"),
              ElementsAre(ClientUse{"sqs", 3, 14}));
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

TEST_F(CheckClientsTest, TellsAllThatIsLeftOutAtOnce) {
  write("functions/report/more.py", "import boto3\nboto3.client('s3'); boto3.client('sns')\n");
  add_function("other", {"aws"});
  write("functions/other/app.py", "import boto3\nboto3.client('iam')\n");
  const auto report = try_build();
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().where(), "functions/report/jobs.py:3:22");
  EXPECT_EQ(report.error().why(),
            "layers.aws.services keeps lambda, s3; 'sns' is left out too, at functions/report/more.py:2:34; "
            "'iam' is left out too, at functions/other/app.py:2:14");
  EXPECT_THAT(report.error().remedy(), HasSubstr("add \"iam\", \"sns\", \"sqs\" to layers.aws.services"));
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
