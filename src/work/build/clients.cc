// SPDX-License-Identifier: Apache-2.0
#include "build/clients.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <set>

namespace lamella::build {
namespace {

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

/// The modules that have client(), resource() and Session.
bool has_makers(std::string_view module) { return module == "boto3" || module == "aioboto3"; }

bool is_library(const Token& token) {
  return token.kind == Token::Kind::kName &&
         (has_makers(token.text) || token.text == "botocore" || token.text == "aiobotocore");
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
    for (std::size_t i = 0; i < tokens_.size(); ++i) read_import(i);
    for (std::size_t i = 0; i < tokens_.size(); ++i) note_session(i);
    for (std::size_t i = 0; i < tokens_.size(); ++i) note_maker(i);
    read_constants();
    std::vector<ClientUse> found;
    for (std::size_t i = 0; i + 1 < tokens_.size(); ++i) {
      if (!sign_at(i + 1, "(") || !makes_client(i)) continue;
      if (auto use = service_of(i + 1)) found.push_back(*std::move(use));
    }
    return found;
  }

 private:
  bool sign_at(std::size_t i, std::string_view sign) const {
    return i < tokens_.size() && tokens_[i].is(sign);
  }
  bool name_at(std::size_t i) const { return i < tokens_.size() && tokens_[i].kind == Token::Kind::kName; }

  /// `import os, boto3 as aws` and `from boto3 import client as make`: which names stand for what.
  void read_import(std::size_t i) {
    if (sign_at(i, "from") && name_at(i + 1) && has_makers(tokens_[i + 1].text)) {
      std::size_t at = i + 2;
      while (sign_at(at, ".") && name_at(at + 1)) at += 2;
      if (sign_at(at, "import")) read_names(at + 1);
    }
    if (!sign_at(i, "import")) return;
    for (std::size_t at = i + 1; name_at(at);) {
      const bool whole = !sign_at(at + 1, ".");
      const std::string module = tokens_[at].text;
      while (sign_at(at + 1, ".") && name_at(at + 2)) at += 2;
      const bool renamed = sign_at(at + 1, "as") && name_at(at + 2);
      if (renamed) at += 2;
      if (has_makers(module) && (whole || !renamed)) modules_.insert(tokens_[renamed ? at : i + 1].text);
      if (has_makers(module) && !renamed) modules_.insert(module);
      if (!sign_at(at + 1, ",")) return;
      at += 2;
    }
  }

  void read_names(std::size_t i) {
    for (; name_at(i) || sign_at(i, ",") || sign_at(i, "("); ++i) {
      const bool renamed = sign_at(i + 1, "as") && name_at(i + 2);
      const std::string& name = tokens_[renamed ? i + 2 : i].text;
      if (sign_at(i, "client") || sign_at(i, "resource")) makers_.insert(name);
      if (sign_at(i, "Session")) session_types_.insert(name);
    }
  }

  /// The first token of "boto3.session.Session" that ends at `i`.
  std::size_t begin_of_dotted(std::size_t i) const {
    while (i >= 2 && sign_at(i - 1, ".") && name_at(i - 2)) i -= 2;
    return i;
  }

  /// The name whose annotation begins behind the colon at `i`: a variable's or a parameter's.
  const Token* annotated_at(std::size_t i) const {
    if (i == 0 || !sign_at(i, ":") || !name_at(i - 1)) return nullptr;
    const Token& name = tokens_[i - 1];
    if (name.text == "try" || name.text == "else" || name.text == "finally") return nullptr;
    const bool begins = i == 1 || tokens_[i - 2].line < name.line || sign_at(i - 2, "(") ||
                        sign_at(i - 2, ",") || sign_at(i - 2, ";");
    return begins ? &name : nullptr;
  }

  /// What "name =" and "name: anything =" assign to, where the sign is at `equals`; null where nothing.
  const Token* assigned_at(std::size_t equals) const {
    if (equals == 0 || !sign_at(equals, "=") || sign_at(equals + 1, "=")) return nullptr;
    std::size_t i = equals - 1;
    const auto in_annotation = [&] {
      return name_at(i) || tokens_[i].kind == Token::Kind::kText || sign_at(i, ".") || sign_at(i, "[") ||
             sign_at(i, "]") || sign_at(i, "|");
    };
    while (i > 0 && tokens_[i].line == tokens_[equals].line && in_annotation()) --i;
    if (const Token* name = annotated_at(i)) return name;
    return name_at(equals - 1) ? &tokens_[equals - 1] : nullptr;
  }

  /// "name = boto3.Session(" and "name: boto3.Session": the name is a session.
  void note_session(std::size_t i) {
    if (!name_at(i) || !session_types_.contains(tokens_[i].text)) return;
    const std::size_t begin = begin_of_dotted(i);
    if (begin == 0) return;
    if (sign_at(i + 1, "(")) {
      if (const Token* name = assigned_at(begin - 1)) sessions_.insert(name->text);
    } else if (const Token* name = annotated_at(begin - 1)) {
      sessions_.insert(name->text);
    }
  }

