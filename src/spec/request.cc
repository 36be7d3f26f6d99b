#include "spec/request.h"

#include <array>
#include <string_view>
#include <utility>

namespace {

using Source = NamespaceMode::Source;

constexpr std::array<std::pair<std::string_view, Source>, 6> plainModes{{
    {"private", Source::own},
    {"host", Source::host},
    {"pod", Source::pod},
    {"shareable", Source::own},
    {"bridge", Source::own},
    {"none", Source::own},
}};

}  // namespace

NamespaceMode parseNamespaceMode(std::string_view text) {
  for (const auto& [name, source] : plainModes) {
    if (name == text) {
      return {source, {}};
    }
  }
  const std::size_t colon = text.find(':');
  const std::string_view kind = text.substr(0, colon);
  const std::string target(colon == std::string_view::npos ? "" : text.substr(colon + 1));
  if (!target.empty() && kind == "container") {
    return {Source::container, target};
  }
  if (!target.empty() && kind == "ns") {
    if (target.front() != '/') {
      throw Error(ErrorKind::invalid, cat("the namespace \"", text,
                                          "\" must be an absolute path: ns:/proc/PID/ns/..."));
    }
    return {Source::path, target};
  }
  throw Error(ErrorKind::invalid, cat("unknown namespace mode \"", text,
                                      "\": choose private, host, pod, container:NAME or ns:PATH"));
}

std::string toText(const NamespaceMode& mode) {
  switch (mode.source) {
    case Source::own:
      return "private";
    case Source::host:
      return "host";
    case Source::pod:
      return "pod";
    case Source::container:
      return cat("container:", mode.target);
    case Source::path:
      return cat("ns:", mode.target);
  }
  throw Error(ErrorKind::internal, "a namespace mode without a text");
}
