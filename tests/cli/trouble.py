# SPDX-License-Identifier: Apache-2.0
"""What goes wrong on purpose: wheels and a resolver's answer made by hand, a full disk, a taken port, a kernel that
refuses.  For the "!" lines of cases; run.py puts this folder on the module path and names the program in $LAMELLA."""
import gzip
import hashlib
import io
import os
import shlex
import shutil
import socket
import subprocess
import sys
import tarfile
import textwrap
import time
import zipfile
from pathlib import Path

WHEELS = Path("wheels")
SKIPPED = 77


def skip(why):
    print(why, file=sys.stderr)
    sys.exit(SKIPPED)


def wheel(name="demo", version="1.0", tag="py3-none-any", files=None, requires=(), more=""):
    """A wheel in ./wheels; without `files` it is one small module.  `more` are further lines of METADATA."""
    files = {f"{name}.py": "VALUE = 1\n"} if files is None else files
    info = f"{name}-{version}.dist-info"
    needs = "".join(f"Requires-Dist: {one}\n" for one in requires)
    files = files | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}{more}",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: by hand\nRoot-Is-Purelib: true\nTag: {tag}\n"}
    record = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    WHEELS.mkdir(exist_ok=True)
    with zipfile.ZipFile(WHEELS / f"{name}-{version}-{tag}.whl", "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in (files | {f"{info}/RECORD": record}).items():
            archive.writestr(zipfile.ZipInfo(path, (2020, 1, 1, 0, 0, 0)), text)


BACKEND = '''import os, pathlib, zipfile


def build_wheel(folder, settings=None, metadata=None):
    name, version, needs = pathlib.Path("IS").read_text().split("\\n")[:3]
    info = f"{name}-{version}.dist-info/"
    files = {path.name: path.read_text() for path in pathlib.Path("src").iterdir()}
    files[info + "METADATA"] = f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n" + "".join(
        f"Requires-Dist: {one}\\n" for one in needs.split())
    files[info + "WHEEL"] = "Wheel-Version: 1.0\\nGenerator: own\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
    files[info + "RECORD"] = "".join(f"{path},,\\n" for path in [*files, info + "RECORD"])
    MORE
    with zipfile.ZipFile(os.path.join(folder, f"{name}-{version}-py3-none-any.whl"), "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
    return f"{name}-{version}-py3-none-any.whl"
'''


def source(name="tally", version="1.0", requires=(), text="VALUE = 1\n", more="pass", backend_needs="", members=()):
    """A source distribution in ./wheels with a backend of its own.  `more` are words of its build_wheel(), what stands
    below them `backend_needs`; `members` are further (TarInfo, bytes) of the archive."""
    top = f"{name}-{version}"
    backend = BACKEND.replace("    MORE", textwrap.indent(more, "    ")) + backend_needs
    files = {
        "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "own"\nbackend-path = ["."]\n',
        "PKG-INFO": f"Metadata-Version: 1.1\nName: {name}\nVersion: {version}\n",
        "IS": f"{name}\n{version}\n{' '.join(requires)}\n", "own.py": backend, f"src/{name}.py": text}
    WHEELS.mkdir(exist_ok=True)
    with gzip.GzipFile(WHEELS / f"{top}.tar.gz", "wb", mtime=0) as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        for path, content in files.items():
            info = tarfile.TarInfo(f"{top}/{path}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content.encode()))
        for info, content in members:
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))


def library(name, *more):
    """./NAME.so, of ./NAME.c, with its symbol table and debug sections.  `more` is said to the compiler."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        skip("no C compiler here")
    subprocess.run([compiler, "-g", "-O0", "-fno-stack-protector", "-U_FORTIFY_SOURCE", "-shared", "-fPIC",
                    "-o", f"{name}.so", f"{name}.c", *more], check=True)


def resolver():
    """A stand-in for uv in ./uv that chooses every wheel in ./wheels, and gives up where one of them is excluded."""
    packages = {}
    for path, sha256 in digests().items():
        one = f'{{ url = "{path.resolve().as_uri()}", hashes = {{ sha256 = "{sha256}" }} }}'
        packages.setdefault(tuple(path.name.split("-")[:2]), []).append(one)
    answer = 'lock-version = "1.0"\ncreated-by = "by hand"\n'
    for (name, version), wheels in packages.items():
        answer += f'[[packages]]\nname = "{name}"\nversion = "{version}"\nwheels = [{", ".join(wheels)}]\n'
    Path("answer.toml").write_text(answer)
    given_up = "  × No solution found when resolving dependencies: all versions of demo are excluded"
    Path("uv").write_text(f"""#!/bin/sh
