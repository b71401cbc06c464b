// SPDX-License-Identifier: Apache-2.0
#include "commands/live.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "build/plan.h"
#include "build/weigh.h"
#include "commands/local_folders.h"
#include "commands/reach.h"
#include "crypto/sha256.h"
#include "model/arn.h"
#include "os/atomic_file.h"
#include "os/file.h"
#include "os/temp_directory.h"
#include "package/assemble.h"

namespace lamella::commands {
namespace {

namespace fs = std::filesystem;
using model::ArtifactKind;

constexpr std::chrono::minutes kLongestDownload{10};

/// A zip as the service names it.
struct Remote {
  Digest sha256;
  std::string location;
};

Error nothing_live(const std::string& environment) {
  return Error(ErrorCode::kUsage, fmt::format("nothing of this workspace is live in {}", environment))
      .remedy(fmt::format("run `lamella deploy {}` first", environment));
}

Result<Remote> remote_of(const std::string& base64, const std::string& location, const std::string& name) {
  const auto digest = Digest::from_base64(base64);
  if (!digest) return Error(ErrorCode::kRemote, "the service named no digest of its content").at(name);
  return Remote{*digest, location};
}

bool serves(const wire::LayerVersion& version, const model::Target& target) {
  const auto has = [](const auto& list, const std::string& word) {
    return !list || list->empty() || std::find(list->begin(), list->end(), word) != list->end();
  };
  return has(version.compatible_runtimes, model::to_string(target.runtime)) &&
         has(version.compatible_architectures, std::string(to_string(target.architecture)));
}

class Looking {
 public:
  Looking(Session& session, Reached& reached, const fs::path& scratch)
      : session_(session), reached_(reached), scratch_(scratch) {}

  Result<> run(Live& live) {
    std::vector<model::Weighed> functions;
    for (const model::Function& function : session_.workspace().functions) {
      LAMELLA_TRY_ASSIGN(auto one, weigh_function(function, live));
      if (one) functions.push_back(*std::move(one));
    }
    for (const model::Layer& layer : session_.workspace().layers) {
      for (const model::Target& target : layer.targets) {
        LAMELLA_TRY_ASSIGN(auto one, weigh_layer(layer, target));
        if (one) live.artifacts.push_back(*std::move(one));
      }
    }
    live.artifacts.insert(live.artifacts.end(), functions.begin(), functions.end());
    return {};
  }

 private:
  aws::CallOptions options() const { return {.stop = session_.stop()}; }
  aws::LambdaControl& lambda() { return reached_.access().lambda(); }

  Result<std::optional<model::Weighed>> weigh_function(const model::Function& declared, Live& live) {
    const model::Function function = session_.workspace().in_environment(declared, *reached_.environment);
    const std::string name = reached_.environment->name_of(function.name);
    LAMELLA_TRY_ASSIGN(const auto alias, lambda().get_alias(name, function.alias, options()));
    if (!alias) return std::optional<model::Weighed>();
    LAMELLA_TRY_ASSIGN(const auto served, lambda().get_function(name, alias->function_version, options()));
    if (!served) return std::optional<model::Weighed>();
    const wire::FunctionConfiguration& configuration = served->configuration;
    LAMELLA_TRY_ASSIGN(const Remote remote,
                       remote_of(configuration.code_sha256, served->code.location, function.name));
    LAMELLA_TRY_ASSIGN(auto own, weigh(ArtifactKind::kFunction, function.name, function.target, remote));
    std::uint64_t merged = own.sizes.unzipped;
    for (const auto& layer : configuration.layers.value_or(std::vector<wire::AttachedLayer>())) {
      LAMELLA_TRY_ASSIGN(const auto arn, model::parse_layer_version_arn(layer.arn));
      LAMELLA_TRY_ASSIGN(const auto weighed, weigh_version(layer.arn, arn.layer.name, function.target));
      if (!weighed) return std::optional<model::Weighed>();
      merged += weighed->sizes.unzipped;
      auto& newest = used_[{arn.layer.name, function.target}];
      if (newest.first < arn.version) newest = {arn.version, layer.arn};
    }
    live.merged.emplace(function.name, merged);
    return std::optional(std::move(own));
  }

