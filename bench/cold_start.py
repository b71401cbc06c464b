#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Import time of each layer, and cold and warm start of each function, with shipped bytecode and without.

Layers: the imports that a build proves, in the sandbox, of the example and of a copy whose layers ship no bytecode.
Functions: through the embedded endpoint.  Beside each deployed function stands the same code packed alone: the
contents of its layers, pruned and stripped alike, next to the handler and without bytecode.  A request takes 50 MiB;
where that is too little, the largest native libraries stand in a layer's lib/, which costs the loader nothing.  A
start is forced cold by a change of configuration; cold is the REPORT line's Init Duration plus Duration.  Warm calls
of the two alternate, so that a slow moment of the machine meets both; their medians are over all rounds.
"""
import base64
import contextlib
import io
import json
import re
import shlex
import signal
import subprocess
import sys
import time
import tomllib
import zipfile

from harness import measure
from harness.measure import ms

ZIP_LIMIT = 50 * 2**20
WARM_PAIRS = 60
COLD_LIMIT = 3.0
COLD_GAIN = 0.40
WARM_TOLERANCE = 0.10


def without_bytecode(bench):
    """A copy of the example whose layers ship sources only."""
    workspace = bench.workspace("sources")
    path = workspace / "lamella.toml"
    text = re.sub(r"^bytecode = .*$", "", path.read_text(), flags=re.M)
    text = re.sub(r"^budget = .*$", "", text, flags=re.M)
    text = re.sub(r"^(\[layers\.[a-z-]+\])$", r'\1\nbytecode = "none"', text, flags=re.M)
    path.write_text(text)
    return workspace


def manifest(workspace):
    return json.loads((workspace / ".lamella" / "build.json").read_text())["made"]


def import_seconds(bench, workspace):
    """Proves each layer again, one at a time, and reads what its imports took."""
    seconds = {}
    for layer in [m["artifact"]["name"] for m in manifest(workspace) if m["artifact"]["kind"] == "layer"]:
        bench.build(workspace, layer, "--force=checks")
        made = next(m for m in manifest(workspace) if m["artifact"]["name"] == layer)
        seconds[layer] = sum(made["import_us"].values()) / 1e6
    return seconds


def measure_layers(bench, shipped, sources):
    seen = {"with": [], "without": []}
    for number in range(bench.rounds):
        measure.note(f"layers, round {number + 1} of {bench.rounds}")
        seen["with"].append(import_seconds(bench, shipped))
        seen["without"].append(import_seconds(bench, sources))
    return {layer: {kind: measure.spread([one[layer] for one in runs]) for kind, runs in seen.items()}
            for layer in seen["with"][0]}


@contextlib.contextmanager
def endpoint(bench, workspace):
    """`local serve` in the workspace, and a boto3 client of it."""
    import boto3
    from botocore.config import Config
    command = [bench.lamella, "local", "serve", "-C", str(workspace)]
    with open(bench.scratch / "serve.log", "wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        told = ""
        for _ in range(200):
            time.sleep(0.05)
            done = subprocess.run([bench.lamella, "local", "env", "-C", str(workspace)], capture_output=True, text=True)
            told = done.stdout
            if done.returncode == 0 and "AWS_ENDPOINT_URL" in told:
                break
        env = dict(word.split("=", 1) for word in shlex.split(told) if "=" in word)
        yield boto3.client("lambda", endpoint_url=env["AWS_ENDPOINT_URL"], region_name=env.get("AWS_REGION", "us-east-1"),
                           aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
                           aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
                           aws_session_token=env.get("AWS_SESSION_TOKEN"),
                           config=Config(read_timeout=120, retries={"max_attempts": 0}))
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


def contents(workspace, made, layers):
    """Everything a function loads, at the root of one folder: name -> (ZipInfo, bytes)."""
    files = {}
    for name in [*layers, made["artifact"]["name"]]:
        path = next(workspace / m["artifact"]["path"] for m in manifest(workspace) if m["artifact"]["name"] == name)
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                inside = info.filename.removeprefix("python/") if name in layers else info.filename
                if "__pycache__/" not in inside and not inside.endswith(".pyc"):
                    files[inside] = (info.external_attr, archive.read(info))
    return files


def packed(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, (attributes, data) in sorted(files.items()):
            info = zipfile.ZipInfo(name)
            info.external_attr = attributes
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data, compresslevel=6)
    return buffer.getvalue()


def split(files):
    """The package, and as a layer's lib/ what it cannot hold: its largest native libraries, until it fits."""
    native = sorted((name for name in files if ".libs/" in name), key=lambda name: len(files[name][1]))
    kept, moved = dict(files), {}
    data = packed(kept)
    while len(data) >= ZIP_LIMIT and native:
        name = native.pop()
        moved["lib/" + name.rsplit("/", 1)[1]] = kept.pop(name)
        data = packed(kept)
    if len(data) >= ZIP_LIMIT:
        sys.exit(f"a self-contained package of {len(data) / 1e6:.0f} MB does not fit into a request")
    return data, moved


def invoke(client, name, event, qualifier="$LATEST"):
    answer = client.invoke(FunctionName=name, Qualifier=qualifier, Payload=json.dumps(event).encode(), LogType="Tail")
    payload = answer["Payload"].read()
    log = base64.b64decode(answer["LogResult"]).decode()
    if answer.get("FunctionError"):
        sys.exit(f"{name} failed: {payload.decode()}\n{log}")
    init = re.search(r"Init Duration: ([\d.]+) ms", log)
    duration = re.search(r"\sDuration: ([\d.]+) ms", log)
    return (float(init[1]) / 1000 if init else 0.0), float(duration[1]) / 1000, payload


