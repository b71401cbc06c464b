// SPDX-License-Identifier: Apache-2.0
//
// Signed access to one account in one region: the clients of `aws`, with what they stand on.
//
// Threads: the interfaces say; made and destroyed on one.
// Errors: usage (no credentials, no region), io.
//
//   LAMELLA_TRY_ASSIGN(const auto access, Access::to_local(url, credentials));
//   LAMELLA_TRY_ASSIGN(auto outcome, access->invoker().invoke(request, options));
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "aws/credentials.h"
#include "aws/identity.h"
#include "aws/invoker.h"
#include "aws/lambda_control.h"
#include "aws/logs.h"
#include "base/byte_stream.h"
#include "base/result.h"
#include "endpoint/credentials.h"

namespace lamella::commands {

class Access {
 public:
  /// The embedded endpoint at `url`.
  static Result<std::unique_ptr<Access>> to_local(
      const std::string& url, const endpoint::LocalCredentials& keys,
      const std::string& region = std::string(endpoint::kDefaultRegion));
  /// The account that the usual AWS variables and files give; `region` "" is theirs too.
  static Result<std::unique_ptr<Access>> to_account(const std::string& region);
  Access(const Access&) = delete;
  Access& operator=(const Access&) = delete;
  ~Access();

  const std::string& region() const { return region_; }
  aws::LambdaControl& lambda() { return *lambda_; }
  aws::Invoker& invoker() { return *invoker_; }
  aws::Identity& identity() { return *identity_; }
  aws::Logs& logs() { return *logs_; }
  /// Bytes behind an address that the service gave; how many.  Errors: those of aws::download().
  Result<std::uint64_t> download(std::string_view url, base::ByteSink& sink, const aws::CallOptions& options);

 private:
  struct Base;
  struct Endpoints;
  Access(std::string region, std::unique_ptr<aws::CredentialProvider> credentials,
         const Endpoints& endpoints);
  static Result<Endpoints> endpoints_of(const std::string& region, const std::string& url,
                                        const aws::Settings& settings);

  std::string region_;
  std::unique_ptr<Base> base_;
  std::unique_ptr<aws::LambdaControl> lambda_;
  std::unique_ptr<aws::Invoker> invoker_;
  std::unique_ptr<aws::Identity> identity_;
  std::unique_ptr<aws::Logs> logs_;
};

}  // namespace lamella::commands
