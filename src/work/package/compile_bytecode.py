# SPDX-License-Identifier: Apache-2.0
"""Compiles framed sources to unchecked-hash bytecode; run with -S -B and PYTHONHASHSEED=0, once per wheel.

stdin:  frames of {u32 path length, path, u32 source length, source}, little-endian, sorted by path
stdout: one frame per input frame of {u32 length, pyc}; length 0 where the source does not compile
exit:   where reading or writing fails, its errno

The bytes of a pyc depend on the reference counts at the time marshal sees an object, so this file keeps one order
of work and holds the path in one variable; compileall does the same and gives the same bytes.
"""
import _imp
import importlib._bootstrap_external as external
import struct
import sys


def frame(stream):
    head = stream.read(4)
    if not head:
        return None
    return stream.read(struct.unpack("<I", head)[0])


def compile_one(loader, source, path):
    try:
        code = loader.source_to_code(source, path)
    except (SyntaxError, ValueError, RecursionError):
        return b""
    source_hash = _imp.source_hash(external._RAW_MAGIC_NUMBER, source)
    return bytes(external._code_to_hash_pyc(code, source_hash, False))


def main():
    read = sys.stdin.buffer
    write = sys.stdout.buffer
    loader = external.SourceFileLoader("<lamella>", "<lamella>")
    while (name := frame(read)) is not None:
        source = frame(read)
        path = name.decode()
        pyc = compile_one(loader, source, path)
        write.write(struct.pack("<I", len(pyc)))
        write.write(pyc)
    write.flush()


try:
    main()
except OSError as code:
    external._os._exit(code.errno)  # an ordinary exit would flush, and fail once more
