// SPDX-License-Identifier: Apache-2.0
#include "package/segment_maker.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "archive/deflate_splice.h"
#include "archive/elf.h"
#include "archive/elf_strip.h"
#include "archive/segment.h"
#include "archive/zip_reader.h"
#include "base/units.h"
#include "package/binary_check.h"
#include "package/bytecode.h"
#include "package/prune.h"
#include "package/wheel.h"
#include "package/wheel_info.h"
#include "package/wheel_library.h"

namespace lamella::package {
namespace {

constexpr std::uint64_t kLargeFile = 2'000'000;
constexpr std::uint64_t kMappedAtOnce = 1'000'000;  ///< of a wheel, about; what was read is given back then

using model::BytecodeMode;

/// What is written under one name of the segment.
struct Planned {
  enum class Content { kRaw, kLibrary, kBytecode };
  std::string name;
  Content content = Content::kRaw;
  std::size_t index = 0;  ///< into the wheel's files, or into the compiler's results
  bool executable = false;
};

bool is_library(std::string_view path) {
  const auto slash = path.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  return name.ends_with(".so") || name.find(".so.") != std::string_view::npos;
}

/// RECORD or a signature of it, which read_wheel() leaves out.
bool is_record(std::string_view path) {
  const auto slash = path.find('/');
  if (slash == std::string_view::npos || !path.substr(0, slash).ends_with(".dist-info")) return false;
  const std::string_view name = path.substr(slash + 1);
  return name == "RECORD" || name == "RECORD.jws" || name == "RECORD.p7s";
}

/// Makes the segment of one wheel.  Lives for one call of make().
class WheelWork {
 public:
  WheelWork(const Recipe& recipe, const store::BlobReader& blob, const archive::ZipReader& zip,
            std::mutex& large_files, const FileObserver& observer)
      : recipe_(recipe), blob_(blob), zip_(zip), large_files_(large_files), observer_(observer) {}

  Result<> choose() {
    LAMELLA_TRY_ASSIGN(auto files, read_wheel(zip_, recipe_.wheel));
    const Pruner pruner(recipe_);
    record_.wheel_zipped_bytes = blob_.size();
    std::set<std::string> sources;
    for (const WheelFile& file : files) {
      if (is_module(file.path)) sources.insert(file.path);
    }
    for (WheelFile& file : files) {
      record_.wheel_bytes += file.entry->size;
      Verdict verdict = pruner.verdict(file.path);
      // `keep` is for what has no source: code in other bytecode would run instead of the source one reads.
      if (verdict.spared && is_bytecode(file.path) && sources.contains(source_of(file.path)))
        verdict = {.dropped_by = std::string(kStaleBytecode), .matching = verdict.matching};
      count(verdict, file.entry->size);
      if (verdict.dropped_by.empty()) files_.push_back(std::move(file));
    }
    for (const archive::Entry& entry : zip_.entries()) {
      if (is_record(entry.name)) count_record(pruner, entry);
    }
    checked_.resize(files_.size());
    return {};
  }

  /// Compiles the modules that get bytecode, in sorted order.
  Result<> compile(const Interpreter& interpreter, const std::filesystem::path& scratch,
                   std::stop_token stop) {
    LAMELLA_TRY_ASSIGN(auto compiler, BytecodeCompiler::create(interpreter, scratch, ranges()));
    for (std::size_t i = 0; i < files_.size(); ++i) {
      if (!is_module(files_[i].path) || recipe_.bytecode.mode_of(files_[i].path) == BytecodeMode::kNone)
        continue;
      LAMELLA_TRY_ASSIGN(const auto source, read_content(zip_, files_[i], recipe_.wheel, kLargestFile));
      checked_[i] = true;
      LAMELLA_TRY(compiler.add(recipe_.layout.mount + recipe_.layout.prefix + files_[i].path, source));
      modules_.push_back(i);
    }
    blob_.release();
    if (modules_.empty()) return {};
    LAMELLA_TRY(compiler.run(stop));
    compiler_.emplace(std::move(compiler));
    return {};
  }

  void plan() {
    std::vector<bool> replaced(files_.size());
    for (std::size_t k = 0; k < modules_.size(); ++k) plan_bytecode(k, replaced);
    for (std::size_t i = 0; i < files_.size(); ++i) {
      if (replaced[i]) continue;
      const auto& whole = recipe_.unstripped;
      const bool library = recipe_.strip && is_library(files_[i].path) &&
                           !std::binary_search(whole.begin(), whole.end(), files_[i].path);
      const auto content = library ? Planned::Content::kLibrary : Planned::Content::kRaw;
      planned_.push_back({recipe_.layout.prefix + files_[i].path, content, i, files_[i].executable});
    }
    std::sort(planned_.begin(), planned_.end(),
              [](const Planned& a, const Planned& b) { return a.name < b.name; });
  }

