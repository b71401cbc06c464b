"""A package without a wheel is refused by name with the remedy; another member of the lock group does not speak for a layer."""
from pathlib import Path

from indexes import Index, apart, lamella, source, wheel


def workspace(index, allow=True):
    text = Path("written.toml").read_text().replace("INDEX", index.origin)
    Path("lamella.toml").write_text(text + ('allow_source = ["tally"]\n' if allow else ""))


source()
index = Index(["tally-1.0.tar.gz"])
environment = apart()
workspace(index, allow=False)
print(lamella("lock", environment, show=False).stderr)
text = Path("lamella.toml").read_text()
more = """
[layers.more]
requirements = ["tally"]

[functions.f]
source = "f"
handler = "app.handler"
layers = ["core", "more"]
"""
Path("lamella.toml").write_text(text + 'allow_source = ["tally"]\n' + more)
lamella("lock --quiet", environment)
Path("lamella.toml").write_text(text + 'allow_source = ["tally==1.0"]\n')
lamella("lock", environment)
