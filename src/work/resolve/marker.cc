// SPDX-License-Identifier: Apache-2.0
#include "resolve/marker.h"

#include "config/requirement.h"
#include "resolve/version.h"

namespace lamella::resolve {
namespace {

constexpr std::size_t kLongest = std::size_t{64} * 1024;
constexpr int kDeepest = 200;

struct Operand {
  std::string value;
  bool is_extra = false;
};

/// Recursive descent over `or`, `and`, brackets and comparisons; evaluates while it reads, both sides always,
/// so that a malformed marker is refused whatever the target.
class Evaluator {
 public:
  Evaluator(std::string_view text, const MarkerEnvironment& environment, std::string_view extra)
      : text_(text), environment_(environment), extra_(extra) {}

  Result<bool> evaluate() {
    LAMELLA_TRY_ASSIGN(const bool holds, either(0));
    skip_blanks();
    if (at_ != text_.size()) return broken("nothing more was expected here");
    return holds;
  }

 private:
  Error broken(std::string_view why) const {
    return Error(ErrorCode::kUsage, "an environment marker is malformed")
        .at(std::string(text_.substr(0, 200)))
        .because(std::string(why) + ", at character " + std::to_string(at_ + 1));
  }

  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }
  bool take(std::string_view token) {
    skip_blanks();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }
  static bool in_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
  }
  std::string_view peek_word() {
    skip_blanks();
    std::size_t end = at_;
    while (end < text_.size() && in_word(text_[end])) ++end;
    return text_.substr(at_, end - at_);
  }
  bool take_word(std::string_view word) {
    if (peek_word() != word) return false;
    at_ += word.size();
    return true;
  }

  Result<bool> either(int depth) {
    LAMELLA_TRY_ASSIGN(bool holds, both(depth));
    while (take_word("or")) {
      LAMELLA_TRY_ASSIGN(const bool other, both(depth));
      holds = holds || other;
    }
    return holds;
  }

  Result<bool> both(int depth) {
    LAMELLA_TRY_ASSIGN(bool holds, one(depth));
    while (take_word("and")) {
      LAMELLA_TRY_ASSIGN(const bool other, one(depth));
      holds = holds && other;
    }
    return holds;
  }

  Result<bool> one(int depth) {
    if (depth > kDeepest) return broken("brackets are nested too deeply");
    if (take("(")) {
      LAMELLA_TRY_ASSIGN(const bool holds, either(depth + 1));
      if (!take(")")) return broken("a closing bracket is missing");
      return holds;
    }
    LAMELLA_TRY_ASSIGN(const Operand left, operand());
    LAMELLA_TRY_ASSIGN(const std::string op, comparison());
    LAMELLA_TRY_ASSIGN(const Operand right, operand());
    return compare(left, op, right);
  }

  Result<Operand> operand() {
    skip_blanks();
    if (at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'')) {
      const auto end = text_.find(text_[at_], at_ + 1);
      if (end == std::string_view::npos) return broken("a quote is not closed");
      Operand literal{std::string(text_.substr(at_ + 1, end - at_ - 1))};
      at_ = end + 1;
      return literal;
    }
    std::string name(peek_word());
    if (name == "extra") {
      at_ += name.size();
      return Operand{config::normalised_name(extra_), true};
    }
    const auto known = environment_.find(legacy(name));
    if (known == environment_.end()) return broken("a variable of PEP 508 or a quoted text was expected");
    at_ += name.size();
    return Operand{known->second};
  }

  static std::string legacy(const std::string& name) {
    if (name == "os.name") return "os_name";
    if (name == "sys.platform") return "sys_platform";
    if (name == "platform.machine") return "platform_machine";
    if (name == "platform.version") return "platform_version";
    if (name == "platform.python_implementation" || name == "python_implementation") {
      return "platform_python_implementation";
    }
    return name;
  }

  Result<std::string> comparison() {
    for (const std::string_view op : {"===", "==", "!=", "~=", "<=", ">=", "<", ">"}) {
      if (take(op)) return std::string(op);
    }
    if (take_word("in")) return std::string("in");
    if (take_word("not")) {
      if (take_word("in")) return std::string("not in");
      return broken("`in` was expected after `not`");
    }
    return broken("a comparison was expected");
  }

  static Result<bool> compare(const Operand& left, const std::string& op, const Operand& right) {
    if (left.is_extra || right.is_extra) {
      const std::string a = config::normalised_name(left.value);
      const std::string b = config::normalised_name(right.value);
      if (op == "in") return b.find(a) != std::string::npos;
      if (op == "not in") return b.find(a) == std::string::npos;
      return op == "!=" ? a != b : a == b;
    }
    if (op == "in") return right.value.find(left.value) != std::string::npos;
    if (op == "not in") return right.value.find(left.value) == std::string::npos;
    const std::string specifier = op + right.value;
    if (const auto version = Version::parse(left.value); version && is_version(right.value)) {
      return satisfies(*version, specifier);
    }
    const int order = left.value.compare(right.value);
    if (op == "==" || op == "===") return order == 0;
    if (op == "!=") return order != 0;
    if (op == "<") return order < 0;
    if (op == "<=") return order <= 0;
    if (op == ">") return order > 0;
    return op == ">=" && order >= 0;
  }

  static bool is_version(std::string_view text) {
    if (text.ends_with(".*")) text.remove_suffix(2);
    return Version::parse(text).has_value();
  }

  const std::string_view text_;
  const MarkerEnvironment& environment_;
  const std::string_view extra_;
  std::size_t at_ = 0;
};

}  // namespace

MarkerEnvironment marker_environment(const model::Target& target) {
  const std::string version =
      std::to_string(target.runtime.major) + "." + std::to_string(target.runtime.minor);
  return {{"os_name", "posix"},
          {"sys_platform", "linux"},
          {"platform_system", "Linux"},
          {"platform_machine", std::string(model::machine_name(target.architecture))},
          {"platform_release", ""},
          {"platform_version", ""},
          {"platform_python_implementation", "CPython"},
          {"implementation_name", "cpython"},
          {"implementation_version", version + ".0"},
          {"python_version", version},
          {"python_full_version", version + ".0"}};
}

Result<bool> marker_holds(std::string_view marker, const MarkerEnvironment& environment,
                          std::string_view extra) {
  if (marker.find_first_not_of(" \t") == std::string_view::npos) return true;
  if (marker.size() > kLongest) {
    return Error(ErrorCode::kUsage, "an environment marker is longer than 64 KiB");
  }
  return Evaluator(marker, environment, extra).evaluate();
}

}  // namespace lamella::resolve
