"""A private index behind a login and a public one: a name comes from its own index alone, what needs a login gets it, and
the password is nowhere afterwards."""
import base64
import re
from pathlib import Path

from indexes import Index, apart, lamella, traces_of, wheel

SECRET = "c4nary/p@ss+word"
for name, version, needs in (("numlib", "1.0", ()), ("acme_core", "1.0", ("acme-base", "numlib")), ("acme_base", "1.0", ()),
                             ("acme_base", "9.0", ()), ("numlib", "9.0", ())):
    wheel(name, version, requires=needs)
public = Index(["numlib-1.0-py3-none-any.whl", "acme_base-9.0-py3-none-any.whl"])
files = Index(["acme_core-1.0-py3-none-any.whl", "acme_base-1.0-py3-none-any.whl", "numlib-9.0-py3-none-any.whl"])
private = Index(files.files, login="team:" + SECRET, files_at=files, moved=True)
workspace = Path("lamella.toml")
workspace.write_text(workspace.read_text().replace("PUBLIC", public.origin).replace("PRIVATE", private.origin))
environment = apart() | {"LAMELLA_INDEX_ACME_USERNAME": "team", "LAMELLA_INDEX_ACME_PASSWORD": SECRET}
said = lamella("lock --verbose --events events.ndjson", environment, show=False)
print("lock exits", said.returncode, said.stderr if said.returncode else "")
lock = next(Path("locks").glob("pylock.*")).read_text()
print("\n".join(re.findall(r'name = "(\w+-[\d.]+-py3-none-any.whl)"', lock)))
built = lamella("build --skip-checks --verbose --events events.ndjson", environment, show=False)
print("build exits", built.returncode, built.stderr if built.returncode else "")
print("a login came to the public index:", any(login for _, login in public.asked))
print("the private index was asked for numlib:", any("numlib" in path for path, _ in private.asked))
print("where the files moved to, a login came:", any(login for _, login in files.asked))
Path("said").write_text(said.stdout + said.stderr + built.stdout + built.stderr)
print("traces:", traces_of(SECRET) or "none")
refused = lamella("lock --upgrade", environment | {"LAMELLA_INDEX_ACME_PASSWORD": "wr0ng-canary"}, show=False)
Path("said").write_text(refused.stdout + refused.stderr)
print("a wrong password exits", refused.returncode, "traces:", traces_of("wr0ng-canary") or "none")
print(refused.stderr)
