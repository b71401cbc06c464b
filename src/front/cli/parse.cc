// SPDX-License-Identifier: Apache-2.0
#include "cli/parse.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/diagnostic.h"
#include "base/suggest.h"

namespace lamella::cli {
namespace {

std::string help_command(const Verb* verb) {
  return verb == nullptr ? "lamella help" : fmt::format("lamella help {}", verb->name);
}

Error usage(const Verb* verb, std::string what) {
  return Error(ErrorCode::kUsage, std::move(what)).remedy(fmt::format("see `{}`", help_command(verb)));
}

Error unknown(std::string_view kind, const std::string& word, const std::vector<std::string>& known,
              const Verb* verb, std::string_view dashes) {
  Error error(ErrorCode::kUsage, fmt::format("there is no {} `{}`", kind, base::escaped(word)));
  const std::string bare = word.substr(std::min(word.find_first_not_of('-'), word.size()));
  if (const auto near = base::nearest(bare, known)) {
    return std::move(error).remedy(
        fmt::format("did you mean `{}{}`?  See `{}`", dashes, *near, help_command(verb)));
  }
  return std::move(error).remedy(fmt::format("see `{}`", help_command(verb)));
}

class Reader {
 public:
  explicit Reader(std::span<const std::string> words) : words_(words) {}

  Result<Given> read() {
    for (; at_ < words_.size(); ++at_) LAMELLA_TRY(read_word(words_[at_]));
    if (given_.verb == nullptr && !first_.empty()) LAMELLA_TRY(finish_verb());
    LAMELLA_TRY(check_flags());
    LAMELLA_TRY(check_arguments());
    return std::move(given_);
  }

 private:
  Result<> read_word(const std::string& word) {
    if (only_arguments_ || word == "-" || !word.starts_with('-')) return read_plain(word);
    if (word == "--") {
      only_arguments_ = true;
      return {};
    }
    if (word.starts_with("--")) return read_long(word.substr(2));
    return read_letters(word.substr(1));
  }

  Result<> read_plain(const std::string& word) {
    if (given_.verb != nullptr) {
      given_.arguments.push_back(word);
      return {};
    }
    const std::string name = first_.empty() ? word : first_ + " " + word;
    given_.verb = find_verb(name);
    if (given_.verb != nullptr) return {};
    if (first_.empty() && is_first_word(word)) {
      first_ = word;
      return {};
    }
    return unknown("verb", name, verb_names(first_), nullptr, "");
  }

  static bool is_first_word(const std::string& word) {
    return std::any_of(verbs().begin(), verbs().end(),
                       [&](const Verb& verb) { return verb.name.starts_with(word + " "); });
  }
  static std::vector<std::string> verb_names(const std::string& first) {
    std::vector<std::string> names;
    for (const Verb& verb : verbs()) {
      if (first.empty() || verb.name.starts_with(first + " ")) names.emplace_back(verb.name);
      const auto space = verb.name.find(' ');
      if (first.empty() && space != std::string_view::npos) names.emplace_back(verb.name.substr(0, space));
    }
    return names;
  }

  /// `lamella cache --help` asks for what `lamella help cache` tells.
  Result<> finish_verb() {
    if (given_.flags.erase("help") > 0) {
      given_.verb = find_verb("help");
      given_.arguments = {first_};
      return {};
    }
    const auto names = verb_names(first_);
    return Error(ErrorCode::kUsage, fmt::format("`lamella {}` needs one more word", first_))
        .remedy(fmt::format("one of: {}", fmt::join(names, ", ")));
  }

  Result<> read_long(const std::string& text) {
    const auto equals = text.find('=');
    const std::string name = text.substr(0, equals);
    for (const Flag& flag : flags()) {
      if (flag.name != name) continue;
      return take(flag, equals == std::string::npos ? std::nullopt : std::optional(text.substr(equals + 1)));
    }
    unknown_.push_back("--" + name);
    return {};
  }

  Result<> read_letters(const std::string& letters) {
    for (std::size_t i = 0; i < letters.size(); ++i) {
      const auto* flag = std::find_if(flags().data(), flags().data() + flags().size(),
                                      [&](const Flag& one) { return one.letter == letters[i]; });
      if (flag == flags().data() + flags().size()) {
        unknown_.push_back(std::string("-") + letters[i]);
        return {};
      }
      const std::string rest = letters.substr(i + 1);
      if (flag->takes == Takes::kValue && !rest.empty()) return take(*flag, rest);
      LAMELLA_TRY(take(*flag, std::nullopt));
    }
    return {};
  }

