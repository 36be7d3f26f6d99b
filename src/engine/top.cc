#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <functional>

#include "engine/container_start.h"
#include "engine/process_info.h"
#include "engine/resources.h"
#include "kernel/capability.h"
#include "kernel/rootdir.h"

namespace engine {

namespace {

using Row = std::vector<std::string>;
using Names = std::map<std::string, std::string>;

/// One view of a process: from inside the container it is in.
struct Seen {
  const ProcessInfo& info;
  std::size_t depth;  ///< of the container's pid namespace
  const Names& users;
  const Names& groups;
};

std::string nameOf(const Names& names, const std::string& id) {
  const auto name = names.find(id);
  if (name != names.end()) {
    return name->second;
  }
  return id == "0" ? "root" : id;  // pause has no passwd to look it up in
}

std::string at(const std::vector<std::string>& list, std::size_t index) {
  return index < list.size() ? list[index] : "?";
}

std::string pidAt(const ProcessInfo& info, std::size_t depth) {
  return depth < info.namespacePids.size() ? std::to_string(info.namespacePids[depth]) : "0";
}

/// 0 where the parent is outside the container's pid namespace.
std::string parentOf(const Seen& seen) {
  const std::optional<ProcessInfo> parent = readProcess(seen.info.parent);
  return parent ? pidAt(*parent, seen.depth) : "0";
}

std::uint64_t uptimeTicks() {
  timespec time{};
  ::clock_gettime(CLOCK_BOOTTIME, &time);
  const auto perSecond = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  return static_cast<std::uint64_t>(time.tv_sec) * perSecond +
         static_cast<std::uint64_t>(time.tv_nsec) * perSecond / 1000000000;
}

std::uint64_t elapsedTicks(const ProcessInfo& info) {
  const std::uint64_t now = uptimeTicks();
  return now > info.startTicks ? now - info.startTicks : 0;
}

std::string duration(std::uint64_t ticks) {
  return goDuration(ticks, static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK)));
}

/// Share of one processor since the start, in percent with three digits.
std::string processorShare(const ProcessInfo& info) {
  const std::uint64_t elapsed = std::max<std::uint64_t>(elapsedTicks(info), 1);
  const std::uint64_t thousandths = (info.userTicks + info.systemTicks) * 100000 / elapsed;
  std::string digits = std::to_string(1000 + thousandths % 1000);
  return cat(thousandths / 1000, ".", digits.substr(1));
}

std::string capabilities(const ProcessInfo& info, const char* set) {
  const auto text = info.status.find(set);
  if (text == info.status.end()) {
    return "?";
  }
  const CapabilityMask mask = std::stoull(text->second, nullptr, 16);
  if (mask == 0) {
    return "none";
  }
  if (mask == allCapabilities()) {
    return "full";
  }
  std::vector<std::string> names = capabilityNames(mask);
  for (std::string& name : names) {
    name = name.substr(std::string_view("CAP_").size());
  }
  return join(names, ",");
}

std::string seccompMode(const ProcessInfo& info) {
  const auto mode = info.status.find("Seccomp");
  const std::string number = mode == info.status.end() ? "" : mode->second;
  return number == "0" ? "disabled" : number == "1" ? "strict" : number == "2" ? "filter" : "?";
}

std::string supplementary(const Seen& seen) {
  std::vector<std::string> names;
  for (const std::string& id : seen.info.groups) {
    names.push_back(nameOf(seen.groups, id));
  }
  return join(names, ",");
}

struct Descriptor {
  const char* name;
  const char* code;  ///< as ps(1)'s AIX format has it; null: none
  const char* header;
  std::function<std::string(const Seen&)> value;
};

