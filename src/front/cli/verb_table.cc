// SPDX-License-Identifier: Apache-2.0
#include "cli/verb_table.h"

#include <array>

namespace lamella::cli {
namespace {

constexpr std::array kVerbs = {
    Verb{"init", "", 0, 0, "first steps", "write a first lamella.toml from what is in this folder",
         "Folders with a requirements file and a handler become functions, other requirements files and\n"
         "pyproject.toml's dependencies become layers.  The file is commented, and never replaces another."},
    Verb{"doctor", "", 0, 0, "first steps", "tell what this machine and this workspace need",
         "One line for each thing Lamella works with: the workspace, an interpreter and the runtime client "
         "for\n"
         "each target, uv, the namespaces of the sandbox, disk, store, git, and who we are in each "
         "environment.\n"
         "What is missing comes with what to do about it.  Exits with the code of the first thing that "
         "failed."},
    Verb{"up", "", 0, 0, "first steps", "lock, build, deploy to the local endpoint, and show the result",
         "Makes what is missing or stale, deploys it to the local endpoint, invokes each function's checks "
         "and\n"
         "shows versions and answers.  Running it again when nothing changed publishes nothing."},
    Verb{"lock", "", 0, 0, "build", "choose versions for everything that meets in a function",
         "Layers that meet in a function are resolved together, per target, into locks/pylock.*.toml (PEP "
         "751).\n"
         "Versions of a lock that is there are kept where they still fit.  Then gives each layer its release "
         "in\n"
         "locks/releases.toml, by what changed in it."},
    Verb{"build", "[NAME]...", 0, kAny, "build", "make the zips of layers and functions, and prove them",
         "Makes what is not up to date, in parallel, and shows in a sandbox that imports and checks work.  "
         "NAMEs\n"
         "are layers or functions; what they depend on is built too.  A missing lock is made; a stale one is "
         "an\n"
         "error, because building must not choose versions.\n"
         "A failure stops the build, or with --keep-going only what needs the failed artifact; its cause is "
         "told\n"
         "once, and what was skipped names it.  The last good build stays in place."},
    Verb{"check", "[NAME]...", 0, kAny, "build", "prove what was built, without building",
         "Shows that sources and handlers exist, that events parse, and that imports and declared checks "
         "run."},
    Verb{"test", "[NAME]...", 0, kAny, "build", "run declared tests beside what was built",
         "Builds what is stale of NAMEs, or of what a revision would rebuild and recheck (--affected), and "
         "runs\n"
         "the `tests` of each in a sandbox: layers merged as at /opt, no network, the files that the command "
         "and\n"
         "`test_files` name in the working directory.  Tests that passed with the same artifacts, tools and "
         "files\n"
         "are not run again.  What a failed run printed is shown; exit 15."},
    Verb{"status", "[ENV]", 0, 1, "see", "last build, what is stale and why, versions that are live",
         "Per layer: when it was built, whether a build would make it again and why, its share of its "
         "budget,\n"
         "and the version that is live in each environment that was deployed to."},
    Verb{"affected", "", 0, 0, "see", "what changed since a revision: rebuild, recheck, redeploy",
         "Compares a revision of the git repository with the working tree, or with --to another revision, "
         "and\n"
         "tells which layers and functions get other bytes, which run beside something else, and which "
         "functions\n"
         "must move, each with what caused it.  Reads git objects; checks nothing out and runs nothing."},
    Verb{"explain", "NAME", 1, 1, "see", "what a layer or function is made of, and why it would be rebuilt",
         "Lists everything that decides the bytes of NAME: wheels, rules, settings, files, interpreter; and\n"
         "compares it with the last build."},
    Verb{"graph", "", 0, 0, "see", "what uses what: functions, layers, packages", ""},
    Verb{
        "size", "", 0, 0, "see", "what everything weighs, against budgets and limits",
        "Zipped and unzipped bytes of what was built last, and what layers save: each function packed with\n"
        "everything it needs, functions alone, and layers once plus functions.\n"
        "--diff holds that against what a git revision builds to, or against what is live in an environment: "
        "a\n"
        "word that names an environment means that one (deployed:ENV says so plainly), any other a revision. "
        " "
        "A\n"
        "revision is built again beside this one from the store, running nothing of it."},
    Verb{"outdated", "", 0, 0, "see", "which packages have newer versions that their targets could load",
         "Per locked package: what `lamella lock --upgrade` would choose, the newest version whose wheels "
         "the\n"
         "target can load, what it weighs, and where its changes are told.  Warns of runtimes that the "
         "service\n"
         "stops.  Asks the package indexes; writes nothing."},
    Verb{"trace", "FUNCTION", 1, 1, "see", "what a function opens of its layers, and what they could drop",
         "Runs the checks of FUNCTION, and of everything else that uses its layers, on what was built last, "
         "and\n"
         "lists the parts of those layers that nothing opened, with their bytes and their risk.  Then runs "
         "the\n"
         "checks once more without them.  Nothing is dropped: the lines to paste are printed."},
    Verb{"plan", "ENV", 1, 1, "deploy", "show what a deploy would change",
         "Compares what was built with what ENV has.  Writes nothing.  Only `local` can be deployed to "
         "today."},
    Verb{
        "deploy", "ENV", 1, 1, "deploy", "publish what changed and move the functions to it",
        "Builds what is stale, publishes the layers that changed, updates functions, publishes a version of "
        "each,\n"
        "checks that version, and moves the alias at the end.  A failed check leaves the alias where it was\n"
        "(exit 8).  An interrupted deploy is resumed by the next one."},
    Verb{"prune", "ENV [LAYER]...", 1, kAny, "deploy", "layer versions that nothing needs, told or deleted",
         "Of each layer the newest versions stay (`retain`, 5 by default), and so does what Lamella did not\n"
         "publish, what any version or $LATEST of any function in the account and region uses, and what the\n"
         "journal may need: the last deployment, what a roll-back goes back to, a deployment that did not "
         "end.\n"
         "Of layers that the workspace no longer has all unused versions go.  Without --apply nothing is\n"
         "deleted.  One that cannot be deleted does not stop the others (exit 6)."},
    Verb{"history", "[ENV]", 0, 1, "deploy", "what was deployed, when, and how it ended", ""},
    Verb{"invoke", "FUNCTION [ENV]", 1, 2, "run", "run a deployed function and show its answer",
         "The answer goes to stdout, the end of its log to stderr.  A function that fails exits 15."},
    Verb{"logs", "FUNCTION [ENV]", 1, 2, "run", "what a function logged", ""},
    Verb{"local serve", "", 0, 0, "run", "serve the Lambda API of this workspace on a loopback port",
         "Prints one line when it is ready and runs until it is interrupted.  Any AWS client can talk to it; "
         "see\n"
         "`lamella help local env`."},
    Verb{"local env", "", 0, 0, "run", "shell exports that point AWS clients at the local endpoint",
         "Use it as: eval \"$(lamella local env)\""},
    Verb{"cache ls", "", 0, 0, "around", "what the store holds", ""},
    Verb{
        "cache verify", "", 0, 0, "around", "hash every blob of the store, read every unpacked tree",
        "What is not what its name says is put in quarantine and made again by whatever needs it (exit 11)."},
    Verb{"cache prune", "", 0, 0, "around", "shrink the cache to a size",
         "Removes unpacked trees, and then blobs, of each those unused for longest first, until the rest "
         "fits\n"
         "into --max-size.  What was used within the last hour stays, and so does a tree that a build or an\n"
         "endpoint runs something in.  Whatever is removed is fetched or made again by what needs it.  Also "
         "goes\n"
         "what killed processes left, and records that nothing can use any more."},
    Verb{"help", "[VERB]", 0, 2, "around", "this overview, or everything about one verb", ""},
};

constexpr std::array kFlags = {
    Flag{"from", 0, Takes::kValue, "FILE", "", false, "init",
         "start from this requirements file or pyproject.toml alone"},
    Flag{"check", 0, Takes::kNothing, "", "", false, "lock",
         "say whether the locks are up to date and nothing in them was taken back"},
    Flag{"offline", 0, Takes::kNothing, "", "", false, "lock", "with --check: ask no package index"},
    Flag{"upgrade", 0, Takes::kMaybeWord, "PKG", "", true, "lock",
         "let every package move, or only PKG (repeat for more)"},
    Flag{"bump", 0, Takes::kValue, "LAYER=LEVEL", "", true, "lock",
         "major, minor or patch, whatever the content says; needs --reason"},
    Flag{"reason", 0, Takes::kValue, "TEXT", "", false, "lock", "why --bump knows better; it is recorded"},
    Flag{"force", 0, Takes::kMaybeValue, "STEP", "assembly|segments|checks", false, "build, test",
         "do again: assembly (the default), segments or checks; tests that passed"},
    Flag{"layers-only", 0, Takes::kNothing, "", "", false, "build", "leave functions out"},
    Flag{"skip-checks", 0, Takes::kNothing, "", "", false, "build, up",
         "prove nothing; artifacts are marked unproved"},
    Flag{"frozen", 0, Takes::kNothing, "", "", false, "build", "refuse to write anything below locks/"},
    Flag{"locked", 0, Takes::kNothing, "", "", false, "build",
         "refuse layers that locks/releases.toml does not have as they are"},
    Flag{"clean", 0, Takes::kNothing, "", "", false, "build",
         "forget first what earlier builds left in the workspace"},
    Flag{"keep-going", 'k', Takes::kNothing, "", "", false, "build",
         "after a failure, still make what does not need what failed"},
    Flag{"jobs", 'j', Takes::kValue, "N", "", false, "build, check, test, up, deploy",
         "do N things at once (default: one per processor)"},
    Flag{"explain", 0, Takes::kNothing, "", "", false, "build, plan, size",
         "print every reason, and what each rule dropped"},
    Flag{"diff", 0, Takes::kValue, "REF|ENV", "", false, "size",
         "what grew since a git revision, or since what is live in ENV"},
    Flag{"html", 0, Takes::kValue, "FILE", "", false, "size",
         "write a page that shows sizes as areas: layers, packages, files"},
    Flag{"affected", 0, Takes::kValue, "REF", "", false, "test",
         "what would be rebuilt or rechecked since REF"},
    Flag{"since", 0, Takes::kValue, "REF", "", false, "affected", "compare with this commit, branch or tag"},
    Flag{"merge-base", 0, Takes::kValue, "REF", "", false, "affected",
         "compare with where REF and this side parted"},
    Flag{"to", 0, Takes::kValue, "REF", "", false, "affected",
         "compare up to REF instead of the working tree"},
    Flag{"packages", 0, Takes::kNothing, "", "", false, "graph", "draw packages and what they need, too"},
    Flag{"dot", 0, Takes::kNothing, "", "", false, "affected, graph", "a graph for Graphviz on stdout"},
    Flag{"svg", 0, Takes::kNothing, "", "", false, "affected, graph", "a picture on stdout"},
    Flag{"markdown", 0, Takes::kNothing, "", "", false, "affected, graph, size",
         "tables and a graph for a pull request; of size, with --diff"},
    Flag{"event", 'e', Takes::kValue, "FILE", "", false, "invoke",
         "the event, a JSON file or - for stdin (default: {})"},
    Flag{"alias", 0, Takes::kValue, "NAME", "", false, "invoke",
         "run the version this alias points at (default: the function's own)"},
    Flag{"version", 'V', Takes::kMaybeWord, "N", "", false, "invoke", "run version N"},
    Flag{"port", 'p', Takes::kValue, "N", "", false, "local serve",
         "listen there (default: the system chooses)"},
    Flag{"state", 0, Takes::kValue, "DIR", "", false, "local serve, local env",
         "keep the endpoint's state there (default: .lamella/endpoint)"},
    Flag{"limit", 'n', Takes::kValue, "N", "", false, "history, logs", "show at most N"},
    Flag{"max-size", 0, Takes::kValue, "SIZE", "", false, "cache prune",
         "how much may stay, as \"10 GB\" or 500MiB"},
    Flag{"dry-run", 0, Takes::kNothing, "", "", false, "cache prune", "say what would go; remove nothing"},
    Flag{"apply", 0, Takes::kNothing, "", "", false, "prune", "delete what may go"},
    Flag{"param", 0, Takes::kValue, "NAME=VALUE", "", true, "build, check, test, up, plan, deploy, trace",
         "the value of {param:NAME} in variables of functions"},
    Flag{"strict", 0, Takes::kNothing, "", "", false, "lock, build, check, test, up, plan, deploy",
         "refuse secrets typed in clear and .pth files that run code (else told)"},
    Flag{"json", 0, Takes::kNothing, "", "", false, "", "one JSON record on stdout"},
    Flag{"project", 'C', Takes::kValue, "DIR", "", false, "", "look for lamella.toml in DIR and above it"},
    Flag{"quiet", 'q', Takes::kNothing, "", "", false, "", "no progress"},
    Flag{"verbose", 'v', Takes::kNothing, "", "", false, "", "all progress"},
    Flag{"events", 0, Takes::kValue, "FILE", "", false, "",
         "write what happens to FILE, one JSON record a line"},
    Flag{"trace", 0, Takes::kValue, "FILE", "", false, "build, check, test, up, deploy",
         "write what took how long to FILE, as a Chrome trace"},
    Flag{"help", 'h', Takes::kNothing, "", "", false, "", "everything about the verb"},
};

}  // namespace

std::span<const Verb> verbs() { return kVerbs; }
std::span<const Flag> flags() { return kFlags; }

const Verb* find_verb(std::string_view name) {
  for (const Verb& verb : kVerbs) {
    if (verb.name == name) return &verb;
  }
  return nullptr;
}

bool applies(const Flag& flag, const Verb& verb) {
  std::string_view rest = flag.verbs;
  if (rest.empty()) return true;
  while (!rest.empty()) {
    const auto comma = rest.find(", ");
    if (rest.substr(0, comma) == verb.name) return true;
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 2);
  }
  return false;
}

}  // namespace lamella::cli
