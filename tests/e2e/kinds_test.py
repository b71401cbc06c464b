#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Layers of every kind of content, mixed: deployed to the endpoint and called.  What the function answers comes from a
package of the index, a laid-out folder with a link, an archive as it is, a merged one, and in-repo code in site-packages."""
import hashlib
import json
import os
import unittest
import zipfile

from workspaces import Workspace, WorkspaceTest

TOML = """schema = 1
[project]
name = "kinds"

[layers.mixed]
requirements = ["six==1.16.0"]
packages = ["lib/own", "projects/hatched", "projects/set-up"]
path = "vendor/tree"
archive = {{ path = "vendor/merged.zip", merged = true }}
layout = "site-packages"
licence = "MIT"
description = "everything at once"
imports = ["six", "own", "laid", "merged", "hatched", "set_up"]

[layers.ready]
archive = {{ url = "file://{ready}", sha256 = "{digest}" }}
architectures = ["x86_64", "arm64"]
imports = ["ready"]

[functions.tell]
source = "tell"
handler = "app.handler"
layers = ["mixed", "ready"]
timeout = 20
checks = [{{ name = "tells", event = {{}}, expect = {{ path = "$.merged", equals = "merged" }} }}]
"""

APP = """import os
import importlib.metadata
import hatched, idna, laid, merged, own, ready, set_up, six


def handler(event, context):
    return {"six": six.__version__, "own": own.NAME, "own_in": own.__file__, "laid": laid.NAME,
            "merged": merged.NAME, "hatched": importlib.metadata.version("hatched"), "idna": idna.__version__,
            "set_up": set_up.NAME, "ready": ready.NAME, "data": open("/opt/lib/data.txt").read(),
            "link": os.readlink("/opt/lib/data.txt"), "run": os.access("/opt/bin/run", os.X_OK)}
"""


def zipped(path, files):
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, text)
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Kinds(WorkspaceTest):
    def setUp(self):
        place = self.folder() / "kinds"
        texts = {"tell/app.py": APP, "lib/own/__init__.py": "NAME = 'own'\n", "vendor/tree/python/laid.py": "NAME = 'laid'\n",
                 "projects/hatched/pyproject.toml": '[build-system]\nrequires = ["hatchling==1.25.0"]\n'
                 'build-backend = "hatchling.build"\n[project]\nname = "hatched"\nversion = "1.4"\n'
                 'dependencies = ["idna==3.7"]\n',
                 "projects/hatched/src/hatched/__init__.py": "NAME = 'hatched'\n",
                 "projects/set-up/pyproject.toml": '[build-system]\nrequires = ["setuptools==75.6.0"]\n',
                 "projects/set-up/setup.cfg": "[metadata]\nname = set-up\nversion = 2.0\n[options]\npy_modules = set_up\n",
                 "projects/set-up/set_up.py": "NAME = 'set up'\n",
                 "vendor/tree/lib/data-1.txt": "data", "vendor/tree/bin/run": "#!/bin/sh\n"}
        for name, text in texts.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_text(text)
        (place / "vendor/tree/bin/run").chmod(0o711)
        os.symlink("data-1.txt", place / "vendor/tree/lib/data.txt")
        zipped(place / "vendor/merged.zip", {"python/merged.py": "NAME = 'merged'\n"})
        ready = place / "elsewhere" / "ready.zip"
        self.digest = zipped(ready, {"python/ready.py": "NAME = 'ready'\n"})
        (place / "lamella.toml").write_text(TOML.format(ready=ready, digest=self.digest))
        self.work = Workspace(place)

    def test_a_function_runs_on_layers_of_every_kind(self):
        deployed = self.work.record("up")["deployment"]
        self.assertEqual(sorted(layer["name"] for layer in deployed["layers"]), ["mixed", "ready"],
                         "a matrix of one content is one layer version")
        built = [a for a in self.work.record("build")["artifacts"] if a["name"] == "ready"]
        self.assertEqual(len(built), 2)
        self.assertEqual({a["sha256"] for a in built}, {self.digest}, "an archive as it is keeps its digest")
        answer = json.loads(self.work.run("invoke", "tell"))
        self.assertEqual(answer, {
            "six": "1.16.0", "own": "own", "own_in": "/opt/python/lib/python3.11/site-packages/own/__init__.py",
            "laid": "laid", "merged": "merged", "hatched": "1.4", "idna": "3.7", "set_up": "set up", "ready": "ready", "data": "data", "link": "data-1.txt", "run": True})
        again = self.work.record("up")["deployment"]
        self.assertEqual({layer["action"] for layer in again["layers"]}, {"unchanged"})

    def test_another_content_behind_the_address_is_refused(self):
        wanted = hashlib.sha256(os.urandom(16)).hexdigest()
        path = self.work.folder / "lamella.toml"
        path.write_text(path.read_text().replace(self.digest, wanted))
        self.assertEqual(self.work.record("build", "ready", code=4)["error"]["facts"]["wanted"], wanted)


if __name__ == "__main__":
    unittest.main()
