// SPDX-License-Identifier: Apache-2.0
//
// Sizes as areas: one page of nested rectangles (artifacts, their packages, their files), coloured by the type of
// file.  The page is one file: it loads nothing, runs nothing, and says so to the browser.  Names are not ours:
// every text is escaped.
//
// Threads: pure.
#pragma once

#include <string>

#include "document/value.h"

namespace lamella::cli {

/// `tree` is [{"name","packages":[{"name","files":[{"path","type","bytes"}]}]}].
std::string treemap_page(const std::string& title, const document::Value& tree);

}  // namespace lamella::cli
