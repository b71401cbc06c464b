// SPDX-License-Identifier: Apache-2.0
#include "model/opt_findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "model/merged_opt.h"
#include "model/opt_distributions.h"

namespace lamella::model {
namespace {

using base::Severity;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

OptMember::Part part(const std::string& distribution, const std::string& version, OptPart facts) {
  return {distribution, version, std::make_shared<const OptPart>(std::move(facts))};
}

OptMember layer(const std::string& name, std::vector<OptMember::Part> parts) {
  return {ArtifactKind::kLayer, name, std::move(parts)};
}

OptMember function(std::vector<OptMember::Part> parts) {
  return {ArtifactKind::kFunction, "orders", std::move(parts)};
}

/// A distribution of files, each of its own content, with METADATA.
OptMember::Part wheel(const std::string& name, const std::string& version,
                      const std::vector<std::string>& paths, const std::string& prefix = "python/") {
  OptPart facts;
  std::uint64_t content = std::hash<std::string>()(name + version);
  for (const std::string& path : paths) facts.files.push_back({prefix + path, 10, content++});
  facts.files.push_back({prefix + name + "-" + version + ".dist-info/METADATA", 100, content});
  return part(name, version, std::move(facts));
}

OptBinary binary(const std::string& path) {
  OptBinary one;
  one.path = path;
  one.size = 1000;
  one.content = path;
  one.machine = "x86_64";
  return one;
}

/// The workspace's own libraries.
OptMember::Part libraries(std::vector<OptBinary> binaries, OptPart facts = {}) {
  for (const OptBinary& one : binaries)
    facts.files.push_back({one.path, one.size, std::hash<std::string>()(one.content)});
  facts.binaries = std::move(binaries);
  return part("in-repo", "", std::move(facts));
}

OptStack stack(std::vector<OptMember> layers, std::optional<OptMember> own = {}) {
  return {Target{}, {"libc.so.6"}, std::move(layers), std::move(own)};
}

std::vector<FindingKind> kinds(const std::vector<Finding>& findings) {
  std::vector<FindingKind> out;
  for (const Finding& finding : findings) out.push_back(finding.kind);
  return out;
}

TEST(MergeFindings, NothingMeetsNothingIsSaid) {
  EXPECT_THAT(opt_findings(stack({layer("core", {wheel("numlib", "1.0", {"numlib/__init__.py"})})},
                                 function({part("in-repo", "", {.files = {{"app.py", 1, 1}}})}))),
              IsEmpty());
}

TEST(MergeFindings, TwoVersionsOfADistributionAreAnErrorThatNamesBothAndTheWinner) {
  const auto found = opt_findings(stack({layer("core", {wheel("numlib", "1.0", {"numlib/__init__.py"})}),
                                         layer("apart", {wheel("numlib", "2.0", {"numlib/__init__.py"})})}));
  ASSERT_THAT(kinds(found), ElementsAre(FindingKind::kDuplicateDistribution));
  EXPECT_EQ(found[0].severity, Severity::kError);
  EXPECT_EQ(found[0].text, "two versions of numlib: 2.0 of layer apart is merged over 1.0 of layer core");
  EXPECT_EQ(found[0].origins[0].artifact, "layer apart");
  EXPECT_EQ(found[0].origins[1].file, "/opt/python/numlib-1.0.dist-info/METADATA");
  const auto error = error_of(found, "function orders");
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->code(), ErrorCode::kRefused);
  EXPECT_EQ(error->what(), "function orders: " + found[0].text);
}

TEST(MergeFindings, TheSameVersionTwiceIsAWarningWithItsBytesEvenWhereFilesDiffer) {
  auto pruned = wheel("numlib", "1.0", {"numlib/__init__.py"});
  OptPart facts = *pruned.facts;
  facts.files[0].content += 77;
  pruned.facts = std::make_shared<const OptPart>(facts);
  const auto found = opt_findings(
      stack({layer("core", {wheel("numlib", "1.0", {"numlib/__init__.py"})}), layer("more", {pruned})}));
  ASSERT_THAT(kinds(found), ElementsAre(FindingKind::kDuplicateDistribution));
  EXPECT_EQ(found[0].severity, Severity::kWarning);
  EXPECT_EQ(found[0].bytes, 110U);
  EXPECT_FALSE(error_of(found, "function orders").has_value());
}

TEST(MergeFindings, FilesOfADistributionThatAnArchiveBringsTooAreToldAsThat) {
  auto archive = wheel("numlib", "1.0", {"numlib/__init__.py"});
  OptPart facts = *archive.facts;
  facts.files[0].content += 77;
  archive = part("archive:vendor", "", facts);
  const auto found = merge_findings(
      stack({layer("core", {wheel("numlib", "1.0", {"numlib/__init__.py"})}), layer("vendor", {archive})}));
  EXPECT_THAT(kinds(found), ElementsAre(FindingKind::kDuplicateDistribution));
}

TEST(MergeFindings, AFunctionsOwnVersionHidesTheLayers) {
  const auto found = opt_findings(stack({layer("core", {wheel("numlib", "1.0", {"numlib/__init__.py"})})},
                                        function({wheel("numlib", "2.0", {"numlib/__init__.py"}, "")})));
  ASSERT_THAT(kinds(found), ElementsAre(FindingKind::kDuplicateDistribution));
  EXPECT_EQ(found[0].text, "two versions of numlib: 2.0 of function orders hides 1.0 of layer core");
}

TEST(MergeFindings, OneLayersFileReplacingAnothersIsAnErrorToldOnceForAll) {
  const auto found = merge_findings(stack({layer("a", {wheel("one", "1", {"shared/x.py", "shared/y.py"})}),
                                           layer("b", {wheel("two", "2", {"shared/x.py", "shared/y.py"})})}));
  ASSERT_THAT(kinds(found), ElementsAre(FindingKind::kShadowedFile));
  EXPECT_EQ(found[0].severity, Severity::kError);
  EXPECT_EQ(found[0].text,
            "/opt/python/shared/x.py (and 1 more) of two 2 of layer b replaces that of one 1 of layer a");
  EXPECT_EQ(found[0].files, 2U);
  EXPECT_EQ(found[0].bytes, 20U);
}

TEST(MergeFindings, LicencesAndSameContentAreNoError) {
  OptPart a{.files = {{"python/LICENSE.txt", 5, 1}, {"python/same.py", 5, 9}}};
  OptPart b{.files = {{"python/LICENSE.txt", 5, 2}, {"python/same.py", 5, 9}}};
  const auto found =
      merge_findings(stack({layer("a", {part("one", "1", a)}), layer("b", {part("two", "1", b)})}));
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_FALSE(error_of(found, "f").has_value());
}

TEST(MergeFindings, InitFilesOfANamespaceMayDiffer) {
  OptPart a{.files = {{"python/google/__init__.py", 5, 1}}, .namespace_inits = {"python/google/__init__.py"}};
  OptPart b{.files = {{"python/google/__init__.py", 6, 2}}, .namespace_inits = {"python/google/__init__.py"}};
  const auto found =
      merge_findings(stack({layer("a", {part("one", "1", a)}), layer("b", {part("two", "1", b)})}));
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].severity, Severity::kInfo);
}

