// SPDX-License-Identifier: Apache-2.0
//
// The authorities that a Client believes, read once for all of its connections; private to this room.
// libcurl reads them anew for each connection, and parsing some 140 certificates costs more than the handshake.
//
// Verification itself stays libcurl's and is never turned down.  Wherever the authorities cannot be shared (its
// TLS is not OpenSSL, the bundle is missing or broken, a proxy is spoken to over TLS) libcurl reads them
// itself, and fails in its own words.
//
// A bundle that changes on disk is believed by the next Client.  Threads: every method from any thread.
#pragma once

#include <curl/curl.h>

#include <mutex>
#include <string>

namespace lamella::http {

class Trust {
 public:
  /// "" is the bundle that libcurl was built with.
  explicit Trust(std::string bundle) : bundle_(std::move(bundle)) {}
  ~Trust();
  Trust(const Trust&) = delete;
  Trust& operator=(const Trust&) = delete;

  /// Has the next request of `easy` believe them.  REQUIRES: outlives that request.
  void apply(CURL* easy);

 private:
  void* shared();

  const std::string bundle_;
  std::mutex mutex_;
  void* store_ = nullptr;  ///< an X509_STORE, guarded by mutex_
};

}  // namespace lamella::http
