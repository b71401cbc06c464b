# SPDX-License-Identifier: Apache-2.0
"""Package indexes on loopback ports, for the "!" lines of cases: PEP 503 pages over the files in ./wheels, with a login if
one is asked for, or sending everything elsewhere."""
import base64
import hashlib
import http.server
import os
import subprocess
import sys
import threading
import urllib.parse
from pathlib import Path

from trouble import SKIPPED, WHEELS, source, wheel  # noqa: F401 (cases use them)


class Index:
    """`files` are the names of wheels in ./wheels; `login` is "user:password"; `files_at` is another index that has
    the files, and `moved` sends to it with a redirect instead of a link."""

    def __init__(self, files, login=None, files_at=None, moved=False):
        self.files, self.login, self.files_at, self.moved = files, login, files_at, moved
        self.asked, self.yanked = [], set()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def handler(outer):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer.asked.append((self.path, self.headers.get("Authorization")))
                status, fields, body = outer.answer(self.path, self.headers.get("Authorization"))
                self.send_response(status)
                for name, value in (fields | {"Content-Length": str(len(body))}).items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(body)

            do_HEAD = do_GET

            def log_message(self, *_):
                pass
        return Handler

    def answer(self, path, authorization):
        wanted = self.login and "Basic " + base64.b64encode(self.login.encode()).decode()
        if wanted and authorization != wanted:
            return 401, {"WWW-Authenticate": 'Basic realm="packages"'}, b""
        folder, name = ([part for part in path.split("/") if part] + ["", ""])[:2]
        if folder == "simple":
            mine = [file for file in self.files if file.split("-")[0].lower() == name.replace("-", "_")]
            if not mine:
                return 404, {}, b""
            base = "" if self.files_at is None or self.moved else self.files_at.origin
            links = "".join(f'<a href="{base}/files/{file}#sha256={digest(file)}"'
                            f'{" data-yanked=broken" if file in self.yanked else ""}>{file}</a>' for file in mine)
            return 200, {"Content-Type": "text/html"}, links.encode()
        if folder == "files" and self.moved:
            return 302, {"Location": f"{self.files_at.origin}/files/{name}"}, b""
        if folder == "files" and name in self.files and self.files_at is None:
            return 200, {"Content-Type": "application/octet-stream"}, (WHEELS / name).read_bytes()
        return 404, {}, b""


def digest(file):
    return hashlib.sha256((WHEELS / file).read_bytes()).hexdigest()


def need_uv():
    if not (Path(os.environ["LAMELLA_CACHE_DIR"]) / "tools/bin/uv").exists():
        print("no uv in $LAMELLA_CACHE_DIR; ./dev installs it", file=sys.stderr)
        sys.exit(SKIPPED)


def apart():
    """A cache of the case's own with the caller's uv in it, so that nothing is known beforehand."""
    need_uv()
    own = Path("cache").resolve()
    (own / "tools/bin").mkdir(parents=True)
    (own / "tools/bin/uv").symlink_to(Path(os.environ["LAMELLA_CACHE_DIR"], "tools/bin/uv").resolve())
    return {"LAMELLA_CACHE_DIR": str(own)}


def lamella(words, environment, show=True):
    done = subprocess.run([os.environ["LAMELLA"], *words.split()], env=os.environ | environment, capture_output=True,
                          text=True, check=False)
    if show:
        print(f"$ lamella {words}\n{done.stdout}{done.stderr}exit {done.returncode}")
    return done


def traces_of(secret, folder="."):
    """Files below `folder` that hold the secret, plainly or in a usual coding."""
    plain = secret.encode()
    forms = {plain, base64.b64encode(plain).rstrip(b"="), urllib.parse.quote(secret, safe="").encode()}
    forms |= {base64.b64encode(b":" + plain)[4:].rstrip(b"="), plain.hex().encode()}
    return [str(path) for path in sorted(Path(folder).rglob("*"))
            if path.name != "run.py" and path.is_file() and not path.is_symlink() and any(form in path.read_bytes() for form in forms)]
