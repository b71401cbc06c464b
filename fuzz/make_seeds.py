#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the small seeds below fuzz/seeds: one honest input per shape that a target can meet, and the texts of the
example.  What fuzzing found stays beside them as found-*, which this script does not touch."""
import io
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SEEDS = ROOT / "fuzz" / "seeds"
DATE = (1980, 1, 1, 0, 0, 0)


def seed(target, name, content):
    path = SEEDS / target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def archive(files, *, streamed=False, comment=b""):
    """`files`: (name, content, method, mode) each."""
    class Pipe(io.BytesIO):
        def seekable(self):
            return False

        def tell(self):
            raise OSError

    out = Pipe() if streamed else io.BytesIO()
    with zipfile.ZipFile(out, "w") as zip_file:
        for name, content, method, mode in files:
            info = zipfile.ZipInfo(name, DATE)
            info.compress_type, info.create_system, info.external_attr = method, 3, mode << 16
            with zip_file.open(info, "w", force_zip64=name == "wide") as entry:
                entry.write(content)
        zip_file.comment = comment
    return out.getvalue()


def zips():
    text = b"hello hello hello\n" * 3
    plain = [("p/__init__.py", b"", 0, 0o100644), ("p/run", text, 8, 0o100755), ("d/", b"", 0, 0o40755)]
    shapes = {
        "plain": archive(plain),
        "streamed": archive(plain, streamed=True),
        "zip64": archive([("wide", text, 8, 0o100644)]),
        "utf8": archive([("caf\u00e9", b"x", 0, 0o100600)]),
        "link": archive([("a", b"x", 0, 0o100644), ("l", b"a", 0, 0o120777)]),
        "comment": archive(plain, comment=b"made by hand"),
    }
    for target in ("zip_reader", "zip_rewrite"):
        for name, content in shapes.items():
            seed(target, name, content)
    seed("zip_pack", "text", b"\x05a/b.c" + text)
    seed("zip_pack", "empty", b"\x01a")
    seed("zip_pack", "utf8", b"\x03\xe2\x82\xac" + bytes(range(256)))


def sources():
    """Tars as source distributions have them, not packed."""
    def tar(form, members):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=form) as archive:
            for name, kind, target, content in members:
                info = tarfile.TarInfo(name)
                info.type, info.linkname, info.size = kind, target, len(content)
                archive.addfile(info, io.BytesIO(content))
        return out.getvalue().rstrip(b"\0") + bytes(1024)

    long = "top/" + "d" * 150 + "/f"
    members = [("top/", tarfile.DIRTYPE, "", b""), ("top/a", tarfile.REGTYPE, "", b"x" * 600),
               ("top/l", tarfile.SYMTYPE, "a", b""), ("top/h", tarfile.LNKTYPE, "top/a", b""),
               (long, tarfile.REGTYPE, "", b"long"), ("top/\u00e9", tarfile.SYMTYPE, "x" * 150, b"")]
    seed("source_archive", "ustar", tar(tarfile.USTAR_FORMAT, members[:4]))
    seed("source_archive", "gnu", tar(tarfile.GNU_FORMAT, members))
    seed("source_archive", "pax", tar(tarfile.PAX_FORMAT, members))


def deflate_streams():
    for level, text in ((0, b"stored as it is"), (1, b"fixed"), (9, bytes(range(256)) * 2)):
        squeeze = zlib.compressobj(level, zlib.DEFLATED, -15)
        stream = squeeze.compress(text) + squeeze.flush()
        seed("inflate", f"level-{level}", bytes([level]) + struct.pack(">H", len(text)) + stream)
    text = b"".join(b"%d " % (i * i % 4_093) for i in range(13_000))[:60_000]
    squeeze = zlib.compressobj(6, zlib.DEFLATED, -15)
    stream = b"".join(squeeze.compress(text[at:at + 6_000]) + squeeze.flush(zlib.Z_BLOCK) for at in range(0, 60_000, 6_000))
    seed("inflate", "blocks", bytes([50]) + struct.pack(">H", len(text)) + stream + squeeze.flush())


def wheels():
    info = "w-1.dist-info"
    base = [f"{info}/METADATA", f"{info}/WHEEL"]
    shapes = {
        "plain": ["w/__init__.py"],
        "schemes": ["w-1.data/purelib/a.py", "w-1.data/scripts/tool", "w-1.data/data/etc/x", "w-1.data/headers/w.h"],
        "nested": ["a", "w-1.data/purelib/b/c", "w-1.data/platlib/b/d.so"],
        "signed": [f"{info}/RECORD.jws", "w.py"],
    }
    for name, files in shapes.items():
        record = "".join(f"{path},sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\n" for path in base + files)
        seed("wheel", name, "\0".join([f"{record}{info}/RECORD,,\n", *base, *files]))
    seed("wheel", "quoted", "\0".join([f'"a,""b"""" ",,\r\n{base[0]},,\r\n{base[1]},,', *base, 'a,"b" ']))
    seed("metadata", "plain", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\nSummary: folded\n        text\n"
                              "Requires-Python: >=3.8\nRequires-Dist: numpy>=1.20\n"
                              "Requires-Dist: s3fs ; extra == 's3'\n\nName: in the description\n")
    seed("metadata", "crlf", "Name: a\r\nVersion: 1\r\n\r\n")


