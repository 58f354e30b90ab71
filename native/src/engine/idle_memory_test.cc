// What an idle, connected session costs: the growth of the process over many of them, with their far ends in another
// process. Sanitizers keep memory of their own, so that the figure says nothing there.
#include <gtest/gtest.h>

#include "vocabulary/sanitizers.h"

#if !CHROOM_ADDRESS_SANITIZER && !CHROOM_THREAD_SANITIZER
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "engine/test_desk.h"
#include "engine/test_participant.h"

namespace chroom::engine {
namespace {

constexpr size_t kSessions = 300;
constexpr double kMostKilobytes = 64;

// What the two processes tell each other about one session, as fixed text.
struct Parameters {
  char fragment[64] = {};
  char password[64] = {};
  char fingerprint[128] = {};
  uint16_t port = 0;
};

template <typename T>
void write_all(int fd, const T& value) {
  CHROOM_CHECK(::write(fd, &value, sizeof value) == static_cast<ssize_t>(sizeof value), "a pipe takes 4 kB at once");
}

template <typename T>
T read_all(int fd) {
  T value;
  size_t got = 0;
  while (got < sizeof value) {
    const ssize_t count = ::read(fd, reinterpret_cast<char*>(&value) + got, sizeof value - got);
    CHROOM_CHECK(count > 0, "the other process lives");
    got += static_cast<size_t>(count);
  }
  return value;
}

Parameters parameters(const std::string& fragment, const std::string& password, const std::string& fingerprint, uint16_t port) {
  Parameters out;
  fragment.copy(out.fragment, sizeof out.fragment - 1);
  password.copy(out.password, sizeof out.password - 1);
  fingerprint.copy(out.fingerprint, sizeof out.fingerprint - 1);
  out.port = port;
  return out;
}

[[noreturn]] void run_far_ends(int in, int out) {
  std::vector<std::unique_ptr<TestParticipant>> participants;
  for (size_t i = 0; i < kSessions; ++i) {
    auto participant = std::make_unique<TestParticipant>();
    const ice::Credentials& own = participant->transport.local_ice();
    write_all(out, parameters(own.username_fragment, own.password, participant->fingerprint(), 0));
    const auto theirs = read_all<Parameters>(in);
    participant->connect({theirs.fragment, theirs.password}, theirs.port, theirs.fingerprint);
    const auto pump_until = [&](auto&& condition) {
      while (!condition()) {
        participant->pump();
        participant->wait();
      }
    };
    pump_until([&] { return participant->connected(); });
    participant->open_channels();
    pump_until([&] { return participant->channels.size() == 3; });
    participants.push_back(std::move(participant));
  }
  write_all(out, 'c');
  for (;;) {
    for (auto& participant : participants) participant->pump();
    participants.front()->wait();
  }
}

long resident_kilobytes() {
  long total = 0;
  long resident = 0;
  FILE* file = std::fopen("/proc/self/statm", "r");
  CHROOM_CHECK(file != nullptr && std::fscanf(file, "%ld %ld", &total, &resident) == 2, "Linux has statm");
  std::fclose(file);
  return resident * (::sysconf(_SC_PAGESIZE) / 1024);
}

TEST(IdleMemory, OfAConnectedSessionWithOpenChannelsIsSmall) {
  int up[2];
  int down[2];
  ASSERT_EQ(::pipe(up), 0);
  ASSERT_EQ(::pipe(down), 0);
  const pid_t child = ::fork();  // Before this process has threads.
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // However this process ends.
    run_far_ends(down[0], up[1]);
  }

  TestDesk desk;
  ASSERT_TRUE(desk.call(CloseRoom{"RM_warm"}).ok());
  const long before = resident_kilobytes();
  for (size_t i = 0; i < kSessions; ++i) {
    const auto theirs = read_all<Parameters>(up[0]);
    const std::string room = "RM_" + std::to_string(i / 10);
    const std::string session = "PA_" + std::to_string(i);
    CreateSession create;
    create.room = room;
    create.session = create.identity = session;
    create.can_publish_data = create.can_subscribe = true;
    ASSERT_TRUE(desk.call(create).ok());
    const Fields transport = desk.call(CreateTransport{room, session, TransportRole::kPublisher}).response;
    ConnectTransport connect;
    connect.room = room;
    connect.session = session;
    connect.role = TransportRole::kPublisher;
    connect.remote_ice = {theirs.fragment, theirs.password};
    connect.remote_fingerprints = {{"sha-256", theirs.fingerprint}};
    connect.local_dtls_role = DtlsRole::kServer;
    connect.remote_sctp_port = 5000;
    ASSERT_TRUE(desk.call(connect).ok());
    write_all(down[1], parameters(transport.message(1).text(1), transport.message(1).text(2), transport.message(3).text(2),
                                  static_cast<uint16_t>(transport.message(2).number(4))));
  }
  EXPECT_EQ(read_all<char>(up[0]), 'c');
  ASSERT_TRUE(desk.wait_until([&] { return desk.events_of(14).size() == kSessions; }));
  const double kilobytes = static_cast<double>(resident_kilobytes() - before) / kSessions;
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  RecordProperty("kilobytes_per_session", std::to_string(kilobytes));
  EXPECT_LE(kilobytes, kMostKilobytes);
  EXPECT_GT(kilobytes, 0);
}

}  // namespace
}  // namespace chroom::engine
#endif
