// SPDX-License-Identifier: Apache-2.0
#include "package/wheel.h"

#include "archive/zip_names.h"
#include "archive/zip_writer.h"
#include "fuzz_target.h"

using namespace lamella;

/// The input is RECORD and, each after a NUL, names of empty files.  What an accepted wheel installs has safe
/// names in ascending order, none of them twice and none below another.
FUZZ_TARGET(wheel) {
  const auto pieces = fuzz::pieces_of(input);
  base::StringSink sink;
  archive::ZipAssembler writer(sink);
  if (!writer.add_file("w-1.dist-info/RECORD", false, base::as_bytes(pieces[0]))) return;
  for (const auto name : std::span(pieces).subspan(1)) {
    if (!writer.add_file(name, false, {})) return;
  }
  FUZZ_ASSERT(writer.finish());
  const auto zip = archive::ZipReader::open(base::as_bytes(sink.text()), archive::Profile::kWheel);
  const auto files = zip ? package::read_wheel(*zip, {"w", "1", "w-1-py3-none-any.whl"}) : zip.error();
  for (std::size_t i = 0; files && i < files->size(); ++i) {
    const std::string& path = (*files)[i].path;
    FUZZ_ASSERT(!archive::zip::unsafe_name(path) && !path.ends_with('/'));
    FUZZ_ASSERT(i == 0 || ((*files)[i - 1].path < path && !path.starts_with((*files)[i - 1].path + "/")));
  }
}