TEST(MergeFindings, AFileWhereAnotherHasAFolderIsAnError) {
  const auto found =
      merge_findings(stack({layer("a", {part("one", "1", {.files = {{"python/x", 1, 1}}})}),
                            layer("b", {part("two", "1", {.files = {{"python/x/y.py", 1, 1}}})})}));
  ASSERT_THAT(kinds(found), ElementsAre(FindingKind::kFileOverFolder));
  EXPECT_EQ(found[0].severity, Severity::kError);
}

TEST(ModuleFindings, AStandardModuleIsHiddenByAModuleOrARegularPackageAlone) {
  const auto core =
      layer("core", {wheel("enum34", "1.1.10", {"enum/__init__.py"}), wheel("typing", "3.7.4", {"typing.py"}),
                     wheel("parts", "1.0",
                           {"concurrent/parts/__init__.py", "sys.py", "deep/json.py", "deep/__init__.py"})});
  const auto found = module_findings(
      stack({core}, function({part("in-repo", "", {.files = {{"app.py", 1, 1}, {"typing.py", 1, 1}}})})));
  std::vector<const Finding*> standard;
  for (const Finding& one : found) {
    if (one.origins[1].artifact == "runtime python3.11") standard.push_back(&one);
  }
  ASSERT_THAT(standard, SizeIs(2));
  EXPECT_EQ(standard[0]->subject, "typing");  // the function's stands first on the path
  EXPECT_EQ(standard[0]->origins[0].file, "/var/task/typing.py");
  EXPECT_EQ(standard[0]->remedy, "rename it");
  EXPECT_EQ(standard[1]->text,
            "/opt/python/enum/__init__.py of enum34 1.1.10 of layer core hides 'enum' of Python's standard "
            "library, "
            "which other modules and the runtime's own client import too");
  EXPECT_EQ(standard[1]->kind, FindingKind::kHiddenModule);
  EXPECT_EQ(standard[1]->severity, Severity::kWarning);
  EXPECT_EQ(standard[1]->origins[1].file, "/var/lang/lib/python3.11/enum");
}

