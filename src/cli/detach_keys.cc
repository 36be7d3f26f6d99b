#include "cli/detach_keys.h"

#include "base/error.h"

namespace cli {
namespace {

/// The byte that a terminal sends: ctrl takes a letter or one of "@[\]^_" to 0..31.
char keyByte(std::string_view key) {
  if (key.size() == 1) {
    return key.front();
  }
  if (key.size() == 6 && lower(key.substr(0, 5)) == "ctrl-") {
    char letter = key[5];
    if (letter >= 'a' && letter <= 'z') {
      letter = static_cast<char>(letter - 'a' + 'A');
    }
    if (letter >= '@' && letter <= '_') {
      return static_cast<char>(letter - '@');
    }
  }
  throw Error(
      ErrorKind::invalid,
      cat("unknown key \"", key,
          "\" in --detach-keys: it must be a character or ctrl- and one of a-z @ [ \\ ] ^ _"));
}

}  // namespace

DetachKeys DetachKeys::parse(std::string_view text) {
  DetachKeys keys;
  if (!text.empty()) {
    for (const auto& key : split(text, ',')) {
      keys.sequence_ += keyByte(key);
    }
  }
  return keys;
}

DetachKeys::Fed DetachKeys::feed(std::string_view typed) {
  Fed fed;
  if (sequence_.empty()) {
    fed.forward = typed;
    return fed;
  }
  for (const char byte : typed) {
    held_ += byte;
    while (!sequence_.starts_with(held_)) {
      fed.forward += held_.front();
      held_.erase(0, 1);
    }
    if (held_ == sequence_) {
      held_.clear();
      fed.detached = true;
      break;
    }
  }
  return fed;
}

}  // namespace cli
