#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes rules/wheels/NAME-VERSION.txt: of a real wheel, a few of the files that each pattern of its rule pack names, with
their sizes, and the libraries it brings for other packages.  Read by rule_packs_test.cc and built_in_rules_test.cc.

wheel_files.py WHEEL...
"""
import re
import sys
import tomllib
import zipfile
from pathlib import Path

RULES = Path(__file__).resolve().parents[1] / "rules"
NEEDED = {"numpy"}  # what rules of other packages rely on
SHOWN = 3  # files for each pattern: enough to show that it means something


def pattern(glob):
    out = ""
    at = 0
    for part in re.finditer(r"\*\*/|\*\*|\*|\?|\[[^\]]*\]", glob):
        out += re.escape(glob[at:part.start()])
        out += {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(part.group(), part.group())
        at = part.end()
    return re.compile(out + re.escape(glob[at:]))


def main():
    for path in map(Path, sys.argv[1:]):
        name, version = path.name.split("-")[:2]
        name = re.sub(r"[-_.]+", "-", name).lower()
        pack = RULES / f"{name}.toml"
        if not pack.exists():
            print(f"{name}: no pack", file=sys.stderr)
            continue
        files = {info.filename: info.file_size for info in zipfile.ZipFile(path).infolist() if not info.is_dir()}
        chosen = set()
        for rule in tomllib.loads(pack.read_text())["rule"]:
            for glob in [*rule["drop"], *rule.get("keep", [])]:
                chosen.update(sorted(file for file in files if pattern(glob).fullmatch(file))[:SHOWN])
        chosen.update(file for file in files if name in NEEDED and file.startswith(f"{name}.libs/"))
        lines = [f"# {name} {version}: {len(files)} files, {sum(files.values())} bytes"]
        lines += [f"{files[file]} {file}" for file in sorted(chosen)]
        (RULES / "wheels").mkdir(exist_ok=True)
        (RULES / "wheels" / f"{name}-{version}.txt").write_text("\n".join(lines) + "\n")


main()
