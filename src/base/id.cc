#include "base/id.h"

#include <sys/random.h>

#include <array>
#include <cstdint>

#include "base/error.h"
#include "base/file.h"

namespace {

constexpr std::array<std::string_view, 48> adjectives{
    "agile",  "amber",  "ample",  "bold",   "brave",  "breezy", "bright",  "brisk",
    "calm",   "candid", "cheery", "clever", "cosy",   "crisp",  "curious", "daring",
    "deft",   "eager",  "early",  "fair",   "fleet",  "fond",   "gentle",  "glad",
    "golden", "happy",  "hardy",  "honest", "jolly",  "keen",   "kind",    "lively",
    "lucid",  "mellow", "merry",  "mild",   "neat",   "nimble", "noble",   "plucky",
    "proud",  "quick",  "quiet",  "serene", "steady", "sunny",  "tidy",    "witty"};

constexpr std::array<std::string_view, 64> nouns{
    "acorn",   "alder",   "aspen",  "badger",  "barley",  "basil",   "beaver", "birch",
    "bison",   "bramble", "cedar",  "clover",  "comet",   "condor",  "crane",  "curlew",
    "dolphin", "falcon",  "fern",   "finch",   "fox",     "gannet",  "gecko",  "hazel",
    "heron",   "ibex",    "iris",   "jackdaw", "juniper", "kestrel", "lark",   "laurel",
    "lentil",  "lichen",  "lotus",  "lynx",    "magpie",  "maple",   "marten", "mint",
    "moss",    "newt",    "orca",   "osprey",  "otter",   "owl",     "pepper", "pine",
    "plover",  "poppy",   "puffin", "quail",   "raven",   "reed",    "robin",  "rowan",
    "sorrel",  "sparrow", "swift",  "teal",    "thyme",   "vetch",   "willow", "wren"};

constexpr std::size_t idSize = 64;

template <std::size_t Size>
std::array<unsigned char, Size> randomBytes() {
  std::array<unsigned char, Size> bytes{};
  // Up to 256 bytes come whole and without EINTR, getrandom(2).
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    throw systemError("reading random numbers");
  }
  return bytes;
}

bool isAlphanumeric(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9');
}

}  // namespace

std::string newId() {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string id;
  id.reserve(idSize);
  for (const unsigned char byte : randomBytes<32>()) {
    id += digits[byte >> 4];
    id += digits[byte & 15];
  }
  // The short form is a host name too, and one of digits alone is none (RFC 1123).
  if (id.find_first_not_of("0123456789") >= 12) {
    return newId();
  }
  return id;
}

bool isHexadecimal(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool isFullId(std::string_view text) {
  return text.size() == idSize && isHexadecimal(text);
}

std::string shortId(std::string_view id) {
  return std::string(id.substr(0, 12));
}

std::string randomName() {
  const auto bytes = randomBytes<4>();
  const std::size_t first = bytes[0] << 8 | bytes[1];
  const std::size_t second = bytes[2] << 8 | bytes[3];
  return cat(adjectives[first % adjectives.size()], "_", nouns[second % nouns.size()]);
}

bool isValidName(std::string_view name) {
  if (name.empty() || !isAlphanumeric(name.front())) {
    return false;
  }
  for (const char letter : name) {
    if (!isAlphanumeric(letter) && letter != '_' && letter != '.' && letter != '-') {
      return false;
    }
  }
  return true;
}

std::string bootId() {
  return std::string(trim(readFile("/proc/sys/kernel/random/boot_id")));
}
