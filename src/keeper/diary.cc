#include "keeper/diary.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/time.h"

namespace keeper {
namespace {

int diaryFd = STDERR_FILENO;

}  // namespace

DiaryFile::DiaryFile(const Path& file)
    : fd_(open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {
  diaryFd = fd_.get();
}

DiaryFile::~DiaryFile() {
  diaryFd = STDERR_FILENO;
}

void note(const std::string& text) {
  const std::string line = cat(formatLocalTime(now()), " ", text, "\n");
  if (write(diaryFd, line.data(), line.size()) < 0) {
    return;  // there is nowhere else to say it
  }
}

}  // namespace keeper
