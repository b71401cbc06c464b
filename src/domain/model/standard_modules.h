// SPDX-License-Identifier: Apache-2.0
//
// The top-level modules of Python's standard library that a layer or a function can hide.  On Lambda the module
// path is /var/task, /opt/python/lib/python3.X/site-packages, /opt/python, the runtime's own folders and then the
// standard library, and it stands so before the runtime's client is imported: a module of one of these names in
// a layer is taken by everything, the client included.
//
// Not hidden, wherever they lie: what is compiled into the interpreter or loaded before the path is set (sys,
// time, os, codecs, ...).  Names are sys.stdlib_module_names of CPython 3.10 to 3.13 and the modules of 3.9; those
// of 3.14 are its documentation's.  What is not hidden was tried out with one folder per name in front of the
// path, on CPython 3.9 to 3.13.
//
// Threads: pure functions.  Test: standard_modules_test.cc.
#pragma once

#include <string_view>

#include "model/target.h"

namespace lamella::model {

/// True if the runtime's standard library has a module of that name which one earlier on the path hides.
bool is_hideable_standard_module(const Runtime& runtime, std::string_view name);

}  // namespace lamella::model