  /// Of several versions that functions use, the newest.
  Result<std::optional<model::Weighed>> weigh_layer(const model::Layer& layer, const model::Target& target) {
    const std::string name = reached_.environment->name_of(layer.name);
    std::string arn;
    if (const auto used = used_.find({name, target}); used != used_.end()) {
      arn = used->second.second;
    } else {
      LAMELLA_TRY_ASSIGN(const auto versions, lambda().list_layer_versions(name, options()));
      const auto found = std::find_if(versions.begin(), versions.end(),
                                      [&](const wire::LayerVersion& one) { return serves(one, target); });
      if (found == versions.end()) return std::optional<model::Weighed>();
      arn = found->layer_version_arn;
    }
    return weigh_version(arn, name, target);
  }

  Result<std::optional<model::Weighed>> weigh_version(const std::string& arn, const std::string& name,
                                                      const model::Target& target) {
    const auto [known, is_new] = versions_.try_emplace({arn, target});
    if (!is_new) return known->second;
    LAMELLA_TRY_ASSIGN(const auto whole, lambda().get_layer_version_by_arn(arn, options()));
    if (!whole || !whole->content) return known->second;
    LAMELLA_TRY_ASSIGN(const Remote remote,
                       remote_of(whole->content->code_sha256, whole->content->location, name));
    LAMELLA_TRY_ASSIGN(known->second, weigh(ArtifactKind::kLayer, layer_called(name), target, remote));
    return known->second;
  }

  /// The workspace's name of a layer in the account.
  std::string layer_called(const std::string& name) const {
    for (const model::Layer& layer : session_.workspace().layers) {
      if (layer.name == name || reached_.environment->name_of(layer.name) == name) return layer.name;
    }
    return name;
  }

  Result<model::Weighed> weigh(ArtifactKind kind, const std::string& name, const model::Target& target,
                               const Remote& remote) {
    model::Weighed out{.kind = kind,
                       .name = name,
                       .target = target,
                       .sha256 = remote.sha256,
                       .sizes = {},
                       .packages = {},
                       .files = {}};
    LAMELLA_TRY_ASSIGN(const fs::path zip, zip_of(kind, name, target, remote));
    LAMELLA_TRY(build::weigh_zip(zip, out));
    return out;
  }

  Result<fs::path> zip_of(ArtifactKind kind, const std::string& name, const model::Target& target,
                          const Remote& remote) {
    const std::string stem = build::artifact_stem(kind, name, target);
    const fs::path kept = package::zip_path(build::artifact_folder(session_.root()), stem, remote.sha256);
    LAMELLA_TRY_ASSIGN(const bool here, has_digest(kept, remote.sha256));
    if (here) return kept;
    const fs::path fetched = package::zip_path(scratch_, stem, remote.sha256);
    LAMELLA_TRY_ASSIGN(auto file, os::AtomicFile::create(fetched));
    LAMELLA_TRY(reached_.access().download(
        remote.location, file,
        {.deadline = kLongestDownload, .attempt = kLongestDownload, .stop = session_.stop()}));
    LAMELLA_TRY(file.commit());
    LAMELLA_TRY_ASSIGN(const bool whole, has_digest(fetched, remote.sha256));
    if (whole) return fetched;
    return Error(ErrorCode::kMismatch, fmt::format("the service gave other bytes for {}", name))
        .because(fmt::format("wanted sha256 {}", remote.sha256.hex()));
  }

  static Result<bool> has_digest(const fs::path& path, const Digest& sha256) {
    if (!os::exists(path)) return false;
    LAMELLA_TRY_ASSIGN(const auto zip, os::MappedFile::open(path));
    return crypto::sha256(zip.bytes()) == sha256;
  }

  Session& session_;
  Reached& reached_;
  fs::path scratch_;
  using InTarget = std::pair<std::string, model::Target>;
  std::map<InTarget, std::pair<std::int64_t, std::string>> used_;  ///< by layer: newest version and its ARN
  std::map<InTarget, std::optional<model::Weighed>> versions_;     ///< by ARN
};

}  // namespace

Result<Live> weigh_live(Session& session, const std::string& environment) {
  LAMELLA_TRY_ASSIGN(const auto* settings, session.require_environment(environment));
  if (settings->is_local() && !os::exists(endpoint_folder(session.root()))) return nothing_live(environment);
  LAMELLA_TRY_ASSIGN(Reached reached, reach(session, environment));
  const fs::path scratch = session.cache() / "scratch";
  LAMELLA_TRY(os::make_directories(scratch));
  LAMELLA_TRY_ASSIGN(const auto folder, os::TempDirectory::create_in(scratch, "live"));
  Live live{environment, reached.access().region(), {}, {}};
  LAMELLA_TRY(Looking(session, reached, folder.path()).run(live));
  if (live.artifacts.empty()) return nothing_live(environment);
  return live;
}

}  // namespace lamella::commands
