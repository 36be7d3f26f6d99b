#include "runtime/seccomp_profile.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/error.h"
#include "base/json.h"

namespace runtime {

namespace {

using Strings = std::vector<std::string>;

// Go's names of architectures, which profiles use in conditions.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> goNames{{
    {"SCMP_ARCH_X86_64", "amd64"},
    {"SCMP_ARCH_AARCH64", "arm64"},
    {"SCMP_ARCH_ARM", "arm"},
    {"SCMP_ARCH_S390X", "s390x"},
    {"SCMP_ARCH_PPC64LE", "ppc64le"},
    {"SCMP_ARCH_RISCV64", "riscv64"},
}};

/// What conditions of rules are about.
struct Subject {
  Strings capabilities;
  std::string architecture;
  std::pair<int, int> kernel;
};

std::pair<int, int> version(std::string_view text) {
  const Strings parts = split(text, '.', 3);
  const int major = parseNumber<int>(parts[0]).value_or(0);
  return {major, parts.size() > 1 ? parseNumber<int>(parts[1]).value_or(0) : 0};
}

Subject subject(CapabilityMask capabilities) {
  Subject result{capabilityNames(capabilities), std::string(nativeArchitecture()), {}};
  for (const auto& [name, goName] : goNames) {
    if (name == nativeArchitecture()) {
      result.architecture = goName;
    }
  }
  utsname system{};
  uname(&system);
  result.kernel = version(system.release);
  return result;
}

bool contains(const Strings& list, const std::string& entry) {
  return std::find(list.begin(), list.end(), entry) != list.end();
}

struct Condition {
  Strings caps, arches;
  std::string minKernel;
};

Condition condition(const Json& rule, const char* key) {
  Condition result;
  if (const auto member = rule.find(key); member != rule.end() && member->is_object()) {
    readMember(*member, "caps", result.caps);
    readMember(*member, "arches", result.arches);
    readMember(*member, "minKernel", result.minKernel);
  }
  return result;
}

bool holds(const Json& rule, const Subject& about) {
  const Condition includes = condition(rule, "includes");
  const Condition excludes = condition(rule, "excludes");
  const auto has = [&](const std::string& name) { return contains(about.capabilities, name); };
  return std::all_of(includes.caps.begin(), includes.caps.end(), has) &&
         std::none_of(excludes.caps.begin(), excludes.caps.end(), has) &&
         (includes.arches.empty() || contains(includes.arches, about.architecture)) &&
         !contains(excludes.arches, about.architecture) &&
         (includes.minKernel.empty() || about.kernel >= version(includes.minKernel)) &&
         (excludes.minKernel.empty() || about.kernel < version(excludes.minKernel));
}

oci::SeccompRule readRule(const Json& json) {
  oci::SeccompRule rule;
  readMember(json, "names", rule.names);
  std::string name;
  readMember(json, "name", name);
  if (!name.empty()) {
    rule.names.push_back(name);
  }
  readMember(json, "action", rule.action);
  readMember(json, "errnoRet", rule.errnoRet);
  Json args;
  readMember(json, "args", args);
  for (const Json& entry : args) {
    oci::SeccompArg argument;
    readMember(entry, "index", argument.index);
    readMember(entry, "value", argument.value);
    readMember(entry, "valueTwo", argument.valueTwo);
    readMember(entry, "op", argument.op);
    rule.args.push_back(argument);
  }
  return rule;
}

Strings readArchitectures(const Json& profile) {
  Strings result;
  readMember(profile, "architectures", result);
  Json map;
  readMember(profile, "archMap", map);
  for (const Json& entry : map) {
    std::string architecture;
    readMember(entry, "architecture", architecture);
    if (architecture == nativeArchitecture()) {
      result.push_back(architecture);
      Strings others;
      readMember(entry, "subArchitectures", others);
      result.insert(result.end(), others.begin(), others.end());
    }
  }
  return result;
}

/// FNV-1a; it names files, whose content nobody but root chooses.
class Digest {
 public:
  void add(std::string_view part) {
    for (const char c : part) {
      add(static_cast<unsigned char>(c));
    }
    add(0);
  }
  std::string text() const {
    char buffer[33];
    std::snprintf(buffer, sizeof buffer, "%016llx%016llx", first_, second_);
    return buffer;
  }

 private:
  void add(unsigned char byte) {
    first_ = (first_ ^ byte) * prime;
    second_ = (second_ + byte) * prime;
  }
  static constexpr unsigned long long prime = 0x100000001b3;
  unsigned long long first_ = 0xcbf29ce484222325, second_ = 0x84222325cbf29ce4;
};

// To be changed with the way filters are made.
constexpr std::string_view cacheFormat = "2";

template <typename Compile>
Path cached(const Path& cache, const Digest& digest, Compile&& compile) {
  Path file = cache / (digest.text() + ".bpf");
  if (access(file.c_str(), R_OK) != 0) {
    const SeccompFilter filter = compile();
    makeDirectories(cache, 0700);
    replaceFile(file,
                {reinterpret_cast<const char*>(filter.data()), filter.size() * sizeof filter[0]},
                0600);
  }
  return file;
}

