// SPDX-License-Identifier: Apache-2.0
//
// AWS Signature Version 4: the client signs, the endpoint verifies, with the same canonical form.
//
// Rules: a path is collapsed ("//", ".", "..") and encoded a second time, except for service "s3",
// where it is taken verbatim.  The payload hash is the X-Amz-Content-SHA256 header where present.  S3
// requests always carry that header; sign() adds it for s3 only.
//
// Threads: pure functions.  Errors of verify() are service errors (wire/service_error.h): 403
// MissingAuthenticationTokenException, UnrecognizedClientException, InvalidSignatureException,
// ExpiredTokenException; 400 IncompleteSignatureException.
//
//   wire::sign(request, credentials, {"us-west-2", "lambda"}, clock.now());     // adds headers
//   LAMELLA_TRY_ASSIGN(const wire::Identity who, wire::verify(request, keys, now));
//
// Tested with all vectors of the public aws-c-auth suite, and verify(sign(x)) as a property.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "wire/http_message.h"

namespace lamella::wire {

struct SigningCredentials {
  std::string access_key_id;
  Secret secret_access_key;
  Secret session_token;  ///< empty: none
};

struct SigningScope {
  std::string region;
  std::string service;  ///< signing name: "lambda", "sts", "s3", "monitoring", ...
};

inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

/// Lower-case hexadecimal SHA-256 of a body.
std::string payload_hash(std::string_view body);

/// The canonical request over exactly `signed_headers` (lower-case, sorted, ';' between).
/// `collapse_path` false keeps "//" and dot segments, as some signers are configured to.
std::string canonical_request(const HttpRequest& request, std::string_view signed_headers,
                              std::string_view payload, std::string_view service, bool collapse_path = true);
std::string string_to_sign(std::string_view canonical, const SigningScope& scope,
                           std::chrono::sys_seconds time);
/// Hexadecimal signature of a string to sign.
std::string signature(std::string_view text, const Secret& secret, const SigningScope& scope,
                      std::chrono::sys_seconds time);

struct SignOptions {
  std::string payload;          ///< payload hash to state; empty: hash the body
  bool payload_header = false;  ///< send X-Amz-Content-SHA256 although the service does not need it
  bool collapse_path = true;
};

/// Adds X-Amz-Date, X-Amz-Security-Token and Authorization (replacing older ones, so that a retry signs
/// anew).  Every header present is signed but those that proxies and clients change.
/// REQUIRES: a Host header.
void sign(HttpRequest& request, const SigningCredentials& credentials, const SigningScope& scope,
          std::chrono::sys_seconds time, const SignOptions& options = {});

/// Moves the signature into the query, payload unsigned unless `options.payload` says otherwise.
/// REQUIRES: a Host header.  Every header present is signed and must be sent with the URL; give Host alone
/// for one that works with a plain GET.
void presign(HttpRequest& request, const SigningCredentials& credentials, const SigningScope& scope,
             std::chrono::sys_seconds time, std::chrono::seconds lifetime, const SignOptions& options = {});

/// Who signed, and for what.
struct Identity {
  std::string access_key_id;
  SigningScope scope;
  bool presigned = false;
};

/// What an access key's holder must know; nullopt: no such key.
struct KnownKey {
  Secret secret_access_key;
  Secret session_token;  ///< empty: a long-term key, and a request must carry no other token
};
using KeyLookup = std::function<std::optional<KnownKey>(std::string_view access_key_id)>;

struct VerifyOptions {
  std::chrono::seconds tolerance{300};  ///< allowed distance between X-Amz-Date and `now`
  /// Hash of a body that the caller streamed; empty: hash `request.body`.
  std::string body_hash;
};

/// True if the request carries an Authorization header or a presigned query.
bool is_signed(const HttpRequest& request);

/// Checks signature, scope, age, body hash, and that Host and every x-amz-* header is signed.
Result<Identity> verify(const HttpRequest& request, const KeyLookup& keys, std::chrono::sys_seconds now,
                        const VerifyOptions& options = {});

/// The credential scope's region and service, unverified: for routing only.
std::optional<SigningScope> claimed_scope(const HttpRequest& request);

}  // namespace lamella::wire
