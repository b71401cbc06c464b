#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Real packages against pip.

Each package, with all that it needs, becomes one layer: nothing pruned, nothing stripped, no bytecode.  Building it shows
that no popular wheel is refused; then `pip install --target` installs the very wheels that the lock names, and the two trees
are compared file by file: names, bytes, and which files are executable.  Built again with libraries stripped, every file of
the zip unpacks, and what is not a library is as before.

  packages.py [--small] [--refused-only] [--target RUNTIME-ARCHITECTURE]... [--jobs N] [NAME]...

Without NAMEs: the eight of SMALL with --small, else all of PACKAGES.  LAMELLA_BIN, LAMELLA_BUILT_BIN and LAMELLA_CACHE_DIR as
in tests/e2e/workspaces.py.  Exit 0: no difference; 1: some.
"""
import argparse
import concurrent.futures
import subprocess
import sys
import tempfile
import tomllib
import zipfile
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
from workspaces import Workspace, shared_cache  # noqa: E402

SMALL = "attrs certifi click idna markupsafe packaging pyyaml six".split()

PACKAGES = {
    "pure": """anyio attrs aws-lambda-powertools aws-xray-sdk babel backoff beautifulsoup4 cachetools cattrs certifi click
        django djangorestframework docutils faker fastapi flask h11 html5lib httpx idna itsdangerous jinja2 jmespath joblib
        jsonschema loguru marshmallow networkx oauthlib packaging phonenumbers pika pyasn1-modules pygments pyjwt pymysql
        pyparsing python-dateutil python-dotenv redis requests rich rsa six slack-sdk stripe structlog sympy tabulate
        tenacity toolz tqdm typing-extensions tzdata urllib3 xmltodict""",
    "abi3": "bcrypt cryptography protobuf psutil pynacl tokenizers",
    "manylinux": """aiohttp cffi charset-normalizer greenlet grpcio h5py lxml markupsafe matplotlib msgpack netcdf4 numpy orjson pandas
        pillow psycopg2-binary pyarrow pydantic pyproj pyyaml regex rpds-py scikit-learn scipy shapely simplejson sqlalchemy
        ujson zstandard""",
    "namespace": """azure-core azure-storage-blob google-api-core google-cloud-storage jaraco-classes opentelemetry-sdk
        ruamel-yaml sphinxcontrib-applehelp zope-interface""",
    "data": "boto3 botocore nltk plotly pycountry pytz",
    "entry points": "alembic awscli black celery cookiecutter debugpy gunicorn pytest setuptools sphinx uvicorn wheel",
}

# What pip makes of a wheel beyond its files, and what a layer has no place for.
ONLY_PIPS = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "RECORD.jws", "RECORD.p7s"}


def workspace_text(name, target, strip):
    runtime, architecture = target.split("-", 1)
    return f"""schema = 1
[project]
name = "oracle"
[defaults]
runtime = "{runtime}"
architecture = "{architecture}"
[layers.subject]
requirements = ["{name}"]
prune = {{ profile = "none" }}
strip = {strip}
bytecode = "none"
imports = []
"""


def locked_wheels(folder):
    """(file name, sha256) of each wheel of the lock."""
    [lock] = (folder / "locks").glob("pylock.*.toml")
    for package in tomllib.loads(lock.read_text())["packages"]:
        for wheel in package["wheels"]:
            yield wheel["name"], wheel["hashes"]["sha256"]


def pip_tree(folder, wheels, runtime):
    """What pip makes of the wheels: path to (content, executable)."""
    files, platforms, abis = [], {"any"}, {"none", "abi3"}
    for filename, digest in wheels:
        link = folder / "wheels" / filename
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(shared_cache() / "blobs" / digest[:2] / digest)
        files.append(str(link))
        _, abi, platform = filename.removesuffix(".whl").rsplit("-", 2)
        platforms.update(platform.split("."))
        abis.update(abi.split("."))
    target = folder / "pip"
    words = [str(shared_cache() / "tools" / "uv" / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-deps", "--no-index",
             "--no-compile", "--no-warn-conflicts", "--ignore-requires-python", "--disable-pip-version-check", "--only-binary=:all:", "--implementation=cp",
             f"--python-version={runtime.removeprefix('python')}", "--target", str(target)]
    words += [f"--platform={one}" for one in sorted(platforms)] + [f"--abi={one}" for one in sorted(abis)]
    done = subprocess.run([*words, *files], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"pip: {done.stderr.strip()[-600:]}")
    found = (path for path in target.rglob("*") if path.is_file())
    return {str(path.relative_to(target)): (path.read_bytes(), bool(path.stat().st_mode & 0o100)) for path in found}


def layer_tree(path):
    """The same of a layer's zip."""
    tree = {}
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            name = info.filename.removeprefix("python/")
            tree[name] = (archive.read(info), bool(info.external_attr >> 16 & 0o100))
    return tree


