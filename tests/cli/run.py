#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Black-box cases of the command line, one folder each:

  cmd       one command a line; all but the last prepare and must exit 0, the last is the one that is looked at.
            A line is arguments of lamella as a shell would split them; "!" in front runs Python code instead,
            which may import trouble.py and learns the program from $LAMELLA; exit 77 there skips the case.
  in/       optional: copied to the working directory
  env       optional: NAME=VALUE lines; an empty VALUE unsets
  cache     optional, empty: use the caller's cache (uv, runtime clients, wheels) instead of an empty one
  kept      optional: paths, one a line, that the last command must leave as they were
  stdin     optional
  stdout, stderr, exit   what the last command gives, after normalise()

run.py LAMELLA [CASE]...    exit 0: all as written; 1: some differ, with a diff; 77: rewritten (LAMELLA_ACCEPT=1)
                           or skipped, with the reason
"""
import difflib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
PATIENCE = 300
SKIPPED = 77


def normalise(text, places):
    """What differs from run to run and machine to machine gets a name."""
    for path, name in places:
        text = text.replace(str(path), name)
    rules = [
        (r"\b[0-9a-f]{64}\b", "[SHA256]"),
        (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "[DATE]"),
        (r"\[DATE\]-[0-9a-f]{8}\b", "[DEPLOYMENT]"),
        (r"\b\d+ min \d+ s\b|\b\d+(\.\d+)? m?s\b", "[TIME]"),
        (r'("\w*_ms": )-?[0-9.eE+-]+', r"\1[MS]"),
        (r"127\.0\.0\.1:\d+", "127.0.0.1:[PORT]"),
        (r"\bpid \d+|\bprocess \d+", "pid [PID]"),
        (r"\bport \d+", "port [PORT]"),
        (r"\bpython:3\.11\.\d+", "python:3.11.[PATCH]"),
        (r"\b(gcc|clang) \d+(\.\d+)+", "[COMPILER]"),
        (r'(Max Memory Used: |"max_memory_used_mb": )\d+', r"\1[MB]"),
        (r"\.tmp-[0-9a-f]{16}\b", ".tmp-[RANDOM]"),
        (r"\b[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b", "[UUID]"),
        (r"\x1b\[[0-9;]*[mK]", "[COLOUR]"),
        (r" +not run again:", "  not run again:"),  # it stands beside a column as wide as the times
        (r"(?m)^warning: python3\.11: deprecated .*\n", ""),  # the cases' runtime, from 2027-06-30 on
    ]
    for pattern, name in rules:
        text = re.sub(pattern, name, text)
    return text


def environment(case, work, home, cache):
    env = {"PATH": os.environ.get("PATH", ""), "HOME": str(home), "LANG": "C.UTF-8", "TZ": "UTC",
           "LAMELLA_CACHE_DIR": str(cache)}
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
        if name in os.environ:
            env[name] = os.environ[name]
    file = case / "env"
    for line in file.read_text().splitlines() if file.exists() else []:
        name, _, value = line.partition("=")
        env.pop(name, None)
        if value:
            env[name] = value.replace("[ROOT]", str(work))
    return env


def perform(line, lamella, work, env, stdin):
    if line.startswith("!"):
        words = [sys.executable, "-c", line[1:].strip()]
        env = env | {"PYTHONPATH": str(HERE), "PYTHONDONTWRITEBYTECODE": "1", "LAMELLA": lamella}
    else:
        words = [lamella, *shlex.split(line.removeprefix("lamella "))]
    return subprocess.run(words, cwd=work, env=env, input=stdin, capture_output=True, timeout=PATIENCE)


class Skipped(Exception):
    """The machine cannot show this case."""


def contents(work, names):
    return {name: (work / name).read_bytes() if (work / name).exists() else None for name in names}


def outcome_of(case, lamella):
    with tempfile.TemporaryDirectory(prefix="lamella-cli-") as folder:
        root = Path(folder)
        work, home = root / "work", root / "home"
        shared = os.environ.get("LAMELLA_CACHE_DIR")
        cache = Path(shared) if (case / "cache").exists() and shared else root / "cache"
        home.mkdir()
        if (case / "in").exists():
            shutil.copytree(case / "in", work, symlinks=True)
        else:
            work.mkdir()
        env = environment(case, work, home, cache)
        stdin = (case / "stdin").read_bytes() if (case / "stdin").exists() else b""
        *first, last = [line for line in (case / "cmd").read_text().splitlines() if line.strip()]
        for line in first:
            done = perform(line, lamella, work, env, b"")
            if done.returncode == SKIPPED and line.startswith("!"):
                raise Skipped(done.stderr.decode().strip())
            if done.returncode != 0:
                return {"stdout": "", "stderr": f"`{line}` failed:\n{done.stderr.decode()}", "exit": "?\n"}
        kept = (case / "kept").read_text().split() if (case / "kept").exists() else []
        before = contents(work, kept)
        done = perform(last, lamella, work, env, stdin)
        if done.returncode == SKIPPED and last.startswith("!"):
            raise Skipped(done.stderr.decode().strip())
        changed = [name for name, content in contents(work, kept).items() if content is None or content != before[name]]
        places = [(work, "[ROOT]"), (cache, "[CACHE]"), (home, "[HOME]"), (root, "[TEMP]")]
        return {"stdout": normalise(done.stdout.decode(errors="replace"), places),
                "stderr": normalise(done.stderr.decode(errors="replace"), places),
                "exit": "".join(f"{name} was not kept\n" for name in changed) + f"{done.returncode}\n"}


def main():
    lamella = str(Path(sys.argv[1]).resolve())
    names = sys.argv[2:] or sorted(path.parent.name for path in HERE.glob("*/cmd"))
    accept = os.environ.get("LAMELLA_ACCEPT") == "1"
    differ, rewritten, skipped = False, False, False
    for name in names:
        case = HERE / name
        try:
            outcome = outcome_of(case, lamella)
        except Skipped as why:
            print(f"{name}: skipped: {why}")
            skipped = True
            continue
        for part, got in outcome.items():
            file = case / part
            wanted = file.read_text() if file.exists() else ""
            if got == wanted and (file.exists() or part != "exit"):
                continue
            if accept:
                file.write_text(got) if got else file.unlink(missing_ok=True)
                rewritten = True
                continue
            differ = True
            print(f"--- {name}/{part}")
            sys.stdout.writelines(difflib.unified_diff(wanted.splitlines(True), got.splitlines(True), "wanted", "got"))
    return 1 if differ else SKIPPED if rewritten or skipped else 0


if __name__ == "__main__":
    sys.exit(main())
