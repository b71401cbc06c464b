// SPDX-License-Identifier: Apache-2.0
#include "store/fetcher.h"

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <map>
#include <mutex>

#include "base/encoding.h"
#include "crypto/sha256.h"
#include "http/server.h"
#include "os/temp_directory.h"
#include "store/local_store.h"

namespace lamella::store {
namespace {

class FetcherTest : public ::testing::Test {
 protected:
  Download file(const std::string& name, const std::string& content) {
    std::ofstream(root_.path() / name) << content;
    return {.name = name,
            .url = "file://" + (root_.path() / name).string(),
            .sha256 = crypto::sha256(content),
            .size = content.size()};
  }
  Result<FetchReport> fetch(const std::vector<Download>& downloads) {
    return Fetcher(*store_).fetch(downloads, base::no_events(), {});
  }
  os::TempDirectory root_ = os::TempDirectory::create("fetch").value();
  std::unique_ptr<ContentStore> store_ = open_local_store({.root = root_.path() / "store"}).value();
};

TEST_F(FetcherTest, fetches_what_is_missing_once) {
  const Download a = file("a b.whl", "wheel a");
  const Download b = file("b.whl", "wheel b");
  const auto first = fetch({a, b, a});
  ASSERT_TRUE(first.has_value()) << first.error().to_string();
  EXPECT_EQ(first->fetched, 2u);
  EXPECT_EQ(first->bytes, 14u);
  EXPECT_EQ(read_all(*store_, a.sha256).value(), "wheel a");
  const auto second = fetch({a, b});
  EXPECT_EQ(second->fetched, 0u);
  EXPECT_EQ(second->reused, 2u);
}

TEST_F(FetcherTest, what_is_stored_is_told_once_whether_it_was_there_or_is_fetched) {
  const Download there = file("a.whl", "wheel a");
  const Download fetched = file("b.whl", "bytes of b");
  Download wrong = file("c.whl", "evil bytes");
  wrong.sha256 = crypto::sha256("good bytes");
  ASSERT_TRUE(fetch({there}).has_value());
  std::mutex mutex;
  std::multimap<Digest, std::uint64_t> told;
  const OnStored stored = [&](const Digest& digest, std::uint64_t bytes) {
    EXPECT_TRUE(read_all(*store_, digest).value().has_value()) << "it is there when it is told";
    const std::lock_guard lock(mutex);
    told.emplace(digest, bytes);
  };
  const std::vector<Download> all = {there, fetched, there, fetched, wrong};
  EXPECT_FALSE(Fetcher(*store_).fetch(all, base::no_events(), {}, stored).has_value());
  const std::multimap<Digest, std::uint64_t> wanted = {{there.sha256, 7}, {fetched.sha256, 10}};
  EXPECT_EQ(told, wanted);
}

TEST_F(FetcherTest, other_bytes_than_pinned_are_named_and_not_kept) {
  Download a = file("a.whl", "evil bytes");
  a.sha256 = crypto::sha256("good bytes");
  const auto result = fetch({a});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), ErrorCode::kMismatch);
  EXPECT_EQ(result.error().fact("file"), "a.whl");
  EXPECT_EQ(result.error().fact("wanted"), crypto::sha256("good bytes").hex());
  EXPECT_EQ(result.error().fact("got"), crypto::sha256("evil bytes").hex());
  EXPECT_EQ(store_->stats()->blobs, 0u);
  EXPECT_EQ(store_->stats()->unfinished, 0u);
}

TEST_F(FetcherTest, a_file_longer_than_stated_is_cut_off) {
  Download a = file("a.whl", "twelve bytes");
  a.size = 5;
  const auto result = fetch({a});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), ErrorCode::kRejected);
}

TEST_F(FetcherTest, plain_http_to_elsewhere_and_other_schemes_are_refused) {
  for (const std::string url : {"http://example.org/a.whl", "http://127.0.0.1@example.org/a.whl",
                                "ftp://h/a.whl", "file://host/a.whl", "/etc/passwd"}) {
    const auto result = fetch({{.name = "a.whl", .url = url, .sha256 = crypto::sha256("x")}});
    ASSERT_FALSE(result.has_value()) << url;
    EXPECT_EQ(result.error().code(), ErrorCode::kUsage) << url;
  }
}

