#include "cli/format_evaluator.h"

#include <cctype>

#include "base/json.h"
#include "cli/format_functions.h"

namespace cli::format {
namespace {

constexpr std::size_t longestOutput = 64U << 20;

/// "<.State.Status>", for errors.
std::string display(const Operand& operand) {
  std::string text = operand.kind == Operand::Kind::variable ? "$" + operand.name : operand.name;
  for (const std::string& field : operand.fields) {
    text += "." + field;
  }
  return text.empty() ? "." : text;
}

[[noreturn]] void failField(const Value& value, const std::string& name) {
  if (value.json == nullptr || !value.json->is_object()) {
    fail(cat("can't evaluate field ", name, " in type ", typeName(value)));
  }
  std::vector<std::string> known;
  for (const std::string& key : keysOf(value)) {
    known.push_back("." + key);
  }
  fail(cat("can't evaluate field ", name, ": the fields are ", join(known, " ")));
}

}  // namespace

Evaluator::Evaluator(const Json& root, const std::map<std::string, std::string>* headers)
    : root_{&root}, headers_(headers) {
  root_.isHeader = headers != nullptr;
  variables_.push_back({"", root_});
}

std::string Evaluator::run(const Nodes& nodes) {
  out_.clear();
  walk(nodes, root_);
  return std::move(out_);
}

Evaluator::Flow Evaluator::walk(const Nodes& nodes, const Value& dot) {
  const std::size_t scope = variables_.size();
  Flow flow = Flow::on;
  for (const auto& node : nodes) {
    flow = walkNode(*node, dot);
    if (flow != Flow::on) {
      break;
    }
  }
  variables_.resize(std::min(scope, variables_.size()));
  return flow;
}

Evaluator::Flow Evaluator::walkNode(const Node& node, const Value& dot) {
  switch (node.kind) {
    case Node::Kind::text:
      out_ += node.text;
      break;
    case Node::Kind::action: {
      const Value value = evaluate(node.pipeline, dot);
      if (node.pipeline.variables.empty()) {
        out_ += toText(value);
      }
      if (out_.size() > longestOutput) {
        fail("the output grows beyond all bounds");
      }
      break;
    }
    case Node::Kind::conditional:
    case Node::Kind::with: {
      const std::size_t scope = variables_.size();
      const Value value = evaluate(node.pipeline, dot);
      const bool isWith = node.kind == Node::Kind::with;
      const Flow flow =
          isTrue(value) ? walk(node.body, isWith ? value : dot) : walk(node.otherwise, dot);
      variables_.resize(scope);
      return flow;
    }
    case Node::Kind::range:
      return walkRange(node, dot);
    case Node::Kind::breaks:
      return Flow::breaks;
    case Node::Kind::continues:
      return Flow::continues;
  }
  return Flow::on;
}

bool Evaluator::turn(const Node& node, const Value& key, const Value& element) {
  const std::vector<std::string>& names = node.pipeline.variables;
  const std::size_t scope = variables_.size();
  if (!names.empty()) {
    const std::vector<Value> values =
        names.size() == 2 ? std::vector<Value>{key, element} : std::vector<Value>{element};
    for (std::size_t name = 0; name < names.size(); ++name) {
      if (node.pipeline.assigns) {
        variable(names[name]) = values[name];
      } else {
        variables_.push_back({names[name], values[name]});
      }
    }
  }
  const Flow flow = walk(node.body, element);
  variables_.resize(scope);
  return flow != Flow::breaks;
}

Evaluator::Flow Evaluator::walkRange(const Node& node, const Value& dot) {
  const Value value = evaluateCommands(node.pipeline, dot);  // its variables are set at each turn
  if (value.isHeader) {
    turn(node, value, value);
    return Flow::on;
  }
  if (!isTrue(value)) {
    return walk(node.otherwise, dot);
  }
  const Json& json = *value.json;
  if (json.is_array()) {
    for (std::size_t at = 0; at < json.size(); ++at) {
      if (!turn(node, scratch_.keep(at), {&json[at]})) {
        break;
      }
    }
  } else if (json.is_object()) {
    for (const std::string& key : keysOf({&json, true})) {
      if (!turn(node, scratch_.keep(key), {&json.at(key), isMapField(key)})) {
        break;
      }
    }
  } else {
    fail(cat("range can't iterate over ", toText(value)));
  }
  return Flow::on;
}

Value Evaluator::evaluateCommands(const Pipeline& pipeline, const Value& dot) {
  Value value;
  const Value* last = nullptr;
  for (const Command& command : pipeline.commands) {
    value = evaluateCommand(command, dot, last);
    last = &value;
  }
  return value;
}

Value Evaluator::evaluate(const Pipeline& pipeline, const Value& dot) {
  const Value value = evaluateCommands(pipeline, dot);
  for (const std::string& name : pipeline.variables) {
    if (pipeline.assigns) {
      variable(name) = value;
    } else {
      variables_.push_back({name, value});
    }
  }
  return value;
}

Value Evaluator::evaluateCommand(const Command& command, const Value& dot, const Value* last) {
  const Operand& first = command.operands.front();
  return within(cat("template: at <", display(first), ">"), [&]() -> Value {
    if (first.kind == Operand::Kind::function) {
      return evaluateCall(command, dot, last);
    }
    if (first.kind == Operand::Kind::nil) {
      fail("nil is not a command");
    }
    std::vector<Value> arguments;
    for (std::size_t operand = 1; operand < command.operands.size(); ++operand) {
      arguments.push_back(evaluateOperand(command.operands[operand], dot));
    }
    if (last != nullptr) {
      arguments.push_back(*last);
    }
    const Value value = evaluateOperand(first, dot);
    return arguments.empty() ? value : keyed(value, arguments, first);
  });
}

/// {{.Label "key"}}: what is a method in Podman's lists.
Value Evaluator::keyed(const Value& value, const std::vector<Value>& arguments,
                       const Operand& operand) {
  if (value.isHeader) {
    return value;
  }
  if (operand.fields.empty() || value.json == nullptr || !value.json->is_object() ||
      arguments.size() != 1) {
    fail(cat("can't give argument to non-function ", display(operand)));
  }
  const Value map{value.json, true};
  return call("index", {map, arguments.front()});
}

Value Evaluator::evaluateCall(const Command& command, const Value& dot, const Value* last) {
  const std::string& name = command.operands.front().name;
  const bool stopsEarly = name == "and" || name == "or";
  std::vector<Value> arguments;
  for (std::size_t operand = 1; operand < command.operands.size(); ++operand) {
    arguments.push_back(evaluateOperand(command.operands[operand], dot));
    if (stopsEarly && isTrue(arguments.back()) == (name == "or")) {
      return arguments.back();
    }
  }
  if (last != nullptr) {
    arguments.push_back(*last);
  }
  if (stopsEarly) {
    if (arguments.empty()) {
      fail(cat("wrong number of args for ", name, ": want at least 1 got 0"));
    }
    return arguments.back();
  }
  return call(name, arguments);
}

Value Evaluator::call(const std::string& name, const std::vector<Value>& arguments) {
  if (headers_ != nullptr && name != "upper" && name != "lower" && name != "title") {
    // {{json .Labels}}, {{len .Containers}}: the column is still that of the field.
    for (const Value& argument : arguments) {
      if (argument.isHeader) {
        return argument;
      }
    }
  }
  Value value = callFunction(scratch_, name, arguments);
  value.isHeader = headers_ != nullptr && !arguments.empty() && arguments.front().isHeader;
  return value;
}

Value Evaluator::evaluateOperand(const Operand& operand, const Value& dot) {
  Value value;
  switch (operand.kind) {
    case Operand::Kind::dot:
      value = dot;
      break;
    case Operand::Kind::variable:
      value = variable(operand.name);
      break;
    case Operand::Kind::literal:
      return {&operand.literal};
    case Operand::Kind::nil:
      return {};
    case Operand::Kind::function:
      return call(operand.name, {});
    case Operand::Kind::pipeline: {
      const std::size_t scope = variables_.size();
      value = evaluate(*operand.pipeline, dot);
      variables_.resize(scope);
      break;
    }
  }
  for (const std::string& field : operand.fields) {
    value = fieldOf(value, field);
  }
  return value;
}

Value Evaluator::fieldOf(const Value& value, const std::string& name) {
  if (value.isHeader) {
    return headerFor(name);
  }
  if (value.json == nullptr || value.json->is_null()) {
    return {};
  }
  if (value.json->is_object()) {
    const auto member = value.json->find(name);
    if (member != value.json->end()) {
      return {&*member, member->is_object() && isMapField(name)};
    }
    if (value.isMap) {
      return {};
    }
  }
  failField(value, name);
}

Value Evaluator::headerFor(const std::string& field) {
  const auto known = headers_->find(field);
  Value value = scratch_.keep(known == headers_->end() ? headerOf(field) : known->second);
  value.isHeader = true;
  return value;
}

Value& Evaluator::variable(const std::string& name) {
  for (auto entry = variables_.rbegin(); entry != variables_.rend(); ++entry) {
    if (entry->name == name) {
      return entry->value;
    }
  }
  fail(cat("undefined variable \"$", name, "\""));
}

std::string headerOf(std::string_view field) {
  std::string out;
  const auto isUpper = [&](std::size_t at) {
    return at < field.size() && std::isupper(static_cast<unsigned char>(field[at])) != 0;
  };
  const auto isLower = [&](std::size_t at) {
    return at < field.size() && std::islower(static_cast<unsigned char>(field[at])) != 0;
  };
  for (std::size_t at = 0; at < field.size(); ++at) {
    // A word begins at "aB" and before the last capital of "IDOf".
    if (at != 0 && isUpper(at) && (isLower(at - 1) || (isUpper(at - 1) && isLower(at + 1)))) {
      out += ' ';
    }
    out += static_cast<char>(std::toupper(static_cast<unsigned char>(field[at])));
  }
  return out;
}

}  // namespace cli::format
