// SPDX-License-Identifier: Apache-2.0
//
// Answers that are sent piece by piece, and files.
#include <fcntl.h>
#include <unistd.h>

#include <atomic>

#include "http/test_peer.h"

namespace lamella::http {
namespace {

const std::string kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

TEST(Stream, PiecesGoOutAsChunksWhenTheyAreWritten) {
  Signal first_read;
  std::thread writer;
  const Host host({}, [&](const Request&, Responder responder) {
    auto held = std::make_shared<StreamWriter>(responder.start_stream(
        {.status = 200, .headers = {{"Content-Type", "text/event-stream"}}, .body = {}, .file = {}}));
    writer = std::thread([held, &first_read] {
      EXPECT_EQ(held->write("data: 1\n\n"), Flow::kReady);
      EXPECT_TRUE(first_read.wait());
      EXPECT_EQ(held->write("data: 2\n\n"), Flow::kReady);
      held->end();
    });
  });
  Peer peer = host.peer();
  const std::string first = peer.send(kGet).read_answers("1\n\n\r\n");
  EXPECT_NE(first.find("Transfer-Encoding: chunked\r\n"), std::string::npos) << first;
  EXPECT_TRUE(first.ends_with("\r\n\r\n9\r\ndata: 1\n\n\r\n")) << first;
  first_read.raise();
  EXPECT_EQ(peer.read_answers("0\r\n\r\n"), "9\r\ndata: 2\n\n\r\n0\r\n\r\n");
  writer.join();
  EXPECT_TRUE(
      peer.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").read_answers("0\r\n\r\n").starts_with("HTTP/1.1 200 "));
  writer.join();
}

TEST(Stream, OldClientsReadToTheEndOfTheConnection) {
  const Host host({}, [](const Request&, Responder responder) {
    StreamWriter stream = responder.start_stream({.status = 200, .headers = {}, .body = {}, .file = {}});
    stream.write("one ");
    stream.write("two");
    stream.end();
  });
  const std::string answer =
      host.peer().send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").read_to_end();
  EXPECT_TRUE(answer.ends_with("Connection: close\r\n\r\none two")) << answer;
}

TEST(Stream, AnUnfinishedStreamIsBrokenOff) {
  const Host host({}, [](const Request&, Responder responder) {
    StreamWriter stream = responder.start_stream({.status = 200, .headers = {}, .body = {}, .file = {}});
    stream.write("half");
  });
  const std::string answer = host.peer().send(kGet).read_to_end();
  EXPECT_EQ(answer.find("0\r\n\r\n"), std::string::npos) << answer;
}

TEST(Stream, ASlowReaderHoldsTheWriterBack) {
  constexpr std::size_t kPieces = 400;
  const std::string piece(65536, 'z');
  std::atomic<std::size_t> written{0};
  std::shared_ptr<StreamWriter> stream;
  std::function<void()> pump = [&] {
    while (written < kPieces) {
      ++written;
      if (stream->write(piece) == Flow::kFull) return stream->on_ready([&] { pump(); });
    }
    stream->end();
  };
  const Host host({}, [&](const Request&, Responder responder) {
    stream = std::make_shared<StreamWriter>(
        responder.start_stream({.status = 200, .headers = {}, .body = {}, .file = {}}));
    pump();
  });
  Peer peer = host.peer();
  peer.send(kGet);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  EXPECT_LT(written, kPieces);
  const std::string answer = peer.read_answers("\r\n0\r\n\r\n");
  EXPECT_GT(answer.size(), kPieces * piece.size());
  EXPECT_EQ(written, kPieces);
}

TEST(Stream, AWriterLearnsThatNobodyReads) {
  Signal gone;
  std::shared_ptr<StreamWriter> stream;
  const Host host({}, [&](const Request&, Responder responder) {
    responder.on_disconnect([&] { gone.raise(); });
    stream = std::make_shared<StreamWriter>(
        responder.start_stream({.status = 200, .headers = {}, .body = {}, .file = {}}));
    stream->write("x");
  });
  {
    Peer peer = host.peer();
    peer.send(kGet).read_answers("x\r\n");
  }
  ASSERT_TRUE(gone.wait());
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (stream->write(std::string(1000, 'y')) != Flow::kGone && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(stream->write("z"), Flow::kGone);
}

class FileAnswer : public testing::Test {
 protected:
  FileAnswer() {
    std::string name = testing::TempDir() + "lamella-http-XXXXXX";
    const os::UniqueFd file(::mkstemp(name.data()));
    path_ = name;
    EXPECT_TRUE(os::write_all(file.get(), bytes_).has_value());
  }
  ~FileAnswer() override { ::unlink(path_.c_str()); }

  static std::string numbered() {
    std::string bytes;
    for (int i = 0; bytes.size() < 9'000'000; ++i) bytes += std::to_string(i) + ",";
    return bytes + "END\n";
  }
  const std::string bytes_ = numbered();
  std::string path_;
};

TEST_F(FileAnswer, ArrivesWhole) {
  const Host host(
      {}, [this](const Request&, Responder responder) { responder.send(*Response::from_file(path_)); });
  Peer peer = host.peer();
  for (int i = 0; i < 2; ++i) {
    const std::string answer = peer.send(kGet).read_answers("END\n");
    ASSERT_NE(answer.find("Content-Length: " + std::to_string(bytes_.size()) + "\r\n"), std::string::npos);
    EXPECT_TRUE(answer.ends_with(bytes_));
  }
}

TEST_F(FileAnswer, ARangeArrivesExactly) {
  const Host host({}, [this](const Request&, Responder responder) {
    responder.send(*Response::from_file(path_, 5'000'000, 1000));
  });
  EXPECT_TRUE(host.peer()
                  .send("GET / HTTP/1.0\r\n\r\n")
                  .read_to_end()
                  .ends_with("\r\n\r\n" + bytes_.substr(5'000'000, 1000)));
}

TEST_F(FileAnswer, ARangeBeyondTheFileIsAnError) {
  EXPECT_FALSE(Response::from_file(path_, bytes_.size() + 1).has_value());
  EXPECT_FALSE(Response::from_file(path_, 1, bytes_.size()).has_value());
  EXPECT_FALSE(Response::from_file(path_ + ".absent").has_value());
}

TEST_F(FileAnswer, AFileThatShrinksBreaksTheConnection) {
  const Host host({}, [this](const Request&, Responder responder) {
    Response response = *Response::from_file(path_);
    EXPECT_EQ(::truncate(path_.c_str(), 1000), 0);
    responder.send(std::move(response));
  });
  EXPECT_LT(host.peer().send(kGet).read_to_end().size(), 2000U);
}

}  // namespace
}  // namespace lamella::http
