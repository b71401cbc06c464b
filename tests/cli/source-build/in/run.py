"""A package without a wheel, allowed: locked with its digest, built without a network, the same in two clones, seen by
`affected` and `explain`; and a wheel is taken where there is one."""
import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

from indexes import Index, apart, lamella, source, wheel


def workspace(index, allow=True):
    text = Path("written.toml").read_text().replace("INDEX", index.origin)
    Path("lamella.toml").write_text(text + ('allow_source = ["tally"]\n' if allow else ""))


SEES = """
import socket
seen = sorted(os.environ)
assert not any("CANARY" in name for name in seen), seen
try:
    socket.create_connection(("127.0.0.1", PORT), 2)
    raise SystemExit("a network is there")
except OSError:
    pass
"""


def git(*words):
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@example.invalid", *words], check=True,
                   capture_output=True)


def zips(folder=Path(".")):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted((folder / ".lamella/artifacts").glob("*.zip"))}


index = Index(["tally-1.0.tar.gz", "numlib-1.0-py3-none-any.whl"])
wheel("numlib", "1.0")
source(requires=["numlib>=1"], more=SEES.replace("PORT", index.origin.rpartition(":")[2]))
environment = apart() | {"CANARY": "x"}
workspace(index)
lamella("lock", environment)
lock = next(Path("locks").glob("pylock.shop*")).read_text()
print(re.search(r"(?s)\[tool.lamella.needs\].*?\n\n\[\[tool", lock).group())
# The source holds the port, whose digits compress to more or fewer bytes.
print(re.sub(r"size = \d+", "size = [BYTES]", re.search(r"sdist = .*", lock).group()))
lamella("lock --check --quiet", environment)
lamella("build", environment)
lamella("build", environment)
mine = zips()
print("\n".join(line for line in lamella("explain core", environment, show=False).stdout.splitlines()
                if line.split()[:1] in (["built"], ["source"])))
Path(".gitignore").write_text(".lamella\ncache\nother\nwheels\n*.py\n")
git("init", "-q")
git("add", ".")
git("commit", "-qm", "first")

os.umask(0o077)
git("clone", "-q", ".", "other")
own = Path("other/cache").resolve()
(own / "tools/bin").mkdir(parents=True)
shutil.copy2(Path(os.environ["LAMELLA_CACHE_DIR"], "tools/bin/uv"), own / "tools/bin/uv")
lamella("build --quiet --frozen --project other", environment | {"LAMELLA_CACHE_DIR": str(own), "TZ": "Asia/Tokyo"})
print("the same in another clone with a cache of its own:", mine == zips(Path("other")))

os.umask(0o022)
source(version="1.1")
index.files += ["tally-1.1.tar.gz"]
lamella("outdated", environment)
lamella("lock --upgrade tally", environment)
print(sorted(path.name for path in Path("locks").iterdir()))
print(lamella("affected --since HEAD", environment, show=False).stdout.partition("\n")[2])
lamella("build", environment)
wheel("tally", "1.2")
index.files += ["tally-1.2-py3-none-any.whl"]
lamella("lock --quiet", environment)
lamella("lock --upgrade", environment)
print(sorted(path.name for path in Path("locks").iterdir()))
