// SPDX-License-Identifier: Apache-2.0
#include "proof/opt_proof.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "archive/elf_fixture.h"
#include "base/encoding.h"
#include "crypto/sha256.h"
#include "os/file.h"
#include "os/temp_directory.h"
#include "proof/opt_reader.h"
#include "store/local_store.h"

namespace lamella::proof {
namespace {

using archive::fixture::Scratch;
using archive::fixture::Tree;
using model::FindingKind;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<FindingKind> kinds(const std::vector<model::Finding>& findings) {
  std::vector<FindingKind> out;
  for (const model::Finding& finding : findings) out.push_back(finding.kind);
  return out;
}

/// The library with another machine in its header.
std::string for_machine(std::string library, char machine) {
  library.at(18) = machine;
  return library;
}

model::OptPart facts_of(const Tree& tree) {
  auto facts = read_opt_facts(base::as_bytes(archive::fixture::write_segment(tree)), Packed::kSegment);
  EXPECT_TRUE(facts.has_value()) << facts.error().to_string();
  return facts.value_or(model::OptPart{});
}

TEST(OptReader, TellsLibrariesByTheirBytesAndInitFilesByWhatTheySay) {
  const Scratch scratch;
  const std::string library = archive::fixture::compile_library(scratch);
  const model::OptPart facts =
      facts_of({{"python/a/__init__.py", {"# only words\n\n", false}},
                {"python/a/_x.so", {library, true}},
                {"python/a/notes.so", {"no library at all", false}},
                {"python/b/__init__.py",
                 {"__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n", false}},
                {"python/c/__init__.py", {"x = 1\n", false}},
                {"python/launch.exe", {"MZ", false}},
                {"python/quiet.pth", {"folder\n", false}},
                {"python/z-nspkg.pth", {"import sys; sys.x = 1\n", false}}});
  ASSERT_THAT(facts.binaries, SizeIs(1));
  const model::OptBinary& binary = facts.binaries[0];
  EXPECT_EQ(binary.path, "python/a/_x.so");
  EXPECT_EQ(binary.soname, "libfixture.so.1");
  EXPECT_THAT(binary.needed, testing::Contains("libc.so.6"));
  EXPECT_EQ(binary.runpath.size() + binary.rpath.size(), 1U);
  EXPECT_FALSE(binary.glibc.empty());
  EXPECT_THAT(facts.empty_inits, ElementsAre("python/a/__init__.py"));
  EXPECT_THAT(facts.namespace_inits, ElementsAre("python/b/__init__.py"));
  EXPECT_THAT(facts.startup_pths, ElementsAre("python/z-nspkg.pth"));
  EXPECT_THAT(facts.imports, IsEmpty());
}

TEST(OptReader, PythonFilesAreReadWhereALibraryNeedsWhatNoPathLeadsTo) {
  const Scratch scratch;
  const std::string library = archive::fixture::compile_library(scratch, "-Wl,--no-as-needed -lm");
  std::string needy = library;
  const auto at = needy.find("libm.so.6");
  ASSERT_NE(at, std::string::npos);
  needy.replace(at, 9, "libq.so.6");
  const model::OptPart facts =
      facts_of({{"python/a/__init__.py",
                 {"import ctypes\nfrom torch.nn import x\nctypes.CDLL(here + '/native/libq.so.6')\n", false}},
                {"python/a/_x.so", {needy, true}}});
  EXPECT_THAT(facts.preloads, ElementsAre("libq.so.6"));
  EXPECT_THAT(facts.imports, ElementsAre("ctypes", "torch"));
}

TEST(OptReader, FactsAreReadAsTheyWereWritten) {
  const Scratch scratch;
  model::OptPart facts = facts_of({{"python/a/_x.so", {archive::fixture::compile_library(scratch), true}}});
  facts.requires_dist = {"botocore>=1"};
  facts.preloads = {"libq.so"};
  const auto again = opt_facts_from_value(to_value(facts));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->binaries, facts.binaries);
  EXPECT_EQ(again->requires_dist, facts.requires_dist);
  EXPECT_EQ(again->preloads, facts.preloads);
  EXPECT_EQ(opt_facts_from_value(document::Value::object({{"schema", 0}})).error().code(),
            ErrorCode::kCorrupt);
}

class OptProofTest : public testing::Test {
 protected:
  /// An artifact whose one segment is in the store, and whose zip is on disk.
  OptArtifact artifact(const std::string& name, const Tree& tree) {
    const std::string segment = archive::fixture::write_segment(tree);
    const std::string zip = archive::fixture::write_zip(tree);
    const auto blob = store::put(*store_, base::as_bytes(segment));
    const auto path = folder_.path() / (name + ".zip");
    EXPECT_TRUE(blob.has_value() && os::write_file_atomic(path, zip).has_value());
    return {model::ArtifactKind::kLayer,      name, crypto::sha256(zip), path,
            {{*blob, "dist-" + name, "1.0"}}, false};
  }
  std::vector<model::Finding> prove(const OptSubject& subject) {
    const auto found = prove_opt({*store_, *actions_, pool_}, {subject}, {});
    EXPECT_TRUE(found.has_value()) << found.error().to_string();
    return found ? found->at(0) : std::vector<model::Finding>{};
  }
  void empty_the_store() {
    std::filesystem::remove_all(folder_.path() / "store");
    store_ = store::open_local_store({.root = folder_.path() / "store"}).value();
  }
  std::uint64_t records(const std::string& kind) { return actions_->stats().value().by_kind[kind]; }

