# A wheel that ships and one that only tests need, and a resolver that knows which is asked for.
from pathlib import Path

import trouble

trouble.wheel()
trouble.wheel("runner", files={
    "runner.py": "import runpy, sys\nprint(sys.argv)\nrunpy.run_path(sys.argv[2])\n"})
trouble.resolver()
head, *packages = Path("answer.toml").read_text().split("[[packages]]")
for package in packages:
    name = package.split('"')[1]
    Path(f"{name}.answer").write_text(head + "[[packages]]" + package)
here = Path.cwd()
Path("uv").write_text(f"#!/bin/sh\nname=demo\ngrep -rq runner . && name=runner\ncp {here}/$name.answer pylock.toml\n")
