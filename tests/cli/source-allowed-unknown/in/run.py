"""A name in `allow_source` that no package of the layer has: `lock` says so each time, `build` when it makes the lock."""
from indexes import Index, apart, lamella, wheel
from pathlib import Path

wheel("numlib", "1.0")
index = Index([path.name for path in Path("wheels").iterdir()])
workspace = Path("lamella.toml")
workspace.write_text(workspace.read_text().replace("INDEX", index.origin))
environment = apart()
lamella("build --skip-checks --layers-only", environment)
lamella("lock", environment)
workspace.write_text(workspace.read_text().replace("numlub", "numlib"))
lamella("lock", environment)
