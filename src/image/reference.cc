#include "image/reference.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace image {
namespace {

bool isLowerOrDigit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}
bool isAlphanumeric(char c) {
  return isLowerOrDigit(c) || (c >= 'A' && c <= 'Z');
}

Error badName(std::string_view typed, std::string_view why) {
  return {ErrorKind::invalid, cat("\"", typed, "\" is no image name: ", why)};
}

/// One piece between slashes: words of lower case letters and digits, joined by ".", "_", "__" or
/// dashes (the grammar of distribution's reference package).
bool isPathComponent(std::string_view piece) {
  if (piece.empty() || !isLowerOrDigit(piece.front()) || !isLowerOrDigit(piece.back())) {
    return false;
  }
  std::string separator;
  for (const char c : piece) {
    if (isLowerOrDigit(c)) {
      separator.clear();
      continue;
    }
    separator += c;
    const bool dashes = separator.find_first_not_of('-') == std::string::npos;
    if (!dashes && separator != "." && separator != "_" && separator != "__") {
      return false;
    }
  }
  return true;
}

bool isTag(std::string_view tag) {
  const auto fits = [](char c) { return isAlphanumeric(c) || c == '_' || c == '.' || c == '-'; };
  return !tag.empty() && tag.size() <= 128 && tag.front() != '.' && tag.front() != '-' &&
         std::all_of(tag.begin(), tag.end(), fits);
}

bool isDigest(std::string_view digest) {
  constexpr std::string_view prefix = "sha256:";
  return digest.starts_with(prefix) && digest.size() == prefix.size() + 64 &&
         digest.find_first_not_of("0123456789abcdef", prefix.size()) == std::string_view::npos;
}

/// "host", "host.name", "host:5000", "[::1]:5000".
bool isRegistry(std::string_view text) {
  std::string_view host = text;
  if (const auto colon = text.rfind(':'); colon != std::string_view::npos && !text.ends_with(']')) {
    const auto port = text.substr(colon + 1);
    if (port.empty() || port.find_first_not_of("0123456789") != std::string_view::npos) {
      return false;
    }
    host = text.substr(0, colon);
  }
  if (host.starts_with('[')) {
    return host.size() > 2 && host.ends_with(']') &&
           host.substr(1, host.size() - 2).find_first_not_of("0123456789abcdefABCDEF:") ==
               std::string_view::npos;
  }
  for (const std::string& label : split(host, '.')) {
    const auto fits = [](char c) { return isAlphanumeric(c) || c == '-'; };
    if (label.empty() || label.front() == '-' || label.back() == '-' ||
        !std::all_of(label.begin(), label.end(), fits)) {
      return false;
    }
  }
  return true;
}

void requireRepository(std::string_view typed, const std::string& repository) {
  for (const std::string& piece : split(repository, '/')) {
    if (isPathComponent(piece)) {
      continue;
    }
    throw badName(typed, lower(piece) == piece
                             ? cat("\"", piece, "\" is not letters and digits joined by . _ or -")
                             : std::string("it must be in lower case"));
  }
}

Reference checked(std::string_view typed, Reference reference) {
  if (reference.registry == "index.docker.io") {
    reference.registry = "docker.io";
  }
  if (reference.registry == "docker.io" && reference.repository.find('/') == std::string::npos) {
    reference.repository = "library/" + reference.repository;
  }
  if (!isRegistry(reference.registry)) {
    throw badName(typed, cat("\"", reference.registry, "\" is no registry"));
  }
  requireRepository(typed, reference.repository);
  if (reference.registry.size() + reference.repository.size() > 255) {
    throw badName(typed, "it is longer than 255 characters");
  }
  return reference;
}

}  // namespace

std::string Reference::name() const {
  std::string out = cat(registry, "/", repository);
  if (!tag.empty()) {
    out += ":" + tag;
  }
  if (!digest.empty()) {
    out += "@" + digest;
  }
  return out;
}

std::vector<Reference> candidates(std::string_view typed) {
  if (typed.empty()) {
    throw Error(ErrorKind::invalid, "an empty text is no image name");
  }
  Reference reference;
  std::string_view rest = typed;
  if (const auto at = rest.find('@'); at != std::string_view::npos) {
    reference.digest = rest.substr(at + 1);
    rest = rest.substr(0, at);
    if (!isDigest(reference.digest)) {
      throw badName(typed, "after @ there must be sha256: and 64 hexadecimal digits");
    }
  }
  const auto colon = rest.rfind(':');
  if (colon != std::string_view::npos && rest.find('/', colon) == std::string_view::npos) {
    reference.tag = rest.substr(colon + 1);
    rest = rest.substr(0, colon);
    if (!isTag(reference.tag)) {
      throw badName(typed, cat("\"", reference.tag, "\" is no tag"));
    }
  }
  if (reference.tag.empty() && reference.digest.empty()) {
    reference.tag = "latest";
  }

  const auto slash = rest.find('/');
  const std::string_view first = rest.substr(0, slash);
  if (slash != std::string_view::npos &&
      (first == "localhost" || first.find_first_of(".:") != std::string_view::npos)) {
    reference.registry = first;
    reference.repository = rest.substr(slash + 1);
    return {checked(typed, reference)};
  }
  reference.repository = rest;
  std::vector<Reference> found;
  for (const char* registry : {"localhost", "docker.io"}) {
    reference.registry = registry;
    found.push_back(checked(typed, reference));
  }
  return found;
}

}  // namespace image
