#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The example's three layers from an empty store, network included, beside uv pip install with an empty cache.

Both are told the exact versions (Lamella by its lock, uv by pins without dependencies) and fetch the same wheels from the same
index.  uv unpacks them into a folder per layer and ends there; Lamella also prunes, strips, compiles and zips.  It is
measured without proofs, which uv has nothing like, and with them.
"""
import os
import sys

from harness import measure
from harness.layers import fresh, layers_of, script
from harness.measure import ms, run

OURS = "lamella build --skip-checks"
PROVED = "lamella build"
UV = "uv pip install"


def ours(bench, workspace, *flags):
    def measured():
        cache = fresh(bench.scratch / "store")
        env = dict(os.environ, LAMELLA_CACHE_DIR=str(cache))
        words = [bench.lamella, "build", "-q", "-C", str(workspace), "--layers-only", "--clean", *flags]
        return run(words, env=env)
    return measured


def installing(bench, layers):
    base = fresh(bench.scratch / "uv")
    lines = []
    for layer, (_, pins) in layers.items():
        (base / f"{layer}.txt").write_text("\n".join(pins) + "\n")
        lines.append(f"{bench.tool('uv')} pip install -q --no-deps --only-binary :all: --python {sys.executable}"
                     f" --target out/{layer}/python -r {layer}.txt")
    command = script(base, "install.sh", lines)

    def measured():
        fresh(base / "out")
        return run(command, cwd=base, env=dict(os.environ, UV_CACHE_DIR=str(fresh(base / "cache"))))
    return measured


def main():
    with measure.Bench("cold_store", __doc__, default_rounds=5) as bench:
        workspace = bench.workspace("workspace")
        bench.build(workspace, "--layers-only")
        layers = layers_of(workspace)
        samples = measure.rounds(bench.rounds, {
            OURS: ours(bench, workspace, "--skip-checks"), UV: installing(bench, layers), PROVED: ours(bench, workspace)})
        bench.record["results"] = {name: measure.summary(runs) for name, runs in samples.items()}
        report(bench)


def report(bench):
    results = bench.record["results"]
    rows = [("three layers, nothing cached", "wall", "min", "max", "CPU")]
    for name, result in results.items():
        wall = result["wall_s"]
        rows.append((name, ms(wall["median"]), ms(wall["min"]), ms(wall["max"]), ms(result["cpu_s"]["median"])))
    measure.table(rows)
    theirs = results[UV]["wall_s"]["median"]
    ratios = {name: theirs / results[name]["wall_s"]["median"] for name in (OURS, PROVED)}
    bench.record["ratios_to_uv"] = ratios
    print(f"\n  with proofs, which uv has nothing like: {ratios[PROVED]:.2f}x as fast as {UV}")
    bench.finish([measure.verdict(f"{OURS} beside {UV}", f"{ratios[OURS]:.2f}x as fast", "not slower",
                                  ratios[OURS] >= 1)])


main()
