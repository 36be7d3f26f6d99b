#include "keeper/scope/systemd.h"

#include <systemd/sd-bus.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>

#include "base/error.h"
#include "base/text.h"

namespace {

using std::chrono::steady_clock;

constexpr const char* service = "org.freedesktop.systemd1";
constexpr const char* object = "/org/freedesktop/systemd1";
constexpr const char* manager = "org.freedesktop.systemd1.Manager";
constexpr std::chrono::seconds patience{20};

class BusError {
 public:
  ~BusError() { sd_bus_error_free(&error_); }
  BusError() = default;
  BusError(const BusError&) = delete;
  BusError& operator=(const BusError&) = delete;
  sd_bus_error* get() { return &error_; }
  bool is(const char* name) const { return sd_bus_error_has_name(&error_, name) != 0; }
  std::string text(int result) const {
    return error_.message != nullptr ? error_.message : std::generic_category().message(-result);
  }

 private:
  sd_bus_error error_ = SD_BUS_ERROR_NULL;
};

struct Unref {
  void operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }
};
using Message = std::unique_ptr<sd_bus_message, Unref>;

void check(int result, const std::string& what) {
  if (result < 0) {
    throw Error(ErrorKind::system, cat(what, ": ", std::generic_category().message(-result)),
                -result);
  }
}

sd_bus* connect() {
  sd_bus* bus = nullptr;
  check(sd_bus_new(&bus), "connecting to systemd");
  if (geteuid() == 0 && sd_bus_set_address(bus, "unix:path=/run/systemd/private") >= 0 &&
      sd_bus_start(bus) >= 0) {
    return bus;
  }
  sd_bus_unref(bus);
  bus = nullptr;
  check(sd_bus_open_system(&bus), "connecting to systemd over the system bus");
  return bus;
}

}  // namespace

void Systemd::Close::operator()(sd_bus* bus) const {
  sd_bus_flush_close_unref(bus);
}

Systemd::Systemd() : bus_(connect()) {
  const auto onJobRemoved = [](sd_bus_message* message, void* self, sd_bus_error*) {
    std::uint32_t id = 0;
    const char *job = nullptr, *unit = nullptr, *result = nullptr;
    if (sd_bus_message_read(message, "uoss", &id, &job, &unit, &result) >= 0) {
      static_cast<Systemd*>(self)->ended_ = job;
      static_cast<Systemd*>(self)->result_ = result;
    }
    return 0;
  };
  check(sd_bus_match_signal(bus_.get(), nullptr, nullptr, object, manager, "JobRemoved",
                            onJobRemoved, this),
        "listening to systemd");
  const auto onUnitRemoved = [](sd_bus_message* message, void* self, sd_bus_error*) {
    const char *unit = nullptr, *path = nullptr;
    if (sd_bus_message_read(message, "so", &unit, &path) >= 0) {
      static_cast<Systemd*>(self)->removed_ = unit;
    }
    return 0;
  };
  check(sd_bus_match_signal(bus_.get(), nullptr, nullptr, object, manager, "UnitRemoved",
                            onUnitRemoved, this),
        "listening to systemd");
}

bool Systemd::startScope(const Scope& scope) {
  // Slices come and go meanwhile, with the scopes of others.
  constexpr int attempts = 20;
  Outcome outcome = Outcome::mayWorkNow;
  for (int attempt = 0; attempt < attempts && outcome == Outcome::mayWorkNow; ++attempt) {
    outcome = tryScope(scope);
  }
  if (outcome == Outcome::mayWorkNow) {
    throw Error(ErrorKind::system, cat("having systemd make ", scope.unit, " in ", scope.slice,
                                       ": the slice keeps coming and going"));
  }
  return outcome == Outcome::started;
}

