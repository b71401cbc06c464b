// SPDX-License-Identifier: Apache-2.0
//
// The proof of a function's files as Lambda shows them, from facts alone: layers merged at /opt, the function at
// /var/task, both on the module path and the loader's path.
//
// The module path is /var/task, /opt/python/lib/python3.X/site-packages, /opt/python, the runtime's own, and then
// the standard library, so that a layer's module hides one of the same name there (standard_modules.h).
// In one folder of it, packages of several layers merge; across folders, the first regular package hides what
// is below the later ones, and every part of a namespace package of its name.
//
// The loader is simulated breadth-first from each file that nothing else needs: what is loaded already by
// soname, what the runtime has, RPATH of the file and of what needs it, LD_LIBRARY_PATH, RUNPATH.  A library
// that lies elsewhere counts where a Python file of the same distribution loads it by hand, or where one imports
// the distribution that loads it.
//
// Invariants (opt_findings_test.cc)
//   O1 each finding of two things that meet names both origins, the one that counts first.
//   O2 layers that share no path, no distribution and no top-level name give the same findings in any order.
//   O3 what merge_opt() says wins is the origin that a finding names first.
//
// Threads: pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/finding.h"
#include "model/opt_facts.h"

namespace lamella::model {

/// All of the below; errors first, then warnings, then notes.
std::vector<Finding> opt_findings(const OptStack& stack);

/// Files and distributions that meet: shadows, duplicates, .pth files, the runtime's SDK, what projects need.
std::vector<Finding> merge_findings(const OptStack& stack);
/// Modules and namespace packages that one folder of the module path hides from another.
std::vector<Finding> module_findings(const OptStack& stack);
/// Each file by itself against the target: machine, format, glibc, ABI.
std::vector<Finding> binary_findings(const OptStack& stack);
/// Shared libraries that nothing provides, and versions that the runtime's libstdc++ does not have.
std::vector<Finding> loader_findings(const OptStack& stack);
/// Shared libraries that are there more than once, by content and by name, with the bytes they cost.
std::vector<Finding> copy_findings(const OptStack& stack);

/// "libopenblas" of "libopenblas64_p-r0-0cf96a72.3.23.dev.so": what a library is, whatever a wheel renamed it
/// to; "" for what is no shared library by its name.
std::string library_family(std::string_view file);

}  // namespace lamella::model
