"""Without the lock of its build nothing is built where locks may not be made; a backend gets what it asks for beyond its
pyproject.toml, locked."""
from pathlib import Path

from indexes import Index, apart, lamella, source, wheel


def workspace(index, allow=True):
    text = Path("written.toml").read_text().replace("INDEX", index.origin)
    Path("lamella.toml").write_text(text + ('allow_source = ["tally"]\n' if allow else ""))


source(backend_needs=("\n\ndef get_requires_for_build_wheel(settings):\n    return ['helper>=1']\n"), more="import helper")
wheel("helper", "1.0")
workspace(Index(["tally-1.0.tar.gz", "helper-1.0-py3-none-any.whl"]))
environment = apart()
lamella("lock", environment)
built = next(Path("locks").glob("pylock.source-*"))
print([line for line in built.read_text().splitlines() if line.startswith(("requirements", "name"))])
lamella("build --quiet", environment)
built.unlink()
lamella("build --frozen", environment)
lamella("lock --check", environment)
