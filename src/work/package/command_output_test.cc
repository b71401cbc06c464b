// SPDX-License-Identifier: Apache-2.0
#include "package/command_output.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "crypto/sha256.h"
#include "os/directory.h"
#include "package/package_fixture.h"

namespace lamella::package {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class Heard : public EventSink {
 public:
  void emit(const base::Event& event) override { kinds.push_back(event.kind); }
  std::vector<std::string> kinds;
};

class CommandOutputTest : public PackageTest {
 protected:
  CommandOutputTest() {
    command_.output = "out";
    command_.timeout = std::chrono::seconds(60);
    write("scripts/make.sh",
          "mkdir -p out/bin out/python; cp words out/words; echo 'X = 1' > out/python/x.py; "
          "echo run > out/bin/run; chmod 700 out/bin/run; ln -s x.py out/python/y.py\n");
    write("words", "one two\n");
    command_.run = "sh scripts/make.sh";
  }

  void write(const std::string& name, const std::string& text) {
    const fs::path path = folder_.path() / "workspace" / name;
    ASSERT_TRUE(os::make_directories(path.parent_path()).has_value());
    ASSERT_TRUE(os::write_file_atomic(path, text).has_value());
    std::erase_if(command_.files, [&](const LocalFile& file) { return file.name == name; });
    command_.files.push_back({name, path, crypto::sha256(text), false, false, {}});
  }
  Result<CommandOutput> run() {
    return run_command({*store_, *actions_, folder_.path(), folder_.path(), heard_}, command_, {});
  }
  Result<CommandOutput> run(const std::string& text) {
    command_.run = text;
    return run();
  }
  static std::vector<std::string> names(const CommandOutput& output) {
    std::vector<std::string> out;
    for (const LocalFile& file : output.files)
      out.push_back(file.name + (file.executable ? "*" : "") + (file.link.empty() ? "" : " -> " + file.link));
    return out;
  }
  /// What the command printed into the file "said" of its output.
  std::string said(const std::string& text) {
    const auto output = run("mkdir out; { " + text + "; } > out/said 2>&1");
    EXPECT_TRUE(output.has_value()) << output.error().to_string();
    if (!output) return {};
    return store::read_all(*store_, output->files.at(0).sha256).value().value_or("absent");
  }

