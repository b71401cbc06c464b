# SPDX-License-Identifier: Apache-2.0
"""Many versions of the layers of a workspace, each with a number of its own.  For the "!" lines of cases."""
import os
import re
import subprocess
from pathlib import Path


def lamella(*words):
    return subprocess.run([os.environ["LAMELLA"], *words], check=True, capture_output=True, text=True)


def deploy_numbers(first, last):
    """One deployment a number, after it was written into the module of each layer."""
    for number in range(first, last + 1):
        for module in Path().glob("*/python/*.py"):
            module.write_text(f"NUMBER = {number}\n")
        lamella("build", "--skip-checks", "--quiet")
        lamella("deploy", "local", "--quiet")


def forget(layer):
    """The workspace no longer has the layer."""
    file = Path("lamella.toml")
    file.write_text(re.sub(rf"\[layers\.{layer}\]\n(.+\n)*\n", "", file.read_text()))


def left(*commands):
    """Prints what each command prints."""
    for command in commands:
        print(f"$ lamella {command}\n{lamella(*command.split()).stdout}", end="")


def killed(command, lines):
    """Runs the command until it has told so many lines of its progress."""
    run = subprocess.Popen([os.environ["LAMELLA"], *command.split()], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    for _ in range(lines):
        run.stderr.readline()
    run.kill()
    run.wait()