TEST(LoaderFindings, SymbolVersionsOfLibstdcxxAreHeldAgainstTheTargets) {
  const auto found_for = [](const std::function<void(OptBinary&)>& change, std::vector<OptFile> more = {},
                            int minor = 11) {
    OptBinary binary{
        .path = "python/fast/_fast.so", .size = 9, .machine = "x86_64", .needed = {"libstdc++.so.6"}};
    change(binary);
    OptPart facts{.files = std::move(more), .binaries = {binary}};
    facts.files.push_back({binary.path, 9, 9});
    OptStack whole = stack({layer("core", {part("fast", "1.0", std::move(facts))})});
    whole.target.runtime.minor = minor;
    whole.sonames.push_back("libstdc++.so.6");
    return loader_findings(whole);
  };
  const auto newer = found_for([](OptBinary& b) { b.glibcxx = {3, 4, 25}; });
  ASSERT_THAT(kinds(newer), ElementsAre(FindingKind::kNewerGlibc));
  EXPECT_EQ(newer[0].text,
            "/opt/python/fast/_fast.so of fast 1.0 of layer core asks for GLIBCXX_3.4.25; the libstdc++ of "
            "al2 ends at GLIBCXX_3.4.24");
  EXPECT_EQ(newer[0].origins[1].artifact, "runtime python3.11");
  EXPECT_EQ(error_of(newer, "layer core")->code(), ErrorCode::kRejected);
  EXPECT_THAT(kinds(found_for([](OptBinary& b) {
                b.cxxabi = {1, 3, 12};
              })),
              ElementsAre(FindingKind::kNewerGlibc));
  EXPECT_THAT(found_for([](OptBinary& b) { b.glibcxx = {3, 4, 24}, b.cxxabi = {1, 3, 11}; }), IsEmpty());
  EXPECT_THAT(found_for(
                  [](OptBinary& b) {
                    b.glibcxx = {3, 4, 29}, b.cxxabi = {1, 3, 13};
                  },
                  {}, 12),
              IsEmpty());
  EXPECT_THAT(found_for([](OptBinary& b) { b.glibcxx = {3, 4, 30}; }, {}, 12), SizeIs(1));
  // A copy of its own satisfies it where the loader takes that one: by RPATH; RUNPATH comes after the runtime's.
  const std::vector<OptFile> copy = {{"python/fast.libs/libstdc++.so.6", 5, 5}};
  EXPECT_THAT(found_for(
                  [](OptBinary& b) {
                    b.glibcxx = {3, 4, 30}, b.rpath = {"$ORIGIN/../fast.libs"};
                  },
                  copy),
              IsEmpty());
  EXPECT_THAT(found_for(
                  [](OptBinary& b) {
                    b.glibcxx = {3, 4, 30}, b.runpath = {"$ORIGIN/../fast.libs"};
                  },
                  copy),
              SizeIs(1));
}

