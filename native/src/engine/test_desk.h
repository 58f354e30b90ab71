#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "engine/clock.h"
#include "engine/engine.h"
#include "router/protobuf_fields.h"
#include "vocabulary/check.h"

// For tests only: hands commands to an engine, waits for their answers, and keeps the events.
namespace chroom::engine {

// A message of the control contract taken apart, with just enough ease for assertions.
class Fields {
 public:
  explicit Fields(Bytes message) : bytes_(message.begin(), message.end()) {}

  std::vector<Fields> all(uint32_t number) const {
    std::vector<Fields> found;
    each(number, [&](const router::ProtobufField& f) { found.emplace_back(f.body); });
    return found;
  }
  Fields message(uint32_t number) const {
    const auto found = all(number);
    return found.empty() ? Fields(Bytes{}) : found.front();
  }
  std::string text(uint32_t number) const {
    std::string out;
    each(number, [&](const router::ProtobufField& f) { out.assign(f.body.begin(), f.body.end()); });
    return out;
  }
  uint64_t number(uint32_t number_of) const {
    uint64_t out = 0;
    each(number_of, [&](const router::ProtobufField& f) { out = f.varint; });
    return out;
  }
  bool has(uint32_t number) const {
    bool found = false;
    each(number, [&](const router::ProtobufField&) { found = true; });
    return found;
  }

 private:
  template <typename F>
  void each(uint32_t number, F&& f) const {
    router::ProtobufReader reader(bytes_);
    router::ProtobufField field;
    while (reader.next(field)) {
      if (field.number == number) f(field);
    }
  }
  std::vector<uint8_t> bytes_;
};

struct Answer {
  std::optional<ErrorCode> error;
  std::string detail;
  Fields response{Bytes{}};
  bool ok() const { return !error.has_value(); }
};

class TestDesk {
 public:
  explicit TestDesk(EngineConfig config = {}) : shared(config.workers * kWordsPerWorker) {
    config.shared_counters = shared;
    config.wake = [this] { wakes.fetch_add(1); };
    auto opened = Engine::open(std::move(config));
    CHROOM_CHECK(opened.ok(), "loopback sockets can be had");
    engine = std::move(opened.value());
  }

  uint32_t submit(Command command) {
    CHROOM_CHECK(engine->submit(++last_request_, std::move(command)).ok(), "tests stay below the engine's bounds");
    return last_request_;
  }

  Answer call(Command command) {
    const uint32_t id = submit(std::move(command));
    const bool came = wait_until([&] { return answers.contains(id); });
    CHROOM_CHECK(came, "every accepted command is answered");
    return answers.extract(id).mapped();
  }

  void drain() {
    engine->drain([&](const RecordHeader& header, Bytes payload) {
      switch (header.kind) {
        case RecordKind::kResult: answers.emplace(header.request_id, Answer{{}, {}, Fields(payload)}); break;
        case RecordKind::kError:
          answers.emplace(header.request_id, Answer{static_cast<ErrorCode>(header.code), {payload.begin(), payload.end()}, Fields({})});
          break;
        case RecordKind::kEvent: events.emplace_back(payload); break;
        case RecordKind::kRoomGone: break;
      }
    });
  }

  // Drains, and calls `meanwhile`, until `condition` holds; false after 10 s.
  bool wait_until(const std::function<bool()>& condition, const std::function<void()>& meanwhile = {}) {
    const Instant deadline = monotonic_now() + std::chrono::seconds(10);
    while (monotonic_now() < deadline) {
      drain();
      if (condition()) return true;
      if (meanwhile) {
        meanwhile();
      } else {
        std::this_thread::yield();
      }
    }
    return false;
  }

  // The events whose field `kind` is set.
  std::vector<Fields> events_of(uint32_t kind) const {
    std::vector<Fields> found;
    for (const Fields& event : events) {
      if (event.has(kind)) found.push_back(event);
    }
    return found;
  }

  uint64_t counter(Counter counter) const { return word(static_cast<size_t>(counter)); }
  uint64_t dropped(DropReason reason) const { return word(metering::kCounterCount + static_cast<size_t>(reason)); }

  std::vector<uint64_t> shared;
  std::unique_ptr<Engine> engine;
  std::map<uint32_t, Answer> answers;
  std::vector<Fields> events;
  std::atomic<size_t> wakes{0};

 private:
  uint64_t word(size_t index) const {
    uint64_t sum = 0;
    for (size_t at = index; at < shared.size(); at += kWordsPerWorker) {
      sum += std::atomic_ref<uint64_t>(const_cast<uint64_t&>(shared[at])).load(std::memory_order_relaxed);
    }
    return sum;
  }

  uint32_t last_request_ = 0;
};

}  // namespace chroom::engine
