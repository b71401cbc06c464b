// SPDX-License-Identifier: Apache-2.0
//
// What the C++ runtime library of a Lambda operating system gives, as the symbol versions it defines.
//
// Sources: the distributions' compilers (Amazon Linux 2: GCC 7.3; Amazon Linux 2023: GCC 11) and the table of
// versions in libstdc++'s manual, "ABI Policy and Guidelines": GCC 7.2 ends at GLIBCXX_3.4.24 and CXXABI_1.3.11,
// GCC 11.1 at GLIBCXX_3.4.29 and CXXABI_1.3.13.  Not recorded from a running function.
//
// Threads: pure functions.
#pragma once

#include <string_view>
#include <vector>

#include "model/target.h"

namespace lamella::model {

inline constexpr std::string_view kLibstdcxx = "libstdc++.so.6";

struct CxxVersions {
  std::vector<unsigned> glibcxx;  ///< the newest GLIBCXX_
  std::vector<unsigned> cxxabi;   ///< the newest CXXABI_
};

inline CxxVersions libstdcxx_of(LambdaOs os) {
  if (os == LambdaOs::kAl2) return {{3, 4, 24}, {1, 3, 11}};
  return {{3, 4, 29}, {1, 3, 13}};
}

}  // namespace lamella::model
