# SPDX-License-Identifier: Apache-2.0
"""`up` is killed (-9) at random moments; the next one completes, and nothing half-written is ever used.

LAMELLA_SEED repeats a run.
"""
import hashlib
import itertools
import json
import os
import random
import signal
import time
import unittest
import zipfile

from workspaces import WorkspaceTest, fresh_cache

SEED = int(os.environ.get("LAMELLA_SEED") or random.randrange(2**32))


class KillTest(WorkspaceTest):
    def setUp(self):
        self.random = random.Random(SEED)
        print(f"LAMELLA_SEED={SEED}", flush=True)

    def kill_during(self, workspace, seconds):
        """Starts `up`, kills it after `seconds`.  True if it was still running then."""
        process = workspace.start("up", "--json", start_new_session=True)
        time.sleep(seconds)
        running = process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return running

    def look(self, workspace):
        """Every zip that has its final name is whole and is what its name says."""
        for path in (workspace.folder / ".lamella" / "artifacts").glob("*.zip"):
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            self.assertTrue(path.stem.endswith(digest[:12]), path.name)
            with zipfile.ZipFile(path) as zip:
                self.assertIsNone(zip.testzip())
        manifest = workspace.folder / ".lamella" / "build.json"
        if manifest.exists():
            json.loads(manifest.read_text())

    def kill_and_finish(self, workspace, kills, cold, spoil):
        """`cold` kills before anything was made, then `kills` that meet an `up` that has to make what `spoil` changed."""
        for _ in range(cold):
            self.kill_during(workspace, self.random.uniform(0.0, 2.0))
            self.look(workspace)
        workspace.run("up")
        spoil("first")
        start = time.monotonic()
        workspace.run("up")
        whole = time.monotonic() - start
        changes = itertools.count()
        for _ in range(kills):
            longest = whole
            while True:
                spoil(next(changes))
                met = self.kill_during(workspace, self.random.uniform(0.0, longest))
                self.look(workspace)
                if met:
                    break
                longest /= 2  # the machine was slower when `whole` was measured
        workspace.run("up")
        self.look(workspace)
        self.assertEqual(workspace.record("cache", "verify").get("damaged", []), [])

    def test_light_workspace_at_ten_moments(self):
        workspace = self.light(cache=fresh_cache(self.folder(), wheels=[]))

        def spoil(number):
            (workspace.folder / "packages/words/extra.py").write_text(f"NUMBER = {number!r}\n")
            (workspace.folder / "greet/extra.py").write_text(f"NUMBER = {number!r}\n")

        self.kill_and_finish(workspace, 7, 3, spoil)
        self.assertEqual(json.loads(self.invoke(workspace)), {"text": "hello me"})
        self.assertEqual({c["action"] for c in workspace.record("plan", "local")["changes"]}, {"unchanged"})

    def invoke(self, workspace):
        event = workspace.folder / "event.json"
        event.write_text('{"who": "me"}')
        return workspace.run("invoke", "greet", "--event", str(event))

    def test_example_while_layers_are_made(self):
        workspace = self.example()
        source = workspace.folder / "packages" / "item_prediction"
        self.assertTrue(source.is_dir())

        def spoil(number):
            (source / "extra.py").write_text(f"NUMBER = {number!r}\n")
            for path in (workspace.folder / ".lamella" / "artifacts").glob("layer-*.zip"):
                path.unlink()

        self.kill_and_finish(workspace, 3, 0, spoil)
        status = {a["action"] for a in workspace.record("build")["artifacts"]}
        self.assertEqual(status, {"unchanged"})


if __name__ == "__main__":
    unittest.main()
