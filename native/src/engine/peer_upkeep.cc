#include "engine/peer_upkeep.h"

#include <algorithm>

namespace chroom::engine {

void PeerUpkeep::settle(Peer& peer, Instant now) {
  while (const auto change = peer.transport.poll_state_change()) tell(peer, *change, now);
  data_.take_events(peer, now);
  state_.deadlines.schedule(&peer, peer.transport.next_deadline());
}

void PeerUpkeep::tell(Peer& peer, const session::StateChange& change, Instant now) {
  // The contract counts from 1, with 0 for "unspecified".
  const auto to = static_cast<TransportState>(static_cast<uint8_t>(change.to) + 1);
  state_.events.transport_state({peer.session.room.name, peer.session.id}, peer.role, to,
                                session::transport_reason_name(change.reason));
  const bool connected = change.to == session::TransportState::kConnected;
  peer.session.note_connected(now);
  // A receiver that is not there gets nothing, and begins with a key frame when it is (back).
  if (peer.media != nullptr) state_.router.set_ready(*peer.media, connected, now);
  if (connected) data_.open_channels(peer, now);
}

void PeerUpkeep::register_fragments(Peer& peer) {
  std::array<std::string_view, 2> present;
  const size_t count = peer.transport.ice_fragments(present);
  for (const std::string& old : peer.fragments) {
    if (std::find(present.begin(), present.begin() + count, old) == present.begin() + count) state_.peers_by_fragment.erase(old);
  }
  peer.fragments.assign(present.begin(), present.begin() + count);
  for (const std::string& fragment : peer.fragments) state_.peers_by_fragment[fragment] = &peer;
}

void PeerUpkeep::register_fragments_if_changed(Peer& peer) {
  std::array<std::string_view, 2> present;
  if (peer.transport.ice_fragments(present) != peer.fragments.size()) register_fragments(peer);
}

void PeerUpkeep::forget(Peer& peer) {
  peer.transport.for_each_remote([&](const TransportAddress& remote) { state_.peers_by_address.erase(remote, &peer); });
  for (const std::string& fragment : peer.fragments) state_.peers_by_fragment.erase(fragment);
  state_.deadlines.remove(&peer);
}

void PeerUpkeep::run_due(Instant now) {
  // Bounded by those waiting now: a transport that wants to be called again at once waits for the next turn.
  for (size_t left = state_.peers_by_fragment.size() + 1; left > 0; --left) {
    Peer* peer = state_.deadlines.pop_due(now);
    if (peer == nullptr) return;
    if (peer->transport.next_deadline() <= now) peer->transport.on_timeout(now);
    settle(*peer, now);
  }
}

}  // namespace chroom::engine