TEST_F(FetcherTest, a_dead_server_is_remote_after_retries_and_credentials_stay_hidden) {
  const FetchOptions quick{.attempts = 2, .first_pause = std::chrono::milliseconds(1)};
  const Download dead{
      .name = "a.whl", .url = "http://user:s3cret@127.0.0.1:9/a.whl", .sha256 = crypto::sha256("x")};
  const auto result = Fetcher(*store_, quick).fetch({&dead, 1}, base::no_events(), {});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), ErrorCode::kRemote);
  EXPECT_EQ(result.error().to_string().find("s3cret"), std::string::npos) << result.error().to_string();
}

/// A server on loopback whose first `failures` answers are 503.
class FetcherOverHttp : public FetcherTest {
 protected:
  void SetUp() override {
    server_ = http::Server::start().value();
    listener_ = server_
                    ->listen({},
                             [this](http::Request request, http::Responder responder) {
                               ++requests_;
                               if (const auto* given = request.headers.find("Authorization"))
                                 authorization_ = *given;
                               if (failures_ > 0) {
                                 --failures_;
                                 responder.send(http::Response::text(503, "busy"));
                               } else if (request.path() == "/gone.whl") {
                                 responder.send(http::Response::text(404, "gone"));
                               } else {
                                 responder.send(
                                     http::Response::text(200, "content of " + std::string(request.path())));
                               }
                             })
                    .value();
  }
  Download at(const std::string& path, const std::string& user = "") {
    const std::string host = user + "127.0.0.1:" + std::to_string(listener_.port());
    return {.name = path.substr(1),
            .url = "http://" + host + path,
            .sha256 = crypto::sha256("content of " + path)};
  }
  Result<FetchReport> fetch_quickly(const std::vector<Download>& downloads) {
    const FetchOptions quick{.attempts = 3, .first_pause = std::chrono::milliseconds(1)};
    return Fetcher(*store_, quick).fetch(downloads, base::no_events(), {});
  }

  std::atomic<int> requests_{0};
  std::atomic<int> failures_{0};
  std::mutex mutex_;
  std::string authorization_;  // guarded by mutex_
  std::unique_ptr<http::Server> server_;
  http::Listener listener_;
};

TEST_F(FetcherOverHttp, fetches_many_at_once) {
  std::vector<Download> downloads;
  for (int i = 0; i < 40; ++i) downloads.push_back(at("/file" + std::to_string(i) + ".whl"));
  const auto report = fetch_quickly(downloads);
  ASSERT_TRUE(report.has_value()) << report.error().to_string();
  EXPECT_EQ(report->fetched, 40u);
  for (const Download& one : downloads) EXPECT_TRUE(read_all(*store_, one.sha256).value().has_value());
}

TEST_F(FetcherOverHttp, tries_again_while_the_server_is_busy_but_not_for_ever) {
  failures_ = 2;
  EXPECT_TRUE(fetch_quickly({at("/a.whl")}).has_value());
  EXPECT_EQ(requests_, 3);
  failures_ = 100;
  const auto result = fetch_quickly({at("/b.whl")});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), ErrorCode::kRemote);
  EXPECT_EQ(requests_, 6);
}

TEST_F(FetcherOverHttp, a_removed_file_and_other_bytes_are_not_asked_for_again) {
  const auto gone = fetch_quickly({at("/gone.whl")});
  ASSERT_FALSE(gone.has_value());
  EXPECT_EQ(gone.error().code(), ErrorCode::kMismatch);
  EXPECT_EQ(gone.error().fact("file"), "gone.whl");
  Download other = at("/other.whl");
  other.sha256 = crypto::sha256("what was locked");
  EXPECT_EQ(fetch_quickly({other}).error().code(), ErrorCode::kMismatch);
  EXPECT_EQ(requests_, 2);
}

TEST_F(FetcherOverHttp, credentials_of_the_url_are_sent_and_not_shown) {
  ASSERT_TRUE(fetch_quickly({at("/a.whl", "user:s3cret@")}).has_value());
  {
    const std::lock_guard lock(mutex_);
    EXPECT_EQ(authorization_, "Basic " + base::to_base64(base::as_bytes("user:s3cret")));
  }
  Download wrong = at("/b.whl", "user:s3cret@");
  wrong.sha256 = crypto::sha256("else");
  const std::string text = fetch_quickly({wrong}).error().to_string();
  EXPECT_EQ(text.find("s3cret"), std::string::npos) << text;
}

