#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cli/format_syntax.h"
#include "cli/format_value.h"

namespace cli::format {

/// Runs a tree over one value. With headers it makes the header line of a table instead: every
/// field is its column's header text, whatever the value would be.
class Evaluator {
 public:
  explicit Evaluator(const Json& root, const std::map<std::string, std::string>* headers = nullptr);

  std::string run(const Nodes& nodes);

 private:
  enum class Flow { on, breaks, continues };
  struct Variable {
    std::string name;
    Value value;
  };

  Flow walk(const Nodes& nodes, const Value& dot);
  Flow walkNode(const Node& node, const Value& dot);
  Flow walkRange(const Node& node, const Value& dot);
  /// One turn of a range; false when it is to end.
  bool turn(const Node& node, const Value& key, const Value& element);

  Value evaluateCommands(const Pipeline& pipeline, const Value& dot);
  /// And sets the variables that the pipeline declares.
  Value evaluate(const Pipeline& pipeline, const Value& dot);
  Value evaluateCommand(const Command& command, const Value& dot, const Value* last);
  Value evaluateOperand(const Operand& operand, const Value& dot);
  Value evaluateCall(const Command& command, const Value& dot, const Value* last);
  Value call(const std::string& name, const std::vector<Value>& arguments);
  Value fieldOf(const Value& value, const std::string& name);
  Value keyed(const Value& value, const std::vector<Value>& arguments, const Operand& operand);
  Value headerFor(const std::string& field);
  Value& variable(const std::string& name);

  Value root_;
  const std::map<std::string, std::string>* headers_;
  Scratch scratch_;
  std::vector<Variable> variables_;
  std::string out_;
};

/// "NUMBER OF CONTAINERS" of NumberOfContainers.
std::string headerOf(std::string_view field);

}  // namespace cli::format