TEST(MergeFindings, HalfOfTheRuntimesSdkIsTold) {
  const auto with = [](std::vector<OptMember::Part> parts) {
    auto found = merge_findings(stack({layer("aws", std::move(parts))}));
    EXPECT_THAT(kinds(found), ElementsAre(FindingKind::kRuntimeSdk));
    return found.front().severity;
  };
  EXPECT_EQ(with({wheel("boto3", "1.40.2", {})}), Severity::kError);
  EXPECT_EQ(with({wheel("botocore", "1.40.2", {})}), Severity::kWarning);
  EXPECT_EQ(with({wheel("boto3", "1.40.2", {}), wheel("botocore", "1.40.2", {})}), Severity::kInfo);
}

TEST(MergeFindings, ABotocoreThatBoto3DoesNotTakeIsAnError) {
  auto boto3 = wheel("boto3", "1.40.2", {});
  OptPart facts = *boto3.facts;
  facts.requires_dist = {"botocore<1.41.0,>=1.40.2", "jmespath>=0.7.1"};
  boto3.facts = std::make_shared<const OptPart>(facts);
  const auto found =
      merge_findings(stack({layer("core", {wheel("botocore", "1.29.0", {})}), layer("aws", {boto3})}));
  ASSERT_THAT(kinds(found), ElementsAre(FindingKind::kRuntimeSdk));
  EXPECT_EQ(found[0].severity, Severity::kError);
  EXPECT_EQ(
      found[0].text,
      "boto3 1.40.2 of layer aws wants botocore<1.41.0,>=1.40.2, it would get botocore 1.29.0 of layer core");
  const auto fits =
      merge_findings(stack({layer("core", {wheel("botocore", "1.40.9", {})}), layer("aws", {boto3})}));
  EXPECT_EQ(fits.at(0).severity, Severity::kWarning);
}

TEST(MergeFindings, WhatAProjectNeedsMustBeThereInAVersionThatItTakes) {
  OptMember dyn = layer("dyn", {wheel("shop", "1.0", {"shop/__init__.py"})});
  dyn.needs = {{"libs/shop", "idna==3.6", "shop 1.0", "idna", "==3.6", ""}};
  const auto found = merge_findings(stack({dyn}));
  ASSERT_THAT(kinds(found), ElementsAre(FindingKind::kUnmetRequirement));
  EXPECT_EQ(found[0].severity, Severity::kError);
  EXPECT_EQ(found[0].text, "shop 1.0 of layer dyn needs idna==3.6, which is not in its lock, nor beside it");
  EXPECT_EQ(found[0].remedy,
            "add \"idna==3.6\" to `requirements` of layer dyn, or to `dependencies` of [project] in "
            "libs/shop/pyproject.toml, and run `lamella lock`");

  const auto beside = [&](OptMember::Part part) { return merge_findings(stack({dyn, layer("b", {part})})); };
  EXPECT_THAT(beside(wheel("idna", "3.6", {"idna/__init__.py"})), IsEmpty());
  EXPECT_THAT(beside(part("in-repo", "", {.files = {{"python/idna/__init__.py", 1, 1}}})), IsEmpty());
  EXPECT_THAT(beside(part("in-repo", "", {.files = {{"python/other/idna.py", 1, 1}}})), SizeIs(1));
  const auto other = beside(wheel("idna", "3.7", {"idna/__init__.py"}));
  ASSERT_THAT(kinds(other), ElementsAre(FindingKind::kUnmetRequirement));
  EXPECT_EQ(other[0].text, "shop 1.0 of layer dyn needs idna==3.6, and would get idna 3.7");
  EXPECT_THAT(other[0].origins, SizeIs(2));

  dyn.needs[0].got = "3.7";
  EXPECT_THAT(beside(wheel("idna", "3.6", {"idna/__init__.py"})), SizeIs(1)) << "its lock said no";
}

