// SPDX-License-Identifier: Apache-2.0
//
// The AWS clients that Python sources create, read from their text: boto3.client("x"), boto3.resource("x"),
// the same of a session, botocore's create_client("x"), and client("x") after `from boto3 import client`; the
// name may be a constant of the file.  Names that are not written out cannot be known: there a proof tells
// what botocore was asked for (proof/prove.py).  Only files that import boto3, botocore or their asynchronous
// kin are looked at.
//
// A layer whose `services` leaves out what a function creates a client for would fail in production, at the
// first call: here it is an error with its place.
//
// Threads: pure functions.  Errors of the checks: rejected, with file, line and column; io.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "build/plan.h"
#include "build/tools.h"

namespace lamella::build {

struct ClientUse {
  std::string service;
  unsigned line = 1;
  unsigned column = 1;  ///< of the name

  bool operator==(const ClientUse&) const = default;
};

/// In the order of the text.
std::vector<ClientUse> find_clients(std::string_view source);

/// Holds the own sources of functions and of their layers against the services that their botocore keeps.  All
/// that is left out is in the one error.
Result<> check_clients(const Tools& tools, const model::Workspace& workspace,
                       const std::vector<ArtifactPlan>& plans);

/// The same of what was made for them: wheels of the workspace's projects, and ready zips but for what
/// distributions installed into these.
Result<> check_made_clients(const Tools& tools, const model::Workspace& workspace,
                            const std::vector<ArtifactPlan>& plans);

}  // namespace lamella::build
