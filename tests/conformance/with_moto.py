# SPDX-License-Identifier: Apache-2.0
"""Runs a command beside a moto server: with_moto.py VENV COMMAND [ARGUMENT...]

Uses the tests' environment (LAMELLA_MOTO_VENV, else <cache>/tools/test, which ./dev test makes); makes VENV with the
pinned moto only where that is absent.  Starts the server on a loopback port that the system chooses, runs the command with
LAMELLA_MOTO_URL set, and returns its exit status.  Returns 77 (skipped) and says why when moto cannot be installed, for
example without a network.
"""
import os
import subprocess
import sys

PIN = "moto[server]==5.2.1"
SKIPPED = 77


def made(venv):
    """The venv's interpreter, or None.  A stamp tells a finished venv of this pin from a broken one."""
    python = os.path.join(venv, "bin", "python")
    stamp = os.path.join(venv, "installed")
    if os.path.exists(stamp) and open(stamp).read() == PIN:
        return python
    steps = [[sys.executable, "-m", "venv", "--clear", venv],
             [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PIN]]
    for step in steps:
        if subprocess.run(step, stdout=sys.stderr).returncode != 0:
            return None
    with open(stamp, "w") as file:
        file.write(PIN)
    return python


def tests_environment():
    """The interpreter of the environment that all tests share, or None."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    cache = os.environ.get("LAMELLA_CACHE_DIR") or os.path.join(home, "lamella")
    venv = os.environ.get("LAMELLA_MOTO_VENV") or os.path.join(cache, "tools", "test")
    python = os.path.join(venv, "bin", "python")
    return python if os.path.exists(os.path.join(venv, "bin", "moto_server")) else None


def serve(command):
    import logging
    from moto.server import ThreadedMotoServer  # only inside the venv

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        env = {**os.environ, "LAMELLA_MOTO_URL": f"http://{host}:{port}"}
        return subprocess.run(command, env=env).returncode
    finally:
        server.stop()


def main():
    if sys.argv[1] == "--serve":
        return serve(sys.argv[2:])
    python = tests_environment() or made(os.path.abspath(sys.argv[1]))
    if python is None:
        print(f"skipped: {PIN} could not be installed")
        return SKIPPED
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return subprocess.run([python, os.path.abspath(__file__), "--serve", *sys.argv[2:]], env=clean).returncode


if __name__ == "__main__":
    sys.exit(main())
