# SPDX-License-Identifier: Apache-2.0
"""The working directory as a git repository whose commits have the same names everywhere.  For the "!" lines of cases."""
import os
import re
import shlex
import subprocess
import sys

FIXED = {"GIT_AUTHOR_NAME": "test", "GIT_AUTHOR_EMAIL": "test@localhost", "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
         "GIT_COMMITTER_NAME": "test", "GIT_COMMITTER_EMAIL": "test@localhost",
         "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z", "GIT_CONFIG_NOSYSTEM": "1"}


def git(*words):
    subprocess.run(["git", *words], check=True, env=os.environ | FIXED, stdout=subprocess.DEVNULL)


def commit(message="change"):
    if not os.path.isdir(".git"):
        git("init", "-q", "-b", "main", ".")
    git("add", "-A")
    git("commit", "-q", "--allow-empty", "-m", message)


def shallow(folder="clone", depth=1):
    git("clone", "-q", "--depth", str(depth), "file://" + os.getcwd(), folder)


def run(words):
    """The program, in its own words, where locks make a commit's name another one each time."""
    done = subprocess.run([os.environ["LAMELLA"], *shlex.split(words)], capture_output=True, check=False)
    sys.stderr.buffer.write(done.stderr)
    sys.stdout.write(re.sub(r"\b([0-9a-f]{40}|[0-9a-f]{12})\b", "[COMMIT]", done.stdout.decode()))
    sys.exit(done.returncode)
