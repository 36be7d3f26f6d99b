#include "image/unpack/archive_writer.h"

#include <unistd.h>

#include "base/error.h"
#include "image/unpack/entry_path.h"

namespace unpack {

void ArchiveWriter::add(TarReader& archive, archive_entry* entry) {
  const std::string path = entryPath(archive_entry_pathname(entry));
  if (path.empty()) {
    return;
  }
  if (const char* target = archive_entry_hardlink(entry); target != nullptr) {
    tree_.hardLink(path, entryPath(target));
    return;
  }
  const std::string name = tree_.enter(path);
  const auto type = archive_entry_filetype(entry);
  const char* link = archive_entry_symlink(entry);
  if (type == AE_IFDIR) {
    if (mkdir(name.c_str(), 0700) != 0 && errno != EEXIST) {
      throw systemError("creating the directory ", path);
    }
  } else if (type == AE_IFREG) {
    UniqueFd file;
    tree_.replace(name, path, [&] {
      file.reset(tree_.createFile(name));
      return file ? 0 : -1;
    });
    tree_.fill(file.get(), archive, entry, path);
  } else if (type == AE_IFLNK && link != nullptr) {
    tree_.replace(name, path, [&] { return symlink(link, name.c_str()); });
  } else {
    throw Error(ErrorKind::invalid,
                cat("the entry \"", path, "\" is of a kind no image archive has"));
  }
}

}  // namespace unpack
