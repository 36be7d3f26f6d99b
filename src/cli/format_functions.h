#pragma once

#include <string>
#include <vector>

#include "cli/format_value.h"

/// The functions of templates: Go's own (and, or, not, eq, ne, lt, le, gt, ge, len, index, slice,
/// print, printf, println, html, urlquery) and Podman's (join, json, lower, upper, title, split,
/// truncate, pad).
namespace cli::format {

bool isFunction(const std::string& name);

/// Error (invalid) that names the function: "error calling index: index out of range: 4". `and` and
/// `or` stop early and are therefore the evaluator's.
Value callFunction(Scratch& scratch, const std::string& name, const std::vector<Value>& arguments);

/// Go's fmt.Sprintf.
std::string formatPrintf(const std::string& format, const std::vector<Value>& arguments);

}  // namespace cli::format