TEST(MergeFindings, PthFilesThatRunCodeAreTold) {
  OptPart facts{.files = {{"python/a-nspkg.pth", 1, 1}, {"python/b.pth", 1, 1}},
                .startup_pths = {"python/a-nspkg.pth", "python/b.pth"}};
  const auto found = merge_findings(stack({layer("core", {part("a", "1", facts)})}));
  ASSERT_THAT(kinds(found), ElementsAre(FindingKind::kNamespacePth, FindingKind::kStartupPth));
  EXPECT_EQ(found[0].severity, Severity::kWarning);
  EXPECT_EQ(found[1].severity, Severity::kInfo);
}

TEST(ModuleFindings, AFunctionsModuleThatHidesALayersIsAnError) {
  const auto found =
      module_findings(stack({layer("core", {wheel("requests", "2.0", {"requests/__init__.py"})})},
                            function({part("in-repo", "", {.files = {{"requests.py", 7, 1}}})})));
  ASSERT_THAT(kinds(found), ElementsAre(FindingKind::kHiddenModule));
  EXPECT_EQ(found[0].text,
            "/var/task/requests.py of in-repo of function orders hides /opt/python/requests/__init__.py of "
            "requests "
            "2.0 of layer core");
}

TEST(ModuleFindings, PartsOfANamespaceMeetAndARegularPackageHidesThem) {
  const OptMember own = function({part("in-repo", "", {.files = {{"company/orders/app.py", 7, 1}}})});
  const auto with = [&](const std::vector<std::string>& paths) {
    return module_findings(stack({layer("core", {wheel("company-core", "1", paths)})}, own));
  };
  EXPECT_THAT(with({"company/core/__init__.py"}), IsEmpty());
  const auto hidden = with({"company/__init__.py", "company/core/__init__.py"});
  ASSERT_THAT(kinds(hidden), ElementsAre(FindingKind::kHiddenNamespace));
  EXPECT_EQ(hidden[0].severity, Severity::kError);
  EXPECT_EQ(hidden[0].origins[1].file, "/var/task/company/orders/app.py");
  // Below a namespace, names meet again.
  EXPECT_THAT(kinds(with({"company/orders/__init__.py"})), ElementsAre(FindingKind::kHiddenNamespace));
}

TEST(ModuleFindings, AnInitThatExtendsThePathHidesNothing) {
  OptPart facts{.files = {{"python/google/__init__.py", 5, 1}, {"python/google/auth/__init__.py", 5, 1}},
                .namespace_inits = {"python/google/__init__.py"}};
  EXPECT_THAT(module_findings(stack({layer("core", {part("google-auth", "1", facts)})},
                                    function({part("in-repo", "", {.files = {{"google/own/x.py", 7, 1}}})}))),
              IsEmpty());
}

TEST(ModuleFindings, WhatTwoCommandsLeftIsNoOneDistribution) {
  const OptPart one{.files = {{"python/lib/python3.11/site-packages/own.py", 7, 1}}};
  const OptPart other{.files = {{"python/own/__init__.py", 7, 2}}};
  const auto found = module_findings(stack(
      {layer("core", {part("command:out", "1", one)}), layer("ml", {part("command:out", "2", other)})}));
  EXPECT_THAT(kinds(found), ElementsAre(FindingKind::kHiddenModule));
}

TEST(ModuleFindings, TestsOfTheFunctionAreNoError) {
  const auto found =
      module_findings(stack({layer("core", {wheel("a", "2.0", {"tests/__init__.py"})})},
                            function({part("in-repo", "", {.files = {{"tests/__init__.py", 7, 1}}})})));
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].severity, Severity::kWarning);
}

