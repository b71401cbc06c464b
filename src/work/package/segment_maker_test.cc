// SPDX-License-Identifier: Apache-2.0
#include "package/segment_maker.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <cstdlib>

#include "archive/elf.h"
#include "archive/zip_reader.h"
#include "base/encoding.h"
#include "crypto/sha256.h"
#include "os/directory.h"
#include "os/process.h"
#include "package/assemble.h"
#include "package/package_fixture.h"

namespace lamella::package {
namespace {

namespace fs = std::filesystem;
using fixture::WheelMaker;
using model::BytecodeMode;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class SegmentMakerTest : public PackageTest {
 protected:
  /// The segment as a zip, extracted: what stands in /opt.
  fs::path extracted(const SegmentRecord& record) {
    const std::vector<Digest> blobs = {record.blob};
    const auto zip = assemble(*store_, *actions_, blobs, folder_.path() / "zips", "x").value();
    const auto bytes = os::MappedFile::open(zip.path).value();
    const auto reader = archive::ZipReader::open(bytes.bytes(), archive::Profile::kOwn).value();
    const fs::path root = folder_.path() / ("out-" + record.blob.brief());
    for (const archive::Entry& entry : reader.entries()) {
      fs::create_directories((root / entry.name).parent_path());
      const auto content = archive::inflate_entry(reader, entry, kLargestFile).value();
      EXPECT_TRUE(os::write_file_atomic(root / entry.name, base::as_text(content)).has_value());
    }
    return root;
  }

  std::string run_python(const fs::path& root, const std::string& code) {
    os::Command command;
    command.argv = {python().program.string(), "-S", "-B", "-c", code};
    command.env = {{"PYTHONPATH", (root / "python").string()}};
    const auto result = os::run(command, {}).value();
    EXPECT_TRUE(result.succeeded()) << result.err;
    return result.out;
  }

  /// The path that the module's bytecode names: an import sets it anew, so it is read from the file.
  std::string compiled_path(const fs::path& root, const std::string& module) {
    return run_python(root, "import marshal, " + module +
                                " as m; code = open(m.__cached__, 'rb').read()[16:]\n"
                                "print(marshal.loads(code).co_filename, end='')");
  }
};

TEST_F(SegmentMakerTest, CopiesWhatItKeepsAsTheWheelCompressedIt) {
  WheelMaker maker;
  maker.method = 8;
  maker.files["tiny/data.txt"] = std::string(10'000, 'x');
  const Recipe recipe = recipe_of(maker);
  const SegmentRecord record = make(recipe);
  EXPECT_THAT(names(record),
              ElementsAre("python/tiny-1.0.dist-info/METADATA", "python/tiny-1.0.dist-info/WHEEL",
                          "python/tiny/__init__.py", "python/tiny/data.txt"));
  const std::string wheel = maker.bytes();
  const auto zip = archive::ZipReader::open(base::as_bytes(wheel), archive::Profile::kWheel).value();
  auto segment = store_->open(record.blob).value();
  const auto bytes = segment->map().value();
  const auto opened = archive::open_segment(bytes).value();
  for (const archive::Entry& entry : opened.index.entries) {
    const archive::Entry* from = zip.find(entry.name.substr(std::string("python/").size()));
    ASSERT_NE(from, nullptr);
    const auto copied = opened.mapped.subspan(entry.data_offset, entry.compressed_size);
    EXPECT_EQ(base::as_text(copied), base::as_text(zip.compressed(*from))) << entry.name;
  }
  EXPECT_EQ(record.unzipped_bytes + maker.honest_record().size(), zip.unzipped_bytes());
}

TEST_F(SegmentMakerTest, TellsOfFinalContentBeforeItIsWritten) {
  WheelMaker maker;
  maker.files["tiny/data.so"] = "no library at all";
  maker.files["tiny-1.0.data/scripts/tool"] = "#!python\n";
  std::map<std::string, std::string> told;
  const auto observer = [&](std::string_view name, bool executable, std::span<const std::byte> content) {
    told[std::string(name) + (executable ? "*" : "")] = std::string(base::as_text(content));
  };
  const Recipe recipe = recipe_of(maker, BytecodeMode::kOnly);
  const auto made = maker_.make(recipe, python(), {}, observer);
  ASSERT_TRUE(made.has_value()) << made.error().to_string();
  EXPECT_EQ(told["python/tiny/data.so"], "no library at all");
  const std::string script = told["python/bin/tool*"];
  EXPECT_EQ(script, os::read_file(extracted(*made) / "python/bin/tool").value());
  EXPECT_FALSE(script.empty());
  EXPECT_FALSE(told.contains("python/tiny/__init__.py"));
}

// When this fails, the bytes of a segment changed: raise kSegmentEpoch, then set the new digest here.
TEST_F(SegmentMakerTest, GoldenBytes) {
  ASSERT_EQ(kSegmentEpoch, 1);
  WheelMaker maker;
  maker.files = {
      {"tiny/__init__.py", "x = 1\n"}, {"tiny-1.0.data/scripts/tool", "#!python\n"}, {"tiny/a b.txt", ""}};
  EXPECT_EQ(make(recipe_of(maker)).blob.hex(),
            "f4c6f631b0f3b70ab53510add3427ba3309c6f5de4c77de3c9837d554eca292b");
}

TEST_F(SegmentMakerTest, TheSameRecipeGivesTheSameBlobWhateverIsAround) {
  WheelMaker maker;
  maker.files["tiny/sets.py"] =
      "NAMES = {'a', 'b', 'c', 'd'}\ndef f(x):\n    return x in {'e', 'f', 'g', 'h'}\n";
  const Recipe recipe = recipe_of(maker, BytecodeMode::kUncheckedHash);
  const Digest first = make(recipe).blob;
  const auto before = ::umask(077);
  const auto cwd = fs::current_path();
  fs::current_path(folder_.path());
  const std::map<std::string, std::string> odd = {{"TZ", "Pacific/Kiritimati"}, {"LC_ALL", "C"},
                                                  {"PYTHONHASHSEED", "7"},      {"PYTHONOPTIMIZE", "2"},
                                                  {"LANG", "tr_TR.UTF-8"},      {"PYTHONPATH", "/nowhere"}};
  for (const auto& [name, value] : odd) ::setenv(name.c_str(), value.c_str(), 1);
  const os::TempDirectory elsewhere = os::TempDirectory::create().value();
  SegmentMaker other(*store_, *actions_, elsewhere.path(), base::no_events());
  const auto second = other.make(recipe, python(), {});
  for (const auto& [name, value] : odd) ::unsetenv(name.c_str());
  fs::current_path(cwd);
  ::umask(before);
  ASSERT_TRUE(second.has_value()) << second.error().to_string();
  EXPECT_EQ(second->blob, first);
}

TEST_F(SegmentMakerTest, UncheckedBytecodeStandsBesideTheSourceAndIsNeverCompared) {
  const fs::path root = extracted(make(recipe_of({}, BytecodeMode::kUncheckedHash)));
  EXPECT_EQ(run_python(root, "import tiny; print(tiny.f(), end='')"), "bytecode");
  EXPECT_EQ(compiled_path(root, "tiny"), "/opt/python/tiny/__init__.py");
  ASSERT_TRUE(
      os::write_file_atomic(root / "python/tiny/__init__.py", "def f():\n    return 'source'\n").has_value());
  EXPECT_EQ(run_python(root, "import tiny; print(tiny.f(), end='')"), "bytecode");
}

TEST_F(SegmentMakerTest, BytecodeInPlaceOfTheSourceImports) {
  const SegmentRecord record = make(recipe_of({}, BytecodeMode::kOnly));
  EXPECT_THAT(names(record), Contains("python/tiny/__init__.pyc"));
  EXPECT_THAT(names(record), Not(Contains("python/tiny/__init__.py")));
  EXPECT_GT(record.source_bytes, 0U);
  EXPECT_EQ(run_python(extracted(record), "import tiny; print(tiny.f(), end='')"), "bytecode");
}

TEST_F(SegmentMakerTest, NoBytecodeNeedsNoInterpreter) {
  const SegmentRecord record = make(recipe_of({}, BytecodeMode::kNone));
  EXPECT_EQ(record.bytecode_bytes, 0U);
  EXPECT_THAT(names(record), Not(Contains(HasSubstr(".pyc"))));
}

TEST_F(SegmentMakerTest, OnlyModulesThatCompileGetBytecode) {
  WheelMaker maker;
  maker.files = {{"tiny/broken.py", "def (:\n"},
                 {"tiny/good.py", ""},
                 {"tiny-1.0.data/scripts/run.py", ""},
                 {"tiny-1.0.dist-info/x.py", ""}};
  EXPECT_THAT(names(make(recipe_of(maker, BytecodeMode::kOnly))),
              ElementsAre("python/bin/run.py*", "python/tiny-1.0.dist-info/METADATA",
                          "python/tiny-1.0.dist-info/WHEEL", "python/tiny-1.0.dist-info/x.py",
                          "python/tiny/broken.py", "python/tiny/good.pyc"));
}

TEST_F(SegmentMakerTest, TracedModulesAloneLoseTheirSource) {
  WheelMaker maker;
  maker.files = {{"tiny/__init__.py", ""}, {"tiny/rare.py", ""}};
  Recipe recipe = recipe_of(maker, BytecodeMode::kNone);
  recipe.bytecode.settings.traced = BytecodeMode::kOnly;
  recipe.bytecode.traced = {"tiny/__init__.py"};
  recipe.interpreter = python().version;
  const auto made = names(make(recipe));
  EXPECT_THAT(made, Contains("python/tiny/__init__.pyc"));
  EXPECT_THAT(made, Contains("python/tiny/rare.py"));
}

TEST_F(SegmentMakerTest, OwnBytecodeReplacesWhatTheWheelBrought) {
  WheelMaker maker;
  maker.files["tiny/__pycache__/__init__.cpython-311.pyc"] = "forged";
  maker.files["tiny/__pycache__/gone.cpython-311.pyc"] = "kept on request";
  Recipe recipe = recipe_of(maker, BytecodeMode::kUncheckedHash);
  EXPECT_EQ(make(recipe).dropped.at("stale-bytecode").files, 2U);
  recipe.keep = {model::Glob::parse("tiny/**").value()};
  const SegmentRecord record = make(recipe);
  EXPECT_THAT(names(record), Contains("python/tiny/__pycache__/gone.cpython-311.pyc"));
  EXPECT_EQ(run_python(extracted(record), "import tiny; print(tiny.f(), end='')"), "bytecode");
}

TEST_F(SegmentMakerTest, Z25ForgedBytecodeNeverShipsAndSourcelessOnlyOnRequest) {
  WheelMaker maker;
  for (const char* forged :
       {"tiny/__pycache__/__init__.cpython-311.pyc", "tiny/__pycache__/__init__.cpython-310.opt-2.pyc",
        "tiny/__init__.pyc", "tiny/__init__.pyo"}) {
    maker.files[forged] = "forged";
  }
  maker.files["tiny/secret.pyc"] = maker.files["tiny/__pycache__/gone.cpython-311.pyc"] = "sourceless";
  Recipe recipe = recipe_of(maker, BytecodeMode::kNone);
  EXPECT_EQ(make(recipe).dropped.at("stale-bytecode").files, 6U);
  recipe.keep = {model::Glob::parse("**").value()};
  const SegmentRecord record = make(recipe);
  EXPECT_EQ(record.dropped.at("stale-bytecode").files, 4U);
  std::vector<std::string> bytecode = names(record);
  std::erase_if(bytecode, [](const std::string& name) { return !name.ends_with(".pyc"); });
  EXPECT_THAT(bytecode,
              ElementsAre("python/tiny/__pycache__/gone.cpython-311.pyc", "python/tiny/secret.pyc"));
}

TEST_F(SegmentMakerTest, CountsWhatEachRuleDropped) {
  WheelMaker maker;
  maker.files["tiny/tests/a.py"] = "12345";
  maker.files["tiny/tests/b.py"] = "678";
  Recipe recipe = recipe_of(maker);
  recipe.rules = {{"generic/tests", {.drop = {model::Glob::parse("**/tests/**").value()}}}};
  EXPECT_EQ(make(recipe).dropped.at("generic/tests"), (Dropped{2, 8}));
}

TEST_F(SegmentMakerTest, TellsRulesThatFindNothingFromThoseThatComeTooLate) {
  WheelMaker maker;
  maker.files["tiny/tests/a.py"] = "12345";
  maker.files["tiny/data/b.txt"] = "678";
  Recipe recipe = recipe_of(maker);
  const auto glob = [](const char* text) { return model::Glob::parse(text).value(); };
  recipe.drop = {glob("tiny/tests/**"), glob("**/tests/a.py"), glob("tiny/data/*"), glob("absent/**")};
  recipe.keep = {glob("tiny/data/b.txt"), glob("nowhere/**")};
  const SegmentRecord record = make(recipe);
  EXPECT_EQ(record.dropped.at("drop tiny/tests/**"), (Dropped{1, 5}));
  EXPECT_EQ(record.dropped.at("drop **/tests/a.py"), (Dropped{0, 0})) << "it matches, but frees nothing more";
  EXPECT_EQ(record.dropped.at("drop tiny/data/*"), (Dropped{0, 0}));
  EXPECT_FALSE(record.dropped.contains("drop absent/**"));
  EXPECT_EQ(record.kept.at("keep tiny/data/b.txt"), (Dropped{1, 3}));
  EXPECT_FALSE(record.kept.contains("keep nowhere/**"));
}

TEST_F(SegmentMakerTest, MetadataAndEntryPointsSurviveEveryRule) {
  WheelMaker maker;
  maker.files["tiny-1.0.dist-info/entry_points.txt"] = "[tiny.plugins]\nf = tiny:f\n";
  maker.files["tiny-1.0.dist-info/direct_url.json"] = "{}";
  Recipe recipe = recipe_of(maker);
  recipe.drop = {model::Glob::parse("*.dist-info/**").value()};
  const fs::path root = extracted(make(recipe));
  EXPECT_EQ(run_python(root,
                       "import importlib.metadata as m\n"
                       "[point] = m.entry_points(group='tiny.plugins')\n"
                       "print(m.version('tiny'), m.metadata('tiny')['Name'], point.load()(), end='')"),
            "1.0 tiny bytecode");
  EXPECT_FALSE(fs::exists(root / "python/tiny-1.0.dist-info/direct_url.json"));
}

TEST_F(SegmentMakerTest, StripsLibrariesThatStillLoad) {
  const fs::path source = folder_.path() / "lib.c";
  const fs::path library = folder_.path() / "lib.so";
  ASSERT_TRUE(os::write_file_atomic(source,
                                    "int answer(void) { return 42; }\nstatic int unused(void) { return 1; }\n"
                                    "int (*keep)(void) = unused;\n")
                  .has_value());
  os::Command compiler{.argv = {"gcc", "-g", "-shared", "-fPIC", "-o", library.string(), source.string()}};
  compiler.inherit_env = true;
  const auto compiled = os::run(compiler, {});
  if (!compiled || !compiled->succeeded()) GTEST_SKIP() << "no C compiler here";
  WheelMaker maker;
  maker.method = 8;
  maker.files = {{"tiny/lib.so", os::read_file(library).value()}, {"tiny/lib.so.txt", "no library at all"}};
  Recipe recipe = recipe_of(maker);
  recipe.target.architecture =
      archive::machine_name(archive::read_elf(base::as_bytes(maker.files["tiny/lib.so"])).value().machine) ==
              "x86_64"
          ? model::Architecture::kX86_64
          : model::Architecture::kArm64;
  recipe.strip = true;
  const SegmentRecord record = make(recipe);
  EXPECT_GT(record.stripped_bytes, 1000U);
  EXPECT_EQ(record.stripped, (std::map<std::string, std::uint64_t>{{"tiny/lib.so", record.stripped_bytes}}));
  Recipe whole = recipe;
  whole.unstripped = {"tiny/lib.so"};
  EXPECT_EQ(make(whole).stripped_bytes, 0U);
  const fs::path root = extracted(record);
  EXPECT_THAT(os::read_file(root / "python/tiny/lib.so").value(), Not(HasSubstr(".debug_info")));
  EXPECT_EQ(os::read_file(root / "python/tiny/lib.so.txt").value(), "no library at all");
  EXPECT_EQ(run_python(root, "import ctypes; print(ctypes.CDLL('" + (root / "python/tiny/lib.so").string() +
                                 "').answer(), end='')"),
            "42");
}

TEST_F(SegmentMakerTest, RefusesALibraryThatTheTargetCannotLoad) {
  const fs::path source = folder_.path() / "lib.c";
  const fs::path library = folder_.path() / "lib.so";
  ASSERT_TRUE(os::write_file_atomic(
                  source, "unsigned arc4random(void);\nunsigned answer(void) { return arc4random(); }\n")
                  .has_value());
  os::Command compiler{.argv = {"gcc", "-shared", "-fPIC", "-o", library.string(), source.string()}};
  compiler.inherit_env = true;
  const auto compiled = os::run(compiler, {});
  if (!compiled || !compiled->succeeded()) GTEST_SKIP() << "no C compiler here";
  WheelMaker maker;
  maker.files["tiny/lib.so"] = os::read_file(library).value();
  const auto elf = archive::read_elf(base::as_bytes(maker.files["tiny/lib.so"])).value();
  Recipe recipe = recipe_of(maker);
  recipe.wheel.filename = "tiny-1.0-cp311-cp311-linux_x86_64.whl";
  recipe.target.architecture = archive::machine_name(elf.machine) == "x86_64" ? model::Architecture::kX86_64
                                                                              : model::Architecture::kArm64;
  if (archive::highest_version(elf, "GLIBC") > std::vector<unsigned>{2, 34}) {
    for (const bool strip : {false, true}) {
      recipe.strip = strip;
      const auto made = try_make(recipe);
      ASSERT_FALSE(made.has_value());
      EXPECT_EQ(made.error().code(), ErrorCode::kRejected);
      EXPECT_THAT(made.error().to_string(), HasSubstr("tiny/lib.so"));
      EXPECT_THAT(made.error().to_string(), HasSubstr("it asks for symbols of glibc 2.36, al2 has 2.26"));
    }
  }
  recipe.target.architecture = recipe.target.architecture == model::Architecture::kX86_64
                                   ? model::Architecture::kArm64
                                   : model::Architecture::kX86_64;
  const auto foreign = try_make(recipe);
  ASSERT_FALSE(foreign.has_value());
  EXPECT_THAT(foreign.error().to_string(), HasSubstr("it is for "));
}

TEST_F(SegmentMakerTest, RefusesAnEntryThatClimbsOutAndNamesIt) {
  WheelMaker maker;
  maker.files["../evil.py"] = "";
  const auto made = try_make(recipe_of(maker));
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code(), ErrorCode::kRejected);
  EXPECT_THAT(made.error().to_string(), HasSubstr("../evil.py"));
  EXPECT_THAT(made.error().to_string(), HasSubstr("tiny-1.0-py3-none-any.whl"));
}

TEST_F(SegmentMakerTest, I3NothingUncheckedEntersASegment) {
  const auto refused = [&](const WheelMaker& maker) {
    const auto made = try_make(recipe_of(maker));
    EXPECT_FALSE(made.has_value());
    return made ? "" : made.error().to_string();
  };
  WheelMaker changed;
  changed.files["tiny/data.txt"] = "honest";
  changed.record = changed.honest_record();
  changed.files["tiny/data.txt"] = "forged";
  EXPECT_THAT(refused(changed),
              HasSubstr("'tiny/data.txt' was changed: its sha256 is not the one in RECORD"));
  WheelMaker rotten;  // the last byte of a stored member: only its CRC tells
  rotten.files["tiny/data.txt"] = "honest";
  rotten.record =
      "tiny/data.txt,,\ntiny/__init__.py,,\ntiny-1.0.dist-info/METADATA,,\ntiny-1.0.dist-info/WHEEL,,\n";
  std::string bytes = rotten.bytes();
  bytes[bytes.find("honest")] = 'H';
  Recipe recipe = recipe_of(rotten);
  recipe.wheel = rotten.pinned(bytes);
  ASSERT_TRUE(store::put(*store_, base::as_bytes(bytes)).has_value());
  EXPECT_THAT(try_make(recipe).error().to_string(), HasSubstr("its content does not match its CRC"));
  EXPECT_EQ(store_->stats()->unfinished, 0U);
}

TEST_F(SegmentMakerTest, Z22PathFilesAreKeptAndTold) {
  struct Heard final : EventSink {
    void emit(const base::Event& event) override { told.push_back(event.kind + " " + event.text); }
    std::vector<std::string> told;
  } heard;
  WheelMaker maker;
  maker.files["tiny-nspkg.pth"] = "import sys; sys.path = []\n";
  maker.files["tiny/data.pth"] = "nobody reads it here\n";
  SegmentMaker listening(*store_, *actions_, folder_.path(), heard);
  const auto made = listening.make(recipe_of(maker), std::nullopt, {});
  ASSERT_TRUE(made.has_value()) << made.error().to_string();
  EXPECT_THAT(names(*made), Contains("python/tiny-nspkg.pth"));
  EXPECT_THAT(heard.told, Contains(HasSubstr("wheel.pth tiny-nspkg.pth is kept")));
  EXPECT_THAT(heard.told, Not(Contains(HasSubstr("data.pth"))));
}

TEST_F(SegmentMakerTest, Z23LibrariesAreForTheTarget) {
  const auto error_of = [&](const std::string& path, const std::string& content, const std::string& tag) {
    WheelMaker maker;
    maker.files = {{path, content}};
    Recipe recipe = recipe_of(maker);
    recipe.wheel.filename = "tiny-1.0-" + tag + ".whl";
    const auto made = try_make(recipe);
    return made ? std::string() : made.error().to_string();
  };
  const std::string linux = "cp311-cp311-manylinux_2_17_x86_64";
  std::string elf(
      "\x7f"
      "ELF\2\1\1",
      7);
  elf.resize(64);
  elf[16] = 3;
  elf[18] = 62;
  elf[52] = 64;
  const std::string module = "tiny/_c.cpython-311-x86_64-linux-gnu.so";
  EXPECT_EQ(error_of(module, elf, linux), "");
  EXPECT_THAT(error_of(module, elf, "py3-none-any"), HasSubstr("a library in a wheel for any platform"));
  std::string arm = elf;
  arm[18] = static_cast<char>(183);
  EXPECT_THAT(error_of(module, arm, linux), HasSubstr("it is for aarch64, wanted is x86_64"));
  EXPECT_THAT(error_of("tiny.libs/libz-1.so.1", arm, linux), HasSubstr("it is for aarch64"));
  EXPECT_THAT(error_of("tiny/_c.abi3.so", "\xcf\xfa\xed\xfe....", linux), HasSubstr("for macOS"));
  EXPECT_THAT(error_of(module, "MZ no, text", linux), HasSubstr("is no library"));
  elf[32] = '\xff';
  elf[56] = 1;
  elf[54] = 56;
  EXPECT_THAT(error_of(module, elf, linux), HasSubstr("is a damaged library")) << "Z24";
  EXPECT_EQ(error_of("debugger/attach_arm.so", arm, "py3-none-any"), "") << "data for a machine elsewhere";
}

TEST_F(SegmentMakerTest, SaysWhatIsMissing) {
  Recipe absent = recipe_of({});
  absent.wheel.sha256 = crypto::sha256("not fetched");
  EXPECT_EQ(try_make(absent).error().code(), ErrorCode::kInternal);
  const Recipe recipe = recipe_of({}, BytecodeMode::kOnly);
  const auto made = maker_.make(recipe, std::nullopt, {});
  EXPECT_EQ(made.error().code(), ErrorCode::kToolMissing);
  EXPECT_THAT(made.error().to_string(), HasSubstr("bytecode = \"none\""));
}

TEST_F(SegmentMakerTest, StopsWhenAsked) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(maker_.make(recipe_of({}), std::nullopt, stop.get_token()).error().code(),
            ErrorCode::kInterrupted);
}

TEST_F(SegmentMakerTest, FindsWhatItMadeForAsLongAsTheBlobIsThere) {
  const Recipe recipe = recipe_of({});
  EXPECT_FALSE(maker_.find(recipe.key()).value().has_value());
  const SegmentRecord record = make(recipe);
  EXPECT_EQ(maker_.find(recipe.key()).value(), record);
  ASSERT_TRUE(os::remove_path(file_of(record.blob)).has_value());
  EXPECT_FALSE(maker_.find(recipe.key()).value().has_value());
}

TEST_F(SegmentMakerTest, G6AnLfsPointerIsNotPackaged) {
  const std::string pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n";
  const fs::path model = folder_.path() / "model.bin";
  ASSERT_TRUE(os::write_file_atomic(model, pointer).has_value());
  LocalRecipe recipe{.name = "in-repo", .mount = "/opt/", .bytecode = BytecodeMode::kNone};
  recipe.files = {{"python/model.bin", model, crypto::sha256(pointer), false, false}};
  const auto made = maker_.make(recipe, std::nullopt, {});
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code(), ErrorCode::kRejected);
  EXPECT_THAT(made.error().to_string(), HasSubstr("pointer, not content"));
}