if grep -q '!=' constraints.txt 2>/dev/null; then echo "{given_up}" >&2; exit 1; fi
cp {shlex.quote(str(Path("answer.toml").resolve()))} pylock.toml
""")
    Path("uv").chmod(0o755)


def elsewhere():
    """As on the machine of a colleague, who has the lock and none of the wheels."""
    cache = Path(os.environ["LAMELLA_CACHE_DIR"])
    assert cache.parent == Path.cwd().parent, "never the caller's own cache"
    shutil.rmtree(cache)


def accept(old):
    """Puts the wheels of today into the lock in place of those with the digests `old`, as somebody else could."""
    for lock in Path("locks").iterdir():
        text = lock.read_text()
        for path, digest in digests().items():
            text = text.replace(old[path], digest)
        lock.write_text(text)


def digests():
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(WHEELS.iterdir())}


def run(words, prefix=()):
    """The program, in its own words; the case ends as it does."""
    sys.exit(subprocess.run([*prefix, os.environ["LAMELLA"], *shlex.split(words)], check=False).returncode)


def runtime_client():
    """Invoking needs the runtime client, which only the caller's cache has."""
    if not list(Path(os.environ["LAMELLA_CACHE_DIR"]).glob("runtime-client/python3.11-x86_64-*/awslambdaric")):
        skip("no runtime client in $LAMELLA_CACHE_DIR; ./dev installs it")


def beside_a_listener(words):
    """Runs `words` with {port} a port that another program listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        run(words.format(port=taken.getsockname()[1]))


def meanwhile(words, sign, change):
    """Runs `words`, and `change` as soon as something in the cache matches `sign`."""
    cache = Path(os.environ["LAMELLA_CACHE_DIR"])
    program = subprocess.Popen([os.environ["LAMELLA"], *shlex.split(words)])
    while program.poll() is None and not list(cache.glob(sign)):
        time.sleep(0.02)
    change()
    sys.exit(program.wait())


def with_full_disk(words, folder, size):
    """Runs `words` with `folder` on a file system of `size` bytes, which only this command sees."""
    apart = ["unshare", "--user", "--map-root-user", "--mount"]
    if subprocess.run([*apart, "true"], capture_output=True, check=False).returncode != 0:
        skip("no private mount can be made here")
    os.makedirs(folder, exist_ok=True)
    mount = f'mount -t tmpfs -o size={size} tmpfs {shlex.quote(folder)} && exec "$@"'
    run(words, [*apart, "sh", "-c", mount, "sh"])


def with_read_only(words, folder):
    """Runs `words` with `folder` read-only, which only this command sees."""
    apart = ["unshare", "--user", "--map-root-user", "--mount"]
    if subprocess.run([*apart, "true"], capture_output=True, check=False).returncode != 0:
        skip("no private mount can be made here")
    place = shlex.quote(str(Path(folder).resolve()))
    mount = f'mount --bind {place} {place} && mount -o remount,bind,ro {place} && cd . && exec "$@"'
    run(words, [*apart, "sh", "-c", mount, "sh"])


def without_namespaces(words):
    """Runs `words` as an ordinary user of a kernel that makes no further user namespace."""
    apart = ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--keep-caps", "sh", "-c",
             'echo 0 > /proc/sys/user/max_user_namespaces && exec setpriv --ambient-caps=-all --inh-caps=-all "$@"', "sh"]
    if subprocess.run([*apart, "true"], capture_output=True, check=False).returncode != 0:
        skip("user namespaces cannot be forbidden to one command here")
    run(words, apart)


def blobs(**hours):
    """Blobs in the cache, each of a name's length, last used so many hours ago."""
    cache = Path(os.environ["LAMELLA_CACHE_DIR"])
    for name, age in hours.items():
        digest = hashlib.sha256(name.encode()).hexdigest()
        blob = cache / "blobs" / digest[:2] / digest
        blob.parent.mkdir(parents=True, exist_ok=True)
        blob.write_text(name)
        then = time.time() - age * 3600
        os.utime(blob, (then, then))


def damaged_tree(path, old, new):
    """A build that is refused, and then other bytes of the same length in the tree that it ran."""
    cache = Path(os.environ["LAMELLA_CACHE_DIR"])
    assert cache.parent == Path.cwd().parent, "never the caller's own cache"
    refused = subprocess.run([os.environ["LAMELLA"], "build", "--quiet"], capture_output=True, check=False)
    assert refused.returncode == 15, refused.stderr.decode()
    (file,) = cache.glob(f"trees/*/{path}")
    file.chmod(0o644)
    file.write_text(file.read_text().replace(old, new))
    file.chmod(0o444)


def age_cache(hours):
    """As if nobody had used its blobs and trees for so long."""
    then = time.time() - hours * 3600
    cache = Path(os.environ["LAMELLA_CACHE_DIR"])
    for path in [*cache.glob("blobs/*/*"), *cache.glob("trees/*"), *cache.glob("merged/*")]:
        os.utime(path, (then, then))
