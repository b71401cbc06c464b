#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The example's three layers from an empty store, network included, beside uv pip install with an empty cache.

Both are told the exact versions (Lamella by its lock, uv by pins without dependencies) and fetch the same wheels from the same
index.  Like is held against like: uv as it is makes no bytecode, so it stands beside the layers without bytecode; beside the
layers as the example has them, with bytecode for what its functions import, stands uv pip install --compile-bytecode, on the
same interpreter.  In both pairs uv ends with unpacked folders, where Lamella also prunes, strips and zips.  With its proofs,
which uv has nothing like, Lamella is measured for itself.
"""
import json
import os
import re

from harness import measure
from harness.layers import layers_of, script
from harness.measure import ms, run

PLAIN = "lamella build --skip-checks, bytecode = \"none\""
UV = "uv pip install"
COMPILED = "lamella build --skip-checks, as the example is"
UV_COMPILED = "uv pip install --compile-bytecode"
PROVED = "lamella build"


class Folders:
    """A new folder for each run.  What was there is put aside: ext4 is slow to make files where others were deleted in the
    last minutes, and uv makes 20,000."""
    def __init__(self, base):
        self.base = base
        self.count = 0

    def new(self):
        self.count += 1
        path = self.base / f"{self.count}"
        path.mkdir(parents=True)
        return path


def without_bytecode(workspace):
    path = workspace / "lamella.toml"
    text = re.sub(r"(?m)^bytecode = .*\n", "", path.read_text())
    path.write_text(re.sub(r"(?m)^(\[layers\.[^.\]]+\])$", r'\1\nbytecode = "none"', text))
    return workspace


def ours(bench, workspace, folders, *flags):
    def measured():
        env = dict(os.environ, LAMELLA_CACHE_DIR=str(folders.new()))
        words = [bench.lamella, "build", "-q", "-C", str(workspace), "--layers-only", "--clean", *flags]
        return run(words, env=env)
    return measured


def installing(bench, layers, interpreter, folders, *flags):
    base = bench.scratch / "pins"
    base.mkdir(exist_ok=True)
    words = " ".join([bench.tool("uv"), "pip install -q --no-deps --only-binary :all:", *flags, "--python", interpreter])
    lines = []
    for layer, (_, pins) in layers.items():
        (base / f"{layer}.txt").write_text("\n".join(pins) + "\n")
        lines.append(f"{words} --target {layer}/python -r {base}/{layer}.txt")
    command = script(base, f"install{len(flags)}.sh", lines)

    def measured():
        target = folders.new()
        return run(command, cwd=target, env=dict(os.environ, UV_CACHE_DIR=str(target / "cache")))
    return measured


def interpreter_of(cache):
    """The one that Lamella compiled with."""
    return json.loads(next((cache / "interpreters").glob("*.json")).read_text())["program"]


def main():
    with measure.Bench("cold_store", __doc__, default_rounds=5) as bench:
        folders = Folders(bench.scratch / "runs")
        workspace = bench.workspace("workspace")
        plain = without_bytecode(bench.workspace("plain"))
        ours(bench, workspace, folders, "--skip-checks")()
        interpreter = interpreter_of(bench.scratch / "runs" / "1")
        layers = layers_of(workspace)
        samples = measure.rounds(bench.rounds, {
            PLAIN: ours(bench, plain, folders, "--skip-checks"),
            UV: installing(bench, layers, interpreter, folders),
            COMPILED: ours(bench, workspace, folders, "--skip-checks"),
            UV_COMPILED: installing(bench, layers, interpreter, folders, "--compile-bytecode"),
            PROVED: ours(bench, workspace, folders)})
        bench.record["interpreter"] = interpreter
        bench.record["results"] = {name: measure.summary(runs) for name, runs in samples.items()}
        report(bench)


def report(bench):
    results = bench.record["results"]
    rows = [("three layers, nothing cached", "wall", "min", "max", "CPU")]
    for name, result in results.items():
        wall = result["wall_s"]
        rows.append((name, ms(wall["median"]), ms(wall["min"]), ms(wall["max"]), ms(result["cpu_s"]["median"])))
    measure.table(rows)

    def faster(one, other):
        return results[other]["wall_s"]["median"] / results[one]["wall_s"]["median"]
    pairs = [(PLAIN, UV), (COMPILED, UV_COMPILED)]
    bench.record["ratios"] = {one: {other: faster(one, other)} for one, other in pairs}
    print(f"\n  unlike: with bytecode, {faster(COMPILED, UV):.2f}x as fast as {UV} without; with proofs, "
          f"{faster(PROVED, UV):.2f}x")
    bench.finish([measure.verdict(f"{one} beside {other}", f"{faster(one, other):.2f}x as fast", "not slower",
                                  faster(one, other) >= 1) for one, other in pairs])


main()
