#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Our verdict on mutated archives beside those of four other readers: Python's zipfile, libarchive through the
directory and streaming (bsdtar), and Info-ZIP (unzip).

The law: what we accept, every other reads with the same names and bytes; what we reject, we reject by a rule of
docs/formats/zip-rules.md.

zip_readers.py ZIP_MUTANTS [COUNT [SEED]]    exit 0: it holds; 1: it does not, with the archives; 77: a reader is missing
"""
import collections
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import warnings
import zipfile
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHOWN = 5
LOCALE = {"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]}


class Refused(Exception):
    """The reader says no."""


def run(*words, stdin=None):
    with open(stdin or os.devnull, "rb") as file:
        done = subprocess.run(words, stdin=file, capture_output=True, env=LOCALE, check=False)
    return done.returncode, done.stdout, done.stderr.decode(errors="replace").strip()


def by_zipfile(path, ours):
    with zipfile.ZipFile(path) as archive:
        return sorted((i.filename, zlib.crc32(archive.read(i)), i.file_size) for i in archive.infolist())


def from_tar(words, stdin=None):
    code, out, said = run("bsdtar", "-cf", "-", "--format=pax", *words, stdin=stdin)
    if code != 0:
        raise Refused(said)
    rows = []
    with tarfile.open(fileobj=io.BytesIO(out)) as archive:
        for member in archive:
            link = member.linkname.encode("utf-8", "surrogateescape")
            content = link if member.issym() else archive.extractfile(member).read() if member.isfile() else b""
            rows.append((member.name + ("/" if member.isdir() else ""), zlib.crc32(content), len(content)))
    return sorted(rows)


def by_libarchive(path, ours):
    return from_tar([f"@{path}"])


def by_libarchive_streaming(path, ours):
    return from_tar(["@-"], stdin=path)


def by_infozip(path, ours):
    code, names, said = run("unzip", "-Z1", path)
    if code > 1:
        raise Refused(said)
    code, content, said = run("unzip", "-p", path)
    if code > 1:
        raise Refused(said)
    rows, at = [], 0
    sizes = {name: size for name, _, size in ours}
    for name in names.decode().splitlines():
        part = content[at:at + sizes.get(name, 0)]
        at += len(part)
        rows.append((name, zlib.crc32(part), len(part)))
    if at != len(content):
        raise Refused(f"{len(content) - at} bytes more")
    return sorted(rows)


READERS = {"zipfile": by_zipfile, "libarchive": by_libarchive, "libarchive streaming": by_libarchive_streaming,
           "Info-ZIP": by_infozip}


def known_difference(reader, path, rows):
    """What a reader cannot do, with its reason; "" for all else."""
    if reader == "libarchive streaming" and any(kind == "link" for _, _, _, kind in rows):
        return "the kind of an entry stands in the directory, which a streaming reader has not seen"
    if reader == "Info-ZIP" and not all(name.isascii() for name, _, _, _ in rows):
        with zipfile.ZipFile(path) as archive:
            if any(entry.create_system == 0 for entry in archive.infolist()):
                return "names made on DOS are in its code page to Info-ZIP, even those declared to be UTF-8"
    return ""


def judge(path, rows):
    """The readers that do not see what we see, and what they say."""
    ours = sorted(row[:3] for row in rows)
    for reader, view in READERS.items():
        if known_difference(reader, path, rows):
            continue
        try:
            theirs = view(path, ours)
        except (Refused, zipfile.BadZipFile, tarfile.TarError, OSError, NotImplementedError, RuntimeError, EOFError,
                ValueError, zlib.error) as why:
            yield reader, f"{type(why).__name__}: {why}"
            continue
        if theirs != ours:
            yield reader, f"sees {theirs}\n     we see {ours}"


def rows_of(words):
    for word in words:
        name, crc, size, kind = word.split(":")
        yield bytes.fromhex(name).decode(), int(crc), int(size), kind


def main():
    for tool in ("bsdtar", "unzip"):
        if shutil.which(tool) is None:
            print(f"{tool} is not installed")
            return 77
    warnings.simplefilter("ignore")
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 600
    seed = sys.argv[3] if len(sys.argv) > 3 else "1"
    rules = set(re.findall(r"^\| `([a-z0-9-]+)`", (ROOT / "docs/formats/zip-rules.md").read_text(), re.M))
    rejected, trouble, accepted = collections.Counter(), [], 0
    with tempfile.TemporaryDirectory(prefix="lamella-zips-") as folder:
        said = subprocess.run([sys.argv[1], str(count), seed, folder], capture_output=True, text=True, check=True).stdout
        for line in said.splitlines():
            number, verdict, *words = line.split(" ")
            path = Path(folder) / f"{number}.zip"
            if verdict == "rejected":
                rejected[words[0]] += 1
                if words[0] not in rules:
                    trouble.append((path.read_bytes(), number, "the list of rules", f"has no '{words[0]}'"))
                continue
            accepted += 1
            trouble += [(path.read_bytes(), number, *one) for one in judge(path, list(rows_of(words)))]
    for content, number, reader, what in trouble[:SHOWN]:
        print(f"mutant {number} of seed {seed}: {reader}: {what}\n     {content.hex()}")
    print(f"{accepted} accepted and read alike by {', '.join(READERS)}; {sum(rejected.values())} rejected by "
          f"{len(rejected)} rules; {len(trouble)} differences")
    print(", ".join(f"{rule} {times}" for rule, times in rejected.most_common()))
    return 1 if trouble or accepted < count // 10 else 0


if __name__ == "__main__":
    sys.exit(main())
