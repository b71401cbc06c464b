#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/check_rooms.py refuses each thing it is there for, and passes a house that is in order."""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

CHECKER = Path(__file__).resolve().parent.parent / "tools" / "check_rooms.py"

HOUSE = """
set(ground base os)
lamella_room(ground base)
lamella_room(ground os TOUCHES base LIBRARIES Threads::Threads)
lamella_room(domain model TOUCHES base)
lamella_room(outside http TOUCHES base os)
lamella_room(work build TOUCHES ${ground} model http)
"""

SOURCES = {
    "src/ground/base/result.h": "#include <string>\n",
    "src/ground/os/clock.cc": '#include "base/result.h"\n#include "os/clock.h"\nauto t = std::chrono::steady_clock::now();\n',
    "src/domain/model/layer.cc": '#include "base/result.h"  // never getenv("HOME")\n',
    "src/domain/model/layer_test.cc": '#include <gtest/gtest.h>\n#include <fstream>\n#include "model/layer.h"\n',
    "src/outside/http/client.cc": '#include <curl/curl.h>\n#include "os/clock.h"\n',
    "src/work/build/build.cc": '#include "http/client.h"\n#include "os/clock.h"\n#include "embedded/rules.h"\n',
    "src/front/main/main.cc": '#include "build/build.h"\n',
}


class CheckRooms(unittest.TestCase):
    def check(self, house=HOUSE, build=None, **planted):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            (root / "cmake").mkdir()
            (root / "cmake" / "rooms.cmake").write_text(house)
            for path, text in {**SOURCES, **planted.get("files", {})}.items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text)
            arguments = [sys.executable, str(CHECKER), "--root", folder]
            if build:
                build(root / "build")
                arguments += ["--build-dir", str(root / "build")]
            done = subprocess.run(arguments, capture_output=True, text=True)
            self.assertEqual(done.stderr, "")
            return done.returncode, done.stdout

    def refused(self, path, text, expected):
        status, output = self.check(files={path: text})
        self.assertEqual(status, 1, output)
        self.assertIn("refused: " + path, output)
        self.assertIn(expected, output)

    def test_a_house_in_order_passes(self):
        self.assertEqual(self.check(), (0, "5 rooms, 0 refused, 0 warned\n"))

    def test_includes_that_no_row_names(self):
        self.refused("src/ground/base/bad.cc", '\n#include "os/clock.h"\n', "bad.cc:2: base may not touch os")
        self.refused("src/domain/model/bad.h", '#include "os/clock.h"\n', "model may not touch os")
        self.refused("src/outside/http/bad.h", '#  include "build/build.h"\n', "http may not touch build")
        self.refused("src/ground/os/bad_test.cc", '#include "model/layer.h"\n', "os may not touch model")
        self.refused("src/ground/os/bad.cc", '#include "nowhere/x.h"\n', "is in no room")
        self.refused("src/ground/os/bad.cc", '#include "clock.h"\n', "is in no room")

    def test_libraries_outside_their_room(self):
        self.refused("src/work/build/bad.cc", "#include <openssl/evp.h>\n", "belongs in the room crypto only")
        self.refused("src/domain/model/bad.cc", "#include <nlohmann/json.hpp>\n", "belongs in the room document only")
        self.refused("src/ground/os/bad.cc", "#include <gtest/gtest.h>\n", "belongs in tests only")

    def test_what_the_domain_cannot_reach(self):
        for header in ("thread", "filesystem", "fstream", "mutex", "random", "sys/socket.h", "unistd.h"):
            self.refused("src/domain/model/bad.cc", f"#include <{header}>\n", "cannot be reached from the domain")

    def test_names_kept_to_their_room(self):
        self.refused("src/work/build/bad.cc", 'auto h = std::getenv("HOME");\n', "reads the environment")
        self.refused("src/domain/model/bad.cc", "auto t = std::chrono::system_clock::now();\n", "reads a clock")
        self.refused("src/work/build/bad.cc", "void f() { std::cout << 1; }\n", "prints")

    def test_places_and_names(self):
        self.refused("src/ground/util/x.h", "", "no folder is called util")
        self.refused("src/ground/os/file_helpers.cc", "", "no file is called after helpers")
        self.refused("src/ground/new/x.h", "", "has no room new on the floor ground")
        self.refused("src/work/os/x.h", "", "has no room os on the floor work")
        self.refused("src/loose.cc", "", "sources live in src/<floor>/<room>/")

    def test_a_table_that_reaches_upwards(self):
        status, output = self.check(house=HOUSE + "lamella_room(ground late TOUCHES http)\n")
        self.assertEqual(status, 1)
        self.assertIn("late reaches upwards to http", output)
        status, output = self.check(house=HOUSE + "lamella_room(work early TOUCHES later)\nlamella_room(work later)\n")
        self.assertIn("early touches later, which is no room before it", output)

    def test_sizes_only_warn(self):
        long_function = "void f() {\n" + "  g();\n" * 90 + "}\n"
        status, output = self.check(files={"src/ground/os/long.cc": long_function + "\n" * 700})
        self.assertEqual(status, 0)
        self.assertIn("long.cc:1: a function of 92 lines", output)
        self.assertIn("long.cc: 792 lines", output)

    def test_symbols_of_the_domains_objects(self):
        def build(folder):
            folder.mkdir()
            source = folder / "sneaky.c"
            source.write_text("char *getenv(const char *); char *f(void) { return getenv(\"HOME\"); }\n")
            subprocess.run(["cc", "-c", str(source), "-o", str(folder / "sneaky.o")], check=True)
            subprocess.run(["ar", "cr", str(folder / "liblamella_model.a"), str(folder / "sneaky.o")], check=True)

        status, output = self.check(build=build)
        self.assertEqual(status, 1)
        self.assertIn("liblamella_model.a(sneaky.o): calls getenv", output)


if __name__ == "__main__":
    unittest.main()
