# SPDX-License-Identifier: Apache-2.0
"""Real packages that have no wheel, from the index: a tar, a zip, one whose C code is optional, one whose setup.py asks for
more than is written, and one (50 kB) that cannot be built without a compiler."""
import io
import shutil
import unittest
import zipfile
from pathlib import Path

from workspaces import Workspace, WorkspaceTest, fresh_cache

BUILDABLE = ["docopt==0.6.2", "wget==3.2", "markupsafe==1.1.1", "lockfile==0.11.0"]


class SourcesTest(WorkspaceTest):
    def workspace(self, requirements, allow=True):
        folder = self.folder() / "shop"
        folder.mkdir()
        names = [one.split("==")[0] for one in requirements]
        text = f'schema = 1\n[project]\nname = "shop"\n[layers.core]\nrequirements = {requirements}\n'
        (folder / "lamella.toml").write_text(text + (f"allow_source = {names}\n" if allow else ""))
        return Workspace(folder, fresh_cache(self.folder(), wheels=None))

    def zip_of(self, workspace, **options):
        [artifact] = workspace.record("build", "--frozen", **options)["artifacts"]
        self.assertTrue(artifact["proved"])
        return artifact, (workspace.folder / artifact["path"]).read_bytes()

    def test_two_clones_build_the_same_from_their_sources(self):
        here = self.workspace(BUILDABLE)
        here.run("lock")
        lock = (here.folder / "locks" / "pylock.shop-py311-x86_64.toml").read_text()
        for file in ("docopt-0.6.2.tar.gz", "wget-3.2.zip", "MarkupSafe-1.1.1.tar.gz", "lockfile-0.11.0.tar.gz"):
            self.assertIn(f'sdist = {{ name = "{file}"', lock)
        self.assertIn('requirements = ["pbr", "setuptools>=40.8.0"]', lock)
        self.assertIn('name = "pbr"', (here.folder / "locks/pylock.source-lockfile-0-11-0-py311-x86_64.toml").read_text())

        place = self.folder() / "somewhere" / "ünïcode"
        shutil.copytree(here.folder, place, ignore=shutil.ignore_patterns(".lamella"))
        there = Workspace(place, fresh_cache(self.folder(), wheels=None))
        one, bytes_here = self.zip_of(here, umask=0o022)
        two, bytes_there = self.zip_of(there, umask=0o077, env={"TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "7"})
        self.assertEqual(Path(one["path"]).name, Path(two["path"]).name)
        self.assertTrue(bytes_here == bytes_there)
        self.assertEqual([p["name"] for p in one["packages"]], ["docopt", "lockfile", "markupsafe", "pbr", "pip", "wget"])

    def test_without_leave_nothing_is_built(self):
        workspace = self.workspace(["docopt==0.6.2"], allow=False)
        error = workspace.record("lock", code=3)["error"]
        self.assertIn("docopt 0.6.2 has only its source, docopt-0.6.2.tar.gz", str(error))
        self.assertIn('allow_source = ["docopt"]', str(error))
        self.assertFalse((workspace.folder / "locks").exists())

    def test_what_needs_a_compiler_is_compiled_by_this_machines(self):
        here = self.workspace(["python-levenshtein==0.12.2"])
        here.run("lock")
        said = self.said(here, "build", "--frozen")
        self.assertNotIn("built to", said, "locking built it")
        place = self.folder() / "elsewhere"
        shutil.copytree(here.folder, place, ignore=shutil.ignore_patterns(".lamella"))
        there = Workspace(place, fresh_cache(self.folder(), wheels=None))
        self.assertRegex(self.said(there, "build", "--frozen"),
                         r"python-levenshtein 0.12.2: built to python_levenshtein-0\.12\.2-cp311-cp311-linux_\w+\.whl by "
                         r"setuptools\S*, compiled with (gcc|clang) [0-9.]+ of this machine")
        one, bytes_here = self.zip_of(here)
        two, bytes_there = self.zip_of(there)
        self.assertEqual((one["action"], two["action"]), ("unchanged", "unchanged"))
        self.assertTrue(bytes_here == bytes_there)
        with zipfile.ZipFile(io.BytesIO(bytes_here)) as zipped:
            self.assertIn("_levenshtein.cpython-311", " ".join(zipped.namelist()))

    def said(self, workspace, *words):
        process = workspace.start(*words)
        said = process.communicate(timeout=420)[1].decode()
        self.assertEqual(process.returncode, 0, said)
        return said


if __name__ == "__main__":
    unittest.main()
