#include "runtime/user.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <functional>
#include <optional>

#include "base/error.h"
#include "base/text.h"

namespace runtime {

namespace {

using Fields = std::vector<std::string>;

// An image can bring any file; what is larger than this is no user database.
constexpr off_t maxSize = 16 << 20;

std::string readDatabase(const RootDir& root, const std::string& path) {
  const auto file = root.tryOpen(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  struct stat status {};
  if (!file || fstat(file->get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return {};
  }
  if (status.st_size > maxSize) {
    throw Error(ErrorKind::invalid, cat(path, " of the image is too large"));
  }
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  const ssize_t length = read(file->get(), text.data(), text.size());
  if (length < 0) {
    throw systemError("reading ", path, " of the image");
  }
  text.resize(static_cast<std::size_t>(length));
  return text;
}

/// The first line that fits, as its fields; lines with fewer than `count` are passed over.
std::optional<Fields> findLine(std::string_view text, std::size_t count,
                               const std::function<bool(const Fields&)>& fits) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    Fields fields = split(line, ':');
    if (fields.size() >= count && fits(fields)) {
      return fields;
    }
  }
  return std::nullopt;
}

std::optional<std::uint32_t> number(const std::string& text) {
  return parseNumber<std::uint32_t>(text);
}

/// A name first: one that consists of digits is a name all the same, as in other tools.
std::optional<Fields> findByNameOrNumber(std::string_view text, std::size_t count,
                                         const std::string& key) {
  auto found = findLine(text, count, [&](const Fields& fields) { return fields[0] == key; });
  if (!found && number(key)) {
    found = findLine(text, count, [&](const Fields& fields) { return fields[2] == key; });
  }
  return found;
}

std::uint32_t resolveGroup(std::string_view groups, const std::string& key) {
  if (const auto found = findByNameOrNumber(groups, 3, key)) {
    if (const auto gid = number((*found)[2])) {
      return *gid;
    }
  }
  if (const auto gid = number(key)) {
    return *gid;
  }
  throw Error(ErrorKind::not_found,
              cat("unable to find group ", key, ": no matching entries in group file"));
}

void addGroup(Identity& identity, std::uint32_t gid) {
  if (std::find(identity.groups.begin(), identity.groups.end(), gid) == identity.groups.end()) {
    identity.groups.push_back(gid);
  }
}

void addMemberships(Identity& identity, std::string_view groups, const std::string& user) {
  findLine(groups, 4, [&](const Fields& fields) {
    const std::vector<std::string> members = split(fields[3], ',');
    const auto gid = number(fields[2]);
    if (gid && std::find(members.begin(), members.end(), user) != members.end()) {
      addGroup(identity, *gid);
    }
    return false;  // all lines
  });
}

void addFurther(Identity& identity, const RootDir& root, const std::vector<std::string>& further) {
  if (further.empty()) {
    return;
  }
  const std::string groups = readDatabase(root, "/etc/group");
  for (const std::string& group : further) {
    addGroup(identity, resolveGroup(groups, group));
  }
}

std::string homeOf(const Fields& passwd) {
  return passwd.size() > 5 && !passwd[5].empty() ? passwd[5] : "/";
}

}  // namespace

Identity resolveUser(const RootDir& root, const std::string& text,
                     const std::vector<std::string>& furtherGroups) {
  const std::vector<std::string> parts = split(text, ':', 2);
  const std::string& user = parts[0].empty() ? "0" : parts[0];
  Identity identity;
  const auto entry = findByNameOrNumber(readDatabase(root, "/etc/passwd"), 4, user);
  const auto uid = number(entry ? (*entry)[2] : user);
  if (!uid) {
    throw Error(ErrorKind::not_found,
                cat("unable to find user ", user, ": no matching entries in passwd file"));
  }
  identity.uid = *uid;
  if (entry) {
    identity.gid = number((*entry)[3]).value_or(0);
    identity.home = homeOf(*entry);
  }
  const bool groupGiven = parts.size() > 1 && !parts[1].empty();
  if (groupGiven || entry) {
    const std::string groups = readDatabase(root, "/etc/group");
    if (groupGiven) {
      identity.gid = resolveGroup(groups, parts[1]);
    } else {
      addMemberships(identity, groups, (*entry)[0]);
    }
  }
  addFurther(identity, root, furtherGroups);
  return identity;
}

Identity resolveUser(const RootDir& root, const oci::User& user,
                     const std::vector<std::string>& furtherGroups) {
  Identity identity{user.uid, user.gid, user.additionalGids, "/"};
  const std::string uid = std::to_string(user.uid);
  if (const auto entry = findLine(readDatabase(root, "/etc/passwd"), 4,
                                  [&](const Fields& fields) { return fields[2] == uid; })) {
    identity.home = homeOf(*entry);
  }
  addFurther(identity, root, furtherGroups);
  return identity;
}

}  // namespace runtime
