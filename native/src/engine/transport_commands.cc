// Commands about transports.
#include <algorithm>

#include "engine/command_runner.h"
#include "rtp/extensions.h"

namespace chroom::engine {

namespace {

// What we can pass on to the other end ids for; ids of unknown URIs are of no interest.
Result<rtp::ExtensionMap> read_extensions(const std::vector<HeaderExtension>& extensions) {
  rtp::ExtensionMap map;
  for (const HeaderExtension& extension : extensions) {
    const auto kind = rtp::extension_kind(extension.uri);
    if (!kind) continue;
    if (!map.add(*kind, static_cast<uint8_t>(extension.id))) {
      return Error{ErrorCode::kInvalidArgument, "header_extensions: expected one id of 1..14 or 16..255 for each uri, received " +
                                                    std::to_string(extension.id) + " for " + extension.uri};
    }
  }
  return map;
}

Result<session::ConnectParameters> read_parameters(const ConnectTransport& command) {
  session::ConnectParameters parameters;
  parameters.remote_ice = {command.remote_ice.username_fragment, command.remote_ice.password};
  for (const DtlsFingerprint& text : command.remote_fingerprints) {
    Result<dtls::Fingerprint> fingerprint = dtls::Fingerprint::parse(text.algorithm, text.value);
    if (!fingerprint) return Error{fingerprint.error().code, "remote_fingerprints: " + fingerprint.error().detail};
    parameters.remote_fingerprints.push_back(fingerprint.value());
  }
  parameters.local_dtls_role = command.local_dtls_role == DtlsRole::kClient ? dtls::Role::kClient : dtls::Role::kServer;
  parameters.remote_sctp_port = static_cast<uint16_t>(command.remote_sctp_port);
  if (command.remote_max_message_bytes != 0) parameters.remote_max_message_bytes = command.remote_max_message_bytes;
  return parameters;
}

}  // namespace

// The same again gives the same answer: the caller may have lost ours.
Result<void> CommandRunner::carry_out(CreateTransport& command, Instant now) {
  Result<Session*> found = find_session(command.room, command.session);
  if (!found) return found.error();
  Session& session = *found.value();
  auto& place = session.peers[static_cast<size_t>(command.role) - 1];
  if (!place) {
    place = std::make_unique<Peer>(session, command.role, state_.workplace);
    router::MediaTransportConfig media;
    media.key = state_.next_key();
    media.cname = session.id;
    media.owner = place.get();
    media.ready = false;  // PeerUpkeep::tell() says when it is connected.
    place->media = &state_.router.add_transport(session.room.media, media);
    if (state_.limits.pacing_bps < router::Pacer::kUnpacedBps) state_.router.set_pacing(*place->media, state_.limits.pacing_bps, now);
    upkeep_.register_fragments(*place);
    state_.deadlines.schedule(place.get(), place->transport.next_deadline());
    // From now on data goes to this one, once its channels are open.
    if (place.get() == session.data_peer()) data_.close(session);
  }
  append_ice_parameters(response_, 1, {place->transport.local_ice().username_fragment, place->transport.local_ice().password});
  for (const IceCandidate& candidate : state_.candidates) append_candidate(response_, 2, candidate);
  append_fingerprint(response_, 3, state_.fingerprint);
  return {};
}

Result<void> CommandRunner::carry_out(ConnectTransport& command, Instant now) {
  Result<Peer*> found = find_peer(command.room, command.session, command.role);
  if (!found) return found.error();
  Peer& peer = *found.value();
  const Result<rtp::ExtensionMap> extensions = read_extensions(command.header_extensions);
  if (!extensions) return extensions.error();
  const Result<session::ConnectParameters> parameters = read_parameters(command);
  if (!parameters) return parameters.error();
  const Result<void> connected = peer.transport.connect(parameters.value(), now);
  if (!connected) return connected.error();
  peer.media->set_extensions(extensions.value());
  peer.header_extensions = std::move(command.header_extensions);
  peer.opens_channels = command.open_data_channels && !peer.channel(DataLabel::kReliable);
  data_.open_channels(peer, now);
  upkeep_.settle(peer, now);
  return {};
}

Result<void> CommandRunner::carry_out(RestartIce& command, Instant now) {
  Result<Peer*> found = find_peer(command.room, command.session, command.role);
  if (!found) return found.error();
  Peer& peer = *found.value();
  const ice::Credentials& fresh = peer.transport.restart_ice();
  append_ice_parameters(response_, 1, {fresh.username_fragment, fresh.password});
  upkeep_.register_fragments(peer);
  upkeep_.settle(peer, now);
  return {};
}

}  // namespace chroom::engine
