# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests share: the binary, the store of wheels, workspaces to work in.

LAMELLA_BIN        the binary under test (default: LAMELLA_BUILT_BIN, which ctest sets, or the release build's)
LAMELLA_CACHE_DIR  a store that keeps the wheels between runs, so that they are fetched once (default: the usual one)
"""
import json
import os
import shutil
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "item-prediction"
LAMELLA = os.path.abspath(os.environ.get("LAMELLA_BIN") or os.environ.get("LAMELLA_BUILT_BIN")
                          or ROOT / "build" / "release" / "lamella")
PATIENCE = 420


def shared_cache():
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("LAMELLA_CACHE_DIR") or home / "lamella")


def environment(cache, **more):
    """A clean environment: what the person who runs the tests has set must not decide."""
    keep = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME") or name.endswith("SAN_OPTIONS")}
    keep["PATH"] = str(shared_cache() / "tools" / "bin") + os.pathsep + keep.get("PATH", "/usr/bin:/bin")
    return {"LANG": "C.UTF-8", **keep, "LAMELLA_CACHE_DIR": str(cache), **more}


class Workspace:
    def __init__(self, folder, cache=None):
        self.folder = Path(folder)
        self.cache = Path(cache or shared_cache())

    def start(self, *words, umask=None, env=None, **options):
        before = (lambda: os.umask(umask)) if umask is not None else None
        return subprocess.Popen([LAMELLA, *words], cwd=self.folder, env=environment(self.cache, **(env or {})),
                                preexec_fn=before, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)

    def run(self, *words, code=0, **options):
        """Standard output; raises with everything that was said when the exit code is another."""
        process = self.start(*words, **options)
        try:
            out, err = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        if code is not None and process.returncode != code:
            raise AssertionError(f"lamella {' '.join(words)}: exit {process.returncode}, not {code}\n"
                                 f"{out.decode(errors='replace')[-4000:]}\n{err.decode(errors='replace')[-4000:]}")
        return out.decode()

    def record(self, *words, **options):
        return json.loads(self.run(*words, "--json", **options))

    def artifacts(self):
        return {a["name"]: a for a in self.record("build")["artifacts"]}


class WorkspaceTest(unittest.TestCase):
    def folder(self):
        made = tempfile.TemporaryDirectory(prefix="lamella-e2e-")
        self.addCleanup(made.cleanup)
        return Path(made.name)

    def example(self, folder=None, cache=None):
        place = Path(folder or self.folder()) / "item-prediction"
        shutil.copytree(EXAMPLE, place, ignore=shutil.ignore_patterns(".lamella", "__pycache__"))
        return Workspace(place, cache)

    def light(self, folder=None, cache=None):
        """One layer of in-repo code and one function: everything but the wheels."""
        place = Path(folder or self.folder()) / "light"
        files = {
            "lamella.toml": 'schema = 1\n[project]\nname = "light"\n[layers.words]\npackages = ["packages/words"]\n'
                            'imports = ["words"]\n[functions.greet]\nsource = "greet"\nhandler = "app.handler"\n'
                            'layers = ["words"]\nchecks = [{ name = "greets", event = { who = "you" }, '
                            'expect = { path = "$.text", equals = "hello you" } }]\n',
            "packages/words/__init__.py": "HELLO = 'hello '\n",
            "greet/app.py": "import words\n\n\ndef handler(event, context):\n"
                            "    return {'text': words.HELLO + event['who']}\n",
        }
        for name, text in files.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_text(text)
        return Workspace(place, cache)


def fresh_cache(folder, *, wheels):
    """A store without segments, proofs and trees.  With `wheels`, it has the wheels and the tools of the shared one."""
    cache = Path(folder) / "cache"
    cache.mkdir(parents=True)
    shared = shared_cache()
    for name in ("tools", "runtime-client"):
        if (shared / name).exists():
            (cache / name).symlink_to(shared / name)
    if wheels:
        for digest in wheels:
            blob = Path("blobs") / digest[:2] / digest
            (cache / blob).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(shared / blob, cache / blob)
    return cache


def stop(process):
    """Interrupts a server and waits for its end."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        return process.communicate(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.communicate()
