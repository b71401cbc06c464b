// SPDX-License-Identifier: Apache-2.0
#include "build/contents.h"

#include "os/file.h"
#include "proof/opt_reader.h"

namespace lamella::build {

Result<std::vector<PartContents>> contents_of(const Tools& tools, const Made& made) {
  std::vector<PartContents> parts;
  bool whole = !made.parts.empty();
  for (const Part& part : made.parts) {
    LAMELLA_TRY_ASSIGN(auto blob, tools.store.open(part.segment.blob));
    whole = whole && blob.has_value();
    if (!blob) break;
    LAMELLA_TRY_ASSIGN(const auto bytes, blob->map());
    LAMELLA_TRY_ASSIGN(auto files, proof::read_opt_files(bytes, proof::Packed::kSegment));
    parts.push_back({part.segment.distribution, part.segment.version, std::move(files)});
  }
  if (whole) return parts;
  LAMELLA_TRY_ASSIGN(const auto zip, os::MappedFile::open(tools.workspace / made.artifact.path));
  const auto packed = made.as_it_is ? proof::Packed::kUploaded : proof::Packed::kZip;
  LAMELLA_TRY_ASSIGN(auto files, proof::read_opt_files(zip.bytes(), packed));
  return std::vector<PartContents>{{"", "", std::move(files)}};
}

}  // namespace lamella::build
