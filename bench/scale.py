#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`lamella build` in a workspace of 1,000 layers and 100,000 files, beside `git status` and `ninja` of the same files.

Nothing changed, then one file changed; the peers run in turns in the same folder.  Aims: nothing changed takes less
than `git status` with its untracked cache and less than `ninja` with nothing to do; one file changed costs that and
what its layer costs when it is asked for alone; peak memory under 300 MB.
"""
import os
import subprocess
import time

from harness import generate, measure
from harness.measure import ms

SETTLE_SECONDS = 0.1  # files written within a clock tick of the index are read again


def prepare(bench):
    workspace = bench.scratch / "workspace"
    workspace.mkdir()
    measure.note("generating")
    generate.source_tree(workspace)
    generate.ninja_file(workspace)
    (workspace / ".gitignore").write_text(".lamella/\nout/\n.ninja_log\n.ninja_deps\n")
    git = ["git", "-C", str(workspace), "-c", "user.name=bench", "-c", "user.email=bench@localhost"]
    for step in (["init", "-q"], ["config", "core.untrackedCache", "true"], ["add", "-A"],
                 ["commit", "-q", "-m", "generated"], ["update-index", "--untracked-cache"]):
        subprocess.run([*git, *step], check=True)
    os.sync()
    time.sleep(SETTLE_SECONDS)
    return workspace


def main():
    with measure.Bench("scale", __doc__, default_rounds=16) as bench:
        os.environ["LAMELLA_CACHE_DIR"] = str(bench.scratch / "cache")
        workspace = prepare(bench)
        git = ["git", "-C", str(workspace), "status", "--porcelain"]
        ninja = ["ninja", "-C", str(workspace)]
        flags = ["--skip-checks"]
        measure.note("first build")
        first = bench.build(workspace, *flags, watch=True)
        for peer in (git, ninja, git, ninja):
            measure.run(peer)
        time.sleep(SETTLE_SECONDS)
        bench.build(workspace, *flags)
        edited = workspace / "layers" / "layer-0500" / "first" / "module_000.py"
        count = iter(range(1_000_000))

        def one_changed(*names):
            edited.write_text(f"VALUE = {next(count)}\n")
            time.sleep(SETTLE_SECONDS)
            return bench.build(workspace, *names, *flags)

        unchanged = measure.rounds(bench.rounds, {
            "lamella build": lambda: bench.build(workspace, *flags),
            "git status, untracked cache": lambda: measure.run(git),
            "ninja, nothing to do": lambda: measure.run(ninja),
        })

        def layer_alone():
            run = one_changed("layer-0500")
            bench.build(workspace, *flags)
            return run

        changed = measure.rounds(max(3, bench.rounds // 2), {
            "lamella build, one file changed": one_changed,
            "lamella build LAYER, one file changed": layer_alone,
        })
        bench.record["results"] = {name: measure.summary(runs)
                                   for name, runs in {**unchanged, **changed, "first build": [first]}.items()}
        report(bench)


def report(bench):
    results = bench.record["results"]
    wall = {name: result["wall_s"]["median"] for name, result in results.items()}
    ours = wall["lamella build"]
    rows = [("1,000 layers, 100,000 files", "wall", "min", "max", "CPU", "memory", "to lamella")]
    for name, result in results.items():
        spread = result["wall_s"]
        rows.append((name, ms(spread["median"]), ms(spread["min"]), ms(spread["max"]), ms(result["cpu_s"]["median"]),
                     f"{result['largest_process_bytes'] / 1e6:.0f} MB", f"{spread['median'] / ours:.2f}x"))
    measure.table(rows)
    git, ninja = wall["git status, untracked cache"], wall["ninja, nothing to do"]
    memory = max(result["largest_process_bytes"] for name, result in results.items() if "build" in name)
    one = wall["lamella build, one file changed"]
    both = ours + wall["lamella build LAYER, one file changed"]
    bench.record["ratios"] = {"git": ours / git, "ninja": ours / ninja, "one_changed": one / both}
    print(f"\n  one changed file costs {ms(one - ours)} more than none")
    bench.finish([
        measure.verdict("nothing changed, to git status", f"{ours / git:.2f}", "under 1", ours < git),
        measure.verdict("nothing changed, to ninja", f"{ours / ninja:.2f}", "under 1", ours < ninja),
        measure.verdict("one changed, to nothing changed and its layer", f"{one / both:.2f}", "at most 1.1",
                        one <= 1.1 * both),
        measure.verdict("peak memory", f"{memory / 1e6:.0f} MB", "under 300 MB", memory < 300e6),
    ])


main()
