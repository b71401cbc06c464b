// SPDX-License-Identifier: Apache-2.0
#include "build/clients.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <set>

#include "base/suggest.h"
#include "os/file.h"

namespace lamella::build {
namespace {

constexpr std::uint64_t kLargestSource = 16'000'000;  // nobody writes more by hand

struct Token {
  enum class Kind { kName, kText, kSign };
  Kind kind = Kind::kSign;
  std::string text;  ///< of a text, what is between the quotes
  unsigned line = 1;
  unsigned column = 1;

  bool is(std::string_view sign) const { return kind != Kind::kText && text == sign; }
};

/// Python's words as far as calls need them: names, plain string literals, single signs.  Comments are gone.
class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}

  std::vector<Token> run() {
    while (at_ < source_.size()) step();
    return std::move(tokens_);
  }

 private:
  static bool starts_name(char c) {
    return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' || (c & 0x80) != 0;
  }
  static bool in_name(char c) { return starts_name(c) || std::isdigit(static_cast<unsigned char>(c)) != 0; }
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0';
  }

  void advance() {
    if (source_[at_] == '\n') {
      ++line_;
      line_start_ = at_ + 1;
    }
    ++at_;
  }
  unsigned column() const { return static_cast<unsigned>(at_ - line_start_) + 1; }

  void step() {
    const char c = peek();
    if (c == '#') {
      while (at_ < source_.size() && peek() != '\n') advance();
    } else if (c == '"' || c == '\'') {
      text("");
    } else if (starts_name(c)) {
      name();
    } else if (std::isspace(static_cast<unsigned char>(c)) != 0 || c == '\\') {
      advance();
    } else {
      tokens_.push_back({Token::Kind::kSign, std::string(1, c), line_, column()});
      advance();
    }
  }

  void name() {
    const std::size_t begin = at_;
    const unsigned line = line_;
    const unsigned start = column();
    while (at_ < source_.size() && in_name(peek())) advance();
    std::string word(source_.substr(begin, at_ - begin));
    const bool prefix = word.size() <= 2 && word.find_first_not_of("rRbBuUfF") == std::string::npos;
    if (prefix && (peek() == '"' || peek() == '\'')) return text(word);
    tokens_.push_back({Token::Kind::kName, std::move(word), line, start});
  }

  /// A literal whose value is not its text (bytes, formatted) becomes a sign that matches nothing.
  void text(const std::string& prefix) {
    const unsigned line = line_;
    const unsigned start = column();
    const char quote = peek();
    const bool is_long = peek(1) == quote && peek(2) == quote;
    const std::string end(is_long ? 3 : 1, quote);
    for (std::size_t i = 0; i < end.size(); ++i) advance();
    const std::size_t begin = at_;
    while (at_ < source_.size() && source_.substr(at_, end.size()) != end) {
      if (!is_long && peek() == '\n') break;
      if (peek() == '\\' && at_ + 1 < source_.size()) advance();
      advance();
    }
    const std::string value(source_.substr(begin, at_ - begin));
    for (std::size_t i = 0; i < end.size() && at_ < source_.size(); ++i) advance();
    const bool plain =
        prefix.find_first_of("bBfF") == std::string::npos && value.find('\\') == std::string::npos;
    tokens_.push_back({plain ? Token::Kind::kText : Token::Kind::kSign, plain ? value : "?", line, start});
  }

  std::string_view source_;
  std::size_t at_ = 0;
  std::size_t line_start_ = 0;
  unsigned line_ = 1;
  std::vector<Token> tokens_;
};

