#pragma once
#include <string>
#include <utility>
#include <vector>

#include "dtls/connection.h"

// For tests only: a Connection with a place for what it sends and receives.
namespace chroom::dtls {

inline std::vector<uint8_t> to_bytes(const std::string& text) { return {text.begin(), text.end()}; }

struct TestEndpoint {
  TestEndpoint(Context& context, Role role) : connection(context, role) {}

  void start(Instant now) { collect([&] { connection.start(now, output); }); }
  void expect(const Fingerprint& fingerprint) {
    collect([&] { connection.set_remote_fingerprints({&fingerprint, 1}, output); });
  }
  DropReason receive(std::vector<uint8_t> datagram, Instant now) {
    DropReason dropped = DropReason::kNone;
    collect([&] { dropped = connection.handle(datagram, now, output); });
    return dropped;
  }
  void on_timeout(Instant now) {
    collect([&] { connection.on_timeout(now, output); });
  }
  void close() {
    collect([&] { connection.close(output); });
  }
  void send(const std::string& text) {
    std::vector<uint8_t> record(text.size() + kRecordOverheadBytes);
    record.resize(connection.seal(to_bytes(text), record));
    if (!record.empty()) sent.push_back(record);
  }
  std::vector<std::vector<uint8_t>> take_sent() { return std::exchange(sent, {}); }

  Connection connection;
  Output output;
  std::vector<std::vector<uint8_t>> sent;
  std::vector<std::string> received;

 private:
  template <typename F>
  void collect(F&& call) {
    output.clear();
    call();
    for (size_t i = 0; i < output.datagram_count(); ++i) {
      sent.emplace_back(output.datagram(i).begin(), output.datagram(i).end());
    }
    for (size_t i = 0; i < output.application_count(); ++i) {
      received.emplace_back(output.application(i).begin(), output.application(i).end());
    }
  }
};

}  // namespace chroom::dtls
