// SPDX-License-Identifier: Apache-2.0
#include "http/trust.h"

#include <string_view>

#include "http/curl_on_demand.h"
#include "http/message.h"
#include "os/environment.h"

namespace lamella::http {
namespace {

/// Those functions of OpenSSL that this needs, out of the very library that libcurl calls.
struct OpenSsl {
  void* (*store_new)() = nullptr;
  void (*store_free)(void* store) = nullptr;
  int (*store_load)(void* store, const char* file, const char* folder) = nullptr;
  int (*store_flags)(void* store, unsigned long flags) = nullptr;
  void (*set_store)(void* context, void* store) = nullptr;  ///< counts the reference

  OpenSsl() {
    const curl_version_info_data* about = curl_version_info(CURLVERSION_NOW);
    if (about == nullptr || about->ssl_version == nullptr) return;
    if (!std::string_view(about->ssl_version).starts_with("OpenSSL/")) return;
    find(store_new, "X509_STORE_new");
    find(store_free, "X509_STORE_free");
    find(store_load, "X509_STORE_load_locations");
    find(store_flags, "X509_STORE_set_flags");
    find(set_store, "SSL_CTX_set1_cert_store");
  }
  bool whole() const {
    return store_new != nullptr && store_free != nullptr && store_load != nullptr && store_flags != nullptr &&
           set_store != nullptr;
  }

 private:
  template <class F>
  static void find(F*& function, const char* name) {
    function = reinterpret_cast<F*>(find_behind_curl(name));
  }
};

const OpenSsl& openssl() {
  static const OpenSsl found;
  return found;
}

/// X509_V_FLAG_TRUSTED_FIRST and X509_V_FLAG_PARTIAL_CHAIN, as libcurl sets them.
constexpr unsigned long kFlags = 0x8000 | 0x80000;

/// Its connection to the proxy would be given the same authorities; libcurl believes others there.
bool has_secure_proxy() {
  for (const char* name : {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}) {
    const auto proxy = os::get_environment(name);
    if (proxy && same_ignoring_case(std::string_view(*proxy).substr(0, 8), "https://")) return true;
  }
  return false;
}

CURLcode install(CURL*, void* context, void* store) {
  openssl().set_store(context, store);
  return CURLE_OK;
}

/// nullptr unless the file and the folder that libcurl would read could be read.
void* read_authorities(const std::string& bundle) {
  const curl_version_info_data* about = curl_version_info(CURLVERSION_NOW);
  if (!openssl().whole() || about->age < CURLVERSION_SEVENTH || has_secure_proxy()) return nullptr;
  const char* file = bundle.empty() ? about->cainfo : bundle.c_str();
  if (file == nullptr) return nullptr;
  void* store = openssl().store_new();
  if (store == nullptr) return nullptr;
  if (openssl().store_load(store, file, about->capath) == 1 && openssl().store_flags(store, kFlags) == 1) {
    return store;
  }
  openssl().store_free(store);
  return nullptr;
}

}  // namespace

Trust::~Trust() {
  if (store_ != nullptr) openssl().store_free(store_);
}

void* Trust::shared() {
  const std::lock_guard lock(mutex_);
  if (store_ == nullptr) store_ = read_authorities(bundle_);
  return store_;
}

void Trust::apply(CURL* easy) {
  if (!bundle_.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, bundle_.c_str());
  void* const store = shared();
  if (store == nullptr || curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, store) != CURLE_OK ||
      curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, &install) != CURLE_OK) {
    return;
  }
  curl_easy_setopt(easy, CURLOPT_CAINFO, nullptr);
  curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
}

}  // namespace lamella::http
