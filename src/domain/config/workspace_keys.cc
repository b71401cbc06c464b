// SPDX-License-Identifier: Apache-2.0
#include "config/workspace_keys.h"

namespace lamella::config {
namespace {

consteval Key later(Key key) {
  key.built = Built::kLater;
  return key;
}
consteval Key required(Key key) {
  key.presence = Presence::kRequired;
  return key;
}
consteval Key by_default(std::string_view fallback, Key key) {
  key.fallback = fallback;
  return key;
}
/// For a list: the shape of the tables in it.
consteval Key listing(std::string_view entry, Key key) {
  key.entry = entry;
  return key;
}
/// For "*": what the names must look like.
consteval Key named(Format format, Key key) {
  key.name_format = format;
  return key;
}

constexpr std::string_view kModes = "unchecked-hash|only|none";

// Rows are in the order in which documents and error messages list them.
// clang-format off
constexpr Key kKeys[] = {
    required(by_default("1", {"workspace", "schema", kInteger, "Version of this file's format."})),
    required({"workspace", "project", kTable,
     "What the workspace is called and how large it may be.", "project"}),
    {"workspace", "defaults", kTable,
     "What layers and functions have unless they say otherwise.", "defaults"},
    {"workspace", "lock", kTable, "How requirements are resolved.", "lock"},
    {"workspace", "layers", kTable, "Layers by name.", "layers"},
    {"workspace", "functions", kTable, "Functions by name.", "functions"},
    {"workspace", "environments", kTable,
     "Where to deploy, by name; \"local\" is always there.", "environments"},

    required({"project", "name", kText, "Name of the project.", {}, Format::kPlainName}),
    {"project", "budget", kTable, "For all layers and functions together.", "budget"},

    by_default("python3.11", {"defaults", "runtime", kText, "Lambda runtime.", {}, Format::kRuntime}),
    by_default("x86_64", {"defaults", "architecture", kText, "Instruction set.", {}, Format::kArchitecture}),
    by_default("5", {"defaults", "retain", kInteger,
     "How many of a layer's newest published versions `lamella prune` keeps."}),

    {"lock", "exclude_newer", kText | kTime, "Resolve as of that time.", {}, Format::kTimestamp},
    by_default("default", {"lock", "index", kText,
     "The package index: \"default\" or its address.", {}, Format::kIndex}),
    {"lock", "constraints", kTextList,
     "Requirements that hold in every lock group.", {}, Format::kRequirement},
    {"lock", "overrides", kTextList,
     "Requirements that replace what packages say they need.", {}, Format::kRequirement},
    {"lock", "indexes", kTable, "Further indexes and the names they serve.", "indexes"},
    named(Format::kPlainName, {"indexes", "*", kTable, "An index.", "index"}),
    required({"index", "url", kText, "Its address, without credentials.", {}, Format::kIndex}),
    required({"index", "packages", kTextList,
     "Names that come from it alone; a '*' at the end stands for any rest.", {}, Format::kIndexPattern}),

    {"budget", "unzipped", kText, "Unpacked size that must not be exceeded.", {}, Format::kSize},
    {"budget", "zipped", kText, "Zipped size that must not be exceeded.", {}, Format::kSize},
    {"budget", "aim", kText,
     "Unpacked size to strive for; missing it is told, nothing more.", {}, Format::kSize},

    named(Format::kLayerName, {"layers", "*", kTable, "A layer.", "layer"}),
    listing("requirement", {"layer", "requirements", kText | kMixedList | kTable,
     "A list of PEP 508 requirements, or the path of a requirements file, pyproject.toml, uv.lock or "
     "pylock.toml.",
     "requirements", Format::kFree}),
    {"layer", "packages", kTextList,
     "In-repo package directories, placed at the module root.", {}, Format::kPath},
    {"layer", "files", kTableList, "Other files and folders.", "file"},
    {"layer", "path", kText,
     "Folder laid out as /opt will show it: python/, bin/, lib/, extensions/.", {}, Format::kPath},
    {"layer", "archive", kText | kTable,
     "A ready zip: its path, or where it comes from and what becomes of it.", "archive", Format::kPath},
    {"layer", "arn", kText,
     "A published layer version that is the layer; its bytes are mirrored by digest.", {},
     Format::kLayerVersionArn},
    {"layer", "command", kTable,
     "A command of the workspace that makes content, run in the sandbox.", "command"},
    by_default("python", {"layer", "layout", kText,
     "Where modules stand: python/, or python/lib/python3.x/site-packages/, which is found first.", {}, {},
     "python|site-packages"}),
    {"layer", "depends_on", kTextList, "Layers whose packages this one leaves out.", {}, Format::kFree},
    {"layer", "prune", kTable, "What is left out of the packages.", "prune"},
    {"layer", "services", kTextList,
     "AWS services that botocore keeps; empty keeps all.", {}, Format::kService},
    by_default("unchecked-hash", {"layer", "bytecode", kText | kTable,
     "Where compiled modules go, for all or per pattern.", "bytecode", {}, kModes}),
    by_default("true", {"layer", "strip", kBool, "Strip shared libraries."}),
    {"layer", "imports", kTextList,
     "Modules proved to import; default: the requirements' own.", {}, Format::kModule},
    {"layer", "checks", kTableList, "Functionality proved in the sandbox.", "check"},
    {"layer", "tests", kText,
     "Command that `lamella test` runs beside the layer: a module such as pytest, or python."},
    listing("requirement", {"layer", "test_requirements", kText | kMixedList | kTable,
     "What the tests need and the layer does not ship; default: the command's first word.",
     "requirements", Format::kFree}),
    {"layer", "test_files", kTextList,
     "Files and folders the tests read, besides those their command names.", {}, Format::kPath},
    {"layer", "budget", kTable, "Size that must not be exceeded.", "budget"},
    {"layer", "owner", kText, "Who is told."},
    {"layer", "licence", kText, "Licence named in the published layer."},
    {"layer", "description", kText, "Description of the published layer."},
    {"layer", "runtimes", kTextList, "Lambda runtimes, one artifact each.", {}, Format::kRuntime},
    {"layer", "architectures", kTextList, "Instruction sets, one artifact each.", {}, Format::kArchitecture},
    later({"layer", "group", kText, "Wave group."}),
    later({"layer", "criticality", kText | kInteger, "Order in the waves."}),
    {"layer", "allow_source", kTextList, "Distributions that may be built from source where no wheel fits."},
    by_default("false", {"layer", "isolated", kBool, "Resolve apart from the lock group."}),
    by_default("false", {"layer", "no_deps", kBool, "Take the requirements without what they depend on."}),
    by_default("5", {"layer", "retain", kInteger,
     "How many of its newest published versions `lamella prune` keeps, in use or not; at least 1."}),

    required({"requirements", "file", kText, "Path of a pyproject.toml or uv.lock.", {}, Format::kPath}),
    {"requirements", "extras", kTextList, "Extras of the project, besides what it needs.", {}, Format::kExtra},
    {"requirements", "groups", kTextList,
     "Dependency groups, instead of what the project needs.", {}, Format::kExtra},

    required({"requirement", "name", kText,
     "The requirement: a name, with extras, versions and a marker as in PEP 508.", {}, Format::kRequirement}),
    by_default("false", {"requirement", "no_deps", kBool,
     "Take it without what it depends on, unless something else needs that."}),

    required({"file", "from", kText, "File or folder in the workspace.", {}, Format::kPath}),
    required({"file", "to", kText, "Path inside the artifact.", {}, Format::kInside}),

    {"archive", "path", kText, "Zip in the workspace.", {}, Format::kPath},
    {"archive", "url", kText, "Address of the zip, without credentials.", {}, Format::kAddress},
    {"archive", "sha256", kText, "Of the zip; an address must have it.", {}, Format::kSha256},
    by_default("false", {"archive", "merged", kBool,
     "Its entries join the rest of the layer; else the layer is the zip, byte for byte."}),

    required({"command", "run", kText, "What the shell runs, in a copy of the inputs."}),
    required({"command", "inputs", kTextList,
     "All that it sees of the workspace: files, folders, and patterns that begin with a folder.", {}, Format::kFree}),
    required({"command", "output", kText,
     "Folder that it leaves, laid out as /opt will show it: python/, bin/, lib/, extensions/.", {}, Format::kPath}),
    {"command", "tools", kTextList,
     "Programs whose bytes count for whether it runs again, beside those that `run` names.", {}, Format::kFree},
    by_default("false", {"command", "network", kBool,
     "It reaches the network of this machine; what it fetches is not verified."}),
    by_default("10m", {"command", "timeout", kText, "How long it may take.", {}, Format::kDuration}),

    by_default("safe", {"prune", "profile", kText, "How much is left out.", {}, {}, "none|safe|aggressive"}),
    {"prune", "drop", kTextList, "Patterns to leave out as well.", {}, Format::kGlob},
    {"prune", "keep", kTextList, "Patterns to keep in any case.", {}, Format::kGlob},
    {"prune", "extra", kTextList, "Rules that are in no profile and apply only where they are named.", {}, Format::kFree},

    by_default("unchecked-hash", {"bytecode", "default", kText,
     "For modules that nothing else here names.", {}, {}, kModes}),
    {"bytecode", "traced", kText, "For modules that functions import at start.", {}, {}, kModes},
    named(Format::kGlob, {"bytecode", "*", kText,
     "For modules that match; the longest pattern wins.", {}, {}, kModes}),

    named(Format::kFunctionName, {"functions", "*", kTable, "A function.", "function"}),
    required({"function", "source", kText, "Folder whose content is the package's root.", {}, Format::kPath}),
    required({"function", "handler", kText, "Module and function in it.", {}, Format::kHandler}),
    {"function", "layers", kTextList,
     "Layers in merge order, later wins; with the releases that fit, if only some do: \"core@^2\".", {}, Format::kFree},
    listing("requirement", {"function", "requirements", kText | kMixedList | kTable,
     "A list of PEP 508 requirements, or the path of a requirements file, pyproject.toml, uv.lock or "
     "pylock.toml; default: requirements.txt in the source, if present.",
     "requirements", Format::kFree}),
    {"function", "packages", kTextList,
     "In-repo package directories, placed at the package's root.", {}, Format::kPath},
    {"function", "files", kTableList, "Other files and folders.", "file"},
    {"function", "runtime", kText, "Lambda runtime.", {}, Format::kRuntime},
    {"function", "architecture", kText, "Instruction set.", {}, Format::kArchitecture},
    by_default("live", {"function", "alias", kText, "The alias that serves.", {}, Format::kAlias}),
    by_default("128", {"function", "memory", kInteger, "Memory in MiB."}),
    by_default("3", {"function", "timeout", kInteger, "Seconds a call may take."}),
    {"function", "budget", kTable, "Size that must not be exceeded.", "budget"},
    {"function", "environment", kTable, "Environment variables.", "variables"},
    {"function", "reach", kTextList, "Destinations the sandbox may connect to.", {}, Format::kReach},
    {"function", "checks", kTableList, "Proved on a new version before the alias moves.", "check"},
    {"function", "tests", kText,
     "Command that `lamella test` runs beside the function: a module such as pytest, or python."},
    listing("requirement", {"function", "test_requirements", kText | kMixedList | kTable,
     "What the tests need and the function does not ship; default: the command's first word.",
     "requirements", Format::kFree}),
    {"function", "test_files", kTextList,
     "Files and folders the tests read, besides those their command names.", {}, Format::kPath},
    {"function", "prune", kTable, "What is left out of the packages.", "prune"},
    {"function", "services", kTextList,
     "AWS services that botocore keeps; empty keeps all.", {}, Format::kService},
    by_default("unchecked-hash", {"function", "bytecode", kText | kTable,
     "Where compiled modules go, for all or per pattern.", "bytecode", {}, kModes}),
    by_default("true", {"function", "strip", kBool, "Strip shared libraries."}),
    {"function", "role", kText, "Execution role.", {}, Format::kRoleArn},
    {"function", "owner", kText, "Who is told."},
    later({"function", "vpc", kTable, "Subnets and security groups.", "anything"}),
    later({"function", "tags", kTable, "Tags of the function.", "anything"}),
    later({"function", "concurrency", kInteger, "Reserved concurrency."}),
    later({"function", "provisioned", kInteger, "Provisioned concurrency."}),
    later({"function", "tracing", kText, "X-Ray mode.", {}, {}, "active|pass-through"}),
    later({"function", "log_retention", kText, "How long logs are kept.", {}, Format::kDuration}),
    later({"function", "group", kText, "Wave group."}),
    later({"function", "criticality", kText | kInteger, "Order in the waves."}),

    named(Format::kVariableName, {"variables", "*", kText,
     "Value; placeholders are replaced when deploying.", {}, Format::kVariable}),

    required({"check", "name", kText, "What is checked."}),
    by_default("promotion", {"check", "stage", kText,
     "Before the alias moves, or after.", {}, {}, "promotion|integration"}),
    {"check", "timeout", kText, "How long it may take.", {}, Format::kDuration},
    {"check", "event", kText | kTable,
     "The payload: a JSON file in the workspace, or the document itself.", "anything", Format::kPath},
    {"check", "expect", kTable, "What must hold of the answer.", "expect"},
    {"check", "script", kText,
     "Python script run with the layers mounted; exit code 0 passes.", {}, Format::kPath},
    later({"check", "command", kText, "Command run in the workspace; exit code 0 passes."}),
    later({"check", "http", kTable, "A request to the environment's API.", "http"}),
    {"anything", "*", kAnything, "Any document."},

    later(by_default("GET", {"http", "method", kText, "Method.", {}, {}, "GET|HEAD|POST|PUT|PATCH|DELETE"})),
    later(required({"http", "path", kText, "Path of the request."})),
    later({"http", "query", kTable, "Query parameters.", "anything"}),
    later({"http", "body", kAnything, "Body."}),

    {"expect", "path", kText, "Where to look in the answer; default: all of it.", {}, Format::kJsonPath},
    {"expect", "equals", kAnything, "The value there."},
    {"expect", "exists", kBool, "Whether there is a value."},
    {"expect", "matches", kText, "Regular expression found in the text there.", {}, Format::kRegex},
    {"expect", "below", kNumber, "The number there is less than this."},
    {"expect", "error", kText, "The function fails with this error type."},
    later({"expect", "status", kInteger, "Status of the response, for http checks."}),

    named(Format::kPlainName, {"environments", "*", kTable, "An environment.", "environment"}),
    {"environment", "regions", kTextList, "Regions to deploy to.", {}, Format::kRegion},
    {"environment", "account", kText, "The account the credentials must belong to.", {}, Format::kAccount},
    {"environment", "state", kText, "State store: \"s3://BUCKET/PREFIX\" or \"dir:PATH\"."},
    by_default("{name}", {"environment", "names", kText, "Pattern of names in the account."}),
    {"environment", "role", kText, "Execution role of functions that name none.", {}, Format::kRoleArn},
    by_default("automatic", {"environment", "deploy", kText,
     "Who may deploy.", {}, {}, "automatic|manual|blocked"}),
    {"environment", "functions", kTable, "What differs here, by function.", "overrides"},
    {"environment", "requires", kTextList,
     "Results that what is deployed there must have: \"checks\" refuses what was built with --skip-checks.", {}, {},
     "checks"},
    later({"environment", "strategy", kTable, "How traffic moves.", "anything"}),
    later({"environment", "verdict", kTable, "When a new version counts as worse.", "anything"}),
    later({"environment", "approvals", kTable, "Who must agree.", "anything"}),

    named(Format::kFunctionName, {"overrides", "*", kTable, "A function of this workspace.", "override"}),
    {"override", "memory", kInteger, "Memory in MiB."},
    {"override", "timeout", kInteger, "Seconds a call may take."},
    {"override", "role", kText, "Execution role.", {}, Format::kRoleArn},
    {"override", "environment", kTable, "Variables set or replaced here.", "variables"},
    later({"override", "vpc", kTable, "Subnets and security groups.", "anything"}),
    later({"override", "concurrency", kInteger, "Reserved concurrency."}),
};
// clang-format on

}  // namespace

std::span<const Key> workspace_keys() { return kKeys; }

}  // namespace lamella::config
