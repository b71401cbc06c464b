# SPDX-License-Identifier: Apache-2.0
"""Runs inside the sandbox: a test runner as `python -m` would run it, on the module path that Lambda has.

Arguments: MODULE ..., or python -m MODULE ..., or python FILE ...
Both streams go to stdout, so that they keep their order.  The exit status is the command's.
"""
import os
import runpy
import sys


def set_module_path():
    sys.path.insert(0, "/var/runtime")
    import bootstrap
    own = os.environ.get("PYTHONPATH")
    standard = [entry for entry in sys.path if entry.startswith("/var/lang/")]
    sys.path[:] = bootstrap.module_path("/var/task", standard, own)
    import site
    for directory in ["/var/task"] + ([] if own is not None else bootstrap.LAYERS):
        site.addsitedir(directory)


def main():
    words = sys.argv[1:]
    os.dup2(1, 2)
    set_module_path()
    if words[0] == "python":
        words = words[2:] if words[1] == "-m" else words[1:]
        module = sys.argv[2] == "-m"
    else:
        module = True
    sys.argv[:] = words
    if module:
        runpy.run_module(words[0], run_name="__main__", alter_sys=True)
    else:
        sys.path.insert(0, os.path.dirname(os.path.abspath(words[0])))
        runpy.run_path(words[0], run_name="__main__")


main()
