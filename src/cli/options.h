#pragma once

#include <concepts>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace cli {

/// The command is over and nothing more is to be said: after `--help`.
struct Finished : std::exception {
  explicit Finished(int code) : status(code) {}
  int status;
};

/// The options of one command, the rule for its arguments, and the text of its `--help`. Parsing is
/// that of pflag, which Podman and Docker have, because fingers and scripts know it: `--name=x`,
/// `--name x`, `-it`, `-p8080:80`, `-p=8080:80`,
/// `--rm=false`, an empty value (`--entrypoint=`), `--`. (CLI11 2.1 takes the next argument where a
/// value is empty, keeps the "=" of `-e=A=1` and takes values in brackets apart, so it is not
/// used.)
class Options {
 public:
  /// Where an option is one: anywhere, or only before the first argument, so that a container's
  /// command keeps its own.
  enum class Order { anywhere, beforeArguments };

  /// "pod create" and what follows it in the usage line.
  Options(std::string command, std::string usage);

  void describe(std::string text) { description_ = std::move(text); }
  void example(std::string arguments) { examples_.push_back(std::move(arguments)); }
  /// How many arguments it takes; more than `most` or fewer than `least` are an Error.
  void arguments(std::size_t least, std::size_t most);
  static constexpr std::size_t anyNumber = ~std::size_t{0};

  // Names are "-i --interactive"; the first long one is shown, further ones are aliases. Targets
  // must outlive parse() and hold the default, which the help shows.
  void flag(std::string_view names, bool& target, std::string help);
  void text(std::string_view names, std::string& target, std::string help,
            std::string type = "string");
  void text(std::string_view names, std::optional<std::string>& target, std::string help,
            std::string type = "string");
  void number(std::string_view names, std::integral auto& target, std::string help) {
    using Number = std::remove_reference_t<decltype(target)>;
    add({names, typeName<Number>(), std::move(help), target == 0 ? "" : cat(target)},
        [&target](const std::string& name, const std::string& value) {
          target = parsed<Number>(name, value);
        });
  }
  template <std::integral Number>
  void number(std::string_view names, std::optional<Number>& target, std::string help) {
    add({names, typeName<Number>(), std::move(help), ""},
        [&target](const std::string& name, const std::string& value) {
          target = parsed<Number>(name, value);
        });
  }
  /// May be repeated; each value is one element.
  void list(std::string_view names, std::vector<std::string>& target, std::string help,
            std::string type = "stringArray");
  /// May be repeated; each value is a comma-separated list, in which an element in double quotes
  /// may have commas.
  void commaList(std::string_view names, std::vector<std::string>& target, std::string help,
                 std::string type = "strings");
  /// Each value goes to the function, whose Error gets the option's name.
  void each(std::string_view names, std::string help, std::string type,
            std::function<void(const std::string& value)> function, std::string shownDefault = "");
  /// Options that Podman has and peapod does not have yet: an Error that says so. They are not in
  /// the help.
  void notYet(std::string_view names, bool takesValue = true);
  /// Taken and without effect, for what asks only for what is so anyway. Not in the help.
  void accept(std::string_view names, bool takesValue);
  /// What was added since the last visible option is not shown in the help: calls nest in `add`
  /// order.
  void hideFollowing(bool hide) { hiding_ = hide; }

  /// Sets the targets and returns the arguments. `--help` prints the help and throws Finished.
  std::vector<std::string> parse(const std::vector<std::string>& line, Order order);
  /// Whether the option was given, by its shown long name.
  bool given(std::string_view longName) const;

  std::string help() const;
  const std::string& command() const { return command_; }

  /// Error (invalid) about how the command was used; it ends with where to read on.
  Error usageError(const std::string& message) const;

 private:
  using Setter = std::function<void(const std::string& name, const std::string& value)>;
  struct Shown {
    std::string_view names;
    std::string type, help, shownDefault;
  };
  struct Option {
    std::vector<std::string> names;  ///< with their dashes, long ones first
    std::string type, help, shownDefault;
    bool isFlag = false, hidden = false, given = false;
    Setter set;
    std::string shortName() const;
  };

  template <std::integral Number>
  static std::string typeName() {
    return std::signed_integral<Number> ? "int" : "uint";
  }
  template <std::integral Number>
  static Number parsed(const std::string& name, const std::string& value) {
    const auto number = parseNumber<Number>(value);
    if (!number) {
      throw Error(ErrorKind::invalid,
                  cat("invalid value \"", value, "\" for ", name, ": it must be a ",
                      std::signed_integral<Number> ? "whole number" : "number of 0 or more"));
    }
    return *number;
  }
  Option& add(Shown shown, Setter set, bool isFlag = false);
  Option& find(const std::string& name);
  void parseLong(const std::vector<std::string>& line, std::size_t& at);
  void parseShort(const std::vector<std::string>& line, std::size_t& at);
  void checkArguments(std::size_t count) const;
  [[noreturn]] void showHelp() const;

  std::string command_, usage_, description_;
  std::vector<std::string> examples_;
  std::vector<Option> options_;
  std::size_t least_ = 0, most_ = anyNumber;
  bool hiding_ = false;
};

/// The elements of a comma-separated list with double quotes, as encoding/csv has them.
std::vector<std::string> splitList(std::string_view text);
/// What Go takes for a truth value: 1, t, true, 0, f, false in three spellings of case.
std::optional<bool> parseBool(std::string_view text);

}  // namespace cli
