#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`lamella affected` in a generated repository of 1,000 layers of 100 files each, beside `git diff --name-only`.

The last commit changes one file of one layer; the working tree is clean.  Both commands run in turns.  Aim: less than
twice the time of `git diff --name-only HEAD~1`, which answers less.
"""
import json
import subprocess
import time

from harness import measure
from harness.measure import ms

LAYERS = 1000
FILES = 100
LAYERS_PER_FUNCTION = 5
CHANGED = 417


def workspace_file():
    lines = ['schema = 1', '[project]', 'name = "many"', '[defaults]', 'runtime = "python3.11"', 'architecture = "x86_64"']
    for layer in range(LAYERS):
        lines += [f"[layers.layer-{layer}]", f'packages = ["packages/group{layer // 50}/package{layer}"]']
    for function in range(LAYERS // LAYERS_PER_FUNCTION):
        uses = [f"layer-{function * LAYERS_PER_FUNCTION + i}" for i in range(LAYERS_PER_FUNCTION)]
        lines += [f"[functions.function-{function}]", f'source = "functions/function{function}"', 'handler = "app.handler"',
                  f"layers = {json.dumps(uses)}"]
    return "\n".join(lines) + "\n"


def files():
    yield "lamella.toml", workspace_file()
    yield ".gitignore", ".lamella/\n"
    for layer in range(LAYERS):
        for file in range(FILES):
            folder = "" if file < 60 else f"part{file % 4}/"
            yield (f"packages/group{layer // 50}/package{layer}/{folder}module{file}.py",
                   f"LAYER = {layer}\nFILE = {file}\n" + "# filler\n" * (file % 30))
    for function in range(LAYERS // LAYERS_PER_FUNCTION):
        yield f"functions/function{function}/app.py", f"def handler(event, context):\n    return {function}\n"


def commit(number, changes):
    yield f"commit refs/heads/main\ncommitter bench <bench@localhost> {1_700_000_000 + number} +0000\n"
    yield f"data 1\n{number}\n"
    for path, text in changes:
        yield f"M 100644 inline {path}\ndata {len(text)}\n{text}\n"


def generate(folder):
    """Through fast-import, which writes one pack, as a clone has it."""
    folder.mkdir()
    git = ["git", "-C", str(folder)]
    subprocess.run([*git, "init", "-q", "-b", "main", "."], check=True)
    importer = subprocess.Popen([*git, "fast-import", "--quiet"], stdin=subprocess.PIPE)
    for part in commit(1, files()):
        importer.stdin.write(part.encode())
    changed = f"packages/group{CHANGED // 50}/package{CHANGED}/module7.py"
    for part in commit(2, [(changed, "CHANGED = True\n")]):
        importer.stdin.write(part.encode())
    importer.stdin.close()
    if importer.wait() != 0:
        raise SystemExit("git fast-import failed")
    subprocess.run([*git, "reset", "-q", "--hard", "main"], check=True)
    time.sleep(1.1)  # git reads again what may have changed in the second in which it wrote its index
    subprocess.run([*git, "status", "--porcelain"], check=True)


def main():
    with measure.Bench("affected", __doc__, default_rounds=15) as bench:
        folder = bench.scratch / "many"
        measure.note("making the repository")
        generate(folder)
        diff = ["git", "-C", str(folder), "diff", "--name-only"]
        affected = [bench.lamella, "affected", "-C", str(folder), "--json"]
        answer = json.loads(subprocess.run([*affected, "--since", "HEAD~1"], check=True, capture_output=True).stdout)
        if [item["name"] for item in answer["rebuild"]] != [f"layer-{CHANGED}"]:
            raise SystemExit(f"the answer is wrong: {answer['rebuild']}")
        samples = measure.rounds(bench.rounds, {
            "lamella affected --since HEAD~1": lambda: measure.run([*affected, "--since", "HEAD~1"]),
            "git diff --name-only HEAD~1": lambda: measure.run([*diff, "HEAD~1"]),
            "lamella affected --since HEAD~1 --to HEAD": lambda: measure.run([*affected, "--since", "HEAD~1", "--to", "HEAD"]),
            "git diff --name-only HEAD~1 HEAD": lambda: measure.run([*diff, "HEAD~1", "HEAD"]),
        })
        bench.record["results"] = {name: measure.summary(runs) for name, runs in samples.items()}
        report(bench)


def report(bench):
    results = bench.record["results"]
    rows = [(f"{LAYERS} layers of {FILES} files", "wall", "min", "max", "CPU", "memory")]
    for name, result in results.items():
        wall = result["wall_s"]
        rows.append((name, ms(wall["median"]), ms(wall["min"]), ms(wall["max"]), ms(result["cpu_s"]["median"]),
                     f"{result['largest_process_bytes'] / 1e6:.0f} MB"))
    measure.table(rows)
    ours, theirs = (results[name]["wall_s"]["median"] for name in list(results)[:2])
    bench.record["ratio_to_git_diff"] = ours / theirs
    bench.finish([measure.verdict("against git diff", f"{ours / theirs:.2f} times", "under 2 times", ours < 2 * theirs)])


main()