  Result<SegmentRecord> write(base::ByteSink& sink, std::stop_token stop) {
    archive::SegmentWriter writer(sink);
    for (const Planned& planned : planned_) {
      if (stop.stop_requested()) return Error(ErrorCode::kInterrupted, "interrupted");
      LAMELLA_TRY(write_one(writer, planned));
    }
    LAMELLA_TRY_ASSIGN(const archive::SegmentIndex index, writer.finish());
    record_.distribution = recipe_.wheel.distribution;
    record_.version = recipe_.wheel.version;
    record_.unzipped_bytes = index.unzipped_bytes;
    record_.zipped_bytes = index.body_size;
    record_.entries = index.entries.size();
    return record_;
  }

  /// Those that site.py would read, and run, in a site directory.
  std::vector<std::string> path_files() const {
    std::vector<std::string> found;
    for (const WheelFile& file : files_) {
      if (file.path.ends_with(".pth") && file.path.find('/') == std::string::npos) found.push_back(file.path);
    }
    return found;
  }

 private:
  static void add(Dropped& to, std::uint64_t bytes) {
    ++to.files;
    to.bytes += bytes;
  }

  /// Every word that names the file is noted; the one that decides gets its bytes.
  void count(const Verdict& verdict, std::uint64_t bytes) {
    for (const std::string& rule : verdict.matching) record_.dropped.try_emplace(rule);
    for (const std::string& word : verdict.kept_by) record_.kept.try_emplace(word);
    if (!verdict.dropped_by.empty())
      add(record_.dropped[verdict.dropped_by], bytes);
    else if (verdict.spared)
      add(record_.kept[verdict.kept_by.back()], bytes);
  }

  /// What lists the files as installed is no longer true, and goes whatever is asked for.
  void count_record(const Pruner& pruner, const archive::Entry& entry) {
    Verdict verdict = pruner.verdict(entry.name);
    if (verdict.matching.empty()) verdict.matching.emplace_back(kRecord);
    record_.wheel_bytes += entry.size;
    count({.dropped_by = verdict.matching.front(), .matching = verdict.matching}, entry.size);
  }

  /// Columns are of use where some bytecode stands beside its source.
  DebugRanges ranges() const {
    const bool beside = std::any_of(files_.begin(), files_.end(), [&](const WheelFile& file) {
      return is_module(file.path) && recipe_.bytecode.mode_of(file.path) == BytecodeMode::kUncheckedHash;
    });
    return beside ? DebugRanges::kKeep : DebugRanges::kDrop;
  }

  void plan_bytecode(std::size_t k, std::vector<bool>& replaced) {
    const WheelFile& file = files_[modules_[k]];
    const BytecodeMode mode = recipe_.bytecode.mode_of(file.path);
    const std::size_t size = compiler_->pyc(k).size();
    if (mode == BytecodeMode::kNone || size == 0) return;
    const std::string name = recipe_.layout.prefix + bytecode_name(file.path, mode, recipe_.target.runtime);
    planned_.push_back({name, Planned::Content::kBytecode, k, false});
    record_.bytecode_bytes += size;
    if (mode == BytecodeMode::kOnly) {
      replaced[modules_[k]] = true;
      record_.source_bytes += file.entry->size;
    }
  }

  Result<> write_one(archive::SegmentWriter& writer, const Planned& planned) {
    if (planned.content == Planned::Content::kBytecode) {
      return writer.add_file(planned.name, false, compiler_->pyc(planned.index));
    }
    const archive::Entry& entry = *files_[planned.index].entry;
    read_ += entry.compressed_size;
    if (read_ > kMappedAtOnce) {
      blob_.release();
      read_ = 0;
    }
    if (!checked_[planned.index]) {
      LAMELLA_TRY_ASSIGN(const bool written, check_or_strip(writer, planned));
      if (written) return {};
    }
    return writer.add_raw(planned.name, planned.executable, entry, zip_.compressed(entry));
  }

  /// A wheel for any platform may carry libraries for machines elsewhere, as data; what CPython would import
  /// has no place in it.
  Result<> check_library(const WheelFile& file, std::span<const std::byte> bytes) const {
    if (const std::string why = misplaced_library(file.path, bytes, recipe_.wheel); !why.empty()) {
      return contradiction(recipe_.wheel, why);
    }
    if (!is_library(file.path) || is_for_any_platform(recipe_.wheel)) return {};
    auto fits = check_binary(bytes, recipe_.target, file.path);
    if (!fits) return Error(std::move(fits).error()).while_doing("reading " + recipe_.wheel.filename);
    return {};
  }

