#include "engine/context.h"

#include <unistd.h>

#include "base/id.h"
#include "base/json.h"
#include "engine/cgroup_tree.h"
#include "engine/containers_conf.h"
#include "engine/sandbox.h"

namespace engine {

namespace {

keeper::Layout prepared(keeper::Layout layout) {
  makeDirectories(layout.root, 0711);
  makeDirectories(layout.runroot, 0711);
  return layout;
}

}  // namespace

Context::Context(keeper::Layout where, std::string cgroupManager, Purpose purpose)
    : layout(prepared(std::move(where))),
      registry(layout.registry()),
      images(layout.images()),
      trash(layout.trash()),
      askedManager_(std::move(cgroupManager)) {
  if (purpose == Purpose::any) {
    return;
  }
  listing_ = std::make_unique<Listing>();
  if (purpose == Purpose::usage) {
    listing_->work.add([this, &listing = *listing_] { listing.shortcuts.emplace(usualCgroups()); });
  }
  listing_->states.readAll(layout, listing_->work);
  if (purpose == Purpose::list) {
    listing_->work.close();
  }
}

std::vector<Path> Context::usualCgroups() {
  std::vector<Path> directories;
  // Where statistics are: in v2 all in one hierarchy.
  for (const char* controller : {"memory", "cpuacct", "pids", ""}) {
    if (const auto mount = cgroups().mount(controller)) {
      directories.push_back(cat(mount->native(), cgroupParent("")));
    }
  }
  return directories;
}

Context::~Context() = default;

std::unique_ptr<Listing> Context::takeListing() {
  return listing_ ? std::move(listing_) : std::make_unique<Listing>();
}

const CgroupLayout& Context::cgroups() {
  if (!cgroups_) {
    cgroups_ = CgroupLayout::detect();
  }
  return *cgroups_;
}

std::string Context::cgroupManagerFor(const std::string& parent) {
  ManagerFacts facts;
  facts.asked = askedManager_;
  // sd_booted(3)
  facts.systemd =
      access("/run/systemd/system", F_OK) == 0 && cgroups().version() == CgroupLayout::Version::v2;
  if (facts.asked.empty() && parent.empty()) {
    facts.configured = containersConf("engine", "cgroup_manager").value_or("");
  }
  return cgroupManager(facts, parent);
}

PodRecord Context::pod(const std::string& reference) const {
  std::optional<store::PodRow> row = registry.findPod(reference);
  if (!row) {
    throw Error(ErrorKind::not_found,
                cat("no pod with name or ID \"", reference, "\" found: no such pod"));
  }
  return read(std::move(*row));
}

ContainerRecord Context::container(const std::string& reference) const {
  std::optional<store::ContainerRow> row = registry.findContainer(reference);
  if (!row) {
    if (const std::optional<PodRecord> pod = podOfInfra(reference)) {
      throw Error(ErrorKind::invalid,
                  cat("container ", reference, " is the pause process of pod ", pod->row.name,
                      ", which lives and ends with its pod: use peapod pod"));
    }
    throw Error(ErrorKind::not_found,
                cat("no container with name or ID \"", reference, "\" found: no such container"));
  }
  return read(std::move(*row));
}

std::vector<ContainerRecord> Context::containersOf(const std::string& pod) const {
  std::vector<ContainerRecord> records;
  for (store::ContainerRow& row : registry.containersOf(pod)) {
    records.push_back(read(std::move(row)));
  }
  return records;
}

std::optional<PodRecord> Context::podOf(const ContainerRecord& container) const {
  if (container.row.pod.empty()) {
    return std::nullopt;
  }
  return pod(container.row.pod);
}

std::optional<PodRecord> Context::podOfInfra(const std::string& reference) const {
  if (registry.findContainer(reference)) {
    return std::nullopt;
  }
  constexpr std::string_view suffix = "-infra";
  const bool byName = reference.ends_with(suffix);
  // The complement of a prefix is the prefix of the complement.
  const std::string id =
      byName ? reference.substr(0, reference.size() - suffix.size()) : infraId(reference);
  std::optional<store::PodRow> row = registry.findPod(id);
  if (!row || !row->id.starts_with(id) || (byName && infraName(row->id) != reference)) {
    return std::nullopt;
  }
  PodRecord pod = read(std::move(*row));
  return pod.spec.infra ? std::optional(std::move(pod)) : std::nullopt;
}

PodRecord read(store::PodRow row) {
  PodRecord record;
  const JsonText text(row.spec, cat("the registry's entry of pod ", row.name));
  from_json(text.root(), record.spec);
  record.row = std::move(row);
  return record;
}

ContainerRecord read(store::ContainerRow row) {
  ContainerRecord record;
  const JsonText text(row.spec, cat("the registry's entry of container ", row.name));
  from_json(text.root(), record.spec);
  record.row = std::move(row);
  return record;
}

std::string toText(const PodSpec& spec) {
  return Json(spec).dump();
}

std::string toText(const ContainerSpec& spec) {
  return Json(spec).dump();
}

std::string infraId(const std::string& pod) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string id = pod;
  for (char& digit : id) {
    const std::size_t value = digits.find(digit);
    digit = value == std::string_view::npos ? digit : digits[digits.size() - 1 - value];
  }
  return id;
}

std::string infraName(const std::string& pod) {
  return shortId(pod) + "-infra";
}

}  // namespace engine
