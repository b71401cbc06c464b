// SPDX-License-Identifier: Apache-2.0
//
// What libcurl brings with it; private to this room.  libcurl's own functions are called by their own names.
#pragma once

namespace lamella::http {

/// The function of that name in libcurl or a library behind it; nullptr where there is none.
void* find_behind_curl(const char* name);

}  // namespace lamella::http
