// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <cstring>

#include "init.h"

int main(int argc, char** argv) {
  if (argc >= 2 && std::strcmp(argv[1], "outside") == 0) return lamella::init::outside(argc - 2, argv + 2);
  if (argc == 2 && std::strcmp(argv[1], "inside") == 0) return lamella::init::inside();
  std::fputs("lamella-init is started by lamella\n", stderr);
  return 2;
}