const std::vector<Descriptor>& descriptorTable() {
  static const std::vector<Descriptor> table{
      {"args", "%a", "COMMAND", [](const Seen& seen) { return seen.info.arguments; }},
      {"comm", "%c", "COMMAND", [](const Seen& seen) { return seen.info.command; }},
      {"capbnd", nullptr, "BOUNDING CAPS",
       [](const Seen& s) { return capabilities(s.info, "CapBnd"); }},
      {"capeff", nullptr, "EFFECTIVE CAPS",
       [](const Seen& s) { return capabilities(s.info, "CapEff"); }},
      {"capinh", nullptr, "INHERITED CAPS",
       [](const Seen& s) { return capabilities(s.info, "CapInh"); }},
      {"capprm", nullptr, "PERMITTED CAPS",
       [](const Seen& s) { return capabilities(s.info, "CapPrm"); }},
      {"capamb", nullptr, "AMBIENT CAPS",
       [](const Seen& s) { return capabilities(s.info, "CapAmb"); }},
      {"etime", "%t", "ELAPSED", [](const Seen& s) { return duration(elapsedTicks(s.info)); }},
      {"group", "%g", "GROUP", [](const Seen& s) { return nameOf(s.groups, at(s.info.gids, 1)); }},
      {"groups", nullptr, "GROUPS", supplementary},
      {"hgroup", nullptr, "HGROUP", [](const Seen& s) { return at(s.info.gids, 1); }},
      {"hpid", nullptr, "HPID", [](const Seen& s) { return std::to_string(s.info.pid); }},
      {"huser", nullptr, "HUSER", [](const Seen& s) { return at(s.info.uids, 1); }},
      {"nice", "%n", "NI", [](const Seen& s) { return std::to_string(s.info.nice); }},
      {"pcpu", "%C", "%CPU", [](const Seen& s) { return processorShare(s.info); }},
      {"pgid", "%r", "PGID", [](const Seen& s) { return std::to_string(s.info.group); }},
      {"pid", "%p", "PID", [](const Seen& s) { return pidAt(s.info, s.depth); }},
      {"ppid", "%P", "PPID", parentOf},
      {"rgroup", "%G", "RGROUP",
       [](const Seen& s) { return nameOf(s.groups, at(s.info.gids, 0)); }},
      {"rss", nullptr, "RSS",
       [](const Seen& s) { return std::to_string(s.info.residentPages * 4); }},
      {"ruser", "%U", "RUSER", [](const Seen& s) { return nameOf(s.users, at(s.info.uids, 0)); }},
      {"seccomp", nullptr, "SECCOMP", [](const Seen& s) { return seccompMode(s.info); }},
      {"state", nullptr, "STATE", [](const Seen& s) { return s.info.state; }},
      {"time", "%x", "TIME",
       [](const Seen& s) { return duration(s.info.userTicks + s.info.systemTicks); }},
      {"tty", "%y", "TTY", [](const Seen& s) { return terminalName(s.info.terminal); }},
      {"user", "%u", "USER", [](const Seen& s) { return nameOf(s.users, at(s.info.uids, 1)); }},
      {"vsz", "%z", "VSZ",
       [](const Seen& s) { return std::to_string(s.info.virtualBytes / 1024); }},
  };
  return table;
}

std::vector<const Descriptor*> chosen(const std::vector<std::string>& names) {
  static const std::vector<std::string> byDefault{"user",  "pid", "ppid", "pcpu",
                                                  "etime", "tty", "time", "args"};
  std::vector<const Descriptor*> columns;
  for (const std::string& text : names.empty() ? byDefault : names) {
    for (const std::string& name : split(text, ',')) {
      const auto& table = descriptorTable();
      const auto entry = std::find_if(table.begin(), table.end(), [&](const Descriptor& one) {
        return one.name == name || (one.code != nullptr && one.code == name);
      });
      if (entry == table.end()) {
        throw Error(ErrorKind::invalid, cat("unknown descriptor \"", name, "\" of processes"));
      }
      columns.push_back(&*entry);
    }
  }
  return columns;
}

