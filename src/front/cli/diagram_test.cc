// SPDX-License-Identifier: Apache-2.0
#include "cli/diagram.h"

#include <gmock/gmock.h>

#include "cli/render.h"
#include "document/json.h"

namespace lamella::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kHostile = "\"><script>alert(1)</script>|`x`\\n]\n\x1b[31m";

TEST(Diagram, DrawsNodesEdgesAndMarks) {
  Diagram diagram("shop");
  diagram.edge("function orders", "layer core");
  diagram.edge("function orders", "layer core");
  diagram.node("layer core").mark = Mark::kRebuild;
  diagram.node("layer core").note = "rebuild";
  EXPECT_EQ(diagram.dot(),
            "digraph \"shop\" {\n  rankdir=RL;\n"
            "  node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\"];\n"
            "  n0 [label=\"function orders\", fillcolor=\"#f6f8fa\", color=\"#8c959f\"];\n"
            "  n1 [label=\"layer core\\nrebuild\", fillcolor=\"#ffebe9\", color=\"#cf222e\"];\n"
            "  n0 -> n1;\n}\n");
  EXPECT_THAT(diagram.mermaid(), HasSubstr("flowchart RL\n  n0[\"function orders\"]:::plain\n  n1[\"layer "
                                           "core<br/>rebuild\"]:::rebuild\n  n0 --> n1\n"));
  const std::string svg = diagram.svg();
  EXPECT_THAT(svg, HasSubstr("<svg xmlns=\"http://www.w3.org/2000/svg\""));
  EXPECT_THAT(svg, HasSubstr("<g class=\"rebuild\">"));
  EXPECT_THAT(svg, HasSubstr(">function orders</text>"));
}

TEST(Diagram, OfNothingIsAPictureToo) {
  EXPECT_THAT(Diagram("empty").svg(), HasSubstr("</svg>"));
  EXPECT_THAT(Diagram("empty").dot(), HasSubstr("digraph"));
}

TEST(Diagram, ACircleIsDrawn) {
  Diagram diagram("circle");
  diagram.edge("a", "b");
  diagram.edge("b", "a");
  EXPECT_THAT(diagram.svg(), HasSubstr("</svg>"));
}

TEST(Diagram, NothingInALabelHasAMeaning) {
  Diagram diagram{std::string(kHostile)};
  diagram.node(std::string(kHostile)).note = kHostile;
  EXPECT_THAT(diagram.svg(), Not(HasSubstr("<script")));
  EXPECT_THAT(diagram.svg(), Not(HasSubstr("\x1b")));
  EXPECT_THAT(diagram.mermaid(), Not(HasSubstr("<script")));
  EXPECT_THAT(diagram.mermaid(), Not(HasSubstr("\"\"")));
  EXPECT_THAT(diagram.dot(), HasSubstr("\\\"><script>")) << "in DOT only the quote has one";
  EXPECT_EQ(markdown_text("a|b`c<d>"), "a&#124;b&#96;c&#60;d&#62;");
  EXPECT_EQ(xml_text("<a href='x'>&"), "&#60;a href=&#39;x&#39;&#62;&#38;");
}

document::Value record(std::string_view json) { return document::parse_json(json, "test").value(); }

constexpr std::string_view kImpact = R"({"from":{"revision":"main","commit":"0123456789abcdef"},
  "to":{"revision":null,"commit":null},
  "rebuild":[{"kind":"layer","name":"core","reasons":[{"text":"numpy 1 → 2","path":["package numpy","layer core"]}]}],
  "recheck":[{"kind":"layer","name":"ml","reasons":[{"text":"numpy 1 → 2","path":["package numpy","layer core","layer ml"]}]}],
  "redeploy":[{"kind":"function","name":"orders","reasons":[
     {"text":"a|b","path":["file a|b","function orders"]},{"text":"2","path":["file 2","function orders"]},
     {"text":"3","path":["file 3","function orders"]},{"text":"4","path":["file 4","function orders"]},
     {"text":"5","path":["file 5","function orders"]},{"text":"6","path":["file 6","function orders"]}]}],
  "removed":[],"warnings":[{"text":"the lock is old"}]})";

TEST(RenderAffected, TellsEachSetWithItsReasonsAndWays) {
  const Text text = render_affected(record(kImpact), {}, {});
  EXPECT_EQ(text.out,
            "the working tree against main (0123456789ab)\n"
            "rebuild\n  layer  core  numpy 1 → 2\n"
            "recheck\n  layer  ml  numpy 1 → 2  by layer core\n"
            "redeploy\n  function  orders  a|b\n                    2\n                    3\n               "
            "     4\n"
            "                    5\n                    and 1 more\n");
  EXPECT_EQ(text.err, "warning: the lock is old\n");
}

TEST(RenderAffected, SaysThatNothingIs) {
  EXPECT_EQ(
      render_affected(record(R"({"from":{"revision":"a","commit":"b"},"to":{"revision":"c","commit":"d"}})"),
                      {}, {})
          .out,
      "c (d) against a (b)\nnothing is affected\n");
}

TEST(RenderAffected, HasAFormForPullRequestsAndPictures) {
  Given given;
  given.flags["markdown"] = {""};
  const std::string markdown = render_affected(record(kImpact), given, {}).out;
  EXPECT_THAT(
      markdown,
      HasSubstr("**rebuild** (1)\n\n| what | name | why |\n|---|---|---|\n| layer | core | numpy 1 → 2 |\n"));
  EXPECT_THAT(markdown, HasSubstr("| function | orders | a&#124;b<br>2<br>3<br>4<br>5<br>and 1 more |"));
  EXPECT_THAT(markdown, HasSubstr("> ⚠ the lock is old"));
  EXPECT_THAT(markdown, HasSubstr("```mermaid\n"));
  given.flags = {{"dot", {""}}};
  EXPECT_THAT(render_affected(record(kImpact), given, {}).out, HasSubstr("[label=\"layer ml\\nrecheck\""));
  given.flags = {{"svg", {""}}};
  EXPECT_THAT(render_affected(record(kImpact), given, {}).out, HasSubstr("class=\"redeploy\""));
}

}  // namespace
}  // namespace lamella::cli
