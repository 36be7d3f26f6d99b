#pragma once

#include <string>
#include <string_view>

namespace cli {

/// What `--detach-keys` is where it is not given.
inline constexpr std::string_view defaultDetachKeys = "ctrl-p,ctrl-q";

/// Finds the keys that detach in what a user types, also where they arrive in pieces. Keys that
/// could still become the sequence are held back.
class DetachKeys {
 public:
  /// "ctrl-p,ctrl-q" or single characters with commas between; empty: none. Error (invalid) says
  /// what keys there are.
  static DetachKeys parse(std::string_view text);

  struct Fed {
    std::string forward;    ///< what goes to the container
    bool detached = false;  ///< the sequence is complete; what was typed after it is dropped
  };
  Fed feed(std::string_view typed);

 private:
  std::string sequence_, held_;
};

}  // namespace cli
