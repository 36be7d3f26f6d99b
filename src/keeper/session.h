#pragma once

#include <deque>
#include <memory>
#include <string>

#include "base/json.h"
#include "keeper/loop.h"
#include "keeper/stdio.h"

namespace keeper {

class Session;

class RequestHandler {
 public:
  RequestHandler() = default;
  RequestHandler(const RequestHandler&) = delete;
  RequestHandler& operator=(const RequestHandler&) = delete;
  virtual ~RequestHandler() = default;
  /// To be answered by answer() or fail(), now or later. What it throws is sent as the failure.
  virtual void request(const std::shared_ptr<Session>& session, const Json& request) = 0;
  virtual void closed(const std::shared_ptr<Session>& session) = 0;
};

/// One client's connection, as the keeper has it: requests first, frames once it is attached.
class Session : public Listener, public std::enable_shared_from_this<Session> {
 public:
  Session(Loop& loop, UniqueFd socket, RequestHandler& handler)
      : loop_(loop), handler_(handler), socket_(std::move(socket)) {}
  void open();

  void answer(const Json& result = Json::object());
  void fail(const Error& error);
  /// From now on frames. `waitsFor`: the container waits for this client however slow it is;
  /// otherwise one that falls far behind and reads nothing more is hung up on.
  void attach(Stdio& stdio, bool waitsFor);

  bool alive() const { return !closed_; }
  /// A request is to be answered, or an answer is on its way.
  bool pending() const { return busy_ || !queue_.empty(); }
  /// The client has announced a start that has not been asked for yet.
  bool announced = false;
  /// The client removes the sandbox: until it hangs up, somebody waits for what it still has to do.
  bool removes = false;
  /// It removes many sandboxes, and asks for the end of the cgroups when all others have ended.
  bool removesMany = false;

  void frame(Attachment::Frame frame, std::string_view data) override;
  bool holdsBack() const override;
  void readInput(bool wanted) override;
  void finish() override;
  void close();

 private:
  void onEvents(std::uint32_t events);
  void onPacket();
  void onFrame(std::string_view packet);
  void reply(Json packet);
  void onRequest(std::string_view packet);
  void send(std::string_view first, std::string_view second = {});
  void flush();
  void watchProgress();
  void expect();

  Loop& loop_;
  RequestHandler& handler_;
  UniqueFd socket_;
  Loop::Watch watch_;
  Loop::Timer stuck_;
  Stdio* stdio_ = nullptr;
  bool busy_ = false, attached_ = false, waitsFor_ = false, closed_ = false;
  bool inputWanted_ = true, finishing_ = false;
  std::deque<std::string> queue_;
  std::size_t queued_ = 0;
};

}  // namespace keeper
