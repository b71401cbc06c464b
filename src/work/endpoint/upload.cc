// SPDX-License-Identifier: Apache-2.0
#include "endpoint/upload.h"

#include "archive/zip_reader.h"
#include "crypto/sha256.h"
#include "model/limits.h"
#include "wire/messages.h"
#include "wire/service_error.h"

namespace lamella::endpoint {
namespace {

/// What is wrong with the zip is the caller's to know; that our disk is full is not.
Error refusal_of(Error error) {
  if (error.code() == ErrorCode::kLimit) return wire::invalid_parameter(wire::unzipped_too_large());
  if (error.code() == ErrorCode::kRejected) return wire::invalid_parameter(wire::cannot_unzip());
  return error;
}

}  // namespace

Result<Upload> take_upload(Service& service, const std::optional<wire::Blob>& zip,
                           const std::optional<std::string>& s3_bucket) {
  if (s3_bucket) {
    return wire::invalid_parameter(
        "Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket "
        "does "
        "not exist");
  }
  if (!zip) return wire::invalid_parameter("Please provide a source for function code.");
  if (zip->bytes.size() > model::kMaxDirectZipBytes) {
    return wire::refuse("RequestEntityTooLargeException", wire::zipped_too_large());
  }
  const auto bytes = base::as_bytes(zip->bytes);
  auto reader = archive::ZipReader::open(bytes, archive::Profile::kUploaded);
  if (!reader) return refusal_of(std::move(reader).error());
  if (reader->entries().empty()) return wire::invalid_parameter("Uploaded file must be a non-empty zip");
  if (reader->unzipped_bytes() > model::kMaxUnzippedBytes) {
    return wire::invalid_parameter(wire::unzipped_too_large());
  }
  const Digest digest = crypto::sha256(bytes);
  auto unpacked = service.trees.unpack(bytes, digest, archive::Profile::kUploaded, service.pool);
  if (!unpacked) return refusal_of(std::move(unpacked).error());
  LAMELLA_TRY(store::put(service.blobs, bytes));
  return Upload{digest, static_cast<std::int64_t>(zip->bytes.size()),
                static_cast<std::int64_t>(reader->unzipped_bytes())};
}

}  // namespace lamella::endpoint
