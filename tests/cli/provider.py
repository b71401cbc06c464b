# SPDX-License-Identifier: Apache-2.0
"""An account that has a layer version to share: a workspace beside, whose endpoint serves what it published.  For the "!"
lines of cases."""
import os
import re
import subprocess
import sys
from pathlib import Path

FOLDER = Path("provider")
ARN = "arn:aws:lambda:us-east-1:000000000000:layer:shared:1"
TOML = """schema = 1
[project]
name = "provider"

[layers.shared]
path = "tree"
bytecode = "none"
licence = "MIT"
"""


def lamella(*words, **more):
    return subprocess.run([os.environ["LAMELLA"], *words], check=True, capture_output=True, text=True, **more)


def publish(text="NAME = 'shared'\n"):
    """Another version of the layer `shared`, one module with this text."""
    module = FOLDER / "tree/python/shared.py"
    module.parent.mkdir(parents=True, exist_ok=True)
    module.write_text(text)
    (FOLDER / "lamella.toml").write_text(TOML)
    lamella("deploy", "local", "--project", str(FOLDER), "--quiet")


def serving(words, url=None):
    """Runs `words` as a client of the account; the case ends as they do.  `url`: what stands in the account's place."""
    server = subprocess.Popen([os.environ["LAMELLA"], "local", "serve", "--port", "0", "--project", str(FOLDER)],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        server.stdout.readline()
        exports = lamella("local", "env", "--project", str(FOLDER)).stdout
        env = os.environ | dict(re.findall(r"export (\w+)='?([^'\n]*)'?", exports))
        env["AWS_EC2_METADATA_DISABLED"] = "true"
        if url is not None:
            env["AWS_ENDPOINT_URL"] = url
        status = subprocess.run([os.environ["LAMELLA"], *words.split()], env=env, check=False).returncode
    finally:
        server.terminate()
        server.wait()
    sys.exit(status)


def alone(words):
    """Runs `words` with no account at all."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    sys.exit(subprocess.run([os.environ["LAMELLA"], *words.split()], env=env, check=False).returncode)
