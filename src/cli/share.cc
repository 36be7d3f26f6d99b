#include "cli/share.h"

#include "base/error.h"

namespace cli {
namespace {

NamespaceKind kindNamed(std::string_view name) {
  if (const auto kind = namespaceByName(name)) {
    return *kind;
  }
  std::vector<std::string> known;
  for (const auto& row : namespaceTable) {
    known.emplace_back(row.name);
  }
  throw Error(ErrorKind::invalid, cat("unknown namespace \"", name, "\" in --share: it must be ",
                                      join(known, ", "), " or none"));
}

}  // namespace

std::set<NamespaceKind> defaultShare() {
  std::set<NamespaceKind> kinds;
  for (const auto& row : namespaceTable) {
    if (row.sharedByDefault) {
      kinds.insert(row.kind);
    }
  }
  return kinds;
}

std::set<NamespaceKind> parseShare(const std::vector<std::string>& values) {
  std::set<NamespaceKind> kinds;
  bool none = false, replaced = false, named = false;
  for (std::string_view value : values) {
    const bool adds = value.starts_with('+');
    value.remove_prefix(adds ? 1 : 0);
    replaced |= !adds;
    for (const auto& piece : split(value, ',')) {
      const auto name = trim(piece);
      if (name.empty() || name == "none") {
        none = true;
        continue;
      }
      named = true;
      kinds.insert(kindNamed(name));
    }
  }
  if (none && named) {
    throw Error(ErrorKind::invalid, "\"none\" in --share excludes all other namespaces");
  }
  if (!replaced) {
    kinds.merge(defaultShare());
  }
  return kinds;
}

}  // namespace cli
