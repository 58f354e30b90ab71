#include "engine/command_codec.h"

#include <utility>

#include "router/protobuf_fields.h"

namespace chroom::engine {

namespace {

using router::ProtobufField;
using router::ProtobufReader;
using router::WireType;

// Reads the fields of one message into places; remembers the first field that is wrong.
class MessageReader {
 public:
  // Calls take(field) for each field, which asks one of the methods below; unknown fields are skipped.
  template <typename Take>
  bool each(Bytes message, Take&& take) {
    ProtobufReader reader(message);
    ProtobufField field;
    while (wrong_ == nullptr && reader.next(field)) take(field);
    if (reader.failed()) fail("request", "a serialised message of control.proto", "bytes that are none");
    return wrong_ == nullptr;
  }

  void text(const ProtobufField& field, const char* name, std::string& out, size_t most) {
    if (field.type != WireType::kBytes || field.body.size() > most) {
      return fail(name, "at most " + std::to_string(most) + " bytes", std::to_string(field.body.size()));
    }
    out.assign(reinterpret_cast<const char*>(field.body.data()), field.body.size());
  }
  void number(const ProtobufField& field, const char* name, uint32_t& out, uint32_t most) {
    if (field.type != WireType::kVarint || field.varint > most) {
      return fail(name, "0.." + std::to_string(most), std::to_string(field.varint));
    }
    out = static_cast<uint32_t>(field.varint);
  }
  void flag(const ProtobufField& field, bool& out) { out = field.type == WireType::kVarint && field.varint != 0; }
  template <typename E>
  void one_of(const ProtobufField& field, const char* name, E& out, E last) {
    uint32_t value = 0;
    number(field, name, value, static_cast<uint32_t>(last));
    out = static_cast<E>(value);
  }
  template <typename T, typename Read>
  void add(const ProtobufField& field, const char* name, std::vector<T>& out, size_t most, Read&& read) {
    if (out.size() == most) return fail(name, "at most " + std::to_string(most) + " entries", "more");
    read(field.body, out.emplace_back());
  }

  // Checks after reading.
  void present(const char* name, const std::string& value) {
    if (value.empty()) fail(name, "a value", "nothing");
  }
  void check(const char* name, bool holds, const char* expected, std::string received) {
    if (!holds) fail(name, expected, std::move(received));
  }

  bool ok() const { return wrong_ == nullptr; }
  Error error() const { return {ErrorCode::kInvalidArgument, detail_}; }

 private:
  void fail(const char* name, std::string expected, std::string received) {
    if (wrong_ != nullptr) return;
    wrong_ = name;
    detail_ = std::string(name) + ": expected " + expected + " for " + name + ", received " + received;
  }

