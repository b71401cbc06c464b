// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <exception>
#include <string>
#include <vector>

#include "cli/program.h"

namespace {

/// A file must never get the number of a standard stream that was closed.
void open_closed_streams() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (::fcntl(fd, F_GETFD) == -1) [[maybe_unused]]
      const int opened = ::open("/dev/null", O_RDWR);
  }
}

}  // namespace

int main(int argc, char** argv) {
  open_closed_streams();
  // Trees and runtime roots are read by the sandbox's own user; what is private is made so by name.
  ::umask(022);
  // A file that may not grow is an error of the write, as a full disk is.
  ::signal(SIGXFSZ, SIG_IGN);
  std::vector<std::string> words;
  try {
    for (int i = 1; i < argc; ++i) words.emplace_back(argv[i]);
    return lamella::cli::run(words);
  } catch (const std::exception& failure) {
    return lamella::cli::internal_failure(words, failure.what());
  }
}
