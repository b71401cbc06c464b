// SPDX-License-Identifier: Apache-2.0
//
// libcurl, loaded when the first request is made.  Linked in the usual way, it and the thirty libraries
// behind it cost every start of the program four fifths of its time (measured: 8 of 10 ms for `lamella
// --version`), also of the many that never send a request: `build` with nothing changed has 20 ms for
// everything.
//
// These are the functions this room calls, under their own names; each passes its arguments on.  What
// curl_easy_setopt and curl_easy_getinfo take last is a pointer, a long or a 64-bit integer, which are all
// one register wide here.  Without the library curl_global_init fails, and no request gets any further.
#include "http/curl_on_demand.h"

#include <curl/curl.h>
#include <dlfcn.h>

#include <cstdarg>

#undef curl_easy_setopt
#undef curl_easy_getinfo

static_assert(sizeof(void*) == sizeof(long) && sizeof(long) == sizeof(curl_off_t));

namespace {

void* library() {
  static void* const handle = ::dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  return handle;
}

template <class F>
F* find(const char* name) {
  return library() == nullptr ? nullptr : reinterpret_cast<F*>(::dlsym(library(), name));
}

}  // namespace

void* lamella::http::find_behind_curl(const char* name) {
  return library() == nullptr ? nullptr : ::dlsym(library(), name);
}

#define LAMELLA_CURL(function) static auto* const real = find<decltype(function)>(#function)

// Two of libcurl's signatures have an enum before the dots.
#pragma GCC diagnostic ignored "-Wvarargs"

extern "C" {

CURLcode curl_global_init(long flags) {
  LAMELLA_CURL(curl_global_init);
  return real == nullptr ? CURLE_FAILED_INIT : real(flags);
}
curl_version_info_data* curl_version_info(CURLversion age) {
  LAMELLA_CURL(curl_version_info);
  return real == nullptr ? nullptr : real(age);
}
CURL* curl_easy_init() {
  LAMELLA_CURL(curl_easy_init);
  return real == nullptr ? nullptr : real();
}
void curl_easy_cleanup(CURL* handle) {
  LAMELLA_CURL(curl_easy_cleanup);
  if (real != nullptr) real(handle);
}
void curl_easy_reset(CURL* handle) {
  LAMELLA_CURL(curl_easy_reset);
  if (real != nullptr) real(handle);
}
const char* curl_easy_strerror(CURLcode code) {
  LAMELLA_CURL(curl_easy_strerror);
  return real == nullptr ? "libcurl.so.4 cannot be loaded" : real(code);
}
CURLcode curl_easy_setopt(CURL* handle, CURLoption option, ...) {
  LAMELLA_CURL(curl_easy_setopt);
  if (real == nullptr) return CURLE_FAILED_INIT;
  va_list rest;
  va_start(rest, option);
  void* const argument = va_arg(rest, void*);
  va_end(rest);
  return real(handle, option, argument);
}
CURLcode curl_easy_getinfo(CURL* handle, CURLINFO info, ...) {
  LAMELLA_CURL(curl_easy_getinfo);
  if (real == nullptr) return CURLE_FAILED_INIT;
  va_list rest;
  va_start(rest, info);
  void* const argument = va_arg(rest, void*);
  va_end(rest);
  return real(handle, info, argument);
}
CURLM* curl_multi_init() {
  LAMELLA_CURL(curl_multi_init);
  return real == nullptr ? nullptr : real();
}
CURLMcode curl_multi_cleanup(CURLM* multi) {
  LAMELLA_CURL(curl_multi_cleanup);
  return real == nullptr ? CURLM_BAD_HANDLE : real(multi);
}
CURLMcode curl_multi_add_handle(CURLM* multi, CURL* handle) {
  LAMELLA_CURL(curl_multi_add_handle);
  return real == nullptr ? CURLM_BAD_HANDLE : real(multi, handle);
}
CURLMcode curl_multi_remove_handle(CURLM* multi, CURL* handle) {
  LAMELLA_CURL(curl_multi_remove_handle);
  return real == nullptr ? CURLM_BAD_HANDLE : real(multi, handle);
}
CURLMcode curl_multi_perform(CURLM* multi, int* running) {
  LAMELLA_CURL(curl_multi_perform);
  return real == nullptr ? CURLM_BAD_HANDLE : real(multi, running);
}
CURLMcode curl_multi_poll(CURLM* multi, curl_waitfd* extra, unsigned extras, int timeout_ms, int* ready) {
  LAMELLA_CURL(curl_multi_poll);
  return real == nullptr ? CURLM_BAD_HANDLE : real(multi, extra, extras, timeout_ms, ready);
}
CURLMcode curl_multi_wakeup(CURLM* multi) {
  LAMELLA_CURL(curl_multi_wakeup);
  return real == nullptr ? CURLM_BAD_HANDLE : real(multi);
}
CURLMsg* curl_multi_info_read(CURLM* multi, int* left) {
  LAMELLA_CURL(curl_multi_info_read);
  return real == nullptr ? nullptr : real(multi, left);
}
curl_slist* curl_slist_append(curl_slist* list, const char* text) {
  LAMELLA_CURL(curl_slist_append);
  return real == nullptr ? nullptr : real(list, text);
}
void curl_slist_free_all(curl_slist* list) {
  LAMELLA_CURL(curl_slist_free_all);
  if (real != nullptr) real(list);
}

}  // extern "C"
