// SPDX-License-Identifier: Apache-2.0
//
// For tests: shared objects made by the compiler at hand.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "archive/archive_test_support.h"

namespace lamella::archive::fixture {

/// A library with soname, runpath, debug sections and symbols, linked to libstdc++ and libc.
inline std::string compile_library(const Scratch& scratch, const std::string& flags = "-g") {
  const std::string source = scratch.write("lib.cc", R"(
#include <cstdio>
#include <string>
thread_local int counter = 40;
static std::string text = "twelve chars";
extern "C" int answer() { std::printf("%s", ""); return counter + static_cast<int>(text.size()) / 6; }
)");
  const std::string library = scratch.file("libfixture.so");
  int status = 0;
  const std::string said =
      run("c++ -shared -fPIC " + flags + " -Wl,-soname,libfixture.so.1,-rpath,'$ORIGIN/../libs' -o " +
              library + " " + source,
          status);
  EXPECT_EQ(status, 0) << said;
  return slurp(library);
}

}  // namespace lamella::archive::fixture
