"""One layer takes a package without what it needs, though something else leads to it; another layer takes it whole."""
import zipfile
from pathlib import Path

from indexes import Index, apart, lamella, wheel

wheel("clouds", "1.0", requires=["frames"])
wheel("frames", "1.0", requires=["numlib<2"])
wheel("numlib", "1.0")
index = Index([path.name for path in Path("wheels").iterdir()])
workspace = Path("lamella.toml")
workspace.write_text(workspace.read_text().replace("INDEX", index.origin))
environment = apart()
lamella("lock --quiet", environment)
lamella("build --quiet", environment)
for artifact in sorted(Path(".lamella").rglob("*.zip")):
    entries = zipfile.ZipFile(artifact).namelist()
    print(artifact.name.rsplit("-", 1)[0], *sorted({one.split("/")[1] for one in entries if ".dist-info/" in one}))
workspace.write_text(workspace.read_text().replace(', no_deps = true', ""))
lamella("lock --check --offline --quiet", environment)
