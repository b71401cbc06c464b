// SPDX-License-Identifier: Apache-2.0
//
// What code inside a sandbox can and cannot do (PROMISES 5), and what a function finds there (AWS.md C3, C4).
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "document/json.h"
#include "sandbox/function_bench_test.h"

namespace lamella::sandbox {
namespace {

using ::testing::HasSubstr;

/// Every line of `code` must fail inside with an exception; what did not is returned.
std::string what_worked(Function& function, const std::vector<std::string>& lines) {
  std::string code =
      "import ctypes, os, socket, mmap, fcntl, termios, signal\nlibc = ctypes.CDLL(None, use_errno=True)\n"
      "def call(n, *a):\n  r = libc.syscall(n, *a)\n  if r == -1: raise OSError(ctypes.get_errno(), "
      "'refused')\n"
      "def read(p): open(p, 'rb').read(1)\n"
      "def write(p): open(p, 'wb').write(b'x')\n"
      "def connect(h, p): socket.create_connection((h, p), 1)\n"
      "def unix(p):\n  s = socket.socket(socket.AF_UNIX); s.connect(p)\n";
  for (const std::string& line : lines) {
    code += "try:\n  " + line + "\n  print('WORKED: ' + " + document::render_json(document::Value(line)) +
            ")\n"
            "except (OSError, PermissionError, ValueError): pass\n";
  }
  const RunResult run = function.run(code);
  EXPECT_TRUE(run.ok()) << run.standard_error;
  return run.standard_output;
}

TEST(Confinement, FilesOfTheHostAreNotThereAndNothingIsWritableButTmp) {
  Function function("");
  function.file("task/data", "1");
  function.file("opt/layer", "1");
  EXPECT_EQ(what_worked(function, {"read('/etc/shadow')",
                                   "os.listdir('/root')",
                                   "os.listdir('/home')",
                                   "read('/proc/1/environ')",
                                   "read('/proc/1/mem')",
                                   "os.listdir('/sys')",
                                   "read('" + (function.path() / "task/data").string() + "')",
                                   "read('/usr/bin/apt-get')",
                                   "write('/var/task/data')",
                                   "write('/var/task/new')",
                                   "write('/opt/layer')",
                                   "write('/opt/new')",
                                   "write('/etc/passwd')",
                                   "write('/new')",
                                   "write('/var/lang/new')",
                                   "write('/dev/new')",
                                   "os.mkdir('/dev/shm')",
                                   "os.chmod('/var/task/data', 0o777)",
                                   "os.unlink('/opt/layer')",
                                   "write('/proc/sys/kernel/hostname')",
                                   "write('/proc/sysrq-trigger')"}),
            "");
}

TEST(Confinement, NoNetworkButItsOwnLoopback) {
  Function function("");
  const int host = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = "lamella-confinement-" + std::to_string(getpid());
  std::copy(name.begin(), name.end(), address.sun_path + 1);
  ASSERT_EQ(bind(host, reinterpret_cast<sockaddr*>(&address),
                 static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size())),
            0);
  listen(host, 1);
  auto listener = Bench::shared().server().listen({}, [](http::Request, http::Responder) {});
  ASSERT_TRUE(listener.has_value());
  EXPECT_EQ(what_worked(function, {"connect('127.0.0.1', " + std::to_string(listener->port()) + ")",
                                   "connect('169.254.169.254', 80)", "connect('169.254.100.1', 9001)",
                                   "connect('8.8.8.8', 53)", "socket.getaddrinfo('example.com', 80)",
                                   "unix('\\0" + name + "')", "unix('/var/run/docker.sock')",
                                   "socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)",
                                   "socket.socket(socket.AF_PACKET, socket.SOCK_RAW)"}),
            "");
  close(host);
}

#if defined(__x86_64__)
TEST(Confinement, DangerousSystemCallsAreRefused) {
  Function function("");
  EXPECT_EQ(what_worked(function,
                        {"call(165, b'none', b'/tmp', b'tmpfs', 0, 0)",  // mount
                         "call(166, b'/opt', 2)",                        // umount2
                         "call(165, 0, b'/opt', 0, 4096 | 32, 0)",       // remount writable
                         "call(155, b'/tmp', b'/tmp')",
                         "call(161, b'/tmp')",  // pivot_root, chroot
                         "call(272, 0x10000000)",
                         "call(272, 0x00020000)",                          // unshare user, mount
                         "call(308, os.open('/proc/self/ns/net', 0), 0)",  // setns
                         "call(56, 0x10000000 | 17, 0, 0, 0, 0)",          // clone(CLONE_NEWUSER)
                         "call(435, 0, 0)",
                         "call(250, 0, 0)",  // clone3, keyctl
                         "call(321, 0, 0, 0)",
                         "call(298, 0, 0, 0, 0, 0)",  // bpf, perf_event_open
                         "call(323, 0)",
                         "call(425, 1, 0)",
                         "call(304, 0, 0, 0)",  // userfaultfd, io_uring, handles
                         "call(246, 0, 0, 0, 0)",
                         "call(175, 0, 0, b'')",  // kexec_load, init_module
                         "call(101, 16, 1, 0, 0)",
                         "call(310, 1, 0, 0, 0, 0, 0)",  // ptrace, process_vm_readv
                         "call(438, 0, 0, 0)",
                         "os.kill(1, 9); os.kill(1, 0) or call(101, 16, 1, 0, 0)",
                         "fcntl.ioctl(0, termios.TIOCSTI, b'x')",
                         "os.setuid(0)",
                         "os.setgid(0)",
                         "call(0x40000000 | 39)"}),  // getpid, x32
            "");
}
#endif

TEST(Confinement, NothingIsInheritedAndNothingIsHeld) {
  Function function("");
  ASSERT_EQ(setenv("LAMELLA_TEST_SECRET", "canary", 1), 0);
  const RunResult run = function.run(
      "import os\nprint(sorted(os.listdir('/proc/self/fd'))[:4], len(os.listdir('/proc/self/fd')))\n"
      "print('canary' in str(dict(os.environ)), os.getuid(), os.getgid(), os.getgroups() in ([], [65534]))\n"
      "s = open('/proc/self/status').read()\n"
      "print([l for l in s.splitlines() if l.startswith(('CapEff', 'CapBnd', 'CapPrm', 'NoNewPrivs', "
      "'Seccomp:'))])\n"
      "print(sorted(os.listdir('/')), os.uname().nodename, [p for p in os.listdir('/proc') if "
      "p.isdigit()])\n");
  unsetenv("LAMELLA_TEST_SECRET");
  EXPECT_THAT(run.standard_output, HasSubstr("['0', '1', '2', '3'] 4\n")) << "3 is the directory itself";
  EXPECT_THAT(run.standard_output, HasSubstr("False 993 990"));
  EXPECT_THAT(run.standard_output,
              HasSubstr("['CapPrm:\\t0000000000000000', 'CapEff:\\t0000000000000000', "
                        "'CapBnd:\\t0000000000000000', 'NoNewPrivs:\\t1', 'Seccomp:\\t2']"));
  EXPECT_THAT(run.standard_output, HasSubstr("'var'] 169-254-100-1 ['1', '2']\n"));
}

TEST(Confinement, TmpIsPrivateAndOfItsSize) {
  Function function("");
  function.spec.sandbox.tmp_mb = 1;
  const std::string write =
      "import os\nprint(os.listdir('/tmp'))\nopen('/tmp/mine', 'w').write('x')\n"
      "try:\n  open('/tmp/big', 'wb').write(b'x' * 2_000_000)\nexcept OSError as e: print(e.errno)\n";
  EXPECT_EQ(function.run(write).standard_output, "[]\n28\n");
  EXPECT_EQ(function.run(write).standard_output, "[]\n28\n") << "the next sandbox finds nothing of the last";
}

TEST(Confinement, AForkBombMeetsItsLimit) {
  Function function("");
  function.spec.sandbox.memory_mb = 0;
  const RunResult run = function.run(
      "import os, time\nn = 0\ntry:\n  while n < 2000:\n    if os.fork() == 0: time.sleep(60)\n    n += 1\n"
      "except OSError as e: print('stopped', n < 800, flush=True)\nos._exit(0)\n");
  EXPECT_EQ(run.standard_output, "stopped True\n");
  EXPECT_EQ(run.exit_code, 0);
}

TEST(Confinement, ChildrenDieWithTheFirstProcess) {
  Function function("");
  const auto begin = std::chrono::steady_clock::now();
  const RunResult run = function.run(
      "import os, time\nif os.fork() == 0:\n  os.setsid()\n  if os.fork() == 0: time.sleep(60)\n  "
      "os._exit(0)\nos.wait()\n");
  EXPECT_TRUE(run.ok());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(60)) << "its pipes were held open";
}

