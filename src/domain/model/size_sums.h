// SPDX-License-Identifier: Apache-2.0
//
// What layers save: three sums over the same workspace.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lamella::model {

struct Sizes {
  std::uint64_t zipped = 0;
  std::uint64_t unzipped = 0;

  Sizes& operator+=(const Sizes& other) {
    zipped += other.zipped;
    unzipped += other.unzipped;
    return *this;
  }
  bool operator==(const Sizes&) const = default;
};

struct SizedLayer {
  std::string name;
  Sizes sizes;
};

struct SizedFunction {
  std::string name;
  Sizes sizes;                      ///< without layers
  std::vector<std::string> layers;  ///< REQUIRES: each is in the list of layers
};

struct SizeSums {
  Sizes self_contained;  ///< every function packed with all that its layers give it
  Sizes functions_alone;
  Sizes layers_once_and_functions;  ///< what is really stored

  /// How much smaller the last is than the first, unzipped: 0.77 is 77 %.  0 when there is nothing.
  double saved_unzipped() const;
  double saved_zipped() const;
};

SizeSums sum_sizes(const std::vector<SizedLayer>& layers, const std::vector<SizedFunction>& functions);

}  // namespace lamella::model