TEST(BinaryFindings, MachineGlibcFormatAndAbiAreHeldAgainstTheTarget) {
  OptBinary arm = binary("python/a/_x.so");
  arm.machine = "aarch64";
  OptBinary modern = binary("python/a/_y.abi3.so");
  modern.glibc = {2, 28};
  OptBinary old = binary("python/a/_z.cpython-310-x86_64-linux-gnu.so");
  OptBinary right = binary("python/a/_r.cpython-311-x86_64-linux-gnu.so");
  right.glibc = {2, 26};
  OptBinary spare = binary("python/a/_r.cpython-310-x86_64-linux-gnu.so");
  OptBinary musl = binary("python/a/_m.cpython-311-x86_64-linux-musl.so");
  OptBinary mac = binary("python/a/_d.cpython-311-darwin.so");
  mac.format = OptBinary::Format::kMachO;
  OptBinary launcher = binary("python/a/t64.exe");
  launcher.format = OptBinary::Format::kPe;
  const auto found = opt_findings(
      stack({layer("core", {libraries({arm, modern, old, right, spare, musl, mac, launcher})})}));
  EXPECT_THAT(kinds(found),
              ElementsAre(FindingKind::kForeignMachine, FindingKind::kNewerGlibc, FindingKind::kForeignAbi,
                          FindingKind::kForeignAbi, FindingKind::kForeignFormat, FindingKind::kForeignAbi));
  EXPECT_EQ(found[1].text,
            "/opt/python/a/_y.abi3.so of in-repo of layer core asks for symbols of glibc 2.28; al2 has 2.26");
  EXPECT_EQ(found[2].subject, "python/a/_z.cpython-310-x86_64-linux-gnu.so");
  EXPECT_EQ(found.back().severity, Severity::kInfo);
  EXPECT_EQ(found.back().subject, "python/a/_r.cpython-310-x86_64-linux-gnu.so");
  EXPECT_EQ(error_of(found, "layer core")->code(), ErrorCode::kRejected);
}

OptBinary needing(const std::string& path, std::vector<std::string> needed,
                  std::vector<std::string> runpath = {}) {
  OptBinary one = binary(path);
  one.needed = std::move(needed);
  one.runpath = std::move(runpath);
  return one;
}

TEST(LoaderFindings, LibrariesAreFoundOnEveryPathTheLoaderLooks) {
  OptBinary by_rpath = needing("python/a/_rpath.so", {"librp.so"});
  by_rpath.rpath = {"$ORIGIN/../a.libs"};
  const OptMember core = layer(
      "core", {libraries({needing("python/a/_x.so", {"libc.so.6", "libone.so.1", "libinlib.so"},
                                  {"$ORIGIN/../a.libs"}),
                          by_rpath, binary("python/a.libs/librp.so"), binary("python/a.libs/libone.so.1"),
                          binary("lib/libinlib.so"), needing("python/a/_py.so", {"libpython3.11.so.1.0"})})});
  EXPECT_THAT(loader_findings(stack({core})), IsEmpty());
}

TEST(LoaderFindings, WhatAFileLoadedFirstBringsServesItsLibraries) {
  // libtwo has no path of its own: it finds libthree because _x loaded that before.
  const OptMember core = layer(
      "core", {libraries({needing("python/a/_x.so", {"libtwo.so", "libthree.so"}, {"$ORIGIN"}),
                          needing("python/a/libtwo.so", {"libthree.so"}), binary("python/a/libthree.so")})});
  EXPECT_THAT(loader_findings(stack({core})), IsEmpty());
}

TEST(LoaderFindings, WhatNothingProvidesIsAnErrorOfTheFileThatNeedsIt) {
  const auto found =
      loader_findings(stack({layer("core", {libraries({needing("python/a/_x.so", {"libGL.so.1"})})})}));
  ASSERT_THAT(kinds(found), ElementsAre(FindingKind::kUnresolvedLibrary));
  EXPECT_EQ(found[0].text,
            "/opt/python/a/_x.so of in-repo of layer core needs libGL.so.1, which neither a layer, nor "
            "the function, nor the runtime has");
  EXPECT_EQ(found[0].origins[1].artifact, "runtime python3.11");
}

TEST(LoaderFindings, LibrariesThatOnlyNeedEachOtherAreJudgedToo) {
  const auto found =
      loader_findings(stack({layer("core", {libraries({needing("lib/liba.so", {"libb.so"}),
                                                       needing("lib/libb.so", {"liba.so", "libno.so"})})})}));
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].subject, "libno.so");
}

