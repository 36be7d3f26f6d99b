#pragma once

#include <string>
#include <vector>

#include "cli/format_value.h"

/// Functions of templates that print and that change texts, and how all of them read their
/// arguments.
namespace cli::format {

using Arguments = std::vector<Value>;

/// Error (invalid) where the argument is of another type.
const std::string& stringOf(const Value& value);
long long integerOf(const Value& value);
bool isInteger(const Value& value);

Value print(Scratch& scratch, const Arguments& arguments);
Value println(Scratch& scratch, const Arguments& arguments);
Value printf(Scratch& scratch, const Arguments& arguments);
Value html(Scratch& scratch, const Arguments& arguments);
Value urlquery(Scratch& scratch, const Arguments& arguments);
Value joined(Scratch& scratch, const Arguments& arguments);
Value splitText(Scratch& scratch, const Arguments& arguments);
Value json(Scratch& scratch, const Arguments& arguments);
Value lowered(Scratch& scratch, const Arguments& arguments);
Value uppered(Scratch& scratch, const Arguments& arguments);
Value title(Scratch& scratch, const Arguments& arguments);
Value truncated(Scratch& scratch, const Arguments& arguments);
Value pad(Scratch& scratch, const Arguments& arguments);

}  // namespace cli::format
