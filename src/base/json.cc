#include "base/json.h"

std::string jsonErrorText(const char* what) {
  // The library's texts open with "[json.exception.parse_error.101] ".
  const std::string_view text = what;
  const std::size_t end = text.find("] ");
  return std::string(text.starts_with("[json.exception") && end != std::string_view::npos
                         ? text.substr(end + 2)
                         : text);
}

Json parseJson(std::string_view text, const std::string& what) {
  try {
    return Json::parse(text);
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorKind::invalid, cat("parsing ", what, ": ", jsonErrorText(error.what())));
  }
}

std::string printJson(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

void requireObject(const Json& json, const char* what) {
  if (!json.is_object()) {
    throw Error(ErrorKind::invalid, cat(what, ": an object is expected, not ", json.type_name()));
  }
}
