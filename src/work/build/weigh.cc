// SPDX-License-Identifier: Apache-2.0
#include "build/weigh.h"

#include "build/attest.h"
#include "build/contents.h"
#include "os/file.h"
#include "proof/bill.h"
#include "proof/opt_reader.h"

namespace lamella::build {
namespace {

constexpr std::uint64_t kLargestBill = 256'000'000;

void add_files(const std::vector<model::OptFile>& files, model::Weighed& into) {
  for (const model::OptFile& file : files) into.files.push_back({file.path, file.size});
}

}  // namespace

Result<model::Weighed> weigh(const Tools& tools, const Made& made) {
  const model::Artifact& artifact = made.artifact;
  model::Weighed out{.kind = artifact.kind,
                     .name = artifact.name,
                     .target = artifact.target,
                     .sha256 = artifact.sha256,
                     .sizes = {artifact.zipped_bytes, artifact.unzipped_bytes},
                     .packages = artifact.packages,
                     .files = {}};
  LAMELLA_TRY_ASSIGN(const auto contents, contents_of(tools, made));
  for (const PartContents& part : contents) add_files(part.files, out);
  return out;
}

Result<> weigh_zip(const std::filesystem::path& zip, model::Weighed& into) {
  LAMELLA_TRY_ASSIGN(const auto mapped, os::MappedFile::open(zip));
  LAMELLA_TRY_ASSIGN(const auto files, proof::read_opt_files(mapped.bytes(), proof::Packed::kUploaded));
  add_files(files, into);
  into.sizes.zipped = mapped.bytes().size();
  for (const model::WeighedFile& file : into.files) into.sizes.unzipped += file.bytes;
  LAMELLA_TRY_ASSIGN(const auto bill, os::read_file_if_present(attestations_of(zip)[0], kLargestBill));
  if (bill) into.packages = proof::packages_in_bill(*bill, into.sha256);
  return {};
}

}  // namespace lamella::build
