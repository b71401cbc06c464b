// SPDX-License-Identifier: Apache-2.0
//
// The client against a server that speaks TLS with a certificate of its own.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "http/client.h"
#include "http/test_peer.h"
#include "os/process.h"
#include "os/temp_directory.h"

namespace lamella::http {
namespace {

/// Makes `name`.pem and its key, for 127.0.0.1, signed by itself.
void make_certificate(const std::filesystem::path& folder, const std::string& name) {
  const auto made =
      os::run({.argv = {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                        "-nodes", "-keyout", name + ".key", "-out", name + ".pem", "-days", "2", "-subj",
                        "/CN=" + name, "-addext", "subjectAltName=IP:127.0.0.1"},
               .inherit_env = true,
               .cwd = folder});
  ASSERT_TRUE(made.has_value()) << made.error().to_string();
  ASSERT_TRUE(made->succeeded()) << made->err;
}

/// Answers every connection with one page, and closes it.  No session is taken up again: that would pass without a
/// look at a certificate.
class TlsServer {
 public:
  TlsServer(const std::filesystem::path& folder, const std::string& name) {
    thread_ = std::thread([this, folder, name] {
      const auto result =
          os::run({.argv = {"openssl", "s_server", "-www", "-num_tickets", "0", "-no_ticket", "-no_cache",
                            "-accept", "127.0.0.1:0", "-cert", name + ".pem", "-key", name + ".key"},
                   .inherit_env = true,
                   .cwd = folder,
                   .out = os::Callback{[this](std::string_view text) { take(text); }},
                   .err = os::Discard{}},
                  stop_.get_token());
    });
    EXPECT_TRUE(listening_.wait());
  }
  ~TlsServer() {
    stop_.request_stop();
    thread_.join();
  }
  std::string url() const { return "https://127.0.0.1:" + port_ + "/"; }

 private:
  void take(std::string_view text) {
    said_ += text;
    const std::string before = "ACCEPT 127.0.0.1:";
    const auto at = said_.find(before);
    if (at == std::string::npos || said_.find('\n', at) == std::string::npos || !port_.empty()) return;
    port_ = said_.substr(at + before.size(), said_.find('\n', at) - at - before.size());
    listening_.raise();
  }

  std::stop_source stop_;
  Signal listening_;
  std::string said_;
  std::string port_;
  std::thread thread_;
};

class TrustTest : public ::testing::Test {
 protected:
  void SetUp() override {
    make_certificate(root_.path(), "right");
    make_certificate(root_.path(), "wrong");
    server_ = std::make_unique<TlsServer>(root_.path(), "right");
  }
  std::string file(const std::string& name) const { return (root_.path() / name).string(); }

  /// What each of two requests on two connections says.
  void expect_refused(const std::string& bundle) {
    Client client({.ca_bundle = bundle});
    for (int i = 0; i < 2; ++i) {
      const auto reply = client.send({.url = server_->url()});
      ASSERT_FALSE(reply.has_value()) << bundle;
      EXPECT_EQ(reply.error().code(), ErrorCode::kRemote);
      EXPECT_EQ(transport_failure(reply.error()), TransportFailure::kNotSent);
      EXPECT_EQ(reply.error().fact("permanent"), "true");
      EXPECT_NE(reply.error().to_string().find("SSL_CERT_FILE"), std::string::npos);
    }
  }

  os::TempDirectory root_ = os::TempDirectory::create("trust").value();
  std::unique_ptr<TlsServer> server_;
};

TEST_F(TrustTest, EveryConnectionBelievesTheBundle) {
  Client client({.ca_bundle = file("right.pem")});
  for (int i = 0; i < 3; ++i) {
    const auto reply = client.send({.url = server_->url()});
    ASSERT_TRUE(reply.has_value()) << reply.error().to_string();
    EXPECT_EQ(reply->status, 200);
  }
}

TEST_F(TrustTest, ManyThreadsShareOneBundle) {
  Client client({.ca_bundle = file("right.pem")});
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] { good += client.send({.url = server_->url()}).has_value() ? 1 : 0; });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 8);
}

/// The bundle is read once: what it becomes later is no matter to this client, and is to the next.
TEST_F(TrustTest, TheBundleIsReadOnce) {
  Client client({.ca_bundle = file("right.pem")});
  ASSERT_TRUE(client.send({.url = server_->url()}).has_value());
  std::filesystem::copy_file(file("wrong.pem"), file("right.pem"),
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_TRUE(client.send({.url = server_->url()}).has_value());
  expect_refused(file("right.pem"));
}

TEST_F(TrustTest, NoConnectionBelievesAnotherAuthority) { expect_refused(file("wrong.pem")); }

TEST_F(TrustTest, NoConnectionIsMadeWithoutAuthorities) {
  expect_refused(file("missing.pem"));
  std::ofstream(file("broken.pem")) << "-----BEGIN CERTIFICATE-----\nnot one\n-----END CERTIFICATE-----\n";
  expect_refused(file("broken.pem"));
  std::ofstream(file("empty.pem"));
  expect_refused(file("empty.pem"));
}

TEST_F(TrustTest, TheSystemsAuthoritiesDidNotSignThis) { expect_refused(""); }

TEST_F(TrustTest, ACertificateForAnotherNameIsRefused) {
  Client client({.ca_bundle = file("right.pem")});
  std::string other = server_->url();
  other.replace(other.find("127.0.0.1"), 9, "localhost");
  const auto reply = client.send({.url = other});
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().fact("permanent"), "true") << reply.error().to_string();
}

}  // namespace
}  // namespace lamella::http
