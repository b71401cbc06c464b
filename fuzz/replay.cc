// SPDX-License-Identifier: Apache-2.0
//
// fuzz_replay TARGET FOLDER: runs a target over every file of a folder, over each file cut short at up to 64
// places, and over 200 small damages of it, always the same ones.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "fuzz_target.h"

namespace lamella::fuzz {
namespace {

constexpr std::size_t kCuts = 64;
constexpr int kDamages = 200;

std::map<std::string, Target>& targets() {
  static std::map<std::string, Target> all;
  return all;
}

std::string_view current;

void show_input(int) {
  std::fprintf(stderr, "with the input, in hexadecimal: ");
  for (const char c : current) std::fprintf(stderr, "%02x", static_cast<unsigned char>(c));
  std::fprintf(stderr, "\n");
}

/// On the heap and of exactly this size, so that a sanitizer sees the first byte behind it.
void run(Target target, std::string_view text) {
  const std::vector<char> exact(text.begin(), text.end());
  current = text;
  target(std::as_bytes(std::span(exact)));
}

void replay(Target target, const std::string& seed) {
  run(target, seed);
  for (std::size_t cut = 0; cut < seed.size(); cut += 1 + seed.size() / kCuts) {
    run(target, std::string_view(seed).substr(0, cut));
  }
  std::mt19937 random(static_cast<unsigned>(seed.size()));
  for (int i = 0; i < kDamages && !seed.empty(); ++i) {
    std::string damaged = seed;
    damaged[random() % damaged.size()] = static_cast<char>(random());
    if (i % 4 == 0) damaged.erase(random() % damaged.size(), 1 + random() % 4);
    if (i % 4 == 1) damaged.insert(random() % damaged.size(), damaged.substr(random() % damaged.size(), 8));
    run(target, damaged);
  }
}

}  // namespace

bool add_target(const char* name, Target target) { return targets().emplace(name, target).second; }

int replay_folder(const std::string& name, const std::string& folder) {
  const auto target = targets().find(name);
  if (target == targets().end()) {
    std::cerr << "no fuzz target is called " << name << "\n";
    return 2;
  }
  std::signal(SIGABRT, show_input);
  std::size_t seeds = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    std::ifstream in(file.path(), std::ios::binary);
    std::cerr << file.path().string() << std::endl;  // the last line names the seed that aborts
    replay(target->second, {std::istreambuf_iterator<char>(in), {}});
    ++seeds;
  }
  return seeds == 0 ? 2 : 0;
}

}  // namespace lamella::fuzz

int main(int argc, char** argv) {
  if (argc == 3) return lamella::fuzz::replay_folder(argv[1], argv[2]);
  std::cerr << "usage: fuzz_replay TARGET FOLDER\n";
  return 2;
}
