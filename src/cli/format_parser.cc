#include <algorithm>

#include "cli/format_functions.h"
#include "cli/format_syntax.h"

namespace cli::format {
namespace {

using Kind = Token::Kind;

/// Deeper nesting than this is nobody's format, and the parser's stack is finite.
constexpr int deepest = 100;

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text), tokens_(tokenize(text)) {}

  Nodes run() {
    Nodes nodes = list();
    if (peek().kind != Kind::end) {
      fail(cat("unexpected {{", peek(1).text, "}}"));
    }
    return nodes;
  }

 private:
  const Token& peek(std::size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  const Token& take() { return tokens_[at_ < tokens_.size() - 1 ? at_++ : at_]; }
  bool takeIf(Kind kind) {
    const bool is = peek().kind == kind;
    at_ += is ? 1 : 0;
    return is;
  }
  bool atKeyword(std::string_view keyword) const {
    return peek().kind == Kind::open && peek(1).kind == Kind::identifier && peek(1).text == keyword;
  }
  [[noreturn]] void fail(const std::string& what) const {
    throw syntaxError(text_, peek().at, what);
  }
  void expectClose(std::string_view where) {
    if (!takeIf(Kind::close)) {
      fail(cat("unexpected \"", peek().text, "\" in ", where));
    }
  }

  /// Up to the end, an {{end}} or an {{else}}.
  Nodes list() {
    Nodes nodes;
    while (peek().kind != Kind::end && !atKeyword("end") && !atKeyword("else")) {
      auto node = std::make_unique<Node>();
      node->at = peek().at;
      if (peek().kind == Kind::text) {
        node->text = take().text;
      } else {
        action(*node);
      }
      nodes.push_back(std::move(node));
    }
    return nodes;
  }

  void action(Node& node) {
    if (atKeyword("if")) {
      node.kind = Node::Kind::conditional;
      control(node);
    } else if (atKeyword("with")) {
      node.kind = Node::Kind::with;
      control(node);
    } else if (atKeyword("range")) {
      node.kind = Node::Kind::range;
      ++loops_;
      control(node);
      --loops_;
    } else if (atKeyword("break") || atKeyword("continue")) {
      node.kind = atKeyword("break") ? Node::Kind::breaks : Node::Kind::continues;
      if (loops_ == 0) {
        fail(cat("{{", peek(1).text, "}} outside {{range}}"));
      }
      at_ += 2;
      expectClose("an action");
    } else {
      node.kind = Node::Kind::action;
      take();
      node.pipeline = pipeline("command");
      expectClose("an action");
    }
  }

  /// {{if P}} ... {{else if P}} ... {{else}} ... {{end}}, and so for with and range. A chain is
  /// nested in `otherwise`.
  void control(Node& node) {
    if (++depth_ > deepest) {
      fail("nested too deeply");
    }
    take();
    const std::string keyword = take().text;
    const std::size_t scope = variables_.size();
    node.pipeline = pipeline(keyword);
    expectClose(keyword);
    node.body = list();
    bool ended = false;
    if (atKeyword("else")) {
      at_ += 2;
      if (node.kind != Node::Kind::range && peek().kind == Kind::identifier &&
          peek().text == keyword) {
        --at_;  // what follows reads as an action of its own, up to the one {{end}} of the chain
        auto chained = std::make_unique<Node>();
        chained->kind = node.kind;
        chained->at = peek().at;
        control(*chained);
        node.otherwise.push_back(std::move(chained));
        ended = true;
      } else {
        expectClose("else");
        node.otherwise = list();
      }
    }
    if (!ended) {
      if (!atKeyword("end")) {
        fail(peek().kind == Kind::end ? "unexpected end: {{end}} is missing"
                                      : "unexpected {{else}}");
      }
      at_ += 2;
      expectClose("end");
    }
    variables_.resize(scope);
    --depth_;
  }

  Pipeline pipeline(std::string_view where) {
    if (++depth_ > deepest) {
      fail("nested too deeply");
    }
    Pipeline out;
    declarations(out, where == "range");
    do {
      out.commands.push_back(command());
      if (out.commands.back().operands.empty()) {
        fail(out.commands.size() > 1 ? "missing value after |" : cat("missing value for ", where));
      }
    } while (takeIf(Kind::pipe));
    --depth_;
    return out;
  }

  /// "$x :=", "$x =" and, for range, "$i, $x :=".
  void declarations(Pipeline& out, bool inRange) {
    const bool two = inRange && peek().kind == Kind::variable && peek(1).kind == Kind::comma &&
                     peek(2).kind == Kind::variable;
    const Kind after = peek(two ? 3 : 1).kind;
    if (peek().kind != Kind::variable || (after != Kind::declare && after != Kind::assign)) {
      return;
    }
    out.assigns = after == Kind::assign;
    for (int variable = 0; variable < (two ? 2 : 1); ++variable) {
      if (out.assigns) {
        requireVariable(peek());
      }
      out.variables.push_back(take().text);
      take();  // the comma, := or =
    }
    if (!out.assigns) {
      variables_.insert(variables_.end(), out.variables.begin(), out.variables.end());
    }
  }

  void requireVariable(const Token& token) const {
    if (!token.text.empty() &&
        std::find(variables_.begin(), variables_.end(), token.text) == variables_.end()) {
      fail(cat("undefined variable \"$", token.text, "\""));
    }
  }

  Command command() {
    Command out;
    while (auto next = operand()) {
      if (!out.operands.empty() && !peek().spaceBefore && startsOperand(peek().kind)) {
        out.operands.push_back(std::move(*next));
        fail(cat("unexpected \"", peek().text, "\" after an operand"));
      }
      out.operands.push_back(std::move(*next));
    }
    return out;
  }

  static bool startsOperand(Kind kind) {
    return kind == Kind::literal || kind == Kind::identifier || kind == Kind::variable ||
           kind == Kind::leftParen;
  }

  std::optional<Operand> operand() {
    Operand out;
    out.at = peek().at;
    const Kind kind = peek().kind;
    if (kind == Kind::dot) {
      take();
    } else if (kind == Kind::literal) {
      out.kind = Operand::Kind::literal;
      out.literal = take().value;
    } else if (kind == Kind::identifier) {
      name(out);
    } else if (kind == Kind::field) {
      fields(out);
    } else if (kind == Kind::variable) {
      requireVariable(peek());
      out.kind = Operand::Kind::variable;
      out.name = take().text;
      fields(out);
    } else if (kind == Kind::leftParen) {
      take();
      out.kind = Operand::Kind::pipeline;
      out.pipeline = std::make_shared<Pipeline>(pipeline("parentheses"));
      if (!takeIf(Kind::rightParen)) {
        fail("unclosed left parenthesis");
      }
      fields(out);
    } else {
      return std::nullopt;
    }
    return out;
  }

  /// The chain that begins an operand or is joined to it.
  void fields(Operand& out) {
    const bool begins = out.kind == Operand::Kind::dot;
    while (peek().kind == Kind::field && (!peek().spaceBefore || (begins && out.fields.empty()))) {
      out.fields.push_back(take().text);
    }
  }

  void name(Operand& out) {
    const std::string& word = peek().text;
    if (word == "true" || word == "false") {
      out.kind = Operand::Kind::literal;
      out.literal = word == "true";
    } else if (word == "nil") {
      out.kind = Operand::Kind::nil;
    } else if (word == "define" || word == "template" || word == "block") {
      fail(cat("{{", word, "}} is not supported in a format"));
    } else if (isFunction(word)) {
      out.kind = Operand::Kind::function;
      out.name = word;
    } else {
      fail(cat("function \"", word, "\" not defined"));
    }
    take();
  }

  std::string_view text_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
  int loops_ = 0;
  std::vector<std::string> variables_;
};

}  // namespace

Nodes parseNodes(std::string_view text) {
  return Parser(text).run();
}

}  // namespace cli::format
