#include <algorithm>

#include "base/id.h"
#include "base/json.h"
#include "cli/all_commands.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/listing.h"
#include "cli/targets.h"
#include "cli/units.h"

namespace cli {
namespace {

using image::Image;

const Headers imageHeaders{{"ID", "IMAGE ID"}, {"CreatedSince", "CREATED"}, {"Created", "CREATED"}};

struct ImagesOptions {
  bool all = false, digests = false, noTrunc = false, noHeading = false, quiet = false;
  std::vector<std::string> filters;
  std::string format, sort = "created";

  void addTo(Options& options) {
    options.flag("-a --all", all, "Show all images");
    options.flag("--digests", digests, "Show digests");
    options.commaList("-f --filter", filters, "Show the images that meet the conditions");
    options.text("--format", format, "Print as JSON, or by a Go template");
    options.flag("--no-trunc", noTrunc, "Do not cut ids short");
    options.flag("-n --noheading", noHeading, "Do not print headers");
    options.flag("-q --quiet", quiet, "Print the ids of the images only");
    options.text("--sort", sort, "Sort by created, id, repository, size or tag");
    options.notYet("--history", false);
  }
};

/// One line of the list: an image under one of its names.
struct Line {
  const Image* image;
  std::string repository = "<none>", tag = "<none>";
};

Line lineOf(const Image& image, const std::string& name) {
  Line line{&image};
  const std::size_t at = name.find('@');
  const std::string tagged = name.substr(0, at);
  const std::size_t colon = tagged.rfind(':'), slash = tagged.rfind('/');
  if (colon != std::string::npos && (slash == std::string::npos || colon > slash)) {
    line.repository = tagged.substr(0, colon);
    line.tag = tagged.substr(colon + 1);
  } else {
    line.repository = tagged;
  }
  return line;
}

/// `images nginx`: that repository wherever it is from, and with a tag that tag alone.
bool isNamed(const Line& line, const std::string& wanted) {
  if (line.image->id.starts_with(wanted)) {
    return true;
  }
  const std::string full = cat(line.repository, ":", line.tag);
  const auto ends = [&](const std::string& text) {
    return text == wanted || text.ends_with("/" + wanted);
  };
  return ends(full) || ends(line.repository);
}

bool meets(const Line& line, const std::string& filter) {
  const std::size_t equals = filter.find('=');
  const std::string key = filter.substr(0, equals);
  const std::string value = equals == std::string::npos ? "" : filter.substr(equals + 1);
  if (key == "dangling") {
    return (line.image->names.empty()) == parseBool(value).value_or(true);
  }
  if (key == "reference") {
    return isNamed(line, value);
  }
  if (key == "id") {
    return line.image->id.starts_with(value);
  }
  if (key == "label") {
    const std::size_t inner = value.find('=');
    const auto& labels = line.image->config.config.labels;
    const auto label = labels.find(value.substr(0, inner));
    return label != labels.end() &&
           (inner == std::string::npos || label->second == value.substr(inner + 1));
  }
  throw Error(ErrorKind::invalid, cat(key.empty() ? filter : key, " is an invalid filter"));
}

void sortLines(std::vector<Line>& lines, const std::string& key) {
  const auto by = [&](auto less) { std::stable_sort(lines.begin(), lines.end(), less); };
  if (key == "created") {
    by([](const Line& one, const Line& other) {
      return one.image->created > other.image->created;
    });
  } else if (key == "id") {
    by([](const Line& one, const Line& other) { return one.image->id < other.image->id; });
  } else if (key == "repository") {
    by([](const Line& one, const Line& other) { return one.repository < other.repository; });
  } else if (key == "size") {
    by([](const Line& one, const Line& other) { return one.image->size < other.image->size; });
  } else if (key == "tag") {
    by([](const Line& one, const Line& other) { return one.tag < other.tag; });
  } else {
    throw Error(ErrorKind::invalid,
                cat("invalid value \"", key,
                    "\" for --sort: it must be created, id, repository, size or tag"));
  }
}

Json rowOf(const Line& line, const ImagesOptions& wanted) {
  const Image& image = *line.image;
  return {{"ID", wanted.noTrunc ? cat("sha256:", image.id) : shortId(image.id)},
          {"Repository", line.repository},
          {"Tag", line.tag},
          {"Digest", image.digest},
          {"Created", ago(image.created)},
          {"CreatedSince", ago(image.created)},
          {"CreatedAt", goTime(image.created)},
          {"CreatedTime", goTime(image.created)},
          {"Size", humanSize(image.size)},
          {"VirtualSize", humanSize(image.size)},
          {"Labels", image.config.config.labels},
          {"Names", image.names}};
}

Json documentOf(const Image& image) {
  const auto created = image.created.time_since_epoch();
  return {
      {"Id", image.id},
      {"ParentId", ""},
      {"RepoTags", image.names},
      {"Size", image.size},
      {"VirtualSize", image.size},
      {"Labels", image.config.config.labels.empty() ? Json() : Json(image.config.config.labels)},
      {"Digest", image.digest},
      {"Names", image.names},
      {"Created", std::chrono::duration_cast<std::chrono::seconds>(created).count()},
      {"CreatedAt", formatTime(image.created)}};
}

std::vector<Line> select(const std::vector<Image>& images, const ImagesOptions& wanted,
                         const std::vector<std::string>& names) {
  std::vector<Line> lines;
  for (const auto& image : images) {
    for (const auto& name : image.names) {
      lines.push_back(lineOf(image, name));
    }
    if (image.names.empty()) {
      lines.push_back({&image});
    }
  }
  std::erase_if(lines, [&](const Line& line) {
    return !((names.empty() || isNamed(line, names.front())) &&
             std::all_of(wanted.filters.begin(), wanted.filters.end(),
                         [&](const std::string& filter) { return meets(line, filter); }));
  });
  sortLines(lines, wanted.sort);
  return lines;
}

void keepOneLinePerImage(std::vector<Line>& lines) {
  std::vector<const Image*> seen;
  std::erase_if(lines, [&](const Line& line) {
    const bool known = std::find(seen.begin(), seen.end(), line.image) != seen.end();
    seen.push_back(line.image);
    return known;
  });
}

}  // namespace

int imagesCommand(Invocation& invocation) {
  auto options = invocation.options("[options] [IMAGE]");
  options.arguments(0, 1);
  options.example("--format json");
  options.example("--sort repository --format \"table {{.ID}} {{.Repository}} {{.Tag}}\"");
  options.example("--filter dangling=true");
  ImagesOptions wanted;
  wanted.addTo(options);
  const auto names = options.parse(invocation.line, Options::Order::anywhere);
  const auto images = invocation.engine().images().list();
  auto lines = select(images, wanted, names);
  const bool json = isJsonFormat(wanted.format);
  if (json || wanted.quiet) {
    keepOneLinePerImage(lines);
  }
  Json rows = Json::array();
  for (const auto& line : lines) {
    rows.push_back(json ? documentOf(*line.image) : rowOf(line, wanted));
  }
  if (json) {
    printLine(printJson(rows, 4));
    return 0;
  }
  std::string format = wanted.format;
  if (format.empty()) {
    format = wanted.quiet
                 ? "{{.ID}}"
                 : cat("table {{.Repository}}\t{{.Tag}}\t", wanted.digests ? "{{.Digest}}\t" : "",
                       "{{.ID}}\t{{.CreatedSince}}\t{{.Size}}");
  }
  printText(renderList(rows, format, imageHeaders, wanted.noHeading));
  return 0;
}

}  // namespace cli
