// SPDX-License-Identifier: Apache-2.0
//
// Where and how a resolver is asked, whatever it is asked for.
#pragma once

#include "resolve/lock_inputs.h"
#include "resolve/resolver.h"
#include "resolve/uv.h"

namespace lamella::resolve {

inline UvQuestion question_about_nothing(const ResolverSettings& settings, const LockInputs& inputs) {
  UvQuestion question;
  question.uv = settings.uv;
  question.pip = settings.pip;
  question.cache = settings.cache;
  question.wheelhouse = settings.wheelhouse;
  question.indexes = settings.indexes;
  question.patience = settings.patience;
  question.target = inputs.group.target;
  question.exclude_newer = inputs.exclude_newer;
  return question;
}

}  // namespace lamella::resolve