TEST(LoaderFindings, ALibraryElsewhereCountsOnlyWhereSomethingLoadsItFirst) {
  const auto with = [](OptPart facts) {
    return loader_findings(stack({layer("core", {libraries({needing("python/a/_x.so", {"libfoo.so.1"}),
                                                            binary("python/a/native/libfoo.so.1")},
                                                           std::move(facts))})}));
  };
  const auto lost = with({});
  ASSERT_THAT(lost, SizeIs(1));
  EXPECT_THAT(lost[0].text, HasSubstr("where the loader does not look"));
  EXPECT_EQ(lost[0].origins[1].file, "/opt/python/a/native/libfoo.so.1");
  EXPECT_THAT(with({.preloads = {"libfoo.so"}}), IsEmpty());
  EXPECT_THAT(with({.preloads = {"libother.so"}}), SizeIs(1));
}

TEST(LoaderFindings, ALibraryOfAnotherDistributionCountsWhereThatIsImported) {
  const auto with = [](const std::vector<std::string>& imports) {
    auto torch = libraries({needing("python/torch/_C.so", {"libtorch.so"}, {"$ORIGIN/lib"}),
                            binary("python/torch/lib/libtorch.so")});
    return loader_findings(stack(
        {layer("a", {torch}),
         layer("b", {libraries({needing("python/vision/_C.so", {"libtorch.so"})}, {.imports = imports})})}));
  };
  EXPECT_THAT(with({}), SizeIs(1));
  EXPECT_THAT(with({"torch"}), IsEmpty());
}

TEST(LoaderFindings, AnotherLayersLibFolderServes) {
  EXPECT_THAT(loader_findings(stack({layer("a", {libraries({needing("python/x/_x.so", {"libgomp.so.1"})})}),
                                     layer("b", {libraries({binary("lib/libgomp.so.1")})})})),
              IsEmpty());
}

TEST(CopyFindings, CopiesAreFoundByFamilyAndContentWithTheBytesTheyCost) {
  OptBinary numpy = binary("python/numpy.libs/libopenblas64_p-r0-0cf96a72.3.23.dev.so");
  numpy.size = 35'000'000;
  OptBinary scipy = binary("python/scipy.libs/libopenblasp-r0-23e5df77.3.21.dev.so");
  scipy.size = 33'000'000;
  OptBinary one = binary("python/a/_same.so");
  OptBinary two = binary("python/b/_same.so");
  one.content = two.content = "equal";
  const auto found = copy_findings(
      stack({layer("core", {libraries({numpy, one})}), layer("ml", {libraries({scipy, two})})}));
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].subject, "libopenblas");
  EXPECT_EQ(found[0].severity, Severity::kWarning);
  EXPECT_EQ(found[0].bytes, 33'000'000U);
  EXPECT_EQ(found[0].text,
            "libopenblas is there 2 times: 35.0 MB in in-repo of layer core, 33.0 MB in in-repo of layer "
            "ml; all but one cost 33.0 MB");
  EXPECT_EQ(found[1].subject, "_same.so");
  EXPECT_EQ(found[1].severity, Severity::kInfo);
}

TEST(CopyFindings, FamiliesSeeThroughWhatWheelsRename) {
  EXPECT_EQ(library_family("python/numpy.libs/libgfortran-040039e1.so.5.0.0"), "libgfortran");
  EXPECT_EQ(library_family("libgfortran.so.5"), "libgfortran");
  EXPECT_EQ(library_family("libscipy_openblas64_-ff651d7f.so"), "libopenblas");
  EXPECT_EQ(library_family("libssl-1_1.so"), "libssl-1_1");
  EXPECT_EQ(library_family("python/a/_x.cpython-311-x86_64-linux-gnu.so"), "");
  EXPECT_EQ(library_family("libdata.txt"), "");
}

