"""A release that its index took back after it was locked gives way when the lock is made anew; one that is required by its
version stays, and that is said."""
from pathlib import Path

from indexes import Index, apart, lamella, wheel

wheel("numlib", "1.0")
index = Index(["numlib-1.0-py3-none-any.whl"])
workspace = Path("lamella.toml")
text = workspace.read_text().replace("INDEX", index.origin)
environment = apart()
workspace.write_text(text)
lamella("lock --quiet", environment, show=False)
wheel("numlib", "2.0")
index.files.append("numlib-2.0-py3-none-any.whl")
index.yanked.add("numlib-1.0-py3-none-any.whl")
workspace.write_text(text.replace('"numlib"', '"numlib>=1"'))
lamella("lock --quiet", environment)
workspace.write_text(text.replace('"numlib"', '"numlib==1.0"'))
lamella("lock --quiet", environment)
