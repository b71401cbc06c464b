"""Where uv is absent, the target's own pip chooses, with the login of the index and without a trace of it; what only uv can
answer is refused."""
import os
import shutil
import subprocess
from pathlib import Path

from indexes import Index, lamella, traces_of, wheel
from trouble import skip

python = shutil.which("python3.11")
if not python or subprocess.run([python, "-I", "-m", "pip", "--version"], capture_output=True, check=False).returncode != 0:
    skip("no python3.11 with pip")
SECRET = "c4nary/p@ss+word"
wheel("frames", "1.0", requires=["numlib"])
wheel("frames", "2.0", "cp311-cp311-manylinux_2_28_x86_64")
wheel("numlib", "1.0", "cp311-cp311-manylinux_2_17_x86_64")
index = Index([path.name for path in sorted(Path("wheels").iterdir())], login="team:" + SECRET)
workspace = Path("lamella.toml")
text = workspace.read_text().replace("INDEX", index.origin)
workspace.write_text(text)
path = [folder for folder in os.environ["PATH"].split(":") if not Path(folder, "uv").exists()]
environment = {"LAMELLA_INDEX_DEFAULT_USERNAME": "team", "LAMELLA_INDEX_DEFAULT_PASSWORD": SECRET,
               "LAMELLA_INTERPRETER_PYTHON3_11": python, "PATH": ":".join(path)}
done = lamella("lock --events events.ndjson", environment)
Path("said").write_text(done.stdout + done.stderr)
print("traces:", traces_of(SECRET) + traces_of(SECRET, os.environ["LAMELLA_CACHE_DIR"]) or "none")
refused = lamella("lock --upgrade", environment | {"LAMELLA_INDEX_DEFAULT_PASSWORD": "wr0ng-canary"}, show=False)
print("a wrong password is shown:", "wr0ng-canary" in refused.stdout + refused.stderr)
workspace.write_text(text.replace("[lock]", '[lock]\noverrides = ["numlib"]'))
lamella("lock --quiet", environment)