  /// Nothing unchecked enters a segment.  False if there is nothing to strip, so that the wheel's own bytes
  /// serve.
  Result<bool> check_or_strip(archive::SegmentWriter& writer, const Planned& planned) {
    const WheelFile& file = files_[planned.index];
    const std::uint64_t size = file.entry->size;
    std::unique_lock<std::mutex> one_at_a_time;
    if (size > kLargeFile) one_at_a_time = std::unique_lock(large_files_);
    const bool to_strip = planned.content == Planned::Content::kLibrary;
    archive::DeflatedBefore before{zip_.compressed(*file.entry), {}};
    LAMELLA_TRY_ASSIGN(
        auto bytes, read_content(zip_, file, recipe_.wheel, kLargestFile, to_strip ? &before.ends : nullptr));
    LAMELLA_TRY(check_library(file, bytes));
    const auto kept = to_strip ? archive::strip_elf_in_place(bytes) : std::nullopt;
    if (observer_) observer_(planned.name, planned.executable, bytes);
    if (!kept) return false;
    record_.stripped_bytes += size - bytes.size();
    record_.stripped[file.path] = size - bytes.size();
    auto deflated = archive::splice_deflate(bytes, before, *kept);
    if (size > kLargeFile) blob_.release();
    LAMELLA_TRY(writer.add_deflated(planned.name, planned.executable, bytes, std::move(deflated)));
    return true;
  }

  const Recipe& recipe_;
  const store::BlobReader& blob_;  ///< what zip_ reads
  const archive::ZipReader& zip_;
  std::mutex& large_files_;
  const FileObserver& observer_;
  std::vector<WheelFile> files_;
  std::vector<bool> checked_;         ///< of files_: their content is what RECORD says
  std::vector<std::size_t> modules_;  ///< of files_, in the order they were compiled
  std::optional<BytecodeCompiler> compiler_;
  std::vector<Planned> planned_;
  std::uint64_t read_ = 0;  ///< since pages were given back
  SegmentRecord record_;
};

}  // namespace

Result<std::optional<SegmentRecord>> SegmentMaker::find(const Digest& key) {
  LAMELLA_TRY_ASSIGN(const auto action, actions_.get(key));
  if (!action) return std::optional<SegmentRecord>();
  const auto record = from_action(*action);
  if (!record) return std::optional<SegmentRecord>();
  LAMELLA_TRY_ASSIGN(const auto missing, store_.find_missing(std::span(&record->blob, 1)));
  if (!missing.empty()) return std::optional<SegmentRecord>();
  return std::optional(*record);
}

Result<SegmentRecord> SegmentMaker::remember(const Digest& key, SegmentRecord record) {
  LAMELLA_TRY(actions_.put(key, to_action(record)));
  events_.emit({.kind = "segment.made",
                .subject = fmt::format("{} {}", record.distribution, record.version),
                .text = fmt::format("{} → {}", base::format_size(record.wheel_bytes),
                                    base::format_size(record.unzipped_bytes)),
                .severity = base::Severity::kDebug,
                .fields = {}});
  return record;
}

Result<SegmentRecord> SegmentMaker::make(const Recipe& recipe, const std::optional<Interpreter>& interpreter,
                                         std::stop_token stop, const FileObserver& observer) {
  if (!recipe.interpreter.empty() && !interpreter) return missing_interpreter(recipe.target.runtime);
  LAMELLA_TRY_ASSIGN(auto blob, store_.open(recipe.wheel.sha256));
  if (!blob) return Error(ErrorCode::kInternal, "the wheel was not fetched").at(recipe.wheel.filename);
  LAMELLA_TRY_ASSIGN(const auto bytes, blob->map());
  auto zip = archive::ZipReader::open(bytes, archive::Profile::kWheel);
  if (!zip) {
    return Error(std::move(zip).error())
        .while_doing("reading " + recipe.wheel.filename)
        .remedy("report it to the package's maintainers, and pin another version");
  }
  WheelWork work(recipe, *blob, *zip, large_files_, observer);
  LAMELLA_TRY(work.choose());
  blob->release();
  if (!recipe.interpreter.empty()) LAMELLA_TRY(work.compile(*interpreter, scratch_, stop));
  work.plan();
  for (const std::string& path : work.path_files()) {
    events_.emit({.kind = "wheel.pth",
                  .subject = recipe.wheel.filename,
                  .text = path + " is kept: a runtime that reads it runs its import lines at every start"});
  }
  LAMELLA_TRY_ASSIGN(auto writer, store_.new_blob());
  LAMELLA_TRY_ASSIGN(SegmentRecord record, work.write(*writer, stop));
  LAMELLA_TRY_ASSIGN(record.blob, writer->commit());
  return remember(recipe.key(), std::move(record));
}

}  // namespace lamella::package
