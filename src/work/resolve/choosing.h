// SPDX-License-Identifier: Apache-2.0
//
// One joint choice of versions: the resolver is asked again and again, each time told what the last answer lacked,
// until the target can load all of it.  An answer lacks something when a version has no wheel that loads (it is
// excluded), a name was taken from the wrong index (it is placed), a release was taken back (another is asked for),
// or a package has no wheel left and may come from source (it is asked for as such, and then again with what it was
// found to need).
//
// Errors: as Resolver.  Threads: one.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/event.h"
#include "base/result.h"
#include "resolve/pins.h"
#include "resolve/sources.h"
#include "resolve/uv.h"

namespace lamella::resolve {

/// What may come from source, and who finds out what it needs; without anyone it is taken that it needs nothing.
struct Sourcing {
  std::set<std::string> allowed;
  SourceBuilds* builds = nullptr;
};

class Choosing {
 public:
  /// Packages that `question` has in `from_source` are looked for there alone.
  Choosing(UvQuestion question, Hashes pinned, Sourcing sourcing, EventSink& events);

  /// Sorted by name, without needs.
  Result<std::vector<LockedPackage>> choose(std::stop_token stop);

  /// Names that were asked for only to say which index they come from.
  const std::set<std::string>& placed() const { return question_.placed; }
  /// The metadata of what comes from source.
  const std::map<std::string, Metadata>& built() const { return built_; }

 private:
  bool place(const std::string& name);
  bool place_named(std::string_view words);
  bool leave_yanked(const UvPackage& package);
  bool allow_named(std::string_view words);
  bool take_from_source(const std::string& name);
  Result<bool> take(UvPackage& package, std::vector<LockedPackage>& chosen, const std::stop_token& stop);
  Result<bool> take_source(const UvPackage& package, std::vector<LockedPackage>& chosen,
                           const std::stop_token& stop);
  void exclude(const UvPackage& package);
  Error explain(Error error, std::stop_token stop) const;
  Error without_wheels(const Error& error, const std::vector<std::string>& names, std::stop_token stop) const;
  std::optional<Error> wheel_trouble(const Error& error, std::stop_token stop) const;
  Error explain_pip(const Error& error) const;

  UvQuestion question_;
  const Hashes pinned_;
  const Sourcing sourcing_;
  EventSink& events_;
  const std::vector<std::string> accepted_;
  std::set<std::string> excluded_;  ///< of the question's constraints, those that were added here
  std::string refused_;
  std::set<std::string> warned_;
  std::map<std::string, BuiltSource> learnt_;  ///< by source_name()
  std::map<std::string, Metadata> built_;
};

}  // namespace lamella::resolve