bool is_library(const Token& token) {
  return token.kind == Token::Kind::kName && (token.text == "boto3" || token.text == "botocore");
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

class Scanner {
 public:
  explicit Scanner(std::string_view source) : tokens_(Lexer(source).run()) {}

  std::vector<ClientUse> run() {
    if (std::none_of(tokens_.begin(), tokens_.end(), is_library)) return {};
    read_imports();
    std::vector<ClientUse> found;
    for (std::size_t i = 0; i + 1 < tokens_.size(); ++i) {
      if (!tokens_[i + 1].is("(") || !makes_client(i)) continue;
      if (const Token* service = service_of(i + 1))
        found.push_back({service->text, service->line, service->column});
    }
    return found;
  }

 private:
  const Token* before(std::size_t i, std::size_t back = 1) const {
    return i >= back ? &tokens_[i - back] : nullptr;
  }

  /// `import boto3 as aws` and `from boto3 import client as make`: which names stand for what.
  void read_imports() {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (tokens_[i].is("import") && i + 1 < tokens_.size() && tokens_[i + 1].text == "boto3") {
        const bool renamed = i + 3 < tokens_.size() && tokens_[i + 2].is("as");
        modules_.insert(renamed ? tokens_[i + 3].text : "boto3");
      }
      if (tokens_[i].is("from") && i + 2 < tokens_.size() && tokens_[i + 1].text == "boto3" &&
          tokens_[i + 2].is("import")) {
        read_names(i + 3);
      }
      const bool assigned =
          i >= 2 && tokens_[i].text == "Session" && i + 1 < tokens_.size() && tokens_[i + 1].is("(");
      if (assigned) note_session(i);
    }
  }

  void read_names(std::size_t i) {
    for (; i < tokens_.size() &&
           (tokens_[i].kind == Token::Kind::kName || tokens_[i].is(",") || tokens_[i].is("("));
         ++i) {
      if (!tokens_[i].is("client") && !tokens_[i].is("resource")) continue;
      const bool renamed = i + 2 < tokens_.size() && tokens_[i + 1].is("as");
      makers_.insert(tokens_[renamed ? i + 2 : i].text);
    }
  }

  /// "name = boto3.Session(": the name is a session.
  void note_session(std::size_t i) {
    while (i >= 2 && tokens_[i - 1].is(".") && tokens_[i - 2].kind == Token::Kind::kName) i -= 2;
    if (i >= 2 && tokens_[i - 1].is("=") && tokens_[i - 2].kind == Token::Kind::kName)
      sessions_.insert(tokens_[i - 2].text);
  }

  bool makes_client(std::size_t i) const {
    const Token& word = tokens_[i];
    if (word.kind != Token::Kind::kName) return false;
    const Token* sign = before(i);
    if (sign == nullptr || !sign->is("."))
      return makers_.contains(word.text) && (sign == nullptr || !sign->is("def"));
    if (word.is("create_client")) return true;
    if (!word.is("client") && !word.is("resource")) return false;
    const Token* owner = before(i, 2);
    if (owner == nullptr) return false;
    if (owner->is(")")) return closes_session(i - 2);
    return modules_.contains(owner->text) || sessions_.contains(owner->text) ||
           lower(owner->text).ends_with("session");
  }

  /// "boto3.Session(...)" ends at `close`.
  bool closes_session(std::size_t close) const {
    int depth = 0;
    for (std::size_t i = close + 1; i-- > 0;) {
      if (tokens_[i].is(")")) ++depth;
      if (tokens_[i].is("(") && --depth == 0) return i > 0 && lower(tokens_[i - 1].text).ends_with("session");
    }
    return false;
  }

  /// The first argument, or service_name=..., if it is a text that stands alone.
  const Token* service_of(std::size_t open) const {
    int depth = 0;
    for (std::size_t i = open; i + 1 < tokens_.size(); ++i) {
      const Token& token = tokens_[i];
      if (token.is("(") || token.is("[") || token.is("{")) ++depth;
      if ((token.is(")") || token.is("]") || token.is("}")) && --depth == 0) return nullptr;
      const bool first = i == open;
      const bool named = depth == 1 && token.is("=") && tokens_[i - 1].is("service_name");
      if (!first && !named) continue;
      const Token& value = tokens_[i + 1];
      const bool alone = i + 2 < tokens_.size() && (tokens_[i + 2].is(",") || tokens_[i + 2].is(")"));
      if (value.kind == Token::Kind::kText && alone) return &value;
    }
    return nullptr;
  }

  std::vector<Token> tokens_;
  std::set<std::string> modules_;   ///< names of the module boto3
  std::set<std::string> sessions_;  ///< variables that hold a session
  std::set<std::string> makers_;    ///< names of boto3.client and boto3.resource
};

