// SPDX-License-Identifier: Apache-2.0
#include "aws/download.h"

#include <fmt/format.h>

#include "wire/service_error.h"

namespace lamella::aws {
namespace {

class CountingSink final : public base::ByteSink {
 public:
  explicit CountingSink(base::ByteSink& inner) : inner_(inner) {}
  Result<> write(std::span<const std::byte> bytes) override {
    LAMELLA_TRY(inner_.write(bytes));
    count_ += bytes.size();
    return {};
  }
  std::uint64_t count() const { return count_; }

 private:
  base::ByteSink& inner_;
  std::uint64_t count_ = 0;
};

}  // namespace

Result<std::uint64_t> download(Transport& transport, std::string_view url, base::ByteSink& sink,
                               const CallOptions& options) {
  const auto scheme = url.find("://");
  const bool known = url.starts_with("https://") || url.starts_with("http://");
  if (!known)
    return Error(ErrorCode::kUsage, "the service gave no address to download from").at(std::string(url));
  const auto path = url.find_first_of("/?", scheme + 3);
  Exchange exchange;
  exchange.origin = std::string(url.substr(0, path));
  std::string_view target = path == std::string_view::npos ? "/" : url.substr(path);
  target = target.substr(0, target.find('#'));
  exchange.request.path = std::string(target.substr(0, target.find('?')));
  if (exchange.request.path.empty()) exchange.request.path = "/";
  if (target.find('?') != std::string_view::npos)
    exchange.request.query = target.substr(target.find('?') + 1);
  CountingSink counted(sink);
  exchange.sink = &counted;
  exchange.timeout = options.deadline;
  exchange.stop = options.stop;
  LAMELLA_TRY_ASSIGN(const wire::HttpResponse response, transport.exchange(exchange));
  if (!response.ok()) {
    // The query is a signature: it stays out of the message.
    return wire::parse_error(response).at(exchange.origin + exchange.request.path);
  }
  return counted.count();
}

}  // namespace lamella::aws
