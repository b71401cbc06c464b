# SPDX-License-Identifier: Apache-2.0
"""Real packages that have no wheel, from the index: a tar, a zip, one whose C code is optional, one whose setup.py asks for
more than is written, and one that cannot be built without a compiler."""
import shutil
import unittest
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

    def test_what_needs_a_compiler_is_refused_with_the_remedy(self):
        error = self.workspace(["python-levenshtein==0.12.2"]).record("lock", code=3)["error"]
        self.assertIn("no compiler", str(error))
        self.assertIn("gcc", str(error))


if __name__ == "__main__":
    unittest.main()
