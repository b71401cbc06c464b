// SPDX-License-Identifier: Apache-2.0
//
// The public aws-c-auth suite, read from beside the repository; a plain clone has none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "document/json.h"
#include "wire/sigv4.h"
#include "wire/timestamp.h"

namespace lamella::wire {
namespace {

namespace fs = std::filesystem;

std::string slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

struct Case {
  fs::path folder;
  HttpRequest request;
  SigningCredentials credentials;
  SigningScope scope;
  std::chrono::sys_seconds time;
  std::chrono::seconds lifetime;
  bool normalize = true;
  bool sign_body = false;
  bool omit_token = false;

  std::string expected(const char* file) const { return slurp(folder / file); }
};

HttpRequest parse_request_file(std::string text) {
  HttpRequest request;
  const auto head_end = text.find("\n\n");
  std::istringstream head(text.substr(0, head_end));
  if (head_end != std::string::npos) request.body = text.substr(head_end + 2);
  std::string line;
  std::getline(head, line);
  request.method = line.substr(0, line.find(' '));
  const auto start = line.find(' ') + 1;
  const std::string target = line.substr(start, line.rfind(" HTTP/") - start);
  request.path = target.substr(0, target.find('?'));
  if (target.find('?') != std::string::npos) request.query = target.substr(target.find('?') + 1);
  while (std::getline(head, line) && !line.empty()) {
    if (line[0] == ' ') {
      request.headers.back().second += "\n" + line;
    } else {
      request.headers.emplace_back(line.substr(0, line.find(':')), line.substr(line.find(':') + 1));
    }
  }
  return request;
}

Case load(const fs::path& folder) {
  const auto context = document::parse_json(slurp(folder / "context.json"), "context.json").value();
  Case c;
  c.folder = folder;
  c.request = parse_request_file(slurp(folder / "request.txt"));
  const auto& credentials = *context.find("credentials");
  c.credentials = {credentials.text("access_key_id"), Secret(credentials.text("secret_access_key")),
                   Secret(credentials.text("token"))};
  c.scope = {context.text("region"), context.text("service")};
  c.time = std::chrono::floor<std::chrono::seconds>(parse_timestamp(context.text("timestamp")).value());
  c.lifetime = std::chrono::seconds(context.integer("expiration_in_seconds", 3600));
  c.normalize = context.boolean("normalize");
  c.sign_body = context.boolean("sign_body");
  c.omit_token = context.boolean("omit_session_token");
  return c;
}

std::string after(const std::string& text, const std::string& mark) {
  return text.substr(text.find(mark) + mark.size());
}

void check_header_signing(Case c) {
  if (c.omit_token) c.credentials.session_token = Secret();
  SignOptions options;
  options.payload_header = c.sign_body;
  options.collapse_path = c.normalize;
  sign(c.request, c.credentials, c.scope, c.time, options);
  const std::string authorization(find_header(c.request.headers, "Authorization").value());
  const std::string names =
      after(authorization, "SignedHeaders=").substr(0, after(authorization, "SignedHeaders=").find(','));
  const std::string canonical =
      canonical_request(c.request, names, payload_hash(c.request.body), c.scope.service, c.normalize);
  EXPECT_EQ(canonical, c.expected("header-canonical-request.txt"));
  EXPECT_EQ(string_to_sign(canonical, c.scope, c.time), c.expected("header-string-to-sign.txt"));
  EXPECT_EQ(after(authorization, "Signature="), c.expected("header-signature.txt"));
  EXPECT_THAT(c.expected("header-signed-request.txt"), testing::HasSubstr("Authorization:" + authorization));
}

void check_query_signing(Case c) {
  if (c.omit_token) c.credentials.session_token = Secret();
  SignOptions options;
  options.payload = payload_hash(c.request.body);
  options.collapse_path = c.normalize;
  presign(c.request, c.credentials, c.scope, c.time, c.lifetime, options);
  EXPECT_EQ(after(c.request.query, "X-Amz-Signature="), c.expected("query-signature.txt"));
}

TEST(SigV4Vectors, HeaderAndQuerySigningMatchEveryCase) {
  const fs::path root = fs::path(LAMELLA_SOURCE_DIR) / "../shared/oracles/sigv4";
  if (!fs::exists(root)) GTEST_SKIP() << "no ../shared/oracles/sigv4 beside the repository";
  int cases = 0;
  for (const auto& entry : fs::directory_iterator(root)) {
    if (!fs::exists(entry.path() / "context.json")) continue;
    SCOPED_TRACE(entry.path().filename().string());
    const Case c = load(entry.path());
    check_header_signing(c);
    check_query_signing(c);
    ++cases;
  }
  EXPECT_EQ(cases, 38);
}

}  // namespace
}  // namespace lamella::wire
