# SPDX-License-Identifier: Apache-2.0
"""The example: its budgets, what is in its zips, and what `size` says of them."""
import json
import marshal
import unittest
import zipfile

from workspaces import WorkspaceTest

MB = 1_000_000
MAGIC = b"\xa7\x0d\x0d\x0a"  # of python3.11
UNCHECKED = 1                # flags of a pyc that is never compared with its source


class ExampleTest(WorkspaceTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls()
        cls.addClassCleanup(case.doCleanups)
        cls.workspace = case.example()
        cls.artifacts = {a["name"]: a for a in cls.workspace.record("build")["artifacts"]}
        cls.manifest = json.loads((cls.workspace.folder / ".lamella/build.json").read_text())

    def zip_of(self, name):
        return zipfile.ZipFile(self.workspace.folder / self.artifacts[name]["path"])

    def of_kind(self, kind):
        return {name: a for name, a in self.artifacts.items() if a["kind"] == kind}

    def test_layers_keep_their_budgets(self):
        limits = {"core-data-science": 100 * MB, "ml-libraries": 105 * MB, "aws-utilities": 50 * MB}
        layers = self.of_kind("layer")
        self.assertEqual(set(layers), set(limits))
        for name, limit in limits.items():
            self.assertLess(layers[name]["unzipped_bytes"], limit, name)
        self.assertLess(sum(a["unzipped_bytes"] for a in layers.values()), 200 * MB)

    def test_sizes_are_those_of_the_zips(self):
        for name, artifact in self.artifacts.items():
            with self.subTest(name), self.zip_of(name) as zip:
                self.assertEqual(sum(i.file_size for i in zip.infolist()), artifact["unzipped_bytes"])
                path = self.workspace.folder / artifact["path"]
                self.assertEqual(path.stat().st_size, artifact["zipped_bytes"])

    def test_zips_are_whole(self):
        for name in self.artifacts:
            with self.subTest(name), self.zip_of(name) as zip:
                self.assertIsNone(zip.testzip())

    def test_everything_is_proved(self):
        self.assertEqual([name for name, a in self.artifacts.items() if not a["proved"]], [])

    def test_modules_imported_at_start_have_valid_bytecode(self):
        self.assertEqual({m["artifact"]["name"]: m["without_bytecode"] for m in self.manifest["made"] if m.get("without_bytecode")}, {})
        rules = (self.workspace.folder / "locks/rules.toml").read_text()
        for name in self.of_kind("layer"):
            with self.subTest(name), self.zip_of(name) as zip:
                compiled = [n for n in zip.namelist() if n.endswith(".pyc")]
                self.assertGreater(len(compiled), 100)
                for entry in compiled:
                    head = zip.read(entry)
                    self.assertEqual(head[:4], MAGIC, entry)
                    self.assertEqual(int.from_bytes(head[4:8], "little"), UNCHECKED, entry)
                    source = marshal.loads(head[16:]).co_filename
                    stem = entry.replace("__pycache__/", "").replace(".cpython-311.pyc", ".py")
                    self.assertEqual(source, "/opt/" + (stem[:-1] if stem.endswith(".pyc") else stem))
        for module in ("numpy/__init__.py", "pandas/__init__.py", "sklearn/__init__.py"):
            self.assertIn(f'"{module}"', rules)

    def test_function_packages_are_small_and_repeat_nothing(self):
        given = {p["name"] for a in self.of_kind("layer").values() for p in a["packages"]}
        functions = self.of_kind("function")
        self.assertEqual(len(functions), 4)
        for name, artifact in functions.items():
            self.assertLess(artifact["zipped_bytes"], 100_000, name)
            self.assertEqual(given & {p["name"] for p in artifact["packages"]}, set(), name)

    def test_only_the_kept_services_ship(self):
        with self.zip_of("aws-utilities") as zip:
            data = "python/botocore/data/"
            services = {n[len(data):].split("/")[0] for n in zip.namelist() if n.startswith(data) and n.count("/") > 3}
        self.assertEqual(services, {"s3", "lambda", "dynamodb", "sts", "iam", "cloudformation", "logs", "events"})

    def test_licences_and_metadata_stay(self):
        for name in self.of_kind("layer"):
            with self.zip_of(name) as zip:
                names = zip.namelist()
            infos = {n.split("/")[1] for n in names if n.split("/")[1].endswith(".dist-info")}
            self.assertEqual(len(infos), len(self.artifacts[name]["packages"]), name)
            for info in infos:
                self.assertIn(f"python/{info}/METADATA", names)

    def test_size_shows_three_sums(self):
        size = self.workspace.record("size")
        sums = size["sums"]
        for unit in ("zipped", "unzipped"):
            alone = sums["self_contained"][f"{unit}_bytes"]
            shared = sums["layers_once_and_functions"][f"{unit}_bytes"]
            self.assertEqual(shared, sum(a[f"{unit}_bytes"] for a in self.artifacts.values()))
            self.assertEqual(sums["functions_alone"][f"{unit}_bytes"],
                             sum(a[f"{unit}_bytes"] for a in self.of_kind("function").values()))
            self.assertGreaterEqual(1 - shared / alone, 0.77, unit)
            self.assertAlmostEqual(sums["saved"][unit], 1 - shared / alone, places=4)
        budgets = {a["name"]: a["budget"] for a in size["artifacts"]}
        self.assertEqual(budgets["ml-libraries"]["aim"], 100 * MB)

    def test_a_second_build_changes_nothing(self):
        again = self.workspace.artifacts()
        self.assertEqual({a["action"] for a in again.values()}, {"unchanged"})
        self.assertEqual({n: a["sha256"] for n, a in again.items()}, {n: a["sha256"] for n, a in self.artifacts.items()})

    def test_without_rules_the_build_finds_where_bytecode_goes_and_writes_the_same(self):
        fresh = self.example()
        rules = fresh.folder / "locks/rules.toml"
        committed = rules.read_text()
        rules.unlink()
        record = fresh.record("build")
        self.assertTrue(record["rules_changed"])
        self.assertEqual(rules.read_text(), committed)
        self.assertEqual({a["action"] for a in record["artifacts"]}, {"built"})
        self.assertEqual({a["reasons"][0]["kind"] for a in record["artifacts"]}, {"first-build"})
        self.assertEqual({a["name"]: a["sha256"] for a in record["artifacts"]},
                         {name: a["sha256"] for name, a in self.artifacts.items()})


if __name__ == "__main__":
    unittest.main()
