// SPDX-License-Identifier: Apache-2.0
#include "proof/binary_facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "archive/crc32.h"
#include "archive/elf_fixture.h"
#include "archive/segment.h"
#include "base/encoding.h"
#include "document/json.h"
#include "proof/opt_reader.h"

namespace lamella::proof {
namespace {

using archive::fixture::Scratch;
using archive::fixture::Tree;
using testing::SizeIs;

Tree tree_of_all_kinds(const Scratch& scratch) {
  const std::string library = archive::fixture::compile_library(scratch);
  return {{"python/a/_x.so", {library, true}},
          {"python/a/_y.so", {library, false}},
          {"python/a/apple.so", {"\xcf\xfa\xed\xfe....", false}},
          {"python/a/cut.so", {library.substr(0, 100), false}},
          {"python/a/empty.so", {"", false}},
          {"python/a/notes.so.1", {"no library at all", false}},
          {"python/a/script.py", {"x = 1\n", true}},
          {"python/bin/launch.exe", {std::string("MZ") + std::string(100, '\0'), true}},
          {"python/bin/tool", {"#!/bin/sh\n", true}}};
}

BinaryFacts noted_of(const Tree& tree) {
  BinaryFacts noted;
  for (const auto& [name, file] : tree) noted.note(name, file.executable, base::as_bytes(file.content));
  return noted;
}

std::string facts_text(const std::string& segment, const BinaryFacts& noted) {
  const auto facts = read_opt_facts(base::as_bytes(segment), Packed::kSegment, noted);
  EXPECT_TRUE(facts.has_value()) << facts.error().to_string();
  return facts ? document::render_json(to_value(*facts)) : "";
}

TEST(BinaryFacts, NotedAndReadFactsAreTheSame) {
  const Scratch scratch;
  const Tree tree = tree_of_all_kinds(scratch);
  const std::string segment = archive::fixture::write_segment(tree);
  const std::string read = facts_text(segment, {});
  EXPECT_EQ(facts_text(segment, noted_of(tree)), read);
  EXPECT_THAT(read, testing::HasSubstr("python/a/_y.so"));
  EXPECT_THAT(read, testing::HasSubstr("python/a/apple.so"));
  EXPECT_THAT(read, testing::Not(testing::HasSubstr("notes")));
}

TEST(BinaryFacts, WhatWasNotedIsNotInflated) {
  const Scratch scratch;
  const Tree tree = tree_of_all_kinds(scratch);
  std::string segment = archive::fixture::write_segment(tree);
  const std::string read = facts_text(segment, {});
  const auto opened = archive::open_segment(base::as_bytes(segment)).value();
  const auto body =
      static_cast<std::size_t>(reinterpret_cast<const char*>(opened.mapped.data()) - segment.data());
  for (const archive::Entry& entry : opened.index.entries) {
    if (may_be_binary(entry)) segment.at(body + static_cast<std::size_t>(entry.data_offset)) ^= '\xff';
  }
  EXPECT_NE(facts_text(segment, {}), read);
  EXPECT_EQ(facts_text(segment, noted_of(tree)), read);
}

TEST(BinaryFacts, OtherContentUnderTheSameNameIsReadAgain) {
  const Scratch scratch;
  const std::string library = archive::fixture::compile_library(scratch);
  std::string other = library;
  other.at(18) = '\xb7';  // the machine in its header
  const std::string segment = archive::fixture::write_segment({{"python/_x.so", {library, true}}});
  const BinaryFacts noted = noted_of({{"python/_x.so", {other, true}}});
  EXPECT_EQ(facts_text(segment, noted), facts_text(segment, {}));
  archive::Entry entry;
  entry.name = "python/_x.so";
  entry.size = library.size();
  entry.crc32 = archive::crc32(base::as_bytes(library));
  EXPECT_EQ(noted.find(entry), nullptr);
  entry.crc32 = archive::crc32(base::as_bytes(other));
  ASSERT_NE(noted.find(entry), nullptr);
  EXPECT_EQ((*noted.find(entry))->machine, "aarch64");
}

}  // namespace
}  // namespace lamella::proof
