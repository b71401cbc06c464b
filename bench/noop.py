#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`lamella build` with nothing changed on the example, beside `git status` of the same files.

Both commands run in one clone of the example, in turns.  Aim: less than 20 ms of wall time.
"""
import subprocess

from harness import measure
from harness.measure import ms


def main():
    with measure.Bench("noop", __doc__, default_rounds=30) as bench:
        workspace = bench.workspace("clone")
        (workspace / ".gitignore").write_text(".lamella/\n__pycache__/\n")
        git = ["git", "-C", str(workspace), "-c", "user.name=bench", "-c", "user.email=bench@localhost"]
        for step in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "the example"]):
            subprocess.run([*git, *step], check=True)
        bench.build(workspace)
        bench.build(workspace)
        samples = measure.rounds(bench.rounds, {
            "lamella build": lambda: bench.build(workspace),
            "git status": lambda: measure.run(["git", "-C", str(workspace), "status", "--porcelain"]),
        })
        bench.record["results"] = {name: measure.summary(runs) for name, runs in samples.items()}
        report(bench)


def report(bench):
    results = bench.record["results"]
    rows = [("nothing changed", "wall", "min", "max", "CPU", "memory")]
    for name, result in results.items():
        wall = result["wall_s"]
        rows.append((name, ms(wall["median"]), ms(wall["min"]), ms(wall["max"]), ms(result["cpu_s"]["median"]),
                     f"{result['largest_process_bytes'] / 1e6:.0f} MB"))
    measure.table(rows)
    ours = results["lamella build"]["wall_s"]["median"]
    ratio = ours / results["git status"]["wall_s"]["median"]
    bench.record["ratio_to_git_status"] = ratio
    print(f"\n  {ratio:.1f} times `git status`")
    bench.finish([measure.verdict("wall time", ms(ours), "under 20 ms", ours < 0.020)])


main()
