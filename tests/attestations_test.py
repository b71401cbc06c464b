#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a build writes beside its zips, judged by the formats' own libraries: CycloneDX's strict JSON schema, and
in-toto's statement and provenance.  Both name the zip by its digest, are the same bytes wherever they are made, and go
with the zip.

Needs cyclonedx-python-lib and in-toto-attestation: run by the test environment's Python, else skipped (exit 77).
"""
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
SKIPPED = 77
WORKSPACE = """schema = 1
[project]
name = "shop"
[layers.core]
requirements = ["demo", "other"]
packages = ["packages/tools"]
bytecode = "none"
licence = "MIT"
[functions.orders]
source = "functions/orders"
handler = "app.handler"
layers = ["core"]
bytecode = "none"
"""


def build(folder):
    """The workspace, built in `folder`; every file beside a zip, by name."""
    sys.path.insert(0, str(HERE / "cli"))
    import trouble
    work = Path(folder) / "work"
    for path, text in {"lamella.toml": WORKSPACE, "packages/tools/__init__.py": "x = 1\n",
                       "functions/orders/app.py": "def handler(event, context):\n    return 1\n"}.items():
        (work / path).parent.mkdir(parents=True, exist_ok=True)
        (work / path).write_text(text)
    os.chdir(work)
    trouble.wheel(requires=["other"])
    trouble.wheel("other", "2.0+local.1")
    trouble.resolver()
    program = os.environ.get("LAMELLA_BIN") or os.environ["LAMELLA_BUILT_BIN"]
    env = {"PATH": os.environ["PATH"], "HOME": folder, "LAMELLA_CACHE_DIR": folder + "/cache",
           "LAMELLA_UV": str(work / "uv")}
    for words in (["lock"], ["build", "--skip-checks"]):
        subprocess.run([program, *words, "--quiet"], check=True, env=env, stderr=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL)
    artifacts = work / ".lamella/artifacts"
    return {path.name: path.read_bytes() for path in sorted(artifacts.iterdir())}


def judge(name, made):
    """What is wrong with what is told of one zip."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator
    from google.protobuf import json_format
    from in_toto_attestation.v1.statement import Statement
    import in_toto_attestation.predicates.provenance.v1.provenance_pb2 as provenance_pb2
    import in_toto_attestation.v1.statement_pb2 as statement_pb2

    digest = hashlib.sha256(made[name]).hexdigest()
    bom, statement = made[name + ".cdx.json"].decode(), made[name + ".intoto.json"].decode()
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    if error := validator.validate_str(bom):
        yield f"{name}.cdx.json: {error}"
    if validator.validate_str(bom.replace('"components"', '"component"', 1)) is None:
        yield "the validator accepts anything"
    if json.loads(bom)["metadata"]["component"]["hashes"] != [{"alg": "SHA-256", "content": digest}]:
        yield f"{name}.cdx.json is of another zip"

    parsed = json_format.Parse(statement, statement_pb2.Statement())
    Statement.copy_from_pb(parsed).validate()
    # Strict: a field that SLSA does not have is an error.
    predicate = json_format.ParseDict(json.loads(statement)["predicate"], provenance_pb2.Provenance())
    if not predicate.build_definition.build_type or not predicate.run_details.builder.id:
        yield f"{name}.intoto.json: SLSA requires a build type and a builder"
    if dict(parsed.subject[0].digest) != {"sha256": digest} or parsed.subject[0].name != name:
        yield f"{name}.intoto.json is of another zip"
    for text in (bom, statement):
        if tempfile.gettempdir() in text:
            yield f"{name}: a path of this machine"


def main():
    try:
        import cyclonedx.validation.json
        import in_toto_attestation
    except ImportError:
        python = Path(os.environ.get("LAMELLA_CACHE_DIR") or Path.home() / ".cache/lamella") / "tools/test/bin/python"
        if python.exists() and os.environ.get("LAMELLA_ATTESTATIONS_TEST") != "again":
            os.execve(python, [str(python), "-B", __file__], {**os.environ, "LAMELLA_ATTESTATIONS_TEST": "again"})
        print("cyclonedx-python-lib and in-toto-attestation are not here; `./dev test` installs them")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="lamella-one-") as one, tempfile.TemporaryDirectory() as two:
        made, again = build(one), build(two)
        os.chdir("/")
    zips = [name for name in made if name.endswith(".zip")]
    wrong = [text for name in zips for text in judge(name, made)]
    if made != again:
        wrong.append("another folder gives other bytes")
    print("\n".join(wrong) or f"{len(zips)} zips are told of as the formats want it")
    return 1 if wrong or len(zips) != 2 else 0


if __name__ == "__main__":
    sys.exit(main())
