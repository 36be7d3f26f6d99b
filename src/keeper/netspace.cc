#include "keeper/netspace.h"

#include <algorithm>

#include "base/error.h"
#include "base/rollback.h"
#include "base/text.h"
#include "keeper/diary.h"

namespace keeper {
namespace {

std::string withoutPrefix(const std::string& address) {
  return address.substr(0, address.find('/'));
}

}  // namespace

NetworkSpace::NetworkSpace(UniqueFd networkNamespace, std::optional<network::Interface> interface,
                           const std::vector<network::PublishedPort>& ports)
    : interface_(std::move(interface)), namespace_(std::move(networkNamespace)) {
  if (!interface_) {
    if (!ports.empty()) {
      throw Error(ErrorKind::invalid, "ports cannot be published without a network interface");
    }
    return;
  }
  // Here and not in the command that asked: closing its netfilter socket would make that end late.
  ensureRules();
  network::attach(namespace_.get(), *interface_);
  Rollback undo;  // the destructor of what was not constructed does not run
  undo.add([this] { attempt("detaching an interface", [this] { network::detach(*interface_); }); });
  add(ports);
  undo.commit();
}

NetworkSpace NetworkSpace::takeOver(std::optional<network::Interface> interface,
                                    const std::vector<network::PublishedPort>& ports) {
  NetworkSpace space;
  space.interface_ = std::move(interface);
  for (network::PublishedPort port : ports) {
    UniqueFd reserved;
    attempt("reserving a published port anew", [&] { reserved = network::reserve(port); });
    space.held_.push_back({std::move(port), std::move(reserved)});
  }
  return space;
}

NetworkSpace::~NetworkSpace() {
  if (!held_.empty()) {
    attempt("unpublishing ports", [this] { network::unpublish(ports()); });
  }
}

std::vector<network::PublishedPort> NetworkSpace::ports() const {
  std::vector<network::PublishedPort> ports;
  for (const Held& held : held_) {
    ports.push_back(held.port);
  }
  return ports;
}

std::vector<network::PublishedPort> NetworkSpace::publish(
    const std::vector<network::PublishedPort>& ports) {
  if (ports.empty()) {
    return {};
  }
  if (!interface_) {
    throw Error(ErrorKind::invalid, "ports cannot be published without a network interface");
  }
  if (ensureRules()) {
    publishHeld();
  }
  return add(ports);
}

bool NetworkSpace::ensureRules() {
  const bool made = network::ensure(network::bridgeOf(*interface_));
  madeRules_ = madeRules_ || made;
  return made;
}

void NetworkSpace::publishHeld() const {
  network::publish(ports(), withoutPrefix(interface_->address4),
                   withoutPrefix(interface_->address6));
}

std::vector<network::PublishedPort> NetworkSpace::add(
    const std::vector<network::PublishedPort>& ports) {
  std::vector<Held> fresh;
  std::vector<network::PublishedPort> chosen;
  for (network::PublishedPort port : ports) {
    UniqueFd reserved = network::reserve(port);
    chosen.push_back(port);
    fresh.push_back({std::move(port), std::move(reserved)});
  }
  network::publish(chosen, withoutPrefix(interface_->address4),
                   withoutPrefix(interface_->address6));
  std::move(fresh.begin(), fresh.end(), std::back_inserter(held_));
  return chosen;
}

void NetworkSpace::reload() {
  if (interface_) {
    ensureRules();
    publishHeld();
  }
}

void NetworkSpace::unpublish(const std::vector<network::PublishedPort>& ports) {
  const auto meant = [&](const network::PublishedPort& port) {
    return std::find(ports.begin(), ports.end(), port) != ports.end();
  };
  std::vector<network::PublishedPort> known;
  for (const Held& held : held_) {
    if (meant(held.port)) {
      known.push_back(held.port);
    }
  }
  if (!known.empty()) {
    network::unpublish(known);
    std::erase_if(held_, [&](const Held& held) { return meant(held.port); });
  }
}

}  // namespace keeper
