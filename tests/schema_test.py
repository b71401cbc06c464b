#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every workspace we show or test is one that docs/formats/lamella.schema.json accepts, and slips are refused.

Needs jsonschema: run by the test environment's Python if there is one, else skipped (exit 77).
"""
import json
import os
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SKIPPED = 77


def plain(value):
    """TOML's dates as the texts that JSON has for them."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value if isinstance(value, (str, int, float, bool)) else value.isoformat()


def workspaces():
    """Path and whether it must be accepted: examples, and cases whose workspace is not what is wrong with them."""
    for path in sorted(ROOT.glob("examples/**/lamella.toml")):
        yield path, True
    for path in sorted(ROOT.glob("tests/cli/*/in/lamella.toml")):
        exit_code = (path.parents[1] / "exit").read_text().strip().splitlines()[-1]
        yield path, True if exit_code == "0" else None


def slips(document):
    """The same workspace with one thing wrong each."""
    yield "unknown key", {**document, "layer": {}}
    yield "wrong type", {**document, "schema": "1"}
    yield "no project", {key: value for key, value in document.items() if key != "project"}
    for name, layer in document.get("layers", {}).items():
        yield "misspelt key", {**document, "layers": {name: {**layer, "requirments": []}}}
        yield "wrong choice", {**document, "layers": {name: {**layer, "prune": {"profile": "brave"}}}}


def main():
    try:
        import jsonschema
    except ImportError:
        python = Path(os.environ.get("LAMELLA_CACHE_DIR") or Path.home() / ".cache/lamella") / "tools/test/bin/python"
        if python.exists() and os.environ.get("LAMELLA_SCHEMA_TEST") != "again":
            os.execve(python, [str(python), "-B", __file__], {**os.environ, "LAMELLA_SCHEMA_TEST": "again"})
        print("jsonschema is not here; `./dev test` installs it")
        return SKIPPED
    schema = json.loads((ROOT / "docs/formats/lamella.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    wrong, seen = [], 0
    for path, accepted in workspaces():
        try:
            document = plain(tomllib.loads(path.read_text()))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError):
            continue
        if accepted is None:
            continue
        seen += 1
        wrong += [f"{path.relative_to(ROOT)}: {'/'.join(map(str, error.path))}: {error.message}"
                  for error in validator.iter_errors(document)]
        wrong += [f"{path.relative_to(ROOT)} with {slip} is accepted" for slip, bad in slips(document) if validator.is_valid(bad)]
    print("\n".join(wrong) or f"{seen} workspaces are as the schema says")
    return 1 if wrong or seen < 5 else 0


if __name__ == "__main__":
    sys.exit(main())
