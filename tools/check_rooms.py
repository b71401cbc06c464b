#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Refuse what the house does not allow.

Reads the rows of cmake/rooms.cmake and holds every file under src/ against them: which room may include which,
which room may know which library, what the domain must not reach.  With --build-dir also the undefined symbols
of the domain's libraries are looked at, because a header can be clean and a call not.  Sizes are only warned of.

Exit status 0: nothing refused.  1: something is; one line each, "path:line: what".
"""
import argparse
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

FLOORS = ["ground", "domain", "outside", "work", "front"]
PROGRAMS = {"sandbox_init"}  # a program of its own beside the floors; includes no room
FORBIDDEN_FOLDERS = {"util", "utils", "common", "core", "helpers", "manager"}
FORBIDDEN_WORDS = {"util", "utils", "common", "helpers", "manager"}  # in a file's name, between underscores

# A library's headers, and the only rooms that may know them.
LIBRARIES = [
    (r"openssl/", {"crypto"}),
    (r"nlohmann/|toml\+\+/|yaml-cpp/|yaml\.h|libxml/|expat\.h", {"document"}),
    (r"curl/|boost/", {"http"}),
    (r"sqlite3\.h", {"sqlite"}),
    (r"libdeflate\.h|zlib\.h", {"archive"}),
    (r"git2(\.h|/)", {"change"}),
    (r"CLI/", {"cli"}),
    (r"gtest/|gmock/|rapidcheck", set()),  # tests only
]

# What the domain's sources must not include, and its libraries not call: clock, file, socket, thread, environment.
DOMAIN_HEADERS = re.compile(
    r"(thread|mutex|shared_mutex|condition_variable|future|stop_token|semaphore|barrier|latch|filesystem|fstream|"
    r"iostream|random|ctime|cstdio|stdio\.h|time\.h|unistd\.h|fcntl\.h|poll\.h|pthread\.h|netdb\.h|dirent\.h|"
    r"signal\.h|csignal|sys/.*|netinet/.*|arpa/.*|linux/.*)$")
DOMAIN_SYMBOLS = re.compile(
    r"(open|open64|openat|openat64|fopen|fopen64|opendir|stat|stat64|lstat|read|write|socket|connect|bind|getaddrinfo|"
    r"getenv|secure_getenv|clock_gettime|gettimeofday|time|nanosleep|clock_nanosleep|pthread_create|fork|vfork|execve|"
    r"posix_spawn|system|getrandom|rand|random)$")
DOMAIN_MANGLED = re.compile(
    r"_ZNSt6thread|_ZNSt6chrono3_V21[0-9]+(system|steady)_clock3now|_ZNSt13random_device|_ZNSt10filesystem|"
    r"_ZNSt14basic_(if|of|f)stream|_ZNSt13basic_filebuf|_ZNSt13basic_[io]fstream")

# Names that only some rooms may use, in code, not in tests.
NAMES = [
    (re.compile(r"\b(?:secure_)?getenv\s*\("), {"os"}, "reads the environment: ask os/environment.h"),
    (re.compile(r"_clock\s*::\s*now\b|\bclock_gettime\s*\(|\bgettimeofday\s*\("), {"os"},
     "reads a clock: take an os::Clock"),
    (re.compile(r"\bstd::(?:cout|cerr|clog)\b|\bfmt::print\b|(?<![\w:])(?:std::)?printf\s*\("), {"cli", "main"},
     "prints: emit an event"),
]

FILE_CAP = 700
FUNCTION_CAP = 80


@dataclass
class Room:
    floor: str
    name: str
    touches: list


@dataclass
class Findings:
    refused: list = field(default_factory=list)
    warned: list = field(default_factory=list)


def parse_house(text):
    """The rooms of rooms.cmake in their order."""
    text = re.sub(r"#.*", "", text)
    variables, rooms = {}, {}
    for command, body in re.findall(r"\b(set|lamella_room)\s*\(([^)]*)\)", text):
        words = []
        for word in body.split():
            name = re.fullmatch(r"\$\{(\w+)\}", word)
            words += variables.get(name.group(1), []) if name else [word]
        if command == "set":
            variables[words[0]] = words[1:]
            continue
        touches, section = [], ""
        for word in words[2:]:
            if word in ("TOUCHES", "LIBRARIES"):
                section = word
            elif section == "TOUCHES":
                touches.append(word)
        rooms[words[1]] = Room(words[0], words[1], touches)
    return rooms


def check_table(rooms, found):
    seen = set()
    for room in rooms.values():
        if room.floor not in FLOORS:
            found.refused.append(f"cmake/rooms.cmake: room {room.name} stands on an unknown floor, {room.floor}")
        for other in room.touches:
            if other not in seen:
                found.refused.append(f"cmake/rooms.cmake: {room.name} touches {other}, which is no room before it")
            elif FLOORS.index(rooms[other].floor) > FLOORS.index(room.floor):
                found.refused.append(f"cmake/rooms.cmake: {room.name} reaches upwards to {other}")
        seen.add(room.name)


def without_comments_and_strings(text):
    """The same lines with comments and string contents blanked."""
    pattern = re.compile(r'R"(\w*)\(.*?\)\1"|//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)
    return pattern.sub(lambda m: "\n" * m.group(0).count("\n"), text)


def is_test(path):
    """Tests, and the headers that only they include: contract suites and fixtures."""
    return path.stem.endswith(("_test", "_contract", "_fixture")) or path.stem.startswith("test_")


def includes(text):
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if match:
            yield number, match.group(1), match.group(2)


def check_include(path, where, room, quote, header, rooms, found):
    first = header.split("/")[0]
    if quote == '"':
        if room.name == "main" or first in (room.name, "embedded"):
            return
        if "/" not in header or first not in rooms:
            found.refused.append(f'{where}: "{header}" is in no room')
        elif first not in room.touches:
            found.refused.append(f'{where}: {room.name} may not touch {first} ("{header}"): cmake/rooms.cmake has no '
                                 f"such edge")
        return
    for pattern, allowed in LIBRARIES:
        if re.match(pattern, header) and room.name not in allowed and not (not allowed and is_test(path)):
            place = "the room " + ", ".join(sorted(allowed)) if allowed else "tests"
            found.refused.append(f"{where}: <{header}> belongs in {place} only")
    if room.floor == "domain" and not is_test(path) and DOMAIN_HEADERS.match(header):
        found.refused.append(f"{where}: <{header}> cannot be reached from the domain")


def check_sizes(path, shown, text, found):
    lines = text.splitlines()
    if len(lines) > FILE_CAP:
        found.warned.append(f"{shown}: {len(lines)} lines, more than {FILE_CAP}")
    start = None
    for number, line in enumerate(lines, 1):
        opening = re.match(r"( {0,4})(?!namespace|class|struct|enum|union|extern)[\w~:\[<].*\{$", line)
        if start is None and opening and ("(" in line or line.startswith("    ")):
            start = (number, opening.group(1))
        elif start is not None and line == start[1] + "}":
            if number - start[0] + 1 > FUNCTION_CAP:
                found.warned.append(f"{shown}:{start[0]}: a function of {number - start[0] + 1} lines, more than "
                                    f"{FUNCTION_CAP}")
            start = None


def check_file(path, shown, room, rooms, found):
    text = path.read_text(encoding="utf-8")
    for number, quote, header in includes(text):
        check_include(path, f"{shown}:{number}", room, quote, header, rooms, found)
    if not is_test(path):
        for number, line in enumerate(without_comments_and_strings(text).splitlines(), 1):
            for pattern, allowed, why in NAMES:
                if room.name not in allowed and pattern.search(line):
                    found.refused.append(f"{shown}:{number}: {room.name} {why}")
    check_sizes(path, shown, text, found)


def check_names(path, shown, found):
    for folder in shown.parts[:-1]:
        if folder in FORBIDDEN_FOLDERS:
            found.refused.append(f"{shown}: no folder is called {folder}")
    for word in path.stem.split("_"):
        if word in FORBIDDEN_WORDS:
            found.refused.append(f"{shown}: no file is called after {word}: name the noun it is about")


def check_sources(root, rooms, found):
    for path in sorted((root / "src").rglob("*")):
        if path.suffix not in (".cc", ".h") or not path.is_file():
            continue
        shown = path.relative_to(root)
        check_names(path, shown, found)
        parts = shown.parts[1:]
        if parts[0] in PROGRAMS:
            room = Room("program", parts[0], [])
            text = path.read_text(encoding="utf-8")
            for number, quote, header in includes(text):
                if quote == '"' and header.split("/")[0] in rooms:
                    found.refused.append(f"{shown}:{number}: {room.name} stands alone and includes no room")
            continue
        if len(parts) != 3 or parts[0] not in FLOORS:
            found.refused.append(f"{shown}: sources live in src/<floor>/<room>/, floors are {', '.join(FLOORS)}")
            continue
        name = parts[1]
        room = Room("front", "main", []) if parts[:2] == ("front", "main") else rooms.get(name)
        if room is None or room.floor != parts[0]:
            found.refused.append(f"{shown}: cmake/rooms.cmake has no room {name} on the floor {parts[0]}")
            continue
        check_file(path, shown, room, rooms, found)


def check_objects(build, rooms, found):
    """The undefined symbols of each library of the domain."""
    for room in rooms.values():
        library = build / f"liblamella_{room.name}.a"
        if room.floor != "domain" or not library.exists():
            continue
        listing = subprocess.run(["nm", "-u", str(library)], capture_output=True, text=True, check=True).stdout
        member = ""
        for line in listing.splitlines():
            if line.endswith(":"):
                member = line[:-1]
            match = re.match(r"\s+[Uw] ([^@\s]+)", line)
            if match and (DOMAIN_SYMBOLS.match(match.group(1)) or DOMAIN_MANGLED.match(match.group(1))):
                found.refused.append(f"{library.name}({member}): calls {match.group(1)}, which the domain cannot reach")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    parser.add_argument("--build-dir", type=Path)
    parser.add_argument("--quiet", action="store_true", help="no warnings")
    options = parser.parse_args()

    found = Findings()
    rooms = parse_house((options.root / "cmake" / "rooms.cmake").read_text(encoding="utf-8"))
    check_table(rooms, found)
    check_sources(options.root, rooms, found)
    if options.build_dir:
        check_objects(options.build_dir, rooms, found)
    for line in found.refused:
        print(f"refused: {line}")
    for line in [] if options.quiet else found.warned:
        print(f"warning: {line}")
    print(f"{len(rooms)} rooms, {len(found.refused)} refused, {len(found.warned)} warned")
    return 1 if found.refused else 0


if __name__ == "__main__":
    sys.exit(main())