void describe(Digest& digest, const oci::SeccompRule& rule) {
  digest.add(cat(rule.action, " ", rule.errnoRet ? cat(*rule.errnoRet) : ""));
  for (const std::string& name : rule.names) {
    digest.add(name);
  }
  for (const oci::SeccompArg& argument : rule.args) {
    digest.add(cat(argument.index, " ", argument.op, " ", argument.value, " ", argument.valueTwo));
  }
}

void addRule(SeccompBuilder& builder, const oci::SeccompRule& rule) {
  std::vector<SeccompBuilder::Comparison> comparisons;
  for (const oci::SeccompArg& argument : rule.args) {
    comparisons.push_back({argument.index, argument.op, argument.value, argument.valueTwo});
  }
  for (const std::string& name : rule.names) {
    builder.add(name, rule.action, rule.errnoRet.value_or(EPERM), comparisons);
  }
}

}  // namespace

Path defaultSeccompPath() {
  for (const char* path : {"/etc/containers/seccomp.json", "/usr/share/containers/seccomp.json"}) {
    if (access(path, F_OK) == 0) {
      return path;
    }
  }
  return {};
}

oci::Seccomp readSeccompProfile(std::string_view text, CapabilityMask capabilities) {
  const Json profile = parseJson(text, "seccomp profile");
  const Subject about = subject(capabilities);
  return within("reading a seccomp profile", [&] {
    oci::Seccomp seccomp;
    readMember(profile, "defaultAction", seccomp.defaultAction);
    readMember(profile, "defaultErrnoRet", seccomp.defaultErrnoRet);
    readMember(profile, "flags", seccomp.flags);
    if (profile.contains("listenerPath")) {
      throw Error(ErrorKind::unsupported, "\"listenerPath\" is not supported");
    }
    if (seccomp.defaultAction.empty()) {
      throw Error(ErrorKind::invalid, "there is no \"defaultAction\"");
    }
    seccomp.architectures = readArchitectures(profile);
    Json rules;
    readMember(profile, "syscalls", rules);
    for (const Json& rule : rules) {
      if (holds(rule, about)) {
        seccomp.syscalls.push_back(readRule(rule));
      }
    }
    return seccomp;
  });
}

SeccompFilter compileSeccomp(const oci::Seccomp& seccomp) {
  for (const std::string& flag : seccomp.flags) {
    // A process that installs a filter before execve(2) has one thread, so there are no others to
    // synchronise it to.
    if (flag != "SECCOMP_FILTER_FLAG_TSYNC") {
      throw Error(ErrorKind::unsupported, cat("seccomp flag \"", flag, "\" is not supported"));
    }
  }
  SeccompBuilder builder(seccomp.defaultAction, seccomp.defaultErrnoRet.value_or(EPERM));
  for (const std::string& architecture : seccomp.architectures) {
    builder.addArchitecture(architecture);
  }
  for (const oci::SeccompRule& rule : seccomp.syscalls) {
    addRule(builder, rule);
  }
  return builder.compile();
}

Path seccompFilterFor(const Path& profile, CapabilityMask capabilities, const Path& cache) {
  const Path file = profile.empty() ? defaultSeccompPath() : profile;
  Digest digest;
  digest.add(cat(cacheFormat, " ", capabilities, " ", nativeArchitecture()));
  if (file.empty()) {
    digest.add(defaultSeccompDigest);
    return cached(cache, digest, [&] {
      return compileSeccomp(readSeccompProfile(defaultSeccompProfile, capabilities));
    });
  }
  struct stat status {};
  if (stat(file.c_str(), &status) != 0) {
    const Error error = systemError("reading seccomp profile ", file.native());
    throw error.code() == ENOENT ? Error(ErrorKind::not_found, error.what(), ENOENT) : error;
  }
  digest.add(cat(status.st_dev, " ", status.st_ino, " ", status.st_size, " ", status.st_mtim.tv_sec,
                 " ", status.st_mtim.tv_nsec, " ", status.st_ctim.tv_sec, " ",
                 status.st_ctim.tv_nsec));
  return within(cat("seccomp profile ", file.native()), [&] {
    return cached(cache, digest,
                  [&] { return compileSeccomp(readSeccompProfile(readFile(file), capabilities)); });
  });
}

Path seccompFilterFor(const oci::Seccomp& seccomp, const Path& cache) {
  Digest digest;
  digest.add(cat(cacheFormat, " ", nativeArchitecture(), " ", seccomp.defaultAction, " ",
                 seccomp.defaultErrnoRet ? cat(*seccomp.defaultErrnoRet) : ""));
  for (const std::string& architecture : seccomp.architectures) {
    digest.add(architecture);
  }
  for (const std::string& flag : seccomp.flags) {
    digest.add(flag);
  }
  for (const oci::SeccompRule& rule : seccomp.syscalls) {
    describe(digest, rule);
  }
  return cached(cache, digest, [&] { return compileSeccomp(seccomp); });
}

SeccompFilter readSeccompFilter(const Path& file) {
  const std::string bytes = readFile(file);
  SeccompFilter filter(bytes.size() / sizeof(sock_filter));
  if (filter.empty() || bytes.size() % sizeof(sock_filter) != 0) {
    throw Error(ErrorKind::invalid, cat(file.native(), " is no compiled seccomp filter"));
  }
  std::memcpy(filter.data(), bytes.data(), bytes.size());
  return filter;
}

}  // namespace runtime
