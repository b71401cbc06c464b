"""One package may move, one is held back by its requirement, one has nothing newer that the target could load."""
from pathlib import Path

from indexes import Index, apart, lamella, wheel

for version in ("1.0", "1.5", "2.0"):
    wheel("frames", version, more=f"Project-URL: Changelog, https://frames.example/{version}\n")
    wheel("numlib", version)
wheel("plain", "1.0")
wheel("plain", "2.0", "cp311-cp311-win_amd64")
index = Index([path.name for path in sorted(Path("wheels").iterdir())])
workspace = Path("lamella.toml")
text = workspace.read_text().replace("INDEX", index.origin)
environment = apart()
workspace.write_text(text.replace("frames<2", "frames==1.0").replace("numlib", "numlib<2"))
lamella("lock --quiet", environment, show=False)
workspace.write_text(text.replace("numlib", "numlib<2"))
lamella("lock --quiet", environment, show=False)
lamella("outdated --quiet", environment)
lamella("outdated --json --quiet", environment)
