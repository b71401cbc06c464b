// SPDX-License-Identifier: Apache-2.0
#include "aws/transport.h"

namespace lamella::aws {

Certainty certainty(const Error& error) {
  return error.fact("certainty") == "not-applied" ? Certainty::kNotApplied : Certainty::kUnknown;
}

Error with_certainty(Error error, Certainty certainty) {
  return std::move(error).with("certainty", certainty == Certainty::kNotApplied ? "not-applied" : "unknown");
}

}  // namespace lamella::aws