  bool is_maker(std::size_t i) const { return sign_at(i, "client") || sign_at(i, "resource"); }

  /// "make = boto3.client": the name makes clients.
  void note_maker(std::size_t i) {
    if (!is_maker(i) || sign_at(i + 1, "(") || i < 2 || !sign_at(i - 1, ".") || !owns_makers(i - 2)) return;
    const std::size_t begin = begin_of_dotted(i);
    const Token* name = begin == 0 ? nullptr : assigned_at(begin - 1);
    if (name != nullptr) makers_.insert(name->text);
  }

  /// A text that a name is given at the top of the file, and nothing else anywhere.
  void read_constants() {
    std::map<std::string, int> times;
    for (std::size_t i = 1; i < tokens_.size(); ++i) {
      const Token* name = assigned_at(i);
      if (name == nullptr && sign_at(i, "=") && sign_at(i - 1, "+") && i >= 2) name = &tokens_[i - 2];
      if (name == nullptr) continue;
      const bool once = ++times[name->text] == 1;
      const bool text = i + 1 < tokens_.size() && tokens_[i + 1].kind == Token::Kind::kText;
      const bool alone = i + 2 >= tokens_.size() || sign_at(i + 2, ";") ||
                         (tokens_[i + 2].line > tokens_[i + 1].line && tokens_[i + 2].column == 1);
      if (once && text && alone && name->column == 1) constants_[name->text] = tokens_[i + 1].text;
      if (!once) constants_.erase(name->text);
    }
  }

  /// The token at `i` is what has client() and resource().
  bool owns_makers(std::size_t i) const {
    if (sign_at(i, ")")) return closes_session(i);
    const std::string& name = tokens_[i].text;
    return name_at(i) &&
           (modules_.contains(name) || sessions_.contains(name) || lower(name).ends_with("session"));
  }

  bool makes_client(std::size_t i) const {
    if (!name_at(i)) return false;
    if (i == 0 || !sign_at(i - 1, "."))
      return makers_.contains(tokens_[i].text) && (i == 0 || !sign_at(i - 1, "def"));
    if (sign_at(i, "create_client")) return true;
    return is_maker(i) && i >= 2 && owns_makers(i - 2);
  }

  /// "boto3.Session(...)" ends at `close`.
  bool closes_session(std::size_t close) const {
    int depth = 0;
    for (std::size_t i = close + 1; i-- > 0;) {
      if (tokens_[i].is(")")) ++depth;
      if (!tokens_[i].is("(") || --depth != 0) continue;
      return i > 0 && (session_types_.contains(tokens_[i - 1].text) ||
                       lower(tokens_[i - 1].text).ends_with("session"));
    }
    return false;
  }

  /// The argument that begins at `i`, if it is a text, or a name of one, that stands alone.
  std::optional<ClientUse> argument_at(std::size_t i) const {
    std::size_t depth = 0;
    for (; sign_at(i, "("); ++i) ++depth;
    if (i >= tokens_.size()) return std::nullopt;
    const Token& value = tokens_[i];
    std::string service = value.text;
    if (value.kind == Token::Kind::kName) {
      const auto constant = constants_.find(value.text);
      if (constant == constants_.end()) return std::nullopt;
      service = constant->second;
    } else if (value.kind != Token::Kind::kText) {
      return std::nullopt;
    }
    for (++i; depth > 0 && sign_at(i, ")"); ++i) --depth;
    if (depth > 0 || !(sign_at(i, ",") || sign_at(i, ")"))) return std::nullopt;
    return ClientUse{service, value.line, value.column};
  }

  /// The first argument, or service_name=...
  std::optional<ClientUse> service_of(std::size_t open) const {
    if (auto first = argument_at(open + 1)) return first;
    int depth = 0;
    for (std::size_t i = open; i + 1 < tokens_.size(); ++i) {
      const Token& token = tokens_[i];
      if (token.is("(") || token.is("[") || token.is("{")) ++depth;
      if ((token.is(")") || token.is("]") || token.is("}")) && --depth == 0) return std::nullopt;
      if (depth == 1 && token.is("=") && tokens_[i - 1].is("service_name")) return argument_at(i + 1);
    }
    return std::nullopt;
  }

  std::vector<Token> tokens_;
  std::set<std::string> modules_;                      ///< names of the module boto3
  std::set<std::string> session_types_ = {"Session"};  ///< names of boto3.Session
  std::set<std::string> sessions_;                     ///< variables that hold a session
  std::set<std::string> makers_;                       ///< names of boto3.client and boto3.resource
  std::map<std::string, std::string> constants_;       ///< names of texts
};

}  // namespace

std::vector<ClientUse> find_clients(std::string_view source) { return Scanner(source).run(); }

}  // namespace lamella::build
