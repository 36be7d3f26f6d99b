#include "cli/options.h"

#include <algorithm>
#include <cstdio>

namespace cli {

Options::Options(std::string command, std::string usage)
    : command_(std::move(command)), usage_(std::move(usage)) {}

void Options::arguments(std::size_t least, std::size_t most) {
  least_ = least;
  most_ = most;
}

std::string Options::Option::shortName() const {
  const auto name = std::find_if(names.begin(), names.end(), [](const std::string& candidate) {
    return candidate.size() == 2;
  });
  return name == names.end() ? "" : *name;
}

Options::Option& Options::add(Shown shown, Setter set, bool isFlag) {
  Option option;
  option.names = split(shown.names, ' ');
  std::stable_partition(option.names.begin(), option.names.end(),
                        [](const std::string& name) { return name.size() > 2; });
  option.type = std::move(shown.type);
  option.help = std::move(shown.help);
  option.shownDefault = std::move(shown.shownDefault);
  option.isFlag = isFlag;
  option.hidden = hiding_;
  option.set = std::move(set);
  options_.push_back(std::move(option));
  return options_.back();
}

void Options::flag(std::string_view names, bool& target, std::string help) {
  add(
      {names, "", std::move(help), target ? "true" : ""},
      [&target](const std::string& name, const std::string& value) {
        const auto parsed = parseBool(value);
        if (!parsed) {
          throw Error(ErrorKind::invalid, cat("invalid value \"", value, "\" for ", name,
                                              ": it must be true or false"));
        }
        target = *parsed;
      },
      true);
}

void Options::text(std::string_view names, std::string& target, std::string help,
                   std::string type) {
  add({names, std::move(type), std::move(help), target.empty() ? "" : cat('"', target, '"')},
      [&target](const std::string&, const std::string& value) { target = value; });
}

void Options::text(std::string_view names, std::optional<std::string>& target, std::string help,
                   std::string type) {
  add({names, std::move(type), std::move(help), target ? cat('"', *target, '"') : ""},
      [&target](const std::string&, const std::string& value) { target = value; });
}

void Options::list(std::string_view names, std::vector<std::string>& target, std::string help,
                   std::string type) {
  add({names, std::move(type), std::move(help), ""},
      [&target](const std::string&, const std::string& value) { target.push_back(value); });
}

void Options::commaList(std::string_view names, std::vector<std::string>& target, std::string help,
                        std::string type) {
  add({names, std::move(type), std::move(help), ""},
      [&target](const std::string&, const std::string& value) {
        for (auto& element : splitList(value)) {
          target.push_back(std::move(element));
        }
      });
}

void Options::each(std::string_view names, std::string help, std::string type,
                   std::function<void(const std::string& value)> function,
                   std::string shownDefault) {
  add({names, std::move(type), std::move(help), std::move(shownDefault)},
      [function = std::move(function)](const std::string& name, const std::string& value) {
        within(cat("option ", name), [&] { function(value); });
      });
}

void Options::notYet(std::string_view names, bool takesValue) {
  auto& option = add(
      {names, "", "", ""},
      [](const std::string& name, const std::string&) {
        throw Error(ErrorKind::unsupported, cat("option ", name, " is not supported yet"));
      },
      !takesValue);
  option.hidden = true;
}

void Options::accept(std::string_view names, bool takesValue) {
  auto& option = add(
      {names, "", "", ""}, [](const std::string&, const std::string&) {}, !takesValue);
  option.hidden = true;
}

Options::Option& Options::find(const std::string& name) {
  for (auto& option : options_) {
    if (std::find(option.names.begin(), option.names.end(), name) != option.names.end()) {
      return option;
    }
  }
  if (name == "--help" || name == "-h") {
    showHelp();
  }
  throw usageError(cat("unknown flag: ", name));
}

void Options::showHelp() const {
  const std::string text = help();
  std::fwrite(text.data(), 1, text.size(), stdout);
  throw Finished{0};
}

bool Options::given(std::string_view longName) const {
  return std::any_of(options_.begin(), options_.end(), [&](const Option& option) {
    return option.given && option.names.front() == longName;
  });
}

void Options::parseLong(const std::vector<std::string>& line, std::size_t& at) {
  const std::string& word = line[at];
  const std::size_t equals = word.find('=');
  const std::string name = word.substr(0, equals);
  Option& option = find(name);
  std::string value = "true";
  if (equals != std::string::npos) {
    value = word.substr(equals + 1);
  } else if (!option.isFlag) {
    if (++at == line.size()) {
      throw usageError(cat("option ", name, " needs a value"));
    }
    value = line[at];
  }
  option.set(name, value);
  option.given = true;
}

void Options::parseShort(const std::vector<std::string>& line, std::size_t& at) {
  const std::string& word = line[at];
  for (std::size_t letter = 1; letter < word.size(); ++letter) {
    const std::string name{'-', word[letter]};
    Option& option = find(name);
    std::string rest = word.substr(letter + 1);
    option.given = true;
    if (rest.size() > 1 && rest.front() == '=') {
      option.set(name, rest.substr(1));
      return;
    }
    if (option.isFlag) {
      option.set(name, "true");
      continue;
    }
    if (rest.empty()) {
      if (++at == line.size()) {
        throw usageError(cat("option ", name, " needs a value"));
      }
      rest = line[at];
    }
    option.set(name, rest);
    return;
  }
}

std::vector<std::string> Options::parse(const std::vector<std::string>& line, Order order) {
  std::vector<std::string> arguments;
  for (std::size_t at = 0; at < line.size(); ++at) {
    const std::string& word = line[at];
    const bool option = word.size() > 1 && word.front() == '-';
    if (word == "--" || (!option && order == Order::beforeArguments)) {
      at += word == "--" ? 1 : 0;
      arguments.insert(arguments.end(), line.begin() + static_cast<std::ptrdiff_t>(at), line.end());
      break;
    }
    if (!option) {
      arguments.push_back(word);
    } else if (word[1] == '-') {
      parseLong(line, at);
    } else {
      parseShort(line, at);
    }
  }
  checkArguments(arguments.size());
  return arguments;
}

void Options::checkArguments(std::size_t count) const {
  if (most_ == 0 && count > 0) {
    throw usageError(cat("`peapod ", command_, "` takes no arguments"));
  }
  if (count < least_) {
    throw usageError(cat("`peapod ", command_, "` requires at least ", least_,
                         " arg(s), only received ", count));
  }
  if (count > most_) {
    throw usageError(
        cat("`peapod ", command_, "` accepts at most ", most_, " arg(s), received ", count));
  }
}

Error Options::usageError(const std::string& message) const {
  return {ErrorKind::invalid,
          cat(message, " (see 'peapod ", command_, command_.empty() ? "" : " ", "--help')")};
}

std::string Options::help() const {
  std::string out;
  if (!description_.empty()) {
    out += cat(description_, "\n\n");
  }
  out += cat("Usage:\n  peapod ", command_, command_.empty() ? "" : " ", usage_, "\n");
  if (!examples_.empty()) {
    out += "\nExamples:\n";
    for (const auto& example : examples_) {
      out += cat("  peapod ", command_, command_.empty() ? "" : " ", example, "\n");
    }
  }
  std::vector<const Option*> shown;
  std::size_t width = 0;
  const auto left = [](const Option& option) {
    const std::string letter = option.shortName();
    return cat("  ", letter.empty() ? "    " : cat(letter, ", "), option.names.front(),
               option.type.empty() ? "" : " ", option.type);
  };
  for (const auto& option : options_) {
    if (!option.hidden) {
      shown.push_back(&option);
      width = std::max(width, left(option).size());
    }
  }
  if (shown.empty()) {
    return out;
  }
  std::sort(shown.begin(), shown.end(), [](const Option* one, const Option* other) {
    return one->names.front() < other->names.front();
  });
  out += "\nOptions:\n";
  for (const Option* option : shown) {
    std::string line = left(*option);
    line.resize(width + 3, ' ');
    out += cat(line, option->help);
    out += option->shownDefault.empty() ? "\n" : cat(" (default ", option->shownDefault, ")\n");
  }
  return out;
}

std::vector<std::string> splitList(std::string_view text) {
  std::vector<std::string> elements;
  if (text.empty()) {
    return elements;
  }
  std::string element;
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char letter = text[at];
    if (letter == '"' && !quoted && element.empty()) {
      quoted = true;
    } else if (letter == '"' && quoted && at + 1 < text.size() && text[at + 1] == '"') {
      element += '"';
      ++at;
    } else if (letter == '"' && quoted) {
      quoted = false;
    } else if (letter == ',' && !quoted) {
      elements.push_back(std::move(element));
      element.clear();
    } else {
      element += letter;
    }
  }
  elements.push_back(std::move(element));
  return elements;
}

std::optional<bool> parseBool(std::string_view text) {
  for (const std::string_view yes : {"1", "t", "T", "true", "TRUE", "True"}) {
    if (text == yes) {
      return true;
    }
  }
  for (const std::string_view no : {"0", "f", "F", "false", "FALSE", "False"}) {
    if (text == no) {
      return false;
    }
  }
  return std::nullopt;
}

}  // namespace cli
