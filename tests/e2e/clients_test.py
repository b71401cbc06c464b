# SPDX-License-Identifier: Apache-2.0
"""Other people's clients against `local serve`: the aws command line and boto3, from the environment that
LAMELLA_TEST_PYTHON or <cache>/tools/test names.  Skipped, and said, where it is absent."""
import base64
import hashlib
import json
import os
import subprocess
import unittest
import urllib.request
from pathlib import Path

from workspaces import WorkspaceTest, shared_cache, stop

CLIENTS = Path(os.environ.get("LAMELLA_TEST_PYTHON") or shared_cache() / "tools" / "test" / "bin" / "python").parent

BOTO3 = """
import base64, hashlib, json, sys, urllib.request, boto3
client = boto3.client("lambda")
versions = {l["LayerName"]: l["LatestMatchingVersion"]["Version"] for l in client.list_layers()["Layers"]}
layer = client.get_layer_version(LayerName="words", VersionNumber=versions["words"])
content = layer["Content"]
with urllib.request.urlopen(content["Location"]) as answer:
    bytes = answer.read()
answer = client.invoke(FunctionName="greet", Qualifier="live", Payload=b'{"who": "boto"}', LogType="Tail")
failing = None
try:
    client.get_function(FunctionName="absent")
except client.exceptions.ResourceNotFoundException as error:
    failing = error.response["Error"]["Code"]
json.dump({
    "layers": versions,
    "same": base64.b64encode(hashlib.sha256(bytes).digest()).decode() == content["CodeSha256"],
    "size": len(bytes) == content["CodeSize"],
    "status": answer["StatusCode"],
    "version": answer["ExecutedVersion"],
    "payload": json.load(answer["Payload"]),
    "report": "REPORT RequestId" in base64.b64decode(answer["LogResult"]).decode(),
    "failing": failing,
    "account": boto3.client("sts").get_caller_identity()["Account"],
}, sys.stdout)
"""


@unittest.skipUnless((CLIENTS / "aws").exists(), f"no aws command line in {CLIENTS}: ./dev test installs it")
class ClientsTest(WorkspaceTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls()
        cls.addClassCleanup(case.doCleanups)
        cls.workspace = case.light()
        cls.workspace.run("up")
        cls.server = cls.workspace.start("local", "serve", "--json")
        cls.addClassCleanup(lambda: stop(cls.server))
        line = cls.server.stdout.readline()
        if not line:
            raise AssertionError(cls.server.communicate()[1].decode())
        exports = cls.workspace.record("local", "env")["env"]
        cls.env = {"PATH": os.environ["PATH"], "HOME": str(cls.workspace.folder), "AWS_EC2_METADATA_DISABLED": "true",
                   "AWS_PAGER": "", **exports}

    def aws(self, *words, code=0):
        done = subprocess.run([CLIENTS / "python", CLIENTS / "aws", *words, "--output", "json"], env=self.env,
                              cwd=self.workspace.folder, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, code, done.stderr)
        return json.loads(done.stdout) if code == 0 else done.stderr

    def download(self, location, code):
        with urllib.request.urlopen(location) as answer:
            body = answer.read()
        self.assertEqual(base64.b64encode(hashlib.sha256(body).digest()).decode(), code)
        return body

    def artifact(self, name):
        found = self.workspace.artifacts()[name]
        return (self.workspace.folder / found["path"]).read_bytes()

    def test_list_layers_and_their_versions(self):
        [layer] = self.aws("lambda", "list-layers")["Layers"]
        self.assertEqual(layer["LayerName"], "words")
        [version] = self.aws("lambda", "list-layer-versions", "--layer-name", "words")["LayerVersions"]
        self.assertEqual(version, layer["LatestMatchingVersion"])
        self.assertEqual(version["LayerVersionArn"], layer["LayerArn"] + ":" + str(version["Version"]))
        self.assertIn("python3.11", version["CompatibleRuntimes"])

    def test_a_downloaded_layer_is_the_one_that_was_built(self):
        version = self.aws("lambda", "get-layer-version", "--layer-name", "words", "--version-number", "1")
        content = version["Content"]
        self.assertEqual(self.download(content["Location"], content["CodeSha256"]), self.artifact("words"))

    def test_a_downloaded_function_is_the_one_that_was_built(self):
        function = self.aws("lambda", "get-function", "--function-name", "greet", "--qualifier", "live")
        configuration = function["Configuration"]
        self.assertEqual(configuration["State"], "Active")
        self.assertEqual([l["Arn"].split(":")[-2:] for l in configuration["Layers"]], [["words", "1"]])
        body = self.download(function["Code"]["Location"], configuration["CodeSha256"])
        self.assertEqual(body, self.artifact("greet"))
        self.assertEqual(configuration["CodeSize"], len(body))

    def test_invoke_by_alias(self):
        out = self.workspace.folder / "answer.json"
        answer = self.aws("lambda", "invoke", "--function-name", "greet", "--qualifier", "live", "--payload",
                          '{"who": "aws"}', str(out))
        self.assertEqual(answer["StatusCode"], 200)
        self.assertEqual(answer["ExecutedVersion"], "1")
        self.assertNotIn("FunctionError", answer)
        self.assertEqual(json.loads(out.read_text()), {"text": "hello aws"})

    def test_a_raising_function_is_an_answer(self):
        out = self.workspace.folder / "error.json"
        answer = self.aws("lambda", "invoke", "--function-name", "greet", "--qualifier", "live", "--payload", "{}", str(out))
        self.assertEqual(answer["FunctionError"], "Unhandled")
        self.assertEqual(json.loads(out.read_text())["errorType"], "KeyError")

    def test_what_is_absent_is_said_in_the_services_words(self):
        said = self.aws("lambda", "get-function", "--function-name", "absent", code=255)
        self.assertIn("ResourceNotFoundException", said)

    def test_boto3(self):
        done = subprocess.run([CLIENTS / "python", "-c", BOTO3], env=self.env, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout), {
            "layers": {"words": 1}, "same": True, "size": True, "status": 200, "version": "1",
            "payload": {"text": "hello boto"}, "report": True, "failing": "ResourceNotFoundException",
            "account": "000000000000"})


if __name__ == "__main__":
    unittest.main()