  CommandRun command_;
  Heard heard_;
};

TEST_F(CommandOutputTest, C1_C2_RunsOnACopyOnceAndKeepsWhatItLeft) {
  EXPECT_FALSE(find_output(*store_, *actions_, command_).value().has_value());
  const auto output = run();
  ASSERT_TRUE(output.has_value()) << output.error().to_string();
  EXPECT_THAT(names(*output), ElementsAre("bin/run*", "python/x.py", "python/y.py -> x.py", "words"));
  EXPECT_FALSE(os::exists(folder_.path() / "workspace/out"));
  const auto known = find_output(*store_, *actions_, command_).value();
  ASSERT_TRUE(known.has_value());
  EXPECT_EQ(names(*known), names(*output));
  EXPECT_EQ(known->files.back().sha256, crypto::sha256("one two\n"));
  EXPECT_THAT(heard_.kinds, ElementsAre("command.run"));
}

TEST_F(CommandOutputTest, BecomesASegmentOfTheWorkspacesOwnFiles) {
  const auto output = run();
  ASSERT_TRUE(output.has_value()) << output.error().to_string();
  const CommandRecipe recipe{.command = command_, .mount = "/opt/"};
  const auto record = maker_.make(recipe, output->files, std::nullopt, {});
  ASSERT_TRUE(record.has_value()) << record.error().to_string();
  EXPECT_EQ(record->distribution, "command:out");
  EXPECT_THAT(PackageTest::names(*record), ElementsAre("bin/run*", "python/x.py", "python/y.py*", "words"));
  EXPECT_EQ(maker_.find(recipe.key()).value()->blob, record->blob);
}

TEST_F(CommandOutputTest, SeesItsInputsAndProgramsAndNothingElse) {
  EXPECT_EQ(said("ls -A . /tmp; for one in /home /root /etc/hostname /etc/shadow; do test ! -e $one || echo "
                 "$one; done"),
            ".:\nout\nscripts\nwords\n\n/tmp:\n");
  EXPECT_EQ(said("env | grep -v ^_= | cut -d= -f1 | sort | tr '\\n' ' '; umask"),
            "HOME LAMELLA_ARCHITECTURE LAMELLA_RUNTIME LANG PATH PWD PYTHONDONTWRITEBYTECODE PYTHONHASHSEED "
            "SOURCE_DATE_EPOCH TMPDIR TZ 0022\n");
  EXPECT_THAT(said("touch /usr/bin/mine || echo refused"), HasSubstr("refused"));
  EXPECT_EQ(said("date -r words +%s; find . -name words -executable"), "315532800\n");
}

TEST_F(CommandOutputTest, ItsInputsAreItsOwnWhoeverRunsIt) {
  EXPECT_EQ(
      said(
          "chmod 700 words scripts . && touch -d 2020-01-01 words && sh -c 'stat -c %u:%g . scripts words' | "
          "grep -vx \"$(id -u):$(id -g)\"; stat -c %a words"),
      "700\n");
}

TEST_F(CommandOutputTest, HasNoNetworkUnlessItAsks) {
  const std::string probe =
      "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' \\n'; test -e /etc/resolv.conf && echo +";
  EXPECT_EQ(said(probe + "; true"), "lo");
  const Digest without = command_.key();
  command_.network = true;
  EXPECT_NE(command_.key(), without);
  EXPECT_NE(said(probe + "; true"), "lo");
  EXPECT_THAT(heard_.kinds, testing::Contains("command.network"));
}

TEST_F(CommandOutputTest, AFailureSaysWhatItSaidLast) {
  const auto failed = run("echo working; echo 'no rule to make it' >&2; exit 3");
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().code(), ErrorCode::kRejected);
  EXPECT_EQ(failed.error().why(), "exit code 3\nno rule to make it");
  EXPECT_FALSE(find_output(*store_, *actions_, command_).value().has_value());
  const auto absent = run("no-such-program --now");
  ASSERT_FALSE(absent.has_value());
  EXPECT_EQ(absent.error().code(), ErrorCode::kToolMissing);
  EXPECT_THAT(absent.error().why(), HasSubstr("no-such-program"));
  command_.timeout = std::chrono::milliseconds(200);
  EXPECT_EQ(run("sleep 20").error().code(), ErrorCode::kLimit);
}

TEST_F(CommandOutputTest, C3_WhatNoLayerCanHoldIsRefused) {
  EXPECT_THAT(run("true").error().why(), HasSubstr("left no folder 'out'"));
  EXPECT_THAT(run("mkdir -p out/python").error().why(), HasSubstr("left nothing in 'out'"));
  EXPECT_THAT(run("touch out").error().why(), HasSubstr("is no folder"));
  for (const char* text :
       {"ln -s /etc/passwd out/p", "ln -s ../words out/w", "ln -s gone out/g", "mkfifo out/f"}) {
    const auto output = run(std::string("mkdir out; ") + text);
    ASSERT_FALSE(output.has_value()) << text;
    EXPECT_EQ(output.error().code(), ErrorCode::kRejected) << text;
    EXPECT_THAT(output.error().what(), HasSubstr("left what no layer can hold")) << text;
  }
}

