// SPDX-License-Identifier: Apache-2.0
#include "model/size_sums.h"

#include <map>
#include <string_view>

namespace lamella::model {
namespace {

double saved(std::uint64_t before, std::uint64_t after) {
  return before == 0 ? 0.0 : 1.0 - static_cast<double>(after) / static_cast<double>(before);
}

}  // namespace

double SizeSums::saved_unzipped() const {
  return saved(self_contained.unzipped, layers_once_and_functions.unzipped);
}

double SizeSums::saved_zipped() const {
  return saved(self_contained.zipped, layers_once_and_functions.zipped);
}

SizeSums sum_sizes(const std::vector<SizedLayer>& layers, const std::vector<SizedFunction>& functions) {
  SizeSums sums;
  std::map<std::string_view, Sizes> by_name;
  for (const SizedLayer& layer : layers) {
    by_name.emplace(layer.name, layer.sizes);
    sums.layers_once_and_functions += layer.sizes;
  }
  for (const SizedFunction& function : functions) {
    sums.functions_alone += function.sizes;
    sums.self_contained += function.sizes;
    for (const std::string& layer : function.layers) sums.self_contained += by_name.at(layer);
  }
  sums.layers_once_and_functions += sums.functions_alone;
  return sums;
}

}  // namespace lamella::model
