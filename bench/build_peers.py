#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The example's three layers from a warm store, beside uv + zip, pip + zip -9, sam build and cp.

Every peer installs exactly the distributions that Lamella puts into each layer, from warm caches and into new
folders, and all take turns.  What differs: peers ship everything (tests, headers, symbols); `sam build` resolves
again, constrained to the same versions, ships what other layers have already, and makes no zip; pip compiles bytecode
that the fixed dates of a reproducible zip would make stale.  Lamella prunes, strips and compiles, and its imports and checks
are proved: those proofs are cached here, as the digests are the ones proved before.
"""
import json
import os
import shutil
import sys

from harness import measure
from harness.layers import fresh, layers_of, script
from harness.measure import ms, run

QUICK_TURNS = 9
OURS = "lamella, segments warm"
OURS_FROM_WHEELS = "lamella, from wheels"
UV = "uv pip install + zip"
PIP = "pip install + zip -9"
SAM = "sam build"
CP = "cp of the zips"


def installing(bench, layers, name, install, compress):
    """A peer that installs into folders and zips them."""
    base = fresh(bench.scratch / name)
    lines = []
    for layer, (_, pins) in layers.items():
        (base / f"{layer}.txt").write_text("\n".join(pins) + "\n")
        lines.append(f"{install} --target out/{layer}/python -r {layer}.txt")
        lines.append(f"(cd out/{layer} && {compress} ../{layer}.zip .)")
    command = script(base, "build.sh", lines)

    def measured():
        fresh(base / "out")
        return run(command, cwd=base)
    return measured


def sam(bench, layers):
    base = fresh(bench.scratch / "sam")
    resources = {}
    for layer, (_, pins) in layers.items():
        (base / layer).mkdir()
        (base / layer / "requirements.txt").write_text("\n".join(pins) + "\n")
        resources["".join(part.title() for part in layer.split("-"))] = {
            "Type": "AWS::Serverless::LayerVersion",
            "Metadata": {"BuildMethod": "python3.11"},
            "Properties": {"ContentUri": f"{layer}/", "CompatibleRuntimes": ["python3.11"]},
        }
    # Layers built one by one would get a numpy 2 that pandas contradicts, and that sam finds no wheel for.
    (base / "constraints.txt").write_text("\n".join(sorted({pin for _, pins in layers.values() for pin in pins})) + "\n")
    template = {"AWSTemplateFormatVersion": "2010-09-09", "Transform": "AWS::Serverless-2016-10-31",
                "Resources": resources}
    (base / "template.yaml").write_text(json.dumps(template))
    env = dict(os.environ, SAM_CLI_TELEMETRY="0", AWS_DEFAULT_REGION="us-west-2",
               PIP_CONSTRAINT=str(base / "constraints.txt"),
               PATH=os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"])

    def measured():
        shutil.rmtree(base / ".aws-sam", ignore_errors=True)
        return run([bench.tool("sam"), "build", "--parallel"], cwd=base, env=env)
    return measured


def copying(bench, layers):
    def measured():
        return run(["cp", *[str(path) for path, _ in layers.values()], str(fresh(bench.scratch / "copies"))])
    return measured


def ours(bench, workspace, layers, *flags, watch=False):
    def measured():
        for path, _ in layers.values():
            path.unlink(missing_ok=True)
        return bench.build(workspace, "--layers-only", *flags, watch=watch)
    return measured


def main():
    with measure.Bench("build_peers", __doc__, default_rounds=5) as bench:
        workspace = bench.workspace("workspace")
        bench.build(workspace)
        layers = layers_of(workspace)
        uv, pip = bench.tool("uv"), f"{sys.executable} -m pip"
        subjects = {
            OURS: ours(bench, workspace, layers, "--force"),
            CP: copying(bench, layers),
            OURS_FROM_WHEELS: ours(bench, workspace, layers, "--force=segments", watch=True),
            UV: installing(bench, layers, "uv", f"{uv} pip install -q --no-deps --python {sys.executable}", "zip -q -r"),
            PIP: installing(bench, layers, "pip", f"{pip} install -q --no-deps --disable-pip-version-check",
                            "zip -q -r -9"),
            SAM: sam(bench, layers),
        }
        for peer in (UV, PIP, SAM):
            measure.note(f"warming {peer}")
            subjects[peer]()
        # The reader of memory would share two cores with what it reads: these runs are not timed.
        peak = max(ours(bench, workspace, layers, "--force", watch=True)().own_rss for _ in range(3))
        sizes = [path.stat().st_size for path, _ in layers.values()]
        bench.record["zipped_bytes"] = {
            "lamella": sum(sizes), UV: sum(p.stat().st_size for p in (bench.scratch / "uv" / "out").glob("*.zip")),
            PIP: sum(p.stat().st_size for p in (bench.scratch / "pip" / "out").glob("*.zip"))}
        quick = {name: subjects.pop(name) for name in (OURS, CP)}
        samples = {name: [] for name in (*quick, *subjects)}
        for _ in range(bench.rounds):
            # What takes milliseconds takes many turns, and not always the first after what took a minute.
            for group, turns in ((subjects, 1), (quick, QUICK_TURNS)):
                for name, runs in measure.rounds(turns, group).items():
                    samples[name] += runs
        bench.record["results"] = {name: measure.summary(runs) for name, runs in samples.items()}
        bench.record["results"][OURS]["own_peak_bytes"] = peak
        report(bench)


def report(bench):
    results = bench.record["results"]
    median = {name: result["wall_s"]["median"] for name, result in results.items()}
    rows = [("three layers", "wall", "min", "max", "CPU", "memory", "to uv + zip")]
    for name, result in sorted(results.items(), key=lambda item: median[item[0]]):
        wall = result["wall_s"]
        memory = result.get("own_peak_bytes", result["largest_process_bytes"])
        rows.append((name, ms(wall["median"]), ms(wall["min"]), ms(wall["max"]), ms(result["cpu_s"]["median"]),
                     f"{memory / 1e6:.0f} MB", f"{median[UV] / median[name]:.1f}x"))
    measure.table(rows)
    zipped = bench.record["zipped_bytes"]
    print("\n  zips: " + ", ".join(f"{name} {size / 1e6:.1f} MB" for name, size in zipped.items()))
    ratios = {"warm_to_uv_zip": median[UV] / median[OURS], "warm_to_pip_zip": median[PIP] / median[OURS],
              "warm_to_sam": median[SAM] / median[OURS], "warm_to_cp": median[OURS] / median[CP],
              "wheels_to_uv_zip": median[UV] / median[OURS_FROM_WHEELS],
              "wheels_to_pip_zip": median[PIP] / median[OURS_FROM_WHEELS],
              "wheels_to_sam": median[SAM] / median[OURS_FROM_WHEELS]}
    bench.record["ratios"] = ratios
    peak = max(results[name]["own_peak_bytes"] for name in (OURS, OURS_FROM_WHEELS))
    bench.finish([
        measure.verdict("segments warm, against uv + zip", f"{ratios['warm_to_uv_zip']:.0f}x faster",
                        "at least 50x", ratios["warm_to_uv_zip"] >= 50),
        measure.verdict("segments warm, against cp", f"{ratios['warm_to_cp']:.1f} times", "at most 3 times",
                        ratios["warm_to_cp"] <= 3),
        measure.verdict("from wheels, against uv + zip", f"{ratios['wheels_to_uv_zip']:.1f}x faster",
                        "at least 2.5x", ratios["wheels_to_uv_zip"] >= 2.5),
        measure.verdict("lamella's own memory", f"{peak / 1e6:.0f} MB", "under 100 MB", peak < 100e6),
    ])


main()