  Result<> take(const Flag& flag, std::optional<std::string> value) {
    if (flag.takes == Takes::kNothing && value) {
      return usage(given_.verb, fmt::format("--{} takes no value", flag.name));
    }
    const bool next_is_word =
        at_ + 1 < words_.size() && (words_[at_ + 1] == "-" || !words_[at_ + 1].starts_with('-'));
    if (flag.takes == Takes::kValue && !value) {
      if (at_ + 1 >= words_.size())
        return usage(given_.verb, fmt::format("--{} needs a value: {}", flag.name, flag.value));
      value = words_[++at_];
    } else if (flag.takes == Takes::kMaybeWord && !value && next_is_word && given_.verb != nullptr) {
      value = words_[++at_];
    }
    auto& values = given_.flags[std::string(flag.name)];
    if (!values.empty() && !flag.repeats && flag.takes != Takes::kNothing) {
      return usage(given_.verb, fmt::format("--{} is given twice", flag.name));
    }
    values.push_back(value.value_or(""));
    return value && !value->empty() ? check_choice(flag, *value) : Result<>();
  }

  Result<> check_choice(const Flag& flag, const std::string& value) const {
    if (flag.choices.empty()) return {};
    std::vector<std::string> choices;
    for (std::string_view rest = flag.choices; !rest.empty();) {
      const auto bar = rest.find('|');
      choices.emplace_back(rest.substr(0, bar));
      rest = bar == std::string_view::npos ? std::string_view() : rest.substr(bar + 1);
    }
    if (std::find(choices.begin(), choices.end(), value) != choices.end()) return {};
    return Error(ErrorCode::kUsage, fmt::format("--{} cannot be `{}`", flag.name, base::escaped(value)))
        .remedy(fmt::format("one of: {}", fmt::join(choices, ", ")));
  }

  Result<> check_flags() const {
    std::vector<std::string> known;
    for (const Flag& flag : flags()) {
      if (given_.verb == nullptr || applies(flag, *given_.verb)) known.emplace_back(flag.name);
    }
    if (!unknown_.empty()) return unknown("flag", unknown_.front(), known, given_.verb, "--");
    if (given_.verb == nullptr) return {};
    for (const auto& [name, values] : given_.flags) {
      if (std::find(known.begin(), known.end(), name) != known.end()) continue;
      return usage(given_.verb, fmt::format("`lamella {}` has no flag `--{}`", given_.verb->name, name));
    }
    return {};
  }

  Result<> check_arguments() const {
    if (given_.verb == nullptr || given_.has("help")) return {};
    const Verb& verb = *given_.verb;
    const std::size_t count = given_.arguments.size();
    if (count < verb.least) {
      return usage(&verb, fmt::format("`lamella {}` needs {}", verb.name, verb.arguments));
    }
    if (count > verb.most) {
      return usage(&verb, fmt::format("`{}` is one argument too many for `lamella {}`",
                                      base::escaped(given_.arguments[verb.most]), verb.name));
    }
    return {};
  }

  std::span<const std::string> words_;
  std::size_t at_ = 0;
  bool only_arguments_ = false;
  std::string first_;  ///< the first word of a verb of two
  std::vector<std::string> unknown_;
  Given given_;
};

}  // namespace

std::string Given::value(std::string_view flag, std::string_view fallback) const {
  const auto found = flags.find(flag);
  return found == flags.end() ? std::string(fallback) : found->second.back();
}

std::vector<std::string> Given::values(std::string_view flag) const {
  const auto found = flags.find(flag);
  return found == flags.end() ? std::vector<std::string>() : found->second;
}

std::string Given::argument(std::size_t index, std::string_view fallback) const {
  return index < arguments.size() ? arguments[index] : std::string(fallback);
}

Result<Given> parse(std::span<const std::string> words) { return Reader(words).read(); }

bool wants_json(std::span<const std::string> words) {
  const auto end = std::find(words.begin(), words.end(), "--");
  return std::find(words.begin(), end, "--json") != end;
}

}  // namespace lamella::cli
