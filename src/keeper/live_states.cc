#include "keeper/live_states.h"

#include <dirent.h>
#include <fcntl.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/error.h"

namespace keeper {
namespace {

constexpr std::string_view ending = ".json", sandboxEnding = ".sandbox";

/// A file that is replaced as a whole and never written to: the text of one read(2). Nothing where
/// it is gone, or longer than any state.
std::optional<std::string> readAtOnce(int directory, const std::string& name) {
  const UniqueFd fd(openat(directory, name.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 8192> buffer;  // NOLINT: filling it costs more than reading a small file
  const ssize_t count = fd ? ::read(fd.get(), buffer.data(), buffer.size()) : -1;
  if (count < 0 || static_cast<std::size_t>(count) == buffer.size()) {
    return std::nullopt;
  }
  return std::string(buffer.data(), static_cast<std::size_t>(count));
}

std::vector<std::string> stateNames(const Path& directory) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(opendir(directory.c_str()), closedir);
  if (!stream) {
    return names;  // nothing has ever run
  }
  while (const dirent* entry = readdir(stream.get())) {
    const std::string_view name = entry->d_name;
    if (name.ends_with(ending) && !name.starts_with('.')) {
      names.emplace_back(name.substr(0, name.size() - ending.size()));
    }
  }
  return names;
}

}  // namespace

LiveStates* LiveStates::current_ = nullptr;

bool LiveStates::File::isSandbox() const {
  return name.ends_with(sandboxEnding);
}

std::string LiveStates::File::sandboxId() const {
  return name.substr(0, name.size() - sandboxEnding.size());
}

LiveStates::LiveStates() {
  current_ = this;
}

void LiveStates::readAll(const Layout& layout, SharedWork& work) {
  states_.reset(open(layout.states().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  sandboxes_.reset(open(layout.sandboxes().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  for (std::string& name : stateNames(layout.states())) {
    files_.emplace_back().name = std::move(name);
  }
  for (File& file : files_) {
    work.add([this, &file] { read(file); });
  }
  work_ = &work;
}

LiveStates::~LiveStates() {
  if (work_ != nullptr) {
    work_->drop();
  }
  current_ = nullptr;
}

void LiveStates::read(File& file) const {
  const auto text = readAtOnce(states_.get(), cat(file.name, ending));
  if (!text) {
    return;
  }
  try {
    if (file.isSandbox()) {
      file.sandbox = parseSandboxRecord(*text, file.name);
      file.keeperRuns = keeperRuns(sandboxes_.get(), file.sandboxId());
    } else {
      file.state = parseState(*text, file.name);
    }
    file.isRead = true;
  } catch (const Error&) {  // NOLINT(bugprone-empty-catch): who asks for it reads it, and is told
  }
}

void LiveStates::awaitFiles() {
  if (work_ == nullptr) {
    return;
  }
  std::exchange(work_, nullptr)->finish();
  byName_.reserve(files_.size());
  for (const File& file : files_) {
    if (file.isRead) {
      byName_.emplace(file.name, &file);
    }
    if (file.keeperRuns) {
      running_.insert(file.sandboxId());
    }
  }
}

const LiveStates::File* LiveStates::find(std::string_view name) {
  awaitFiles();
  const auto found = byName_.find(name);
  return found == byName_.end() ? nullptr : found->second;
}

const StateFile* LiveStates::state(const std::string& container) {
  const File* file = find(container);
  return file == nullptr ? nullptr : &file->state;
}

const SandboxRecord* LiveStates::sandbox(const std::string& sandbox) {
  const File* file = find(cat(sandbox, sandboxEnding));
  return file == nullptr ? nullptr : &file->sandbox;
}

std::set<std::string>& LiveStates::runningKeepers() {
  awaitFiles();
  return running_;
}

}  // namespace keeper
