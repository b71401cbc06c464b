# SPDX-License-Identifier: Apache-2.0
"""Two clones at different paths, under different umasks, locales, time zones and stores, give the same bytes."""
import re
import unittest
from pathlib import Path

from workspaces import EXAMPLE, WorkspaceTest, fresh_cache


def locked_wheels():
    """The digests of every wheel that the example's lock names."""
    [lock] = (EXAMPLE / "locks").glob("pylock.*.toml")
    return re.findall(r'sha256 = "([0-9a-f]{64})"', lock.read_text())


class ReproducibleTest(WorkspaceTest):
    def zips(self, workspace, **options):
        artifacts = workspace.record("build", **options)["artifacts"]
        return {a["name"]: (Path(a["path"]).name, (workspace.folder / a["path"]).read_bytes()) for a in artifacts}

    def test_two_clones_give_the_same_zips_under_the_same_names(self):
        self.example().run("build")  # so that the shared store has the wheels
        here = self.example(self.folder() / "a", fresh_cache(self.folder(), wheels=locked_wheels()))
        there = self.example(self.folder() / "somewhere" / "much further" / "ünïcode",
                             fresh_cache(self.folder(), wheels=locked_wheels()))
        one = self.zips(here, umask=0o022)
        two = self.zips(there, umask=0o077,
                        env={"TZ": "Pacific/Kiritimati", "LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8",
                             "PYTHONHASHSEED": "7", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONOPTIMIZE": "2"})
        self.assertEqual(len(one), 7)
        self.assertEqual(one.keys(), two.keys())
        for name in one:
            self.assertEqual(one[name][0], two[name][0])
            self.assertTrue(one[name][1] == two[name][1], f"{name} differs")


if __name__ == "__main__":
    unittest.main()
