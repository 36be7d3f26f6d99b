#pragma once

/// Whether the kernel has what changeExeFile() needs (CONFIG_CHECKPOINT_RESTORE), nothing forbids
/// this process to use it (such as a seccomp filter that it was started under), and it runs that
/// file.
bool canChangeExeFile(int file);

/// Makes the file what this process runs: its /proc/self/exe, and all that is mapped of its program
/// (not of shared libraries), are of this file from then on. It has to be the same file as before,
/// reached over another mount, and open for reading. Needs CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE.
/// To be called while there is one thread; cheapest in a child that has just been cloned, into
/// whose memory nothing of the file has been mapped yet. On Error the process is as good as before,
/// but part of it may be of the one file and part of the other.
void changeExeFile(int file);