TEST_F(CommandOutputTest, C3_NothingIsReadThroughALinkOnTheWay) {
  const fs::path host = folder_.path() / "host";
  ASSERT_TRUE(os::make_directories(host / "out").has_value());
  ASSERT_TRUE(os::write_file_atomic(host / "out/secret", "of this machine\n").has_value());
  command_.output = "made/out";
  const auto through = run("mkdir -p other/out; touch other/out/x; ln -s " + host.string() + " made");
  ASSERT_FALSE(through.has_value());
  EXPECT_EQ(through.error().code(), ErrorCode::kRejected);
  EXPECT_EQ(through.error().why(), "'made' is a symbolic link");
  EXPECT_EQ(run("mkdir made; ln -s " + (host / "out").string() + " made/out").error().why(),
            "'made/out' is a symbolic link");
  EXPECT_EQ(run("touch made").error().why(), "it ended well and left no folder 'made/out'");
}

TEST_F(CommandOutputTest, C3_NamesThatNoZipCanHoldAreRefused) {
  for (const char* name : {"a\\\\b", "a\\tb", "a\\377b", "a\\177b"}) {
    for (const char* make : {"touch", "ln -s ../words", "mkdir -p"}) {
      const auto output =
          run(fmt::format("mkdir out; cp words out; n=$(printf '{}'); {} \"out/$n\"; test -d \"out/$n\" && "
                          "touch \"out/$n/inside\"; true",
                          name, make));
      ASSERT_FALSE(output.has_value()) << name << " " << make;
      EXPECT_THAT(output.error().what(), HasSubstr("left what no layer can hold")) << name << " " << make;
      EXPECT_THAT(output.error().why(), HasSubstr("name")) << name << " " << make;
    }
  }
}

TEST_F(CommandOutputTest, AnInputThatMovedIsAConflict) {
  ASSERT_TRUE(os::write_file_atomic(command_.files.back().path, "other").has_value());
  EXPECT_EQ(run().error().code(), ErrorCode::kConflict);
}

TEST_F(CommandOutputTest, OtherBytesFromTheSameInputsAreTold) {
  const std::string random = "mkdir out; head -c 16 /dev/urandom > out/data";
  ASSERT_TRUE(run(random).has_value());
  EXPECT_THAT(heard_.kinds, ElementsAre("command.run"));
  ASSERT_TRUE(run(random).has_value());
  EXPECT_THAT(heard_.kinds, ElementsAre("command.run", "command.not-reproducible", "command.run"));
  ASSERT_TRUE(run("mkdir out; echo same > out/data").has_value());
  ASSERT_TRUE(run("mkdir out; echo same > out/data").has_value());
  EXPECT_EQ(heard_.kinds.size(), 5U);
}

TEST_F(CommandOutputTest, TheKeyIsOfAllThatCanChangeWhatItLeaves) {
  command_.tools = {{"make", crypto::sha256("make")}};
  const Digest key = command_.key();
  const auto changed = [&](auto change) {
    CommandRun other = command_;
    change(other);
    return other.key() != key;
  };
  EXPECT_TRUE(changed([](auto& one) { one.run += " "; }));
  EXPECT_TRUE(changed([](auto& one) { one.output = "other"; }));
  EXPECT_TRUE(changed([](auto& one) { one.files.front().sha256 = crypto::sha256("x"); }));
  EXPECT_TRUE(changed([](auto& one) { one.files.front().name += "x"; }));
  EXPECT_TRUE(changed([](auto& one) { one.files.front().executable = true; }));
  EXPECT_TRUE(changed([](auto& one) { one.files.pop_back(); }));
  EXPECT_TRUE(changed([](auto& one) { one.tools.front().sha256 = crypto::sha256("x"); }));
  EXPECT_TRUE(changed([](auto& one) { one.tools.clear(); }));
  EXPECT_TRUE(changed([](auto& one) { one.target.architecture = model::Architecture::kArm64; }));
  EXPECT_TRUE(changed([](auto& one) { one.network = true; }));
  EXPECT_FALSE(changed([](auto& one) { one.timeout = std::chrono::seconds(1); }));
  EXPECT_FALSE(changed([](auto& one) { one.files.front().path = "/elsewhere"; }));
}

}  // namespace
}  // namespace lamella::package
