// SPDX-License-Identifier: Apache-2.0
//
// What is told of one artifact beside its zip: the bill of its materials (CycloneDX 1.6, JSON) and how it was
// made (an in-toto statement with SLSA's provenance predicate, version 1).  Both name the zip by its SHA-256.
//
// Invariants (bill_test.cc)
//   B1 the same bill gives the same bytes: no clock, no random number, no path of this machine, no version of
//      Lamella.
//   B2 every distribution and every file that is in the zip is in both; so is the digest it was checked by.
//   B3 an address that is no https one, and anything that could be a credential, is in neither.
//
// The statement is not signed: whoever signs puts it, as it is, into a DSSE envelope.
//
// Threads: pure functions.  On disk: docs/formats/bill.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "model/artifact.h"

namespace lamella::proof {

/// A file that went into the artifact: of the workspace, by its name within the zip; an archive whose entries are in
/// it, or what a wheel was built from or with, by its own.
struct BilledFile {
  std::string name;
  Digest sha256;
  std::string url{};  ///< of one that was fetched
};

/// A wheel of the artifact.
struct BilledPackage {
  std::string name;
  std::string version;
  std::string filename;
  std::string url;
  Digest sha256;                         ///< of the wheel
  std::vector<std::string> needs;        ///< names in the same bill
  std::optional<BilledFile> source{};    ///< the source distribution it was built from
  std::vector<BilledFile> built_with{};  ///< the wheels its build needed
  std::string built_on{};                ///< the interpreter that built it here, "3.11.2", or ""
  std::string compiled_by{};             ///< the compiler of the machine that built it, or ""
};

struct Bill {
  model::ArtifactKind kind = model::ArtifactKind::kLayer;
  std::string name;
  model::Target target;
  std::string zip;  ///< file name
  Digest sha256;    ///< of the zip
  std::string licence;
  std::vector<BilledPackage> packages;       ///< sorted by name
  std::vector<BilledFile> files;             ///< sorted by name
  std::vector<BilledFile> inputs{};          ///< what a command saw of the workspace: it is in no zip
  std::string command{};                     ///< that made some of the files, or ""
  bool network = false;                      ///< the command had one: it may have used what is not told here
  std::vector<model::PackageShare> parts{};  ///< what the zip is made of, with its bytes there
  Digest key;                                ///< over everything that decides the zip's bytes
  std::string interpreter;                   ///< full version of the one that compiled bytecode, or ""
};

/// One JSON document each, indented, with a line feed at the end.
std::string render_bill_of_materials(const Bill& bill);
std::string render_provenance(const Bill& bill);

/// The parts of a rendered bill of materials; nullopt where it is of another zip, or does not tell them.
std::optional<std::vector<model::PackageShare>> packages_in_bill(std::string_view text, const Digest& zip);

}  // namespace lamella::proof