TEST_F(FetcherOverHttp, a_login_is_sent_to_its_origin_and_not_where_that_redirects_to) {
  std::atomic<int> foreign_logins{0};
  auto other = server_->listen({}, [&](http::Request request, http::Responder responder) {
    foreign_logins += request.headers.find("Authorization") == nullptr ? 0 : 1;
    responder.send(http::Response::text(200, "content of /a.whl"));
  });
  ASSERT_TRUE(other.has_value());
  const std::string elsewhere = "http://127.0.0.1:" + std::to_string(other->port()) + "/a.whl";
  auto moved = server_->listen({}, [&](http::Request request, http::Responder responder) {
    ++requests_;
    const auto* login = request.headers.find("Authorization");
    const bool known =
        login != nullptr && *login == "Basic " + base::to_base64(base::as_bytes("team:s3cret"));
    auto answer = http::Response::text(known ? 302 : 401, "");
    if (known) answer.headers.set("Location", elsewhere);
    responder.send(std::move(answer));
  });
  ASSERT_TRUE(moved.has_value());
  Download one = at("/a.whl");
  one.url = "http://127.0.0.1:" + std::to_string(moved->port()) + "/a.whl";
  FetchOptions options{.attempts = 1};
  EXPECT_FALSE(Fetcher(*store_, options).fetch({&one, 1}, base::no_events(), {}).has_value());
  options.logins.push_back({origin_of(one.url), "team", Secret("s3cret")});
  const auto report = Fetcher(*store_, options).fetch({&one, 1}, base::no_events(), {});
  ASSERT_TRUE(report.has_value()) << report.error().to_string();
  EXPECT_EQ(foreign_logins, 0);
}

TEST(OriginOf, is_scheme_host_and_port) {
  EXPECT_EQ(origin_of("HTTPS://u:p@Host.Example:8443/simple?x=@y"), "https://host.example:8443");
  EXPECT_EQ(origin_of("https://host"), "https://host");
  EXPECT_EQ(origin_of("no address"), "");
}

TEST_F(FetcherOverHttp, a_stop_ends_it) {
  failures_ = 1000;
  std::stop_source stop;
  stop.request_stop();
  const Download one = at("/a.whl");
  const auto result = Fetcher(*store_).fetch({&one, 1}, base::no_events(), stop.get_token());
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), ErrorCode::kInterrupted);
}

TEST(WithoutCredentials, hides_user_and_password_alone) {
  EXPECT_EQ(without_credentials("https://u:p@host/simple?x=@y"), "https://***@host/simple?x=@y");
  EXPECT_EQ(without_credentials("https://u:p@q@host/"), "https://***@host/");
  EXPECT_EQ(without_credentials("https://host/a@b"), "https://host/a@b");
  EXPECT_EQ(without_credentials("https://host?x@y"), "https://host?x@y");
  EXPECT_EQ(without_credentials("not a url"), "not a url");
}

/// A server of files of 3 MB whose bodies come as fast as they are taken.
class FetcherOfLargeFiles : public FetcherTest {
 protected:
  void SetUp() override {
    server_ = http::Server::start().value();
    listener_ =
        server_
            ->listen({},
                     [](http::Request request, http::Responder responder) {
                       responder.send(http::Response::text(200, content(std::string(request.path()))));
                     })
            .value();
  }
  static std::string content(const std::string& path) {
    return path == "/small.whl" ? "small" : path + std::string(3'000'000, 'x');
  }
  Download at(const std::string& path) {
    return {.name = path.substr(1),
            .url = "http://127.0.0.1:" + std::to_string(listener_.port()) + path,
            .sha256 = crypto::sha256(content(path))};
  }

  std::unique_ptr<http::Server> server_;
  http::Listener listener_;
};

TEST_F(FetcherOfLargeFiles, come_all_though_few_may_run_at_once) {
  std::vector<Download> all = {at("/small.whl")};
  for (int i = 0; i < 20; ++i) all.push_back(at("/" + std::to_string(i) + ".whl"));
  const auto result = fetch(all);
  ASSERT_TRUE(result.has_value()) << result.error().to_string();
  EXPECT_EQ(result->fetched, 21u);
  EXPECT_EQ(store_->stats()->blobs, 21u);
}

TEST_F(FetcherOfLargeFiles, that_wait_are_not_waited_for_when_one_is_wrong) {
  std::vector<Download> all;
  for (int i = 0; i < 20; ++i) all.push_back(at("/" + std::to_string(i) + ".whl"));
  all[7].sha256 = crypto::sha256("something else");
  const auto result = fetch(all);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), ErrorCode::kMismatch);
  EXPECT_EQ(result.error().fact("file"), "7.whl");
  EXPECT_EQ(store_->stats()->unfinished, 0u);
}

}  // namespace
}  // namespace lamella::store