  const char* wrong_ = nullptr;
  std::string detail_;
};

constexpr uint32_t kAnyU32 = 0xffffffff;

void read_fence(MessageReader& in, Bytes body, std::string& room) {
  in.each(body, [&](const ProtobufField& f) {
    if (f.number == 1) in.text(f, "fence.room", room, kMaxIdBytes);
  });
}

// Fields 1 (fence) and 2 (session), which most requests begin with. False: the field is another one.
template <typename T>
bool read_subject(MessageReader& in, const ProtobufField& f, T& out) {
  if (f.number == 1) {
    read_fence(in, f.body, out.room);
  } else if (f.number == 2) {
    in.text(f, "session", out.session, kMaxIdBytes);
  } else {
    return false;
  }
  return true;
}

void read(MessageReader& in, Bytes request, CreateSession& out) {
  in.each(request, [&](const ProtobufField& f) {
    if (read_subject(in, f, out)) return;
    switch (f.number) {
      case 3: return in.text(f, "identity", out.identity, kMaxIdentityBytes);
      case 4: return in.flag(f, out.hidden);
      case 5: return in.flag(f, out.can_publish_data);
      case 6: return in.flag(f, out.can_subscribe);
      case 7: return in.flag(f, out.can_send_transcription);
      case 8: return in.flag(f, out.can_impersonate);
    }
  });
  in.present("identity", out.identity);
}

void read(MessageReader& in, Bytes request, UpdateSession& out) {
  in.each(request, [&](const ProtobufField& f) {
    if (read_subject(in, f, out)) return;
    switch (f.number) {
      case 3: return in.flag(f, out.hidden);
      case 4: return in.flag(f, out.can_publish_data);
      case 5: return in.flag(f, out.can_subscribe);
    }
  });
}

template <typename T>
void read_only_subject(MessageReader& in, Bytes request, T& out) {
  in.each(request, [&](const ProtobufField& f) { read_subject(in, f, out); });
}
void read(MessageReader& in, Bytes request, CloseSession& out) { read_only_subject(in, request, out); }
void read(MessageReader& in, Bytes request, DescribeSession& out) { read_only_subject(in, request, out); }
void read(MessageReader& in, Bytes request, SessionStatisticsQuery& out) { read_only_subject(in, request, out); }

void read(MessageReader& in, Bytes request, CloseRoom& out) {
  in.each(request, [&](const ProtobufField& f) {
    if (f.number == 1) read_fence(in, f.body, out.room);
  });
}

void check_role(MessageReader& in, TransportRole role) {
  in.check("role", role != TransportRole::kUnspecified, "PUBLISHER or SUBSCRIBER", "UNSPECIFIED");
}

template <typename T>
void read_subject_and_role(MessageReader& in, Bytes request, T& out) {
  in.each(request, [&](const ProtobufField& f) {
    if (read_subject(in, f, out)) return;
    if (f.number == 3) in.one_of(f, "role", out.role, TransportRole::kSubscriber);
  });
  check_role(in, out.role);
}
void read(MessageReader& in, Bytes request, CreateTransport& out) { read_subject_and_role(in, request, out); }
void read(MessageReader& in, Bytes request, RestartIce& out) { read_subject_and_role(in, request, out); }

void read_ice(MessageReader& in, Bytes body, IceParameters& out) {
  in.each(body, [&](const ProtobufField& f) {
    if (f.number == 1) in.text(f, "remote_ice.username_fragment", out.username_fragment, 256);
    if (f.number == 2) in.text(f, "remote_ice.password", out.password, 256);
  });
}

void read(MessageReader& in, Bytes request, ConnectTransport& out) {
  in.each(request, [&](const ProtobufField& f) {
    if (read_subject(in, f, out)) return;
    switch (f.number) {
      case 3: return in.one_of(f, "role", out.role, TransportRole::kSubscriber);
      case 4: return read_ice(in, f.body, out.remote_ice);
      case 5:
        return in.add(f, "remote_fingerprints", out.remote_fingerprints, kMaxFingerprints,
                      [&](Bytes body, DtlsFingerprint& fingerprint) {
                        in.each(body, [&](const ProtobufField& g) {
                          if (g.number == 1) in.text(g, "remote_fingerprints.algorithm", fingerprint.algorithm, 16);
                          if (g.number == 2) in.text(g, "remote_fingerprints.value", fingerprint.value, 200);
                        });
                      });
      case 6: return in.one_of(f, "local_dtls_role", out.local_dtls_role, DtlsRole::kClient);
      case 7:
        return in.add(f, "header_extensions", out.header_extensions, kMaxHeaderExtensions,
                      [&](Bytes body, HeaderExtension& extension) {
                        in.each(body, [&](const ProtobufField& g) {
                          if (g.number == 1) in.text(g, "header_extensions.uri", extension.uri, 256);
                          if (g.number == 2) in.number(g, "header_extensions.id", extension.id, 255);
                        });
                      });
      case 8: return in.number(f, "remote_sctp_port", out.remote_sctp_port, 65535);
      case 9: return in.number(f, "remote_max_message_bytes", out.remote_max_message_bytes, kAnyU32);
      case 10: return in.flag(f, out.open_data_channels);
    }
  });
  check_role(in, out.role);
  in.present("remote_ice", out.remote_ice.username_fragment);
  in.present("remote_ice", out.remote_ice.password);
  in.check("remote_fingerprints", !out.remote_fingerprints.empty(), "at least one", "none");
  in.check("local_dtls_role", out.local_dtls_role != DtlsRole::kUnspecified, "SERVER or CLIENT", "UNSPECIFIED");
}

void read_codec(MessageReader& in, Bytes body, PublishedCodec& out) {
  in.each(body, [&](const ProtobufField& f) {
    switch (f.number) {
      case 1: return in.number(f, "codecs.payload_type", out.payload_type, 127);
      case 2: return in.text(f, "codecs.mime_type", out.mime_type, 64);
      case 3: return in.number(f, "codecs.clock_rate", out.clock_rate, 192'000);
      case 4: return in.number(f, "codecs.channels", out.channels, 255);
      case 5: return in.text(f, "codecs.fmtp", out.fmtp, 512);
      case 6: return in.number(f, "codecs.rtx_payload_type", out.rtx_payload_type, 127);
      case 7: return in.flag(f, out.nack);
      case 8: return in.flag(f, out.pli);
      case 9: return in.flag(f, out.transport_cc);
    }
  });
  in.present("codecs.mime_type", out.mime_type);
  in.check("codecs.clock_rate", out.clock_rate >= 8000, "8000..192000", std::to_string(out.clock_rate));
}

void read_encoding(MessageReader& in, Bytes body, Encoding& out) {
  in.each(body, [&](const ProtobufField& f) {
    switch (f.number) {
      case 1: return in.text(f, "encodings.rid", out.rid, kMaxRidBytes);
      case 2: return in.number(f, "encodings.ssrc", out.ssrc, kAnyU32);
      case 3: return in.number(f, "encodings.rtx_ssrc", out.rtx_ssrc, kAnyU32);
      case 4: return in.number(f, "encodings.quality", out.quality, 2);
    }
  });
}

void read(MessageReader& in, Bytes request, Publish& out) {
  in.each(request, [&](const ProtobufField& f) {
    if (read_subject(in, f, out)) return;
    switch (f.number) {
      case 3: return in.one_of(f, "role", out.role, TransportRole::kSubscriber);
      case 4: return in.text(f, "track", out.track, kMaxIdBytes);
      case 5: return in.one_of(f, "kind", out.kind, MediaKind::kVideo);
      case 6: return in.text(f, "mid", out.mid, kMaxMidBytes);
      case 7:
        return in.add(f, "codecs", out.codecs, kMaxCodecs, [&](Bytes body, PublishedCodec& c) { read_codec(in, body, c); });
      case 8:
        return in.add(f, "encodings", out.encodings, kMaxEncodings, [&](Bytes body, Encoding& e) { read_encoding(in, body, e); });
    }
  });
  check_role(in, out.role);
  in.present("track", out.track);
  in.present("mid", out.mid);
  in.check("kind", out.kind != MediaKind::kUnspecified, "AUDIO or VIDEO", "UNSPECIFIED");
  in.check("codecs", !out.codecs.empty(), "at least one", "none");
  in.check("encodings", !out.encodings.empty(), "at least one", "none");
}

// Fields 1 to 3 of the requests about one track. False: the field is another one.
template <typename T>
bool read_track_subject(MessageReader& in, const ProtobufField& f, T& out) {
  if (f.number == 3) {
    in.text(f, "track", out.track, kMaxIdBytes);
    return true;
  }
  return read_subject(in, f, out);
}

void read(MessageReader& in, Bytes request, UpdatePublication& out) {
  in.each(request, [&](const ProtobufField& f) {
    if (!read_track_subject(in, f, out) && f.number == 4) in.flag(f, out.muted);
  });
  in.present("track", out.track);
}

template <typename T>
void read_only_track_subject(MessageReader& in, Bytes request, T& out) {
  in.each(request, [&](const ProtobufField& f) { read_track_subject(in, f, out); });
  in.present("track", out.track);
}
void read(MessageReader& in, Bytes request, Unpublish& out) { read_only_track_subject(in, request, out); }
void read(MessageReader& in, Bytes request, Unsubscribe& out) { read_only_track_subject(in, request, out); }

void read_mapping(MessageReader& in, Bytes body, PayloadMapping& out) {
  in.each(body, [&](const ProtobufField& f) {
    switch (f.number) {
      case 1: return in.number(f, "payloads.published", out.published, 127);
      case 2: return in.number(f, "payloads.subscribed", out.subscribed, 127);
      case 3: return in.number(f, "payloads.subscribed_rtx", out.subscribed_rtx, 127);
    }
  });
}

void read(MessageReader& in, Bytes request, Subscribe& out) {
  in.each(request, [&](const ProtobufField& f) {
    if (read_subject(in, f, out)) return;
    switch (f.number) {
      case 3: return in.one_of(f, "role", out.role, TransportRole::kSubscriber);
      case 4: return in.text(f, "track", out.track, kMaxIdBytes);
      case 5: return in.text(f, "mid", out.mid, kMaxMidBytes);
      case 6:
        return in.add(f, "payloads", out.payloads, kMaxPayloadMappings,
                      [&](Bytes body, PayloadMapping& m) { read_mapping(in, body, m); });
      case 7: return in.flag(f, out.paused);
      case 8: return in.number(f, "max_quality", out.max_quality, 2);
    }
  });
  check_role(in, out.role);
  in.present("track", out.track);
  in.present("mid", out.mid);
  in.check("payloads", !out.payloads.empty(), "at least one", "none");
}

void read(MessageReader& in, Bytes request, UpdateSubscription& out) {
  in.each(request, [&](const ProtobufField& f) {
    if (read_track_subject(in, f, out)) return;
    switch (f.number) {
      case 4: return in.flag(f, out.paused);
      case 5: return in.number(f, "max_quality", out.max_quality, 2);
      case 6: return in.number(f, "max_fps", out.max_fps, 1000);
    }
  });
  in.present("track", out.track);
}

void read(MessageReader& in, Bytes request, SendData& out) {
  in.each(request, [&](const ProtobufField& f) {
    switch (f.number) {
      case 1: return read_fence(in, f.body, out.room);
      case 2:
        in.check("packet", f.body.size() <= kMaxSendDataBytes, "at most 64000 bytes", std::to_string(f.body.size()));
        out.packet.assign(f.body.begin(), f.body.end());
        return;
      case 3: return in.flag(f, out.reliable);
      case 4:
        return in.add(f, "destination_sessions", out.destination_sessions, kMaxDestinations,
                      [&](Bytes, std::string& session) { in.text(f, "destination_sessions", session, kMaxIdBytes); });
    }
  });
  in.check("packet", !out.packet.empty(), "a serialised DataPacket", "nothing");
}

template <typename T>
void check_subject(MessageReader& in, const T& out) {
  in.present("fence.room", out.room);
  if constexpr (requires { out.session; }) in.present("session", out.session);
}

using ParseOne = Result<Command> (*)(Bytes);

template <typename T>
Result<Command> parse_one(Bytes request) {
  MessageReader in;
  T out;
  read(in, request, out);
  check_subject(in, out);
  if (!in.ok()) return in.error();
  return Command(std::move(out));
}

template <size_t... kinds>
constexpr std::array<ParseOne, sizeof...(kinds)> parsers(std::index_sequence<kinds...>) {
  return {&parse_one<std::variant_alternative_t<kinds, Command>>...};
}

}  // namespace

Result<Command> parse_command(size_t kind, Bytes request) {
  static constexpr auto kParsers = parsers(std::make_index_sequence<kCallableCommands>{});
  if (kind >= kParsers.size()) {
    return Error{ErrorCode::kUnsupported, "expected a command of kind 0.." + std::to_string(kParsers.size() - 1) +
                                              ", received " + std::to_string(kind)};
  }
  return kParsers[kind](request);
}

}  // namespace chroom::engine