Systemd::Outcome Systemd::tryScope(const Scope& scope) {
  const std::string& unit = scope.unit;
  const std::string what = cat("having systemd make ", unit, " in ", scope.slice);
  sd_bus_message* made = nullptr;
  check(sd_bus_message_new_method_call(bus_.get(), &made, service, object, manager,
                                       "StartTransientUnit"),
        what);
  const Message call(made);
  // Process 0 is the sender of the message: its number here may be another one to systemd
  // (pid_namespaces(7)). Without a limit for tasks systemd would set one that no user asked for.
  check(sd_bus_message_append(call.get(), "ssa(sv)", unit.c_str(), "fail", 6,  //
                              "Description", "s", scope.description.c_str(),   //
                              "Slice", "s", scope.slice.c_str(),               //
                              "Delegate", "b", 1,                              //
                              "CollectMode", "s", "inactive-or-failed",        //
                              "TasksMax", "t", UINT64_MAX,                     //
                              "PIDs", "au", 1, 0),
        what);
  // Units of their own, that are made with the scope because it needs them.
  check(sd_bus_message_open_container(call.get(), SD_BUS_TYPE_ARRAY, "(sa(sv))"), what);
  for (const std::string& slice : scope.ownSlices) {
    if (!isLoaded(slice)) {
      check(sd_bus_message_append(call.get(), "(sa(sv))", slice.c_str(), 2,  //
                                  "StopWhenUnneeded", "b", 1,                //
                                  "CollectMode", "s", "inactive-or-failed"),
            what);
    }
  }
  check(sd_bus_message_close_container(call.get()), what);
  BusError error;
  sd_bus_message* answered = nullptr;
  const int result = sd_bus_call(
      bus_.get(), call.get(), std::chrono::microseconds(patience).count(), error.get(), &answered);
  const Message answer(answered);
  if (result < 0) {
    if (error.is("org.freedesktop.systemd1.UnitExists")) {
      return scope.ownSlices.empty() || isLoaded(unit) ? Outcome::unitExists : Outcome::mayWorkNow;
    }
    if (!scope.ownSlices.empty() && error.is("org.freedesktop.systemd1.TransactionIsDestructive")) {
      return Outcome::mayWorkNow;
    }
    throw Error(ErrorKind::system, cat(what, ": ", error.text(result)), -result);
  }
  const char* job = nullptr;
  check(sd_bus_message_read(answer.get(), "o", &job), what);
  within(what, [&] { waitFor(job, unit); });
  return Outcome::started;
}

bool Systemd::isLoaded(const std::string& unit) {
  BusError error;
  sd_bus_message* answered = nullptr;
  const int result = sd_bus_call_method(bus_.get(), service, object, manager, "GetUnit",
                                        error.get(), &answered, "s", unit.c_str());
  const Message answer(answered);
  return result >= 0;
}

void Systemd::waitFor(const std::string& job, const std::string& unit) {
  const auto deadline = steady_clock::now() + patience;
  while (ended_ != job) {
    if (!receive(deadline)) {
      throw Error(ErrorKind::system, cat(unit, " was not started within ", patience.count(),
                                         " seconds (see systemctl list-jobs)"));
    }
  }
  if (result_ != "done") {
    throw Error(ErrorKind::system, cat("its job ended with \"", result_, "\""));
  }
}

bool Systemd::receive(Deadline deadline) {
  const int result = sd_bus_process(bus_.get(), nullptr);
  check(result, "reading systemd's answer");
  if (result > 0) {
    return true;
  }
  const auto left =
      std::chrono::duration_cast<std::chrono::microseconds>(deadline - steady_clock::now());
  if (left.count() <= 0) {
    return false;
  }
  sd_bus_wait(bus_.get(), static_cast<std::uint64_t>(left.count()));
  return true;
}

void Systemd::awaitRemoval(const std::string& unit) {
  BusError error;
  // Else systemd tells us of our own jobs alone. Who has asked before is refused, and told.
  sd_bus_call_method(bus_.get(), service, object, manager, "Subscribe", error.get(), nullptr, "");
  removed_.clear();
  if (!isLoaded(unit)) {
    return;
  }
  const auto deadline = steady_clock::now() + patience;
  while (removed_ != unit) {
    if (!receive(deadline)) {
      throw Error(ErrorKind::system, cat("systemd has not ended ", unit, " within ",
                                         patience.count(), " seconds (see systemctl status)"));
    }
  }
}

bool Systemd::isActive(const std::string& unit) {
  BusError error;
  sd_bus_message* answered = nullptr;
  if (sd_bus_call_method(bus_.get(), service, object, manager, "GetUnit", error.get(), &answered,
                         "s", unit.c_str()) < 0) {
    return false;
  }
  const Message answer(answered);
  const char* path = nullptr;
  char* state = nullptr;
  if (sd_bus_message_read(answer.get(), "o", &path) < 0 ||
      sd_bus_get_property_string(bus_.get(), service, path, "org.freedesktop.systemd1.Unit",
                                 "ActiveState", error.get(), &state) < 0) {
    return false;
  }
  const std::unique_ptr<char, void (*)(void*)> owned(state, std::free);
  return std::string_view(state) == "active";
}
