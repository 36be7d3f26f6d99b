#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

/// The syntax of Go's text/template (pkg.go.dev/text/template, "Actions"): tokens and tree. Not
/// here: define, template and block, which no one-line format needs.
namespace cli::format {

// NOLINTNEXTLINE(bugprone-exception-escape): moving a document asserts, which throws nothing
struct Token {
  enum class Kind {
    text,        ///< outside of actions
    open,        ///< {{
    close,       ///< }}
    identifier,  ///< a keyword, a function, true, false, nil
    field,       ///< .Name
    variable,    ///< $ or $name
    dot,
    literal,  ///< a string, a number or a character: `value`
    pipe,
    leftParen,
    rightParen,
    comma,
    declare,  ///< :=
    assign,   ///< =
    end,
  };
  Kind kind = Kind::end;
  std::string text;          ///< as written; of a field and a variable its name
  Json value;                ///< of a literal
  std::size_t at = 0;        ///< offset in the template
  bool spaceBefore = false;  ///< ".A .B" are two operands, ".A.B" is one
};

/// Error (invalid) for what is no token, or an action that does not end.
std::vector<Token> tokenize(std::string_view text);

struct Pipeline;

/// One operand of a command, with the fields that follow it.
// NOLINTNEXTLINE(bugprone-exception-escape): moving a document asserts, which throws nothing
struct Operand {
  enum class Kind { dot, variable, literal, nil, function, pipeline };
  Kind kind = Kind::dot;
  std::string name;  ///< of a variable or a function
  Json literal;
  std::shared_ptr<Pipeline> pipeline;  ///< in parentheses
  std::vector<std::string> fields;     ///< .A.B; a bare field is that of dot
  std::size_t at = 0;
};

struct Command {
  std::vector<Operand> operands;
};

struct Pipeline {
  std::vector<std::string> variables;  ///< declared or assigned, without the dollar sign
  bool assigns = false;
  std::vector<Command> commands;
};

struct Node {
  enum class Kind { text, action, conditional, range, with, breaks, continues };
  Kind kind = Kind::text;
  std::string text;
  Pipeline pipeline;
  std::vector<std::unique_ptr<Node>> body, otherwise;
  std::size_t at = 0;
};

using Nodes = std::vector<std::unique_ptr<Node>>;

/// Error (invalid) with the place.
Nodes parseNodes(std::string_view text);

/// The Error for what is wrong at an offset: "template: 1:8: ...".
Error syntaxError(std::string_view text, std::size_t at, const std::string& what);

}  // namespace cli::format
