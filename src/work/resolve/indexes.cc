// SPDX-License-Identifier: Apache-2.0
#include "resolve/indexes.h"

#include <utility>

#include "base/percent.h"
#include "os/environment.h"

namespace lamella::resolve {
namespace {

std::optional<store::HostLogin> login_of(const std::string& name, const std::string& url) {
  const auto user = os::get_environment(login_variable(name, "USERNAME"));
  const auto password = os::get_environment(login_variable(name, "PASSWORD"));
  if (url.empty() || (!user && !password)) return std::nullopt;
  return store::HostLogin{store::origin_of(url), user.value_or(""), Secret(password.value_or(""))};
}

}  // namespace

std::string login_variable(std::string_view index, std::string_view what) {
  std::string variable = "LAMELLA_INDEX_" + std::string(index) + "_" + std::string(what);
  for (char& c : variable) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (c == '-') c = '_';
  }
  return variable;
}

std::vector<Index> indexes_of(const model::LockSettings& settings) {
  const std::string first = settings.index == "default" ? "" : settings.index;
  std::vector<Index> indexes{{"default", first, {}, login_of("default", first)}};
  for (const model::PackageIndex& one : settings.indexes) {
    indexes.push_back({one.name, one.url, one.patterns, login_of(one.name, one.url)});
  }
  return indexes;
}

std::vector<store::HostLogin> logins_of(const model::LockSettings& settings) {
  std::vector<store::HostLogin> logins;
  for (Index& index : indexes_of(settings)) {
    if (index.login) logins.push_back(*std::move(index.login));
  }
  return logins;
}

std::string with_login(const Index& index) {
  const auto start = index.url.find("://");
  if (!index.login || start == std::string::npos) return index.url;
  return index.url.substr(0, start + 3) + base::percent_encode(index.login->user) + ":" +
         base::percent_encode(index.login->password.reveal()) + "@" + index.url.substr(start + 3);
}

std::string hide_logins(std::string words, const std::vector<Index>& indexes) {
  for (const Index& index : indexes) {
    if (!index.login || index.login->password.empty()) continue;
    const std::string& plain = index.login->password.reveal();
    for (const std::string& secret : {plain, base::percent_encode(plain)}) {
      for (auto at = words.find(secret); at != std::string::npos; at = words.find(secret, at + 3))
        words.replace(at, secret.size(), "***");
    }
  }
  return words;
}

std::size_t index_for(const std::vector<Index>& indexes, std::string_view normalised_name) {
  for (std::size_t i = 1; i < indexes.size(); ++i) {
    if (model::PackageIndex::serves(indexes[i].patterns, normalised_name)) return i;
  }
  return 0;
}

}  // namespace lamella::resolve