def texts():
    for number, line in enumerate(("numpy==1.24.3", "a[b, c] (>= 1.0, <2) ; python_version < '3.12'",
                                   "six @ https://h/a;b.whl ; extra == 'x'", "x~=1.0", "y===1.0+local")):
        seed("requirement", str(number), line)
    for number, line in enumerate(("python_version < '3.9' and extra == \"s3\"", "'linux' in sys_platform",
                                   "(os_name == 'posix' or platform_machine not in 'x86_64') and python_full_version >= '3.11.0'")):
        seed("marker", str(number), line)
    seed("version", "release", "1.0\0001.0.0\0001!0.9\0002.0.dev1\0002.0a1\0002.0rc1.post2.dev3\0002.0+local.7\0001.0-2")
    seed("version", "odd", "v1\0001.0.ALPHA\0001_c_1\000 1.0 \00000.01\000" + "9" * 20)
    lock = sorted((ROOT / "examples" / "item-prediction" / "locks").glob("pylock.*.toml"))[0].read_text()
    head, *packages = lock.split("[[packages]]")
    seed("lock", "example", "[[packages]]".join([head, *packages[:2], packages[-1]]))
    seed("workspace", "example", (ROOT / "examples" / "item-prediction" / "lamella.toml").read_text())
    seed("workspace", "small", 'schema = 1\n[project]\nname = "a"\n[layers.b]\nrequirements = ["c==1"]\nprune = { drop = '
                               '["**/x"] }\nbudget = { unzipped = "1 MiB" }\n[functions.f]\nsource = "f"\nhandler = "m.h"\n'
                               'layers = ["b"]\ntimeout = 3\nenvironment = { A = "{param:b}" }\n')
    for number, line in enumerate(('{"a":[1,-2.5e3,"\\u00e9\\n",true,null],"b":{}}', "[]", '"\\ud83d\\ude00"', "0",
                                   "123456789012345678901234567890")):
        seed("json", str(number), line)
    seed("http_request", "plain", "GET /a%20b?x=1 HTTP/1.1\r\nHost: h\r\n\r\n")
    seed("http_request", "length", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabcGET")
    seed("http_request", "chunked", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                                    "3\r\nabc\r\n1;x=y\r\nd\r\n0\r\nT: v\r\n\r\n")


def elf():
    """A shared object as small as it gets: one loaded segment with its dynamic section, and tables to strip."""
    strings = b"\0libm.so.6\0libx.so\0$ORIGIN\0GLIBC_2.29\0"
    names = b"\0.dynamic\0.dynstr\0.symtab\0.gnu.version_r\0.shstrtab\0"
    at = {name: 64 + 2 * 56 for name in ("dynstr",)}
    verneed_at = (at["dynstr"] + len(strings) + 7) & ~7
    dynamic_at = verneed_at + 32
    verneed = struct.pack("<HHIII", 1, 1, 1, 16, 0) + struct.pack("<IHHII", 0, 0, 2, 27, 0)
    dynamic = b"".join(struct.pack("<QQ", tag, value) for tag, value in (
        (1, 1), (14, 11), (29, 19), (5, at["dynstr"]), (10, len(strings)), (0x6ffffffe, verneed_at), (0x6fffffff, 1), (0, 0)))
    loaded = dynamic_at + len(dynamic)
    symbols_at, names_at = loaded, loaded + 24 * 8
    table_at = (names_at + len(names) + 7) & ~7
    head = struct.pack("<4sBBBB8xHHIQQQIHHHHHH", b"\x7fELF", 2, 1, 1, 0, 3, 62, 1, 0, 64, table_at, 0, 64, 56, 2, 64, 6, 5)
    programs = struct.pack("<IIQQQQQQ", 1, 4, 0, 0, 0, loaded, loaded, 4096)
    programs += struct.pack("<IIQQQQQQ", 2, 6, dynamic_at, dynamic_at, dynamic_at, len(dynamic), len(dynamic), 8)

    def section(name, kind, flags, offset, size, link=0):
        return struct.pack("<IIQQQQIIQQ", names.index(name) if name else 0, kind, flags, offset if flags else 0, offset, size,
                           link, 0, 8, 0)

    sections = [section(b"", 0, 0, 0, 0), section(b".dynamic", 6, 2, dynamic_at, len(dynamic), 2),
                section(b".dynstr", 3, 2, at["dynstr"], len(strings)), section(b".symtab", 2, 0, symbols_at, 24 * 8, 2),
                section(b".gnu.version_r", 0x6ffffffe, 2, verneed_at, 32, 2), section(b".shstrtab", 3, 0, names_at, len(names))]
    body = (head + programs + strings).ljust(verneed_at, b"\0") + verneed + dynamic
    whole = (body + bytes(24 * 8) + names).ljust(table_at, b"\0") + b"".join(sections)
    seed("elf", "shared", whole)
    seed("elf", "32-bit", whole[:4] + b"\1" + whole[5:52])
    seed("elf", "arm64", whole[:18] + struct.pack("<H", 183) + whole[20:])


if __name__ == "__main__":
    zips()
    sources()
    deflate_streams()
    wheels()
    texts()
    elf()
