#include "kube/pod_fields.h"

namespace kube {

std::string expandVariables(const std::string& text, const StringMap& variables) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t close = text.find(')', at);
    if (text.compare(at, 2, "$$") == 0) {
      out += '$';
      at += 2;
    } else if (text.compare(at, 2, "$(") == 0 && close != std::string::npos) {
      const auto known = variables.find(text.substr(at + 2, close - at - 2));
      out += known == variables.end() ? text.substr(at, close + 1 - at) : known->second;
      at = close + 1;
    } else {
      out += text[at++];
    }
  }
  return out;
}

}  // namespace kube
