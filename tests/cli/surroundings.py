# SPDX-License-Identifier: Apache-2.0
"""Builds where HOME, the umask, the locale, the time zone, streams or limits are not what one expects, for the "!" line
of a case: each must work, write the same zip, and leave no file that others may write."""
import hashlib
import os
import resource
import stat
import subprocess
from pathlib import Path


def closed(*streams):
    return lambda: [os.close(stream) for stream in streams]


def few_files():
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


SURROUNDINGS = {
    "nothing odd": ({}, None),
    "HOME unset": ({"HOME": None}, None),
    "umask 000": ({}, lambda: os.umask(0)),
    "umask 777": ({}, lambda: os.umask(0o777)),
    "LANG=C": ({"LANG": "C", "LC_ALL": "C"}, None),
    "no such locale": ({"LC_ALL": "xx_YY.none"}, None),
    "no such time zone": ({"TZ": "Nowhere/At:::All"}, None),
    "a device as time zone": ({"TZ": ":/dev/zero"}, None),
    "stdin closed": ({}, closed(0)),
    "every stream closed": ({}, closed(0, 1, 2)),
    "64 open files": ({}, few_files),
}


def loose(folder):
    """What others may write below `folder`, or its owner not read."""
    found = []
    for path in folder.rglob("*"):
        mode = stat.S_IMODE(path.lstat().st_mode)
        if not path.is_symlink() and (mode & 0o022 or not mode & 0o400):
            found.append(f"{path.relative_to(folder)} {mode:o}")
    return sorted(found)


def build_in_each():
    digests = set()
    for number, (name, (variables, before)) in enumerate(SURROUNDINGS.items()):
        cache = Path(f"cache-{number}").resolve()
        environment = os.environ | variables | {"LAMELLA_CACHE_DIR": str(cache)}
        environment = {key: value for key, value in environment.items() if value is not None}
        done = subprocess.run([os.environ["LAMELLA"], "build", "--skip-checks", "--quiet", "--clean"], env=environment,
                              preexec_fn=before, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        zips = sorted(Path(".lamella/artifacts").glob("*.zip"))
        digests |= {hashlib.sha256(path.read_bytes()).hexdigest() for path in zips}
        print(f"{name}: exit {done.returncode}, {len(zips)} zip, loose: {loose(cache) + loose(Path('.lamella'))}")
        if done.returncode != 0:
            print(done.stderr.decode(errors="replace"))
    print(f"{len(digests)} digest of all zips")
