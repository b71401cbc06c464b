// SPDX-License-Identifier: Apache-2.0
//
// System calls that a signal cut short.  Private to this room.
#pragma once

#include <cerrno>

namespace lamella::os {

/// Calls until the answer is not -1 with EINTR.
template <class F>
auto retry(F call) {
  auto answer = call();
  while (answer == -1 && errno == EINTR) answer = call();
  return answer;
}

}  // namespace lamella::os
