// SPDX-License-Identifier: Apache-2.0
#include "endpoint/blobs.h"

#include <fcntl.h>

#include <cerrno>

#include "os/system_error.h"
#include "wire/messages.h"
#include "wire/service_error.h"
#include "wire/sigv4.h"

namespace lamella::endpoint {
namespace {

constexpr std::chrono::seconds kLifetime{600};

}  // namespace

std::string blob_url(const Service& service, const Call& call, const Digest& digest) {
  wire::HttpRequest request;
  request.path = std::string(kBlobPrefix) + digest.hex();
  request.headers = {{"Host", call.host}};
  const LocalCredentials& keys = service.options.credentials;
  wire::presign(request, {keys.access_key_id, keys.secret_access_key, Secret()}, {call.region, "lambda"},
                std::chrono::floor<std::chrono::seconds>(call.now), kLifetime);
  return "http://" + call.host + request.target();
}

Result<http::Response> serve_blob(Service& service, const wire::HttpRequest& request) {
  const auto digest = Digest::from_hex(std::string_view(request.path).substr(kBlobPrefix.size()));
  if (!digest || request.method != "GET") {
    return wire::refuse("ResourceNotFoundException", wire::resource_does_not_exist());
  }
  LAMELLA_TRY_ASSIGN(auto reader, service.blobs.open(*digest));
  if (!reader) return wire::refuse("ResourceNotFoundException", wire::resource_does_not_exist());
  os::UniqueFd file(::fcntl(reader->descriptor(), F_DUPFD_CLOEXEC, 0));
  if (!file) return os::system_error(errno, "cannot duplicate the descriptor of", digest->hex());
  http::Response response = http::Response::from_descriptor(std::move(file), 0, reader->size());
  response.headers.set("Content-Type", "application/zip");
  return response;
}

}  // namespace lamella::endpoint
