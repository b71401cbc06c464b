# SPDX-License-Identifier: Apache-2.0
"""Runs inside the sandbox: builds the project in the working directory to a wheel, through its PEP 517 backend.

stdin:  {"backend": "module:object", "backend_path": ["."], "out": "/var/task/out"}
stdout: one JSON object, last line: {"wheel": "NAME"} or {"missing": ["REQUIREMENT"]}; what the build prints goes to
        stderr
"""
import importlib
import importlib.metadata
import json
import os
import re
import sys
import traceback

DISTRIBUTIONS = "/opt/python"


def backend_of(request):
    sys.path[:0] = [os.path.abspath(folder) for folder in request["backend_path"]] + [DISTRIBUTIONS]
    module, _, attribute = request["backend"].partition(":")
    backend = importlib.import_module(module)
    for name in filter(None, attribute.split(".")):
        backend = getattr(backend, name)
    return backend


def is_there(requirement):
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    try:
        importlib.metadata.version(name.group())
        return True
    except (AttributeError, importlib.metadata.PackageNotFoundError):
        return False


def answer_to(request):
    backend = backend_of(request)
    wanted = getattr(backend, "get_requires_for_build_wheel", lambda settings: [])({})
    missing = [one for one in wanted if ";" not in one and not is_there(one)]
    if missing:
        return {"missing": missing}
    return {"wheel": backend.build_wheel(request["out"], {})}


def fail(error):
    """Tells what failed, without the frames of this file, and ends."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != "<string>"]
    sys.stderr.write("".join(traceback.format_list(frames) + traceback.format_exception_only(error)))
    sys.exit(1)


def main():
    os.umask(0o022)
    request = json.load(sys.stdin)
    told = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    sys.argv[:] = ["build_wheel"]
    try:
        answer = answer_to(request)
    except Exception as error:
        fail(error)
    sys.stdout.flush()
    print("\n" + json.dumps(answer), file=told, flush=True)


main()
