"""Functions between two layers that were resolved apart and differ: all are named, the rest can be built."""
from indexes import Index, apart, lamella, wheel
from pathlib import Path

wheel("numlib", "1.0")
wheel("numlib", "2.0")
index = Index([path.name for path in Path("wheels").iterdir()])
workspace = Path("lamella.toml")
workspace.write_text(workspace.read_text().replace("INDEX", index.origin))
environment = apart()
lamella("lock --quiet", environment)
lamella("build --quiet", environment)
lamella("build --quiet --keep-going", environment)
lamella("check orders reports --quiet", environment)