/// Names by id from a file in passwd(5)'s or group(5)'s form, read as the container sees it.
Names namesIn(pid_t pid, const char* file) {
  Names names;
  try {
    const RootDir root = RootDir::open(cat("/proc/", pid, "/root"));
    const std::optional<UniqueFd> found = root.tryOpen(file, O_RDONLY | O_NONBLOCK);
    if (!found) {
      return names;
    }
    for (const std::string& line : split(readFile(cat("/proc/self/fd/", found->get())), '\n')) {
      const std::vector<std::string> fields = split(line, ':');
      if (fields.size() > 2) {
        names.emplace(fields[2], fields[0]);
      }
    }
  } catch (const Error&) {
    // The container has ended, or has something else there: ids do.
  }
  return names;
}

/// What there is to show: the processes of one container, whose first one is `first`.
struct Group {
  pid_t first = 0;
  std::vector<pid_t> all;
};

void addRows(const Group& group, const std::vector<const Descriptor*>& columns,
             std::vector<Row>& rows) {
  const std::optional<ProcessInfo> first = readProcess(group.first);
  if (!first) {
    return;
  }
  const std::size_t depth = std::max<std::size_t>(first->namespacePids.size(), 1) - 1;
  const Names users = namesIn(group.first, "/etc/passwd");
  const Names groups = namesIn(group.first, "/etc/group");
  for (const pid_t pid : group.all) {
    if (const std::optional<ProcessInfo> info = readProcess(pid)) {
      Row row;
      for (const Descriptor* column : columns) {
        row.push_back(column->value({*info, depth, users, groups}));
      }
      rows.push_back(std::move(row));
    }
  }
}

Group groupOf(Context& context, const ContainerRecord& container, const PodRecord* pod) {
  const keeper::ContainerState state = stateOf(context, container);
  const std::string cgroup = containerCgroup(container.id(), container.spec, container.row.pod,
                                             pod == nullptr ? nullptr : &pod->spec);
  Group group{state.pid, {state.pid}};
  if (!cgroup.empty()) {
    group.all = context.cgroups().open(cgroup)->processes();
    std::sort(group.all.begin(), group.all.end());
  }
  return group;
}

Row headerOf(const std::vector<const Descriptor*>& columns) {
  Row header;
  for (const Descriptor* column : columns) {
    header.emplace_back(column->header);
  }
  return header;
}

}  // namespace

std::vector<std::vector<std::string>> Engine::top(const std::string& container,
                                                  const std::vector<std::string>& descriptors) {
  const ContainerRecord record = state_->container(container);
  const std::vector<const Descriptor*> columns = chosen(descriptors);
  if (!isRunning(stateOf(*state_, record))) {
    throw Error(
        ErrorKind::in_use,
        cat("top can only be used on running containers: ", record.row.name, " is not running"));
  }
  const std::optional<PodRecord> pod = state_->podOf(record);
  std::vector<Row> rows{headerOf(columns)};
  addRows(groupOf(*state_, record, pod ? &*pod : nullptr), columns, rows);
  return rows;
}

std::vector<std::vector<std::string>> Engine::topPod(const std::string& pod,
                                                     const std::vector<std::string>& descriptors) {
  const PodRecord record = state_->pod(pod);
  const std::vector<const Descriptor*> columns = chosen(descriptors);
  const auto sandbox = keeper::readSandboxState(state_->layout, record.id());
  if (!sandbox) {
    throw Error(ErrorKind::in_use,
                cat("top can only be used on running pods: ", record.row.name, " is not running"));
  }
  std::vector<Row> rows{headerOf(columns)};
  if (sandbox->pause > 0) {
    addRows({sandbox->pause, {sandbox->pause}}, columns, rows);
  }
  for (const ContainerRecord& container : state_->containersOf(record.id())) {
    if (isRunning(stateOf(*state_, container))) {
      addRows(groupOf(*state_, container, &record), columns, rows);
    }
  }
  return rows;
}

}  // namespace engine
