# SPDX-License-Identifier: Apache-2.0
"""What was built, for peers that are to make the same, and folders for them to do it in."""
import json
import shutil


def layers_of(workspace):
    """Per layer: the path of its zip and what is in it."""
    made = json.loads((workspace / ".lamella" / "build.json").read_text())["made"]
    layers = {}
    for one in made:
        artifact = one["artifact"]
        if artifact["kind"] == "layer":
            pins = [f"{p['name']}=={p['version']}" for p in artifact["packages"] if p.get("version")]
            layers[artifact["name"]] = (workspace / artifact["path"], pins)
    return layers


def fresh(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def script(folder, name, lines):
    path = folder / name
    path.write_text("set -eu\n" + "\n".join(lines) + "\n")
    return ["sh", str(path)]
