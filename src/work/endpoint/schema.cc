// SPDX-License-Identifier: Apache-2.0
#include "endpoint/schema.h"

#include <array>

namespace lamella::endpoint {
namespace {

constexpr std::string_view kStateOne = R"sql(
-- Deleted layer versions stay: functions go on using them, and their numbers are never given again.
CREATE TABLE layer_version (
  region        TEXT NOT NULL,
  name          TEXT NOT NULL,
  version       INTEGER NOT NULL,
  blob          TEXT NOT NULL,      -- sha256 of the zip, hexadecimal
  size          INTEGER NOT NULL,   -- of the zip
  unzipped      INTEGER NOT NULL,
  description   TEXT NOT NULL,
  license       TEXT,
  runtimes      TEXT,               -- space-separated; NULL: not given, '': an empty list
  architectures TEXT,               -- likewise
  created       INTEGER NOT NULL,   -- milliseconds since 1970
  deleted       INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (region, name, version)
) WITHOUT ROWID;

-- Deleted functions stay for their numbers: a function made again goes on counting.
CREATE TABLE function (
  region       TEXT NOT NULL,
  name         TEXT NOT NULL,
  last_version INTEGER NOT NULL DEFAULT 0,
  tags         TEXT,                -- a JSON object, or NULL
  deleted      INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (region, name)
) WITHOUT ROWID;

-- What a function version is made of.  Rows never change; $LATEST and the version published from it share
-- one, which is how "nothing changed since" is known.
CREATE TABLE snapshot (
  id            INTEGER PRIMARY KEY,
  digest        TEXT NOT NULL UNIQUE,  -- over all that follows
  configuration TEXT NOT NULL,         -- FunctionConfiguration without what changes by itself
  blob          TEXT NOT NULL,
  unzipped      INTEGER NOT NULL,
  layers        TEXT NOT NULL          -- sha256 of each layer in merge order, space-separated
);

CREATE TABLE function_version (
  region      TEXT NOT NULL,
  name        TEXT NOT NULL,
  version     INTEGER NOT NULL,     -- 0 is $LATEST
  snapshot    INTEGER NOT NULL REFERENCES snapshot (id),
  previous    INTEGER REFERENCES snapshot (id),  -- serves until ready_at
  description TEXT,                 -- a published version's own
  transition  TEXT NOT NULL,        -- '', 'create' or 'update'
  ready_at    INTEGER NOT NULL,     -- when the transition ends
  revision    TEXT NOT NULL,        -- its id before that; the one after is derived from it
  modified    INTEGER NOT NULL,
  PRIMARY KEY (region, name, version)
) WITHOUT ROWID;

CREATE TABLE alias (
  region      TEXT NOT NULL,
  function    TEXT NOT NULL,
  name        TEXT NOT NULL,
  version     INTEGER NOT NULL,
  description TEXT NOT NULL,
  other       INTEGER,              -- the version that gets `weight` of the requests
  weight      REAL,
  revision    TEXT NOT NULL,
  PRIMARY KEY (region, function, name)
) WITHOUT ROWID;
)sql";

constexpr std::string_view kLogsOne = R"sql(
CREATE TABLE log_event (
  id         INTEGER PRIMARY KEY,
  region     TEXT NOT NULL,
  function   TEXT NOT NULL,
  stream     TEXT NOT NULL,         -- one per sandbox: 2026/11/21/[3]0123...
  version    TEXT NOT NULL,
  request_id TEXT NOT NULL,
  time       INTEGER NOT NULL,
  text       TEXT NOT NULL          -- all lines of one invocation
);
CREATE INDEX log_event_of_function ON log_event (region, function, id);
)sql";

constexpr std::array kState = {kStateOne};
constexpr std::array kLogs = {kLogsOne};

}  // namespace

std::span<const std::string_view> state_migrations() { return kState; }
std::span<const std::string_view> log_migrations() { return kLogs; }

}  // namespace lamella::endpoint
