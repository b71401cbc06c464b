// SPDX-License-Identifier: Apache-2.0
//
// Who we are to AWS.  The chain: given keys, AWS_ACCESS_KEY_ID and friends (unless a profile was named),
// the credentials file, credential_process, the config file's static keys.  A profile or environment
// that asks for what is not built (assume role, web identity, SSO, container, instance metadata) is refused
// with the way around it, never passed over.
//
// Threads: get() from any thread.  Secrets are base::Secret and appear in no message.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "aws/profile.h"
#include "base/result.h"
#include "wire/sigv4.h"

namespace lamella::os {
class Clock;
}

namespace lamella::aws {

class CredentialProvider {
 public:
  virtual ~CredentialProvider() = default;
  /// Fresh enough to sign with now.
  virtual Result<wire::SigningCredentials> get() = 0;
};

/// Always these: the local endpoint's, and tests'.
std::unique_ptr<CredentialProvider> fixed_credentials(wire::SigningCredentials credentials);

/// Runs a program given as argument list and returns its standard output.
using RunProgram = std::function<Result<std::string>(const std::vector<std::string>& arguments)>;
/// The real one: no shell, a minute at most, standard error in the message.
RunProgram run_credential_process();

/// Picks the first source of the chain that applies.  Errors: usage, naming what was looked at and what to
/// do. `clock` must outlive the provider.
Result<std::unique_ptr<CredentialProvider>> credential_chain(const Settings& settings, RunProgram run,
                                                             os::Clock& clock);

struct ExpiringCredentials {
  wire::SigningCredentials credentials;
  std::optional<std::chrono::sys_seconds> expires;
};
/// The JSON that a credential_process prints.  Errors: usage; its text is never quoted.
Result<ExpiringCredentials> parse_process_output(std::string_view json);

}  // namespace lamella::aws
