#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""200 layers over 40 shared wheels from an empty segment store: every core beside `--jobs 1`.

The wheels are made by hand and lie in the store; segments, records and zips are not there.  Proofs are left out: they
wait for sandboxes more than they compute.  Aim: on two cores at least 1.8 times as fast as on one.
"""
import os
import shutil
import subprocess

from harness import generate, measure
from harness.measure import ms


def main():
    with measure.Bench("speedup", __doc__, default_rounds=5) as bench:
        workspace = bench.scratch / "workspace"
        measure.note("generating")
        generate.shared_wheels(workspace)
        fetched = bench.scratch / "fetched"
        env = {**os.environ, "LAMELLA_UV": str(workspace / "uv")}
        build(bench, workspace, fetched, env)
        keep_wheels(workspace, fetched)

        count = iter(range(1_000_000))

        def cold(*flags):
            # What was there is put aside: ext4 is slow to make files where others were deleted in the last minutes.
            number = next(count)
            cache = bench.scratch / f"cache-{number}"
            shutil.copytree(fetched, cache)
            (workspace / ".lamella").rename(bench.scratch / f"made-{number}")
            return build(bench, workspace, cache, env, *flags)

        samples = measure.rounds(bench.rounds, {"every core": lambda: cold(), "--jobs 1": lambda: cold("--jobs", "1")})
        bench.record["results"] = {name: measure.summary(runs) for name, runs in samples.items()}
        report(bench)


def build(bench, workspace, cache, env, *flags):
    words = [bench.lamella, "build", "-q", "-C", str(workspace), "--skip-checks", *flags]
    return measure.run(words, env={**env, "LAMELLA_CACHE_DIR": str(cache)}, watch=True)


def keep_wheels(workspace, cache):
    """Leaves nothing in the store but the wheels as they were fetched."""
    wheels = {line.split()[0] for line in subprocess.run(
        ["sha256sum", *map(str, (workspace / "wheels").iterdir())], check=True, capture_output=True,
        text=True).stdout.splitlines()}
    for name in os.listdir(cache):
        if name not in ("blobs", "runtimes", "tools"):
            path = cache / name
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in (cache / "blobs").rglob("*"):
        if path.is_file() and path.name not in wheels:
            path.unlink()


def report(bench):
    results = bench.record["results"]
    rows = [("200 layers, 40 wheels", "wall", "min", "max", "CPU", "lamella's memory")]
    for name, result in results.items():
        wall = result["wall_s"]
        rows.append((name, ms(wall["median"]), ms(wall["min"]), ms(wall["max"]), ms(result["cpu_s"]["median"]),
                     f"{result['own_peak_bytes'] / 1e6:.0f} MB"))
    measure.table(rows)
    ratio = results["--jobs 1"]["wall_s"]["median"] / results["every core"]["wall_s"]["median"]
    bench.record["speed_up"] = ratio
    bench.finish([measure.verdict(f"speed-up on {bench.record['machine']['cores']} cores", f"{ratio:.2f}",
                                  "at least 1.8", ratio >= 1.8)])


main()
