// SPDX-License-Identifier: Apache-2.0
#include "model/standard_modules.h"

#include <algorithm>
#include <array>

namespace lamella::model {
namespace {

/// In every Python 3 that a target may have; sorted.
constexpr std::array<std::string_view, 159> kAlways = {
    "argparse",     "array",       "ast",          "asyncio",
    "base64",       "bdb",         "binascii",     "bisect",
    "bz2",          "cProfile",    "calendar",     "cmath",
    "cmd",          "code",        "codeop",       "collections",
    "colorsys",     "compileall",  "concurrent",   "configparser",
    "contextlib",   "contextvars", "copy",         "copyreg",
    "csv",          "ctypes",      "curses",       "dataclasses",
    "datetime",     "dbm",         "decimal",      "difflib",
    "dis",          "doctest",     "email",        "ensurepip",
    "enum",         "fcntl",       "filecmp",      "fileinput",
    "fnmatch",      "fractions",   "ftplib",       "functools",
    "getopt",       "getpass",     "gettext",      "glob",
    "graphlib",     "grp",         "gzip",         "hashlib",
    "heapq",        "hmac",        "html",         "http",
    "imaplib",      "importlib",   "inspect",      "ipaddress",
    "json",         "keyword",     "linecache",    "locale",
    "logging",      "lzma",        "mailbox",      "math",
    "mimetypes",    "mmap",        "modulefinder", "multiprocessing",
    "netrc",        "nturl2path",  "numbers",      "opcode",
    "operator",     "optparse",    "pathlib",      "pdb",
    "pickle",       "pickletools", "pkgutil",      "platform",
    "plistlib",     "poplib",      "pprint",       "profile",
    "pstats",       "pty",         "py_compile",   "pyclbr",
    "pydoc",        "pyexpat",     "queue",        "quopri",
    "random",       "re",          "readline",     "reprlib",
    "resource",     "rlcompleter", "sched",        "secrets",
    "select",       "selectors",   "shelve",       "shlex",
    "shutil",       "signal",      "smtplib",      "socket",
    "socketserver", "sqlite3",     "sre_compile",  "sre_constants",
    "sre_parse",    "ssl",         "statistics",   "string",
    "stringprep",   "struct",      "subprocess",   "symtable",
    "sysconfig",    "syslog",      "tabnanny",     "tarfile",
    "tempfile",     "termios",     "textwrap",     "threading",
    "timeit",       "tkinter",     "token",        "tokenize",
    "trace",        "traceback",   "tracemalloc",  "tty",
    "turtle",       "types",       "typing",       "unicodedata",
    "unittest",     "urllib",      "uuid",         "venv",
    "warnings",     "wave",        "weakref",      "webbrowser",
    "wsgiref",      "xml",         "xmlrpc",       "zipapp",
    "zipfile",      "zlib",        "zoneinfo"};

/// In some; the minor versions that have it, both included.
struct Span {
  std::string_view name;
  int first = 0;
  int last = 0;
};
constexpr int kEver = 99;
constexpr std::array kSometimes = {Span{"aifc", 0, 12},        Span{"annotationlib", 14, kEver},
                                   Span{"asynchat", 0, 11},    Span{"asyncore", 0, 11},
                                   Span{"audioop", 0, 12},     Span{"binhex", 0, 10},
                                   Span{"cgi", 0, 12},         Span{"cgitb", 0, 12},
                                   Span{"chunk", 0, 12},       Span{"compression", 14, kEver},
                                   Span{"crypt", 0, 12},       Span{"distutils", 0, 11},
                                   Span{"formatter", 0, 9},    Span{"imghdr", 0, 12},
                                   Span{"imp", 0, 11},         Span{"lib2to3", 0, 12},
                                   Span{"mailcap", 0, 12},     Span{"nis", 0, 12},
                                   Span{"nntplib", 0, 12},     Span{"ntpath", 0, 10},
                                   Span{"ossaudiodev", 0, 12}, Span{"parser", 0, 9},
                                   Span{"pipes", 0, 12},       Span{"runpy", 0, 10},
                                   Span{"smtpd", 0, 11},       Span{"sndhdr", 0, 12},
                                   Span{"spwd", 0, 12},        Span{"sunau", 0, 12},
                                   Span{"symbol", 0, 9},       Span{"telnetlib", 0, 12},
                                   Span{"tomllib", 11, kEver}, Span{"uu", 0, 12},
                                   Span{"xdrlib", 0, 12}};

}  // namespace

bool is_hideable_standard_module(const Runtime& runtime, std::string_view name) {
  if (runtime.language != Language::kPython) return false;
  if (std::binary_search(kAlways.begin(), kAlways.end(), name)) return true;
  return std::any_of(kSometimes.begin(), kSometimes.end(), [&](const Span& span) {
    return span.name == name && span.first <= runtime.minor && runtime.minor <= span.last;
  });
}

}  // namespace lamella::model
