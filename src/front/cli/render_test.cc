// SPDX-License-Identifier: Apache-2.0
#include "cli/render.h"

#include <gtest/gtest.h>

#include "cli/progress.h"
#include "document/json.h"

namespace lamella::cli {
namespace {

document::Value record(std::string_view json) { return document::parse_json(json, "test").value(); }

TEST(Render, BuildShowsSizesBeforeAndAfterAgainstTheBudget) {
  const auto text = render_build(record(R"({"artifacts":[
    {"kind":"layer","name":"core","action":"built","unzipped_bytes":81000000,"before":{"unzipped_bytes":83500000},
     "budget":{"unzipped":100000000,"aim":null},"proved":true,
     "reasons":[{"text":"numpy 1.24.2 -> 1.24.3"},{"text":"a"},{"text":"b"}]},
    {"kind":"function","name":"orders","action":"unchanged","unzipped_bytes":9000,"proved":false,"reasons":[{"text":"x"}]}],
    "elapsed_ms":1234})"),
                                 {}, {});
  EXPECT_EQ(text.out,
            "  layer     core    built      83.5 MB → 81.0 MB  [████████··]  81 %  of 100.0 MB  proved      "
            "numpy 1.24.2 -> 1.24.3; a; and 1 more\n"
            "  function  orders  unchanged             9.0 kB                                   not proved\n"
            "1 built, 1 unchanged in 1.23 s\n");
}

TEST(Render, BuildExplainsWhatLeftTheWheels) {
  Given given;
  given.flags["explain"] = {""};
  const auto text = render_build(record(R"({"artifacts":[
    {"kind":"layer","name":"core","action":"built","unzipped_bytes":700,"reasons":[{"text":"it was asked for"}],
     "dropped":{"wheel_bytes":1000,"stripped_bytes":100,"bytecode_bytes":0,"rules":{"generic/docs":50,"generic/tests":150}}}],
    "elapsed_ms":1})"),
                                 given, {});
  EXPECT_NE(text.out.find("core\n  because it was asked for\n  wheels     1.0 kB\n"
                          "  -  150 B  generic/tests\n  -   50 B  generic/docs\n"
                          "  -  100 B  symbols stripped from libraries\n  ships      700 B\n"),
            std::string::npos)
      << text.out;
}

TEST(Render, AFailedDeployNamesTheCheckAndWhatItSaw) {
  const auto text = render_deploy(record(R"({"deployment":"d1","environment":"local","outcome":"rolled-back",
    "layers":[{"name":"core","version":2,"action":"published"}],
    "functions":[{"name":"orders","version":"3","previous_version":"","alias":"live","action":"not-moved",
      "checks":[{"name":"ok","passed":true},{"name":"best","passed":false,"detail":"wanted eggs, got bread"}]}]})"),
                                  {}, {});
  EXPECT_EQ(text.out,
            "  layer     core    published  version 2\n"
            "  function  orders  not-moved  version 3  live  1 of 2 checks\n"
            "  failed orders: best: wanted eggs, got bread\n"
            "rolled-back to local as d1\n");
}

TEST(Render, ShellExportsAreQuoted) {
  EXPECT_EQ(render_local_env(record(R"({"env":{"A":"it's","B":"x y"}})"), {}, {}).out,
            "export A='it'\\''s'\nexport B='x y'\n");
}

TEST(Render, TheAnswerAloneGoesToStdout) {
  const auto text = render_invoke(record(R"({"function":"f","executed_version":"2","qualifier":"live",
    "payload_text":"{\"a\": 1.0}","log_tail":"START\nEND","round_trip_ms":12.5})"),
                                  {}, {});
  EXPECT_EQ(text.out, "{\"a\": 1.0}\n");
  EXPECT_EQ(text.err, "f version 2 (live), 12 ms\nSTART\nEND\n");
}

TEST(Render, ColoursOnlyWhereAskedFor) {
  Style style;
  EXPECT_EQ(style.paint("x", Colour::kRed), "x");
  style.colour = true;
  EXPECT_EQ(style.paint("x", Colour::kRed), "\x1b[31mx\x1b[0m");
  style.unicode = false;
  EXPECT_EQ(bar(0.31, 10, style), "[###.......]");
  EXPECT_EQ(bar(7.0, 4, style), "[####]");
}

TEST(Render, EventsCannotForgeTerminalOutput) {
  const Event event{.kind = "x", .subject = "a\x1b[2J", .text = "line\nforged", .done = 1, .total = 3};
  EXPECT_EQ(line_of(event, {}), "a\\x1b[2J: line\\nforged (1 of 3)");
}

}  // namespace
}  // namespace lamella::cli
