# SPDX-License-Identifier: Apache-2.0
"""Workspaces made for a bench: many layers of many files, or many layers over shared wheels.  Nothing is downloaded."""
import hashlib
import json
import random
import zipfile

HEAD = 'schema = 1\n[project]\nname = "made-for-a-bench"\n'
INFO = "Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: bench\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def source_tree(folder, layers=1000, files=100):
    """`layers` layers of `files` small modules, each in two packages; written long ago, as a checkout is."""
    text = [HEAD]
    for number in range(layers):
        name = f"layer-{number:04}"
        root = folder / "layers" / name
        for package in ("first", "second"):
            (root / package).mkdir(parents=True)
        for module in range(files):
            path = root / ("first", "second")[module % 2] / f"module_{module:03}.py"
            path.write_text(f'"""Module {module} of {name}."""\nVALUE = {number * files + module}\n')
        text.append(f'[layers.{name}]\nfiles = [{{ from = "layers/{name}", to = "python/{name}" }}]\nbytecode = "none"\n')
    (folder / "lamella.toml").write_text("".join(text))


def ninja_file(folder, layers=1000):
    """One edge per layer that needs its files, as a generator would write it."""
    lines = ["rule stamp", "  command = touch $out"]
    for root in sorted((folder / "layers").iterdir())[:layers]:
        inputs = " ".join(str(path.relative_to(folder)) for path in sorted(root.rglob("*.py")))
        lines.append(f"build out/{root.name}.stamp: stamp {inputs}")
    (folder / "build.ninja").write_text("\n".join(lines) + "\n")


def wheel(folder, name, modules, data_bytes, dice):
    """A wheel of `modules` modules worth compiling, and data that is worth deflating."""
    body = "".join(f"def function_{i}(a, b={i}):\n    \"\"\"Adds.\"\"\"\n    c = [a * x + b for x in range({i + 3})]\n"
                   f"    return {{str(x): x for x in c if x % {i + 2}}}\n\n" for i in range(40))
    files = {f"{name}/__init__.py": "VALUE = 1\n"}
    for number in range(modules):
        files[f"{name}/module_{number:03}.py"] = f"NUMBER = {dice.random()}\n" + body
    words = [f"{dice.getrandbits(24):x}" for _ in range(400)]
    files[f"{name}/data.txt"] = " ".join(dice.choice(words) for _ in range(data_bytes // 7))
    info = f"{name}-1.0.dist-info"
    files |= {f"{info}/METADATA": INFO.format(name=name), f"{info}/WHEEL": WHEEL}
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, text in files.items():
            archive.writestr(zipfile.ZipInfo(entry, (2020, 1, 1, 0, 0, 0)), text, zipfile.ZIP_DEFLATED)
    return path


# In uv's place: answers with those of the wheels that the requirements name.
KNOWS_THEM_ALL = """#!/usr/bin/env python3
import json, pathlib, sys
known = json.loads(pathlib.Path(__file__).with_name("known.json").read_text())
asked = {line.strip() for name in sys.argv if name.endswith(".in") for line in open(name)}
with open("pylock.toml", "w") as out:
    out.write('lock-version = "1.0"\\ncreated-by = "bench"\\n' + "".join(known[name] for name in sorted(asked & set(known))))
"""


def shared_wheels(folder, layers=200, wheels=40, each=6, seed=7):
    """`layers` layers, each with `each` of `wheels` wheels, and in uv's place a script that knows them all."""
    dice = random.Random(seed)
    (folder / "wheels").mkdir(parents=True)
    names = [f"shared{number:02}" for number in range(wheels)]
    known = {}
    for number, name in enumerate(names):
        path = wheel(folder / "wheels", name, 6 + number % 12, 40_000 * (1 + number % 7), dice)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        known[name] = (f'[[packages]]\nname = "{name}"\nversion = "1.0"\n'
                       f'wheels = [{{ url = "{path.as_uri()}", hashes = {{ sha256 = "{digest}" }} }}]\n')
    (folder / "known.json").write_text(json.dumps(known))
    (folder / "uv").write_text(KNOWS_THEM_ALL)
    (folder / "uv").chmod(0o755)
    text = [HEAD]
    for number in range(layers):
        chosen = ", ".join(f'"{name}"' for name in sorted(dice.sample(names, each)))
        text.append(f"[layers.layer-{number:03}]\nrequirements = [{chosen}]\n")
    (folder / "lamella.toml").write_text("".join(text))