  os::TempDirectory folder_ = os::TempDirectory::create().value();
  std::unique_ptr<store::ContentStore> store_ =
      store::open_local_store({.root = folder_.path() / "store"}).value();
  std::unique_ptr<store::ActionCache> actions_ =
      store::open_local_actions(folder_.path() / "actions").value();
  os::ThreadPool pool_{2};
};

TEST_F(OptProofTest, FindsWhatMeetsAndWhatDoesNotLoadAndRemembersIt) {
  const Scratch scratch;
  const std::string arm = for_machine(archive::fixture::compile_library(scratch), '\xb7');
  OptSubject subject{model::Target{}, {}, {}};
  subject.layers = {artifact("core", {{"python/x.py", {"x = 1\n", false}}}),
                    artifact("more", {{"python/_y.so", {arm, true}}, {"python/x.py", {"x = 2\n", false}}})};
  const auto found = prove(subject);
  ASSERT_THAT(kinds(found), ElementsAre(FindingKind::kForeignMachine, FindingKind::kShadowedFile));
  EXPECT_EQ(found[1].text,
            "/opt/python/x.py of dist-more 1.0 of layer more replaces that of dist-core 1.0 of layer core");
  EXPECT_EQ(records("opt-facts"), 2U);
  EXPECT_EQ(records("opt-findings"), 1U);
  // Of what was looked at before nothing is opened.
  empty_the_store();
  std::filesystem::remove(subject.layers[0].zip);
  EXPECT_EQ(prove(subject), found);
}

TEST_F(OptProofTest, WhatIsRememberedOfASegmentJustMadeIsNotReadAgain) {
  const Scratch scratch;
  OptSubject subject{model::Target{}, {}, {}};
  const std::string arm = for_machine(archive::fixture::compile_library(scratch), '\xb7');
  subject.layers = {artifact("core", {{"python/_y.so", {arm, true}}})};
  BinaryFacts noted;
  noted.note("python/_y.so", true, base::as_bytes(arm));
  const Digest& segment = subject.layers[0].parts.at(0).blob;
  ASSERT_TRUE(remember_opt_facts(*store_, *actions_, segment, noted).has_value());
  EXPECT_EQ(records("opt-facts"), 1U);
  EXPECT_THAT(kinds(prove(subject)), ElementsAre(FindingKind::kForeignMachine));
  EXPECT_EQ(records("opt-facts"), 1U);
  empty_the_store();
  EXPECT_TRUE(remember_opt_facts(*store_, *actions_, segment, noted).has_value());
}

TEST_F(OptProofTest, TheOrderOfLayersIsPartOfWhatIsRemembered) {
  OptSubject subject{model::Target{}, {}, {}};
  subject.layers = {artifact("core", {{"python/x.py", {"x = 1\n", false}}}),
                    artifact("more", {{"python/x.py", {"x = 2\n", false}}})};
  EXPECT_EQ(prove(subject).at(0).origins.at(0).artifact, "layer more");
  std::swap(subject.layers[0], subject.layers[1]);
  EXPECT_EQ(prove(subject).at(0).origins.at(0).artifact, "layer core");
}

TEST_F(OptProofTest, WithoutItsSegmentsAnArtifactIsReadFromItsZip) {
  OptSubject subject{model::Target{}, {}, {}};
  subject.layers = {artifact("core", {{"python/x.py", {"x = 1\n", false}}}),
                    artifact("more", {{"python/x.py", {"x = 2\n", false}}})};
  empty_the_store();
  const auto found = prove(subject);
  ASSERT_THAT(kinds(found), ElementsAre(FindingKind::kShadowedFile));
  EXPECT_EQ(found[0].text, "/opt/python/x.py of layer more replaces that of layer core");
}

TEST_F(OptProofTest, ADamagedSegmentIsLikeOneThatIsNotThere) {
  OptSubject subject{model::Target{}, {}, {}};
  subject.layers = {artifact("core", {{"python/x.py", {"x = 1\n", false}}})};
  const std::string hex = subject.layers[0].parts.at(0).blob.hex();
  const auto blob = folder_.path() / "store/blobs" / hex.substr(0, 2) / hex;
  ASSERT_TRUE(std::filesystem::exists(blob));
  ASSERT_TRUE(os::write_file_atomic(blob, "damaged").has_value());
  EXPECT_THAT(prove(subject), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(blob)) << "it is in quarantine";
}

}  // namespace
}  // namespace lamella::proof