def scripts_of(tree):
    """The programs that pip makes out of entry points."""
    names = set()
    for path, (content, _) in tree.items():
        if not path.endswith(".dist-info/entry_points.txt"):
            continue
        section = ""
        for line in content.decode().splitlines():
            line = line.strip()
            section = line if line.startswith("[") else section
            if section in ("[console_scripts]", "[gui_scripts]") and "=" in line:
                names.add("bin/" + line.split("=")[0].strip())
    return names


def without_shebang(content):
    return content.split(b"\n", 1)[-1] if content.startswith(b"#!") else content


def declared(path, scripts):
    """True for what only pip has, by declaration."""
    parts = path.split("/")
    return (parts[0].endswith(".dist-info") and parts[-1] in ONLY_PIPS or path in scripts
            or path.startswith(("include/python/", "include/site/")) or path.endswith((".pyc", ".pyo")))


def differences(ours, theirs):
    scripts = scripts_of(theirs)
    for path in sorted(theirs.keys() - ours.keys()):
        if not declared(path, scripts):
            yield f"the layer lacks {path}"
    for path in sorted(ours.keys() - theirs.keys()):
        yield f"pip has no {path}"
    for path in sorted(ours.keys() & theirs.keys()):
        (one, one_runs), (other, other_runs) = ours[path], theirs[path]
        if path.startswith("bin/"):
            one, other = without_shebang(one), without_shebang(other)
        if one != other:
            yield f"{path} differs: {len(one)} and {len(other)} bytes"
        if one_runs != other_runs:
            yield f"{path} is {'' if one_runs else 'not '}executable, but {'' if other_runs else 'not '}with pip"


def stripping_differences(plain, stripped):
    if plain.keys() != stripped.keys():
        yield f"stripping changes which files there are: {sorted(plain.keys() ^ stripped.keys())[:5]}"
    for path in sorted(plain.keys() & stripped.keys()):
        (before, runs_before), (after, runs) = plain[path], stripped[path]
        if runs != runs_before or after != before and not (before.startswith(b"\x7fELF") and len(after) < len(before)):
            yield f"stripping changes {path}"


def judge(name, target, refused_only):
    """(differences, how many wheels, how many files)"""
    with tempfile.TemporaryDirectory(prefix="lamella-oracle-") as made:
        folder = Path(made)
        workspace = Workspace(folder)

        def built(strip):
            (folder / "lamella.toml").write_text(workspace_text(name, target, strip))
            if strip == "false":
                workspace.run("lock", "--quiet")
            [artifact] = workspace.record("build", "--skip-checks")["artifacts"]
            return layer_tree(folder / artifact["path"])

        try:
            ours = built("false")
            wheels = list(locked_wheels(folder))
            if refused_only:
                return [], wheels, 0
            theirs = pip_tree(folder, wheels, target.split("-")[0])
            stripped = built("true")
        except (AssertionError, zipfile.BadZipFile, zlib.error) as why:
            return [str(why)], [], 0
        return [*differences(ours, theirs), *stripping_differences(ours, stripped)], wheels, len(ours)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--refused-only", action="store_true", help="build, but do not compare with pip")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--target", action="append", help="python3.11-x86_64")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    names = options.names or (SMALL if options.small else [n for kind in PACKAGES.values() for n in kind.split()])
    work = [(name, target) for target in options.target or ["python3.11-x86_64"] for name in dict.fromkeys(names)]
    bad, wheels, files = 0, set(), 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for (name, target), (found, used, count) in zip(work, pool.map(lambda one: judge(*one, options.refused_only), work)):
            wheels |= set(used)
            files += count
            bad += bool(found)
            print(f"{'differs' if found else 'same':8}{name} {target}: {len(used)} wheels, {count} files", flush=True)
            for line in found[:10]:
                print(f"        {line}", flush=True)
    print(f"{len(work) - bad} of {len(work)} layers, {len(wheels)} wheels, {files} files compared; {bad} differ")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