const ArtifactPlan* plan_of(const std::vector<ArtifactPlan>& plans, model::ArtifactKind kind,
                            const std::string& name, const model::Target& target) {
  const auto found = std::find_if(plans.begin(), plans.end(), [&](const ArtifactPlan& plan) {
    return plan.kind == kind && plan.name == name && plan.target == target;
  });
  return found == plans.end() ? nullptr : &*found;
}

const package::Recipe* filtered_botocore(const ArtifactPlan& plan) {
  const auto found = std::find_if(plan.wheels.begin(), plan.wheels.end(), [](const package::Recipe& recipe) {
    return recipe.wheel.distribution == "botocore" && !recipe.services.empty();
  });
  return found == plan.wheels.end() ? nullptr : &*found;
}

bool keeps(const package::Recipe& botocore, const std::string& service) {
  const auto& services = botocore.services;
  if (std::find(services.begin(), services.end(), service) != services.end()) return true;
  return any_matches(botocore.keep, "botocore/data/" + service + "/0000-00-00/service-2.json.gz");
}

Error left_out(const model::Function& function, const ArtifactPlan& shipper, const package::Recipe& botocore,
               const ClientUse& use, const std::string& file) {
  const std::string place = fmt::format("{}s.{}.services", to_string(shipper.kind), shipper.name);
  return Error(ErrorCode::kRejected,
               fmt::format("function {} creates a client for '{}', which {} {} leaves out", function.name,
                           use.service, to_string(shipper.kind), shipper.name))
      .at(base::Position{file, use.line, use.column})
      .because(fmt::format("{} keeps {}", place, fmt::join(botocore.services, ", ")))
      .remedy(fmt::format("add \"{}\" to {}, or remove the call", use.service, place));
}

Result<> check_sources(const Tools& tools, const model::Function& function, const ArtifactPlan& sources,
                       const ArtifactPlan& shipper) {
  const package::Recipe& botocore = *filtered_botocore(shipper);
  if (!sources.local) return {};
  for (const package::LocalFile& file : sources.local->files) {
    if (!file.name.ends_with(".py")) continue;
    LAMELLA_TRY_ASSIGN(const std::string text, os::read_file(file.path, kLargestSource));
    for (const ClientUse& use : find_clients(text)) {
      if (keeps(botocore, use.service)) continue;
      return left_out(function, shipper, botocore, use,
                      file.path.lexically_relative(tools.workspace).string());
    }
  }
  return {};
}

}  // namespace

std::vector<ClientUse> find_clients(std::string_view source) { return Scanner(source).run(); }

Result<> check_clients(const Tools& tools, const model::Workspace& workspace,
                       const std::vector<ArtifactPlan>& plans) {
  for (const model::Function& function : workspace.functions) {
    std::vector<const ArtifactPlan*> parts;
    for (const auto& layer : function.layers) {
      parts.push_back(plan_of(plans, model::ArtifactKind::kLayer, layer.text, function.target));
    }
    parts.push_back(plan_of(plans, model::ArtifactKind::kFunction, function.name, function.target));
    std::erase(parts, nullptr);
    const auto shipper = std::find_if(parts.rbegin(), parts.rend(),
                                      [](const auto* plan) { return filtered_botocore(*plan) != nullptr; });
    if (shipper == parts.rend()) continue;
    for (const ArtifactPlan* part : parts) LAMELLA_TRY(check_sources(tools, function, *part, **shipper));
  }
  return {};
}

}  // namespace lamella::build