def settle(client, name):
    for _ in range(400):
        now = client.get_function_configuration(FunctionName=name)
        if now.get("State") == "Active" and now.get("LastUpdateStatus") in ("Successful", None):
            return
        time.sleep(0.05)


def start(client, name, event, mark):
    """One cold start of $LATEST."""
    environment = client.get_function_configuration(FunctionName=name).get("Environment", {}).get("Variables", {})
    client.update_function_configuration(FunctionName=name, Environment={"Variables": {**environment, "BENCH": mark}})
    settle(client, name)
    init, first, _ = invoke(client, name, event)
    if init == 0.0:
        sys.exit(f"{name} did not start cold after its configuration changed")
    return {"init": init, "cold": init + first}


def warm_pairs(client, names, event):
    """Durations of warm calls, taking turns: kind -> one number a call."""
    calls = {kind: [] for kind in names}
    for _ in range(WARM_PAIRS):
        for kind, name in names.items():
            calls[kind].append(invoke(client, name, event)[1])
    return calls


def create(client, like, name, handler, data, layers=()):
    configuration = client.get_function_configuration(FunctionName=like)
    client.create_function(
        FunctionName=name, Runtime=configuration["Runtime"], Role=configuration["Role"], Handler=handler,
        Code={"ZipFile": data}, MemorySize=configuration["MemorySize"], Timeout=max(configuration["Timeout"], 60),
        Layers=list(layers),
        Environment={"Variables": configuration.get("Environment", {}).get("Variables", {})})
    settle(client, name)


def native_layer(client, files):
    made = client.publish_layer_version(LayerName="bench-native", Content={"ZipFile": packed(files)})
    return made["LayerVersionArn"]


def functions_of(workspace, sources):
    declared = tomllib.loads((workspace / "lamella.toml").read_text())["functions"]
    functions = {}
    for made in manifest(sources):
        if made["artifact"]["kind"] != "function":
            continue
        name = made["artifact"]["name"]
        event = json.loads((workspace / declared[name]["checks"][0]["event"]).read_text())
        functions[name] = {"made": made, "handler": declared[name]["handler"], "layers": declared[name]["layers"],
                           "event": event}
    return functions


def measure_functions(bench, shipped, sources):
    subprocess.run([bench.lamella, "up", "-q", "-C", str(shipped)], check=True, stdout=subprocess.DEVNULL)
    functions = functions_of(shipped, sources)
    starts = {name: {"layers": [], "alone": []} for name in functions}
    warm = {name: {"layers": [], "alone": []} for name in functions}
    packages = {}
    with endpoint(bench, shipped) as client:
        for name, function in functions.items():
            measure.note(f"packing {name} alone")
            files = contents(sources, function["made"], function["layers"])
            data, moved = split(files)
            packages[name] = {"alone_zipped_bytes": len(data), "alone_libraries_moved": sorted(moved)}
            layers = [native_layer(client, moved)] if moved else []
            create(client, name, f"{name}-alone", function["handler"], data, layers)
        for number in range(bench.rounds):
            for name, function in functions.items():
                measure.note(f"functions, round {number + 1} of {bench.rounds}: {name}")
                both = {"layers": name, "alone": f"{name}-alone"}
                for kind, deployed in both.items():
                    starts[name][kind].append(start(client, deployed, function["event"], str(number)))
                for kind, calls in warm_pairs(client, both, function["event"]).items():
                    warm[name][kind] += calls
    return {name: {**packages[name],
                   **{kind: {"init": measure.spread([run["init"] for run in runs]),
                             "cold": measure.spread([run["cold"] for run in runs]),
                             "warm": measure.spread(warm[name][kind])} for kind, runs in kinds.items()}}
            for name, kinds in starts.items()}


def report(bench):
    record = bench.record
    rows = [("imports", "with bytecode", "without", "ratio")]
    for layer, times in record["layers"].items():
        rows.append((layer, ms(times["with"]["median"]), ms(times["without"]["median"]),
                     f"{times['with']['median'] / times['without']['median']:.2f}"))
    measure.table(rows)
    print()
    rows = [("functions", "cold", "min", "max", "alone, cold", "min", "max", "below", "warm", "alone, warm")]
    verdicts = []
    for name, one in record["functions"].items():
        ours, alone = one["layers"], one["alone"]
        gain = 1 - ours["cold"]["median"] / alone["cold"]["median"]
        warm = ours["warm"]["median"] / alone["warm"]["median"]
        one["cold_gain"], one["warm_ratio"] = gain, warm
        rows.append((name, *(ms(ours["cold"][k]) for k in ("median", "min", "max")),
                     *(ms(alone["cold"][k]) for k in ("median", "min", "max")), f"{gain:.0%}",
                     ms(ours["warm"]["median"]), ms(alone["warm"]["median"])))
        cold = ours["cold"]["median"]
        verdicts += [
            measure.verdict(f"{name}: cold start", f"{cold:.2f} s", "under 3 s", cold < COLD_LIMIT),
            measure.verdict(f"{name}: below alone", f"{gain:.0%}", "at least 40 %", gain >= COLD_GAIN),
            measure.verdict(f"{name}: warm, to alone", f"{warm:.2f}", "within 10 %", warm <= 1 + WARM_TOLERANCE)]
    measure.table(rows)
    bench.finish(verdicts)


def main():
    with measure.Bench("cold_start", __doc__, default_rounds=5) as bench:
        shipped, sources = bench.workspace("shipped"), without_bytecode(bench)
        bench.build(shipped)
        bench.build(sources)
        bench.record["layers"] = measure_layers(bench, shipped, sources)
        bench.record["functions"] = measure_functions(bench, shipped, sources)
        report(bench)


main()
