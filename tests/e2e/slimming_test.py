#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The well-known rule that keeps only linalg, sparse, special and stats of scipy, on the example's own wheels: it breaks
scikit-learn, is found out, and costs only what scikit-learn needs."""
import re
import tomllib
import unittest

from workspaces import WorkspaceTest

RULE = "scipy/linear-algebra-only"


class Slimming(WorkspaceTest):
    def setUp(self):
        self.work = self.example()
        path = self.work.folder / "lamella.toml"
        text = path.read_text()
        start = text.index("[layers.ml-libraries.prune]")
        end = text.index("[layers.aws-utilities]")
        text = text[:start] + f'[layers.ml-libraries.prune]\nprofile = "safe"\nextra = ["{RULE}"]\n\n' + text[end:]
        text = re.sub(r'budget = { unzipped = "105 MB", aim = "100 MB" }', "", text)
        path.write_text(re.sub(r'(?m)^budget = { unzipped = "200 MB" }$', "", text))

    def test_a_rule_that_breaks_scikit_learn_is_backed_out(self):
        first = self.work.record("build", "ml-libraries")
        found = {one["rule"]: one for one in first["backed_out"]}
        self.assertEqual(list(found), [RULE])
        culprit = found[RULE]
        self.assertEqual((culprit["artifact"], culprit["distribution"]), ("ml-libraries", "scipy"))
        self.assertIn("importing sklearn fails", culprit["why"])
        self.assertGreater(culprit["files_out"], 50, "what scikit-learn does not need stays out")
        self.assertGreater(culprit["bytes_out"], 2_000_000)
        rows = tomllib.loads((self.work.folder / "locks" / "rules.toml").read_text())["backed_out"]
        self.assertEqual([(row["rule"], row["keep"]) for row in rows], [(RULE, culprit["keep"])])

        second = self.work.record("build", "ml-libraries", "--force=checks")
        self.assertEqual(second["backed_out"], [])
        self.assertFalse(second["rules_changed"])
        self.assertEqual({a["name"]: a["sha256"] for a in second["artifacts"]},
                         {a["name"]: a["sha256"] for a in first["artifacts"]})


if __name__ == "__main__":
    unittest.main()
