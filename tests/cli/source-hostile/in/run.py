"""Source distributions that would write elsewhere, that are not the file of the index, or whose build fails or asks for
more: nothing of them runs or lies outside the sandbox."""
import io
import tarfile
from pathlib import Path

from indexes import Index, apart, lamella, source, wheel


def workspace(index, allow=True):
    text = Path("written.toml").read_text().replace("INDEX", index.origin)
    Path("lamella.toml").write_text(text + ('allow_source = ["tally"]\n' if allow else ""))


def link(name, target, kind):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info, b""


def attempt(what, **more):
    source(**more)
    workspace(Index(["tally-1.0.tar.gz"]))
    done = lamella("lock --quiet", environment, show=False)
    print(f"{what}: exit {done.returncode}\n{done.stderr}")


environment = apart()
outside = Path("outside")
attempt("climbs", members=[(tarfile.TarInfo("tally-1.0/../../outside"), b"x")])
attempt("absolute", members=[(tarfile.TarInfo(str(outside.resolve())), b"x")])
attempt("a link out", members=[link("tally-1.0/etc", "/etc", tarfile.SYMTYPE)])
attempt("a hard link out", members=[link("tally-1.0/passwd", "../etc/passwd", tarfile.LNKTYPE)])
attempt("a device", members=[link("tally-1.0/null", "", tarfile.CHRTYPE)])
attempt("a bomb", members=[(tarfile.TarInfo("tally-1.0/zeros"), bytes(600_000_000))])
attempt("a build that fails", more="raise OSError('no such luck')")
attempt("another package", more="name = 'other'")
attempt("another version", more="version = '2.0'; files = {p.replace('-1.0.', '-2.0.'): t.replace('1.0', '2.0') for p, t in files.items()}")
attempt("a backend that asks for an address", backend_needs=(
    "\n\ndef get_requires_for_build_wheel(settings):\n    return ['more @ https://more.example/x.whl']\n"))
wrong = Index(["tally-1.0.tar.gz"])
source()
answer = wrong.answer
wrong.answer = lambda path, login: (200, {}, b"another file") if path.startswith("/files") else answer(path, login)
workspace(wrong)
done = lamella("lock --quiet", environment, show=False)
print(f"another file: exit {done.returncode}\n{done.stderr}")
print("outside is there:", outside.exists())
