// SPDX-License-Identifier: Apache-2.0
//
// What AddressSanitizer's runtime is told by every executable that is built with it.

/// Its `__tls_get_addr` takes a library's thread-local block that malloc put 16 bytes into a page for one of glibc 2.19 and
/// reads a length and an address in front of it, so that LeakSanitizer now and then ends a passed run by a "Tracer caught
/// signal 11" (github.com/google/sanitizers/issues/1322; clang 14 to 16).  No block of a newer glibc is found that way.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() { return "intercept_tls_get_addr=0"; }
