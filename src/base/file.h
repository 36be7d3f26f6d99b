#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

using Path = std::filesystem::path;

/// The whole file. Throws a system Error that names it.
std::string readFile(const Path& path);
/// The same, or nothing where the file does not exist.
std::optional<std::string> readFileIfExists(const Path& path);
/// Creates or replaces the file under its name in one step (write beside it, rename), so that a
/// reader sees the old text or the new one. No fsync: what must survive a power cut belongs into
/// the registry.
void replaceFile(const Path& path, std::string_view text, mode_t mode = 0644);
/// Writes the text into an existing file with one write(2), as kernel knobs want it.
void writeKnob(const Path& path, std::string_view text);
/// The same where it says `from`, apart from white space, and not where it is missing.
void replaceKnob(const Path& path, std::string_view from, std::string_view to);
/// Creates the directory and what is missing above it, all with this mode. It may exist.
void makeDirectories(const Path& path, mode_t mode = 0755);
/// Removes what is there, a tree included, without following links or leaving the file system it is
/// on. It need not exist.
void removeTree(const Path& path);