TEST(FindingRecord, IsReadAsItWasWritten) {
  const auto found = opt_findings(stack({layer("core", {wheel("numlib", "1.0", {"numlib/__init__.py"})}),
                                         layer("apart", {wheel("numlib", "2.0", {"numlib/__init__.py"})})}));
  EXPECT_EQ(findings_from_value(to_value(found)).value(), found);
  EXPECT_EQ(findings_from_value(document::Value(3)).error().code(), ErrorCode::kCorrupt);
  for (int kind = 0; kind <= static_cast<int>(FindingKind::kNearLimit); ++kind)
    EXPECT_NE(to_string(static_cast<FindingKind>(kind)), "");
}

TEST(Versions, MeetSpecifiersOfReleaseNumbers) {
  EXPECT_EQ(meets("1.40.3", "<1.41.0,>=1.40.3"), true);
  EXPECT_EQ(meets("1.40", "==1.40.0"), true);
  EXPECT_EQ(meets("1.9", ">=1.10"), false);
  EXPECT_EQ(meets("1.9", "(>=1.8, <2)"), true);
  EXPECT_EQ(meets("1.9rc1", ">=1.8"), std::nullopt);
  EXPECT_EQ(meets("1.9", "~=1.8"), std::nullopt);
  EXPECT_EQ(normalised_name("Foo__Bar.baz"), "foo-bar-baz");
}

std::vector<OptMember> some_layers() {
  std::vector<OptMember> layers;
  const auto count = *rc::gen::inRange<std::size_t>(1, 5);
  for (std::size_t i = 0; i < count; ++i) {
    OptPart facts;
    for (const auto* path : {"python/a/__init__.py", "python/a/b.py", "python/c.py", "lib/x"}) {
      if (*rc::gen::arbitrary<bool>())
        facts.files.push_back({path, 1, *rc::gen::inRange<std::uint64_t>(0, 3)});
    }
    layers.push_back(layer("l" + std::to_string(i), {part("d" + std::to_string(i), "1", facts)}));
  }
  return layers;
}

RC_GTEST_PROP(MergeFindings, NameTheWinnerOfTheMergeFirst, ()) {
  const auto layers = some_layers();
  std::vector<OptLayer> plain;
  for (const OptMember& one : layers) {
    plain.push_back({one.name, {}});
    for (const OptFile& file : one.parts[0].facts->files)
      plain.back().entries.push_back({file.path, file.size, file.content});
  }
  const MergedOpt merged = merge_opt(plain);
  std::uint64_t files = 0;
  for (const Finding& finding : merge_findings(stack(layers))) {
    files += finding.files;
    const auto wins = std::find_if(
        merged.entries.begin(), merged.entries.end(),
        [&](const MergedEntry& entry) { return "/opt/" + entry.path == finding.origins[0].file; });
    RC_ASSERT(wins != merged.entries.end());
    RC_ASSERT(finding.origins.size() == 2U);
    RC_ASSERT(finding.origins[0].artifact == "layer " + layers[wins->layer].name);
    RC_ASSERT(finding.origins[1].artifact != finding.origins[0].artifact);
  }
  RC_ASSERT(files == merged.shadows.size());
}

RC_GTEST_PROP(MergeFindings, DoNotDependOnTheOrderOfLayersThatShareNothing, ()) {
  std::vector<OptMember> layers;
  for (const auto* name : {"a", "b", "c"}) {
    OptBinary one = needing(std::string("python/") + name + "/_x.so",
                            {*rc::gen::element<std::string>("libc.so.6", "libno.so")});
    one.machine = *rc::gen::element<std::string>("x86_64", "aarch64");
    layers.push_back(layer(name, {libraries({one})}));
  }
  auto turned = layers;
  std::reverse(turned.begin(), turned.end());
  const auto texts = [](const std::vector<Finding>& findings) {
    std::multiset<std::string> out;
    for (const Finding& finding : findings) out.insert(finding.text);
    return out;
  };
  RC_ASSERT(texts(opt_findings(stack(layers))) == texts(opt_findings(stack(turned))));
}

}  // namespace
}  // namespace lamella::model
