# SPDX-License-Identifier: Apache-2.0
"""Starts a Python function the way Lambda's own bootstrap does.

Run as `python -S /var/runtime/bootstrap.py`.  The module path becomes, in this order: the task, the two
layer directories, the runtime's packages, /var/runtime, the standard library, and last the runtime
client, so that a package which only the client has cannot stand in front of a layer's own.
"""

import os
import sys

CLIENT = "/var/lang/client"
RUNTIME = "/var/runtime"
PYTHON = "python%d.%d" % sys.version_info[:2]
LAYERS = ["/opt/python/lib/%s/site-packages" % PYTHON, "/opt/python"]
PACKAGES = "/var/lang/lib/%s/site-packages" % PYTHON


def run_wrapper(wrapper):
    """AWS_LAMBDA_EXEC_WRAPPER gets the real command as its arguments."""
    if not os.path.exists(wrapper):
        print("%s: does not exist" % wrapper, file=sys.stderr)
        sys.exit(127)
    if not os.access(wrapper, os.X_OK):
        print("%s: is not an executable" % wrapper, file=sys.stderr)
        sys.exit(126)
    os.execv(wrapper, [wrapper, sys.executable, "-S", os.path.join(RUNTIME, "bootstrap.py"), "--wrapped"])


def load_client(standard):
    """Imports the client from its own directory alone, and forgets the libraries it brought."""
    sys.path[:] = [CLIENT] + standard
    import awslambdaric.__main__ as client

    for name in [name for name in sys.modules if name.partition(".")[0] == "simplejson"]:
        del sys.modules[name]
    return client


def module_path(task, standard, chosen):
    """The path of the function; `chosen` is the user's PYTHONPATH, which on Lambda hides the layers."""
    if chosen is not None:
        own = [entry for entry in chosen.split(os.pathsep) if entry]
        return [task, RUNTIME] + own + standard + [PACKAGES, CLIENT]
    return [task] + LAYERS + [PACKAGES, RUNTIME] + standard + [CLIENT]


def main():
    wrapper = os.environ.get("AWS_LAMBDA_EXEC_WRAPPER")
    if wrapper and "--wrapped" not in sys.argv:
        run_wrapper(wrapper)
    task = os.environ.get("LAMBDA_TASK_ROOT", "/var/task")
    chosen = os.environ.get("PYTHONPATH")
    own = set((chosen or "").split(os.pathsep))
    standard = [entry for entry in sys.path if entry.startswith("/var/lang/") and entry not in own]
    client = load_client(standard)

    sys.path[:] = module_path(task, standard, chosen)
    import site

    for directory in [task] + (LAYERS if chosen is None else []):
        if os.path.isdir(directory):
            site.addsitedir(directory)
    os.environ["PYTHONPATH"] = RUNTIME
    sys.argv[:] = [sys.argv[0]]
    client.main([sys.argv[0], os.environ["_HANDLER"]])


if __name__ == "__main__":
    main()