TEST(Confinement, TheModulePathIsLambdas) {
  Function function(
      "import sys, os\ndef handler(event, context):\n"
      "  return {'path': sys.path, 'env': {k: os.environ.get(k) for k in event}, 'cwd': os.getcwd()}\n");
  function.file("opt/python/extra.pth", "/opt/python/more\n");
  function.file("opt/python/more/from_pth.py", "");
  const auto instance = function.start();
  const InvokeOutcome outcome = invoke(*instance, R"(["PYTHONPATH","PATH","LD_LIBRARY_PATH","_HANDLER","OWN",
      "AWS_EXECUTION_ENV","AWS_LAMBDA_RUNTIME_API","TZ","AWS_ACCESS_KEY_ID","LAMELLA_CACHE_DIR","HOME"])");
  const auto seen = document::parse_json(outcome.payload, "payload").value();
  std::vector<std::string> path;
  for (const auto& one : seen.items("path")) path.push_back(*one.as_string());
  EXPECT_THAT(path, ::testing::ElementsAre("/var/task", "/opt/python/lib/python3.11/site-packages",
                                           "/opt/python", "/var/lang/lib/python3.11/site-packages",
                                           "/var/runtime", "/var/lang/lib/python311.zip",
                                           "/var/lang/lib/python3.11", "/var/lang/lib/python3.11/lib-dynload",
                                           "/var/lang/client", "/opt/python/more"));
  const auto& env = *seen.find("env");
  EXPECT_EQ(env.text("PYTHONPATH"), "/var/runtime");
  EXPECT_EQ(env.text("PATH"), "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin");
  EXPECT_EQ(env.text("LD_LIBRARY_PATH"),
            "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib");
  EXPECT_EQ(env.text("_HANDLER"), "app.handler");
  EXPECT_EQ(env.text("OWN"), "yes");
  EXPECT_EQ(env.text("AWS_EXECUTION_ENV"), "AWS_Lambda_python3.11");
  EXPECT_EQ(env.text("AWS_LAMBDA_RUNTIME_API"), "169.254.100.1:9001");
  EXPECT_TRUE(env.find("LAMELLA_CACHE_DIR")->is_null());
  EXPECT_TRUE(env.find("HOME")->is_null());
  EXPECT_EQ(seen.text("cwd"), "/var/task");
}

TEST(Confinement, TheClientsLibrariesDoNotHideALayersOwn) {
  Function function("import simplejson\ndef handler(event, context): return simplejson.whose\n");
  function.file("opt/python/simplejson.py", "whose = 'the layer'\n");
  EXPECT_EQ(invoke(*function.start()).payload, "\"the layer\"");
}

TEST(Confinement, TheStandardLibraryIsWhole) {
  Function function("");
  const RunResult run = function.run(
      "import ssl, sqlite3, ctypes, bz2, lzma, zlib, hashlib, decimal, uuid, xml.etree.ElementTree, "
      "multiprocessing, "
      "asyncio, concurrent.futures, csv, socket, json, curses\nprint(ssl.OPENSSL_VERSION[:7], "
      "hashlib.sha256(b'').hexdigest()[:8])\n"
      "import subprocess\nprint(subprocess.run('echo $0', shell=True, capture_output=True, "
      "text=True).stdout)\n");
  EXPECT_EQ(run.standard_output, "OpenSSL e3b0c442\n/bin/sh\n\n") << run.standard_error;
}

}  // namespace
}  // namespace lamella::sandbox
