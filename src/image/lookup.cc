#include "image/lookup.h"

#include <algorithm>

#include "base/error.h"
#include "image/reference.h"

namespace image {
namespace {

constexpr std::string_view digestPrefix = "sha256:";

bool isHex(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

const Entry* byIdPrefix(const Index& index, std::string_view prefix) {
  const Entry* found = nullptr;
  for (const Entry& entry : index.entries) {
    if (!entry.id.starts_with(prefix)) {
      continue;
    }
    if (found != nullptr && found->id != entry.id) {
      throw Error(ErrorKind::invalid,
                  cat("the ids of several images begin with \"", prefix, "\"; give more digits"));
    }
    found = found == nullptr ? &entry : found;
  }
  return found;
}

bool matches(const Entry& entry, const Reference& reference) {
  if (reference.digest.empty()) {
    return entry.name == reference.name();
  }
  // With a digest the tag says nothing more.
  const std::string repository = cat(reference.registry, "/", reference.repository, ":");
  return entry.digest == reference.digest && entry.name.starts_with(repository);
}

}  // namespace

Match lookUp(const Index& index, const std::string& typed) {
  if (typed.starts_with(digestPrefix) && isHex(typed.substr(digestPrefix.size()))) {
    return {byIdPrefix(index, typed.substr(digestPrefix.size()))};
  }
  const bool maybeId = isHex(typed) && typed.size() <= 64;
  if (maybeId && typed.size() == 64) {
    return {byIdPrefix(index, typed)};
  }
  for (const Reference& reference : candidates(typed)) {
    const auto entry = std::find_if(index.entries.begin(), index.entries.end(),
                                    [&](const Entry& each) { return matches(each, reference); });
    if (entry != index.entries.end()) {
      return {&*entry, reference.digest.empty()};
    }
  }
  return {maybeId ? byIdPrefix(index, typed) : nullptr};
}

}  // namespace image
