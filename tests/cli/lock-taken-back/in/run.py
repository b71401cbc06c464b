"""Checking a lock asks the index too: a release that it yanked since is refused unless the workspace asks for exactly that
version, and one that is gone is refused in any case; without a network the lock alone is checked."""
from pathlib import Path

from indexes import Index, apart, lamella, wheel

for name in ("numlib", "plain"):
    wheel(name, "1.0")
index = Index(["numlib-1.0-py3-none-any.whl", "plain-1.0-py3-none-any.whl"])
workspace = Path("lamella.toml")
text = workspace.read_text().replace("INDEX", index.origin)
environment = apart()
workspace.write_text(text)
lamella("lock --quiet", environment, show=False)
lamella("lock --check", environment)
index.yanked.add("numlib-1.0-py3-none-any.whl")
lamella("lock --check", environment)
lamella("lock --check --offline", environment)
wheel("numlib", "2.0")
index.files.append("numlib-2.0-py3-none-any.whl")
lamella("outdated --quiet", environment)
workspace.write_text(text.replace('"numlib"', '"numlib==1.0"'))
lamella("lock --quiet", environment, show=False)
lamella("lock --check", environment)
index.files.remove("plain-1.0-py3-none-any.whl")
lamella("lock --check --json", environment)