TEST_F(SegmentMakerTest, PacksTheWorkspacesOwnFiles) {
  const fs::path module = folder_.path() / "app.py";
  const fs::path tool = folder_.path() / "tool";
  ASSERT_TRUE(os::write_file_atomic(module, "def f():\n    return 'own'\n").has_value());
  ASSERT_TRUE(os::write_file_atomic(tool, "#!/bin/sh\n").has_value());
  LocalRecipe recipe{.name = "in-repo", .mount = "/opt/", .bytecode = BytecodeMode::kUncheckedHash};
  recipe.files = {{"bin/tool", tool, crypto::sha256("#!/bin/sh\n"), true, false},
                  {"python/app.py", module, crypto::sha256("def f():\n    return 'own'\n"), false, true}};
  recipe.interpreter = python().version;
  const auto record = maker_.make(recipe, python(), {});
  ASSERT_TRUE(record.has_value()) << record.error().to_string();
  EXPECT_THAT(names(*record),
              ElementsAre("bin/tool*", "python/__pycache__/app.cpython-311.pyc", "python/app.py"));
  const fs::path root = extracted(*record);
  EXPECT_EQ(run_python(root, "import app; print(app.f(), end='')"), "own");
  EXPECT_EQ(compiled_path(root, "app"), "/opt/python/app.py");
  ASSERT_TRUE(os::write_file_atomic(module, "changed meanwhile").has_value());
  EXPECT_EQ(maker_.make(recipe, python(), {}).error().code(), ErrorCode::kConflict);
}

}  // namespace
}  // namespace lamella::package
