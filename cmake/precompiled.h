// SPDX-License-Identifier: Apache-2.0
//
// Standard headers that most sources include, compiled once per preset (LAMELLA_PRECOMPILE).  Sources still
// include what they use: the dev preset builds without this file.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <variant>
#include <vector>
