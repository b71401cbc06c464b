# SPDX-License-Identifier: Apache-2.0
"""What every bench needs: one command measured, rounds interleaved, medians with their spread, text and JSON."""
import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "item-prediction"
POLL_SECONDS = 0.002


@dataclass
class Sample:
    """One run.  `rss` is the largest process of the command's tree, `own_rss` the command's own process."""
    wall: float
    cpu: float
    rss: int
    own_rss: int


def own_peak(pid):
    """VmHWM only grows, so the last reading before the exit is the peak but for the last milliseconds."""
    try:
        with open(f"/proc/{pid}/status") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def run(argv, cwd=None, env=None, watch=False):
    """Runs a command that must succeed.  Watching memory costs a reader beside it, so it is asked for."""
    with tempfile.TemporaryFile() as said:
        start = time.monotonic()
        child = subprocess.Popen(argv, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        own = 0
        flags = os.WNOHANG if watch else 0
        pid, status, usage = os.wait4(child.pid, flags)
        while pid == 0:
            own = max(own, own_peak(child.pid))
            time.sleep(POLL_SECONDS)
            pid, status, usage = os.wait4(child.pid, flags)
        wall = time.monotonic() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            said.seek(0)
            sys.exit(f"{' '.join(map(str, argv))} ended with {child.returncode}:\n{said.read().decode(errors='replace')}")
    return Sample(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, own)


def rounds(count, subjects):
    """subjects: name -> callable that prepares, runs, and returns a Sample.  One after the other, round by round.
    What one has written is on the disk before the next begins, so that nobody waits for another's pages."""
    samples = {name: [] for name in subjects}
    for number in range(count):
        for name, measure in subjects.items():
            note(f"round {number + 1} of {count}: {name}")
            os.sync()
            samples[name].append(measure())
    return samples


def spread(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values), "runs": len(values)}


def summary(samples):
    out = {"wall_s": spread([s.wall for s in samples]), "cpu_s": spread([s.cpu for s in samples]),
           "largest_process_bytes": max(s.rss for s in samples)}
    if any(s.own_rss for s in samples):
        out["own_peak_bytes"] = max(s.own_rss for s in samples)
    return out


def ms(seconds):
    value = seconds * 1000
    return f"{value:.1f} ms" if value < 100 else f"{value:.0f} ms" if value < 10_000 else f"{seconds:.1f} s"


def table(rows):
    """Left-aligned first column, right-aligned others."""
    widths = [max(len(str(row[i])) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = [str(row[0]).ljust(widths[0])] + [str(c).rjust(w) for c, w in zip(row[1:], widths[1:])]
        print("  " + "  ".join(cells).rstrip())


def verdict(name, seen, aim, good):
    return {"name": name, "seen": seen, "aim": aim, "met": bool(good)}


def print_verdicts(verdicts):
    print()
    table([("aim", "seen", "wanted", "")] +
          [(v["name"], v["seen"], v["aim"], "met" if v["met"] else "MISSED") for v in verdicts])


def note(text):
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def machine():
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "")
    memory = next((int(line.split()[1]) * 1024 for line in open("/proc/meminfo") if line.startswith("MemTotal")), 0)
    return {"cpu": model, "cores": len(os.sched_getaffinity(0)), "memory_bytes": memory,
            "kernel": platform.release(), "load_at_start": os.getloadavg()[0]}


def commit():
    told = subprocess.run(["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=12"],
                          capture_output=True, text=True)
    return told.stdout.strip() or "unknown"


class Bench:
    """Arguments, a scratch folder, the record, and its rendering."""

    def __init__(self, name, about, default_rounds):
        parser = argparse.ArgumentParser(prog=f"./dev bench {name}", description=about)
        parser.add_argument("--rounds", type=int, default=default_rounds)
        parser.add_argument("--json", metavar="FILE", help="write the record there")
        parser.add_argument("--lamella", default=ROOT / "build" / "release" / "lamella", type=Path)
        parser.add_argument("--scratch", help="make the temporary folder in this one")
        self.args = parser.parse_args()
        if self.args.rounds < 1:
            parser.error("--rounds must be at least 1")
        self.lamella = str(self.args.lamella.resolve())
        self.rounds = self.args.rounds
        self.scratch = Path(tempfile.mkdtemp(prefix=f"lamella-bench-{name}-", dir=self.args.scratch))
        self.record = {"schema": 1, "bench": name, "commit": commit(), "machine": machine(), "rounds": self.rounds}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.scratch, ignore_errors=True)

    def tool(self, name):
        """A program of the bench's own environment, of the project's tools, or of the system, in this order."""
        beside = Path(sys.prefix) / "bin" / name
        found = str(beside) if beside.exists() else shutil.which(name)
        if not found:
            sys.exit(f"{name} is not here; run this through ./dev bench")
        return found

    def workspace(self, name):
        """A copy of the example that has been locked, but never built."""
        to = self.scratch / name
        shutil.copytree(EXAMPLE, to, ignore=shutil.ignore_patterns(".lamella", "__pycache__"))
        return to

    def build(self, workspace, *flags, watch=False):
        return run([self.lamella, "build", "-q", "-C", str(workspace), *flags], watch=watch)

    def finish(self, verdicts):
        load = os.getloadavg()[0]
        self.record["machine"]["load_at_end"] = load
        self.record["aims"] = verdicts
        note("")
        print_verdicts(verdicts)
        m = self.record["machine"]
        print(f"\n  {m['cpu']}, {m['cores']} cores, Linux {m['kernel']}, commit {self.record['commit']}, "
              f"{self.rounds} interleaved rounds, median (min to max)")
        if m["load_at_start"] > m["cores"] / 2:
            print(f"  the machine was busy when this began (load {m['load_at_start']:.1f}): ratios hold better than times")
        if self.args.json:
            Path(self.args.json).write_text(json.dumps(self.record, indent=2) + "\n")
