// SPDX-License-Identifier: Apache-2.0
//
// Writers that die at every system call, disks that fill at every page and files at every byte, and stores
// that cannot be written or belong to someone else.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <optional>
#include <set>

#include "base/encoding.h"
#include "crypto/sha256.h"
#include "os/file.h"
#include "os/temp_directory.h"
#include "store/action_cache.h"
#include "store/local_store.h"

namespace lamella::store {
namespace {

namespace fs = std::filesystem;

constexpr int kNotPermitted = 77;

/// What `work` returns in a process of its own.
int in_child(const std::function<int()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      ::_exit(work());
    } catch (const std::exception& trouble) {
      std::fprintf(stderr, "%s\n", trouble.what());
      ::_exit(99);
    }
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

/// Runs `work` and kills it at its `n`th entry to or return from the kernel.  False once it came to its end;
/// nullopt where this process may not be watched.
std::optional<bool> killed_at(int n, const std::function<void()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(kNotPermitted);
    ::raise(SIGSTOP);
    work();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!WIFSTOPPED(status)) return std::nullopt;
  for (int i = 0; i < n; ++i) {
    if (::ptrace(PTRACE_SYSCALL, child, nullptr, nullptr) != 0) return std::nullopt;
    ::waitpid(child, &status, 0);
    if (!WIFSTOPPED(status)) return false;
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, &status, 0);
  return true;
}

void expect_sound(ContentStore& store, const std::set<std::string>& certain, const std::string& perhaps) {
  const auto report = store.verify_all(base::no_events(), {});
  ASSERT_TRUE(report.has_value());
  EXPECT_TRUE(report->damaged.empty());
  for (const std::string& text : certain) EXPECT_EQ(read_all(store, crypto::sha256(text)).value(), text);
  const auto found = read_all(store, crypto::sha256(perhaps)).value();
  EXPECT_EQ(found.value_or(perhaps), perhaps);
  EXPECT_EQ(report->blobs, certain.size() + (found ? 1 : 0));
}

TEST(Crash, a_writer_killed_at_any_system_call_leaves_a_blob_or_none) {
  const std::string large(150'000, 'z');
  int n = 0;
  for (bool went_on = true; went_on; n += 2) {  // an entry and the return before it are one state
    const auto root = os::TempDirectory::create("store").value();
    put(*open_local_store({.root = root.path()}).value(), base::as_bytes("before")).value();
    const auto killed = killed_at(n, [&] {
      const auto store = open_local_store({.root = root.path()});
      if (store) (void)put(**store, base::as_bytes(large));
    });
    if (!killed) GTEST_SKIP() << "processes may not be traced here";
    went_on = *killed;
    const auto store = open_local_store({.root = root.path()}).value();
    expect_sound(*store, {"before"}, large);
    EXPECT_LE(store->stats()->unfinished, 1u);
    EXPECT_EQ(put(*store, base::as_bytes(large)).value(), crypto::sha256(large)) << "killed at " << n;
    expect_sound(*store, {"before", large}, large + "x");
    if (HasFailure()) return;
  }
  EXPECT_GT(n, 20) << "a blob takes more system calls than that";
}

TEST(Crash, a_put_killed_at_any_system_call_leaves_the_old_record_or_the_new) {
  const Digest key = crypto::sha256("key");
  const ActionRecord before{"segment", "old", {crypto::sha256("1")}};
  const ActionRecord after{"segment", std::string(100'000, 'n'), {crypto::sha256("2")}};
  std::set<std::string> seen;
  for (int n = 0;; n += 2) {
    const auto root = os::TempDirectory::create("actions").value();
    ASSERT_TRUE(open_local_actions(root.path()).value()->put(key, before).has_value());
    const auto killed = killed_at(n, [&] {
      const auto actions = open_local_actions(root.path());
      if (actions) (void)(*actions)->put(key, after);
    });
    if (!killed) GTEST_SKIP() << "processes may not be traced here";
    const auto found = open_local_actions(root.path()).value()->get(key).value();
    ASSERT_TRUE(found.has_value()) << "killed at " << n;
    ASSERT_TRUE(*found == before || *found == after) << "killed at " << n;
    seen.insert(found->value);
    if (!*killed) break;
  }
  EXPECT_EQ(seen.size(), 2u) << "some died before the record was there, some after";
}

/// Becomes root of a user and mount namespace of its own.
bool enter_namespace() {
  const std::string users = "0 " + std::to_string(::geteuid()) + " 1";
  const std::string groups = "0 " + std::to_string(::getegid()) + " 1";
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  const auto write_text = [](const char* path, const std::string& text) {
    const int file = ::open(path, O_WRONLY | O_CLOEXEC);
    const bool done =
        file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    ::close(file);
    return done;
  };
  return write_text("/proc/self/setgroups", "deny") && write_text("/proc/self/gid_map", groups) &&
         write_text("/proc/self/uid_map", users) &&
         ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

bool mount_tmpfs(const fs::path& place, const std::string& options, unsigned long flags = 0) {
  return ::mount("tmpfs", place.c_str(), "tmpfs", flags, options.c_str()) == 0;
}

/// Fills a store until it is full, frees room, and goes on.  0 is good; what else it returns says where it
/// was not.
int fill(const fs::path& root, int& filled) {
  const auto store = open_local_store({.root = root / "cache"});
  const auto actions = open_local_actions(root / "cache");
  if (!store) return store.error().code() == ErrorCode::kIo ? 0 : 1;
  std::set<std::string> held;
  std::string refused;
  for (int i = 0; i < 40 && refused.empty(); ++i) {
    std::string text(static_cast<std::size_t>(i) * 700, static_cast<char>('a' + i % 26));
    text += std::to_string(i);
    if (actions) (void)(*actions)->put(crypto::sha256(text), {"segment", text, {}});
    const auto digest = put(**store, base::as_bytes(text));
    if (digest) {
      held.insert(text);
      continue;
    }
    if (digest.error().code() != ErrorCode::kIo || digest.error().remedy().empty()) return 2;
    refused = text;
  }
  if (refused.empty()) return 3;
  ++filled;
  const auto reopened = open_local_store({.root = root / "cache"});
  if (!reopened) return 4;
  const auto report = (*reopened)->verify_all(base::no_events(), {});
  if (!report || !report->damaged.empty() || report->blobs != held.size()) return 5;
  for (const std::string& text : held) {
    if (read_all(**reopened, crypto::sha256(text)).value() != text) return 6;
    if (!actions) continue;
    const auto record = (*actions)->get(crypto::sha256(text));
    if (!record || (*record && (*record)->value != text)) return 7;
  }
  if ((*reopened)->stats()->unfinished != 0) return 8;
  if (::mount("tmpfs", root.c_str(), "tmpfs", MS_REMOUNT, "size=10m,nr_inodes=10000") != 0) return 9;
  return put(**reopened, base::as_bytes(refused)).has_value() ? 0 : 10;
}

int fill_at_every_size(const fs::path& place) {
  if (!enter_namespace()) return kNotPermitted;
  std::vector<std::string> options;
  for (int pages = 1; pages <= 48; pages += 2) options.push_back("size=" + std::to_string(pages * 4096));
  for (int inodes = 2; inodes <= 40; inodes += 2) options.push_back("nr_inodes=" + std::to_string(inodes));
  int filled = 0;
  for (const std::string& one : options) {
    if (!mount_tmpfs(place, one)) return kNotPermitted;
    const int trouble = fill(place, filled);
    ::umount2(place.c_str(), MNT_DETACH);
    if (trouble != 0) {
      std::fprintf(stderr, "on a tmpfs with %s: %d\n", one.c_str(), trouble);
      return trouble;
    }
  }
  return filled > 25 ? 0 : 20;  // on the smallest not even the folders can be made
}

TEST(Crash, a_disk_that_fills_anywhere_leaves_whole_blobs_and_heals_with_room) {
  const auto place = os::TempDirectory::create("full").value();
  const int trouble = in_child([&] { return fill_at_every_size(place.path()); });
  if (trouble == kNotPermitted) GTEST_SKIP() << "no file system can be mounted here";
  EXPECT_EQ(trouble, 0);
}

int cut_at_every_byte(const fs::path& root, const std::string& text) {
  ::signal(SIGXFSZ, SIG_IGN);
  const auto store = open_local_store({.root = root}).value();
  const auto actions = open_local_actions(root).value();
  const Digest key = crypto::sha256("key");
  const ActionRecord old{"proof", "", {}};
  for (rlim_t limit = 0; limit < text.size(); ++limit) {
    const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &unlimited);
    if (!actions->put(key, old)) return 1;
    const rlimit cut{limit, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &cut);
    if (put(*store, base::as_bytes(text)).has_value()) return 2;
    if (actions->put(key, {"proof", text, {}}).has_value()) return 3;
    if (store->open(crypto::sha256(text)).value().has_value() || store->stats()->unfinished != 0) return 4;
    if (actions->get(key).value() != old) return 5;
  }
  return 0;
}

TEST(Crash, a_file_cut_at_any_byte_never_gets_its_name) {
  const auto root = os::TempDirectory::create("cut").value();
  EXPECT_EQ(in_child([&] { return cut_at_every_byte(root.path(), std::string(300, 'c')); }), 0);
}

int use_read_only(const fs::path& place) {
  if (!enter_namespace() || !mount_tmpfs(place, "size=1m")) return kNotPermitted;
  const fs::path root = place / "cache";
  ::setenv("LAMELLA_CACHE_DIR", root.c_str(), 1);  // the remedy is for what lies in the cache
  const Digest key = crypto::sha256("key");
  const ActionRecord record{"proof", "kept", {}};
  const Digest blob = put(*open_local_store({.root = root}).value(), base::as_bytes("kept")).value();
  if (!open_local_actions(root).value()->put(key, record)) return 1;
  const auto old = std::chrono::nanoseconds(std::chrono::hours(1)).count();
  if (!os::set_mtime(root / "blobs" / blob.hex().substr(0, 2) / blob.hex(), old)) return 2;
  if (!os::remove_path(root / "sweep.lock") || !os::remove_path(root / "known-blobs")) return 3;
  if (!mount_tmpfs(place, "size=1m", MS_REMOUNT | MS_RDONLY)) return kNotPermitted;

  const auto store = open_local_store({.root = root});
  const auto actions = open_local_actions(root);
  if (!store || !actions) return 4;
  if (read_all(**store, blob).value() != "kept" || !(*store)->open(blob).value().has_value()) return 5;
  if (!(*store)->find_missing(std::vector<Digest>{blob}).value().empty()) return 6;
  if ((*actions)->get(key).value() != record || (*store)->stats()->blobs != 1) return 7;
  for (const Error& error :
       {put(**store, base::as_bytes("new")).error(), (*actions)->put(key, {"proof", "new", {}}).error(),
        (*store)->trim(0, std::chrono::seconds(0), Apply::kYes).error()}) {
    if (error.code() != ErrorCode::kIo || error.to_string().find("read-only") == std::string::npos) return 8;
    if (error.to_string().find("LAMELLA_CACHE_DIR") == std::string::npos) return 9;
  }
  return (*actions)->get(key).value() == record ? 0 : 10;
}

TEST(Crash, S3_a_read_only_store_reads_and_says_why_it_does_not_write) {
  const auto place = os::TempDirectory::create("read-only").value();
  const int trouble = in_child([&] { return use_read_only(place.path()); });
  if (trouble == kNotPermitted) GTEST_SKIP() << "no file system can be mounted here";
  EXPECT_EQ(trouble, 0);
}

TEST(Crash, S3_a_cache_that_another_user_could_have_filled_is_refused) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a folder away";
  constexpr uid_t kOther = 4711;
  const auto scratch = os::TempDirectory::create("foreign").value();
  const fs::path root = scratch.path() / "cache";
  ASSERT_TRUE(open_local_store({.root = root}).has_value());
  if (::chown((root / "blobs").c_str(), kOther, kOther) != 0)
    GTEST_SKIP() << "no folder can be given away here";
  const auto refused = open_local_store({.root = root});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), ErrorCode::kIo);
  EXPECT_NE(refused.error().why().find("user 4711"), std::string::npos);
  EXPECT_NE(refused.error().remedy().find("LAMELLA_CACHE_DIR"), std::string::npos);
  ASSERT_EQ(::chown((root / "blobs").c_str(), 0, 0), 0);
  ASSERT_EQ(::chown(root.c_str(), kOther, kOther), 0);
  EXPECT_FALSE(open_local_store({.root = root}).has_value());
  EXPECT_FALSE(open_local_actions(root).has_value());
}

TEST(Crash, S3_links_of_ours_are_followed_and_links_of_others_and_inside_are_not) {
  const auto scratch = os::TempDirectory::create("links").value();
  const fs::path real = scratch.path() / "real", link = scratch.path() / "link";
  ASSERT_TRUE(open_local_store({.root = real}).has_value());
  fs::create_directory_symlink(real, link);
  EXPECT_TRUE(open_local_store({.root = link}).has_value());
  if (::geteuid() == 0 && ::lchown(link.c_str(), 4711, 4711) == 0) {
    EXPECT_FALSE(open_local_store({.root = link}).has_value());
  }
  fs::rename(real / "incoming", scratch.path() / "elsewhere");
  fs::create_directory_symlink(scratch.path() / "elsewhere", real / "incoming");
  const auto refused = open_local_store({.root = real});
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().why().find("symbolic link"), std::string::npos);
}

}  // namespace
}  // namespace lamella::store
