#pragma once
#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/commands.h"
#include "engine/peer.h"
#include "router/data_router.h"
#include "router/router.h"
#include "vocabulary/time.h"

// What one worker knows of rooms, the participants in them, and who publishes and receives what. Strings are looked up
// once per command; inside, objects refer to each other by pointer and to the router's by key. All of it lives on the
// worker's thread.
namespace chroom::engine {

struct Room;
struct Session;

// What can be subscribed to here: a track of a session of this worker, or one that another worker passes on.
struct Source {
  const uint64_t key;  // the same on all workers
  const std::string track;
  router::PublishedTrack* media = nullptr;  // owned by the router, with the subscriptions to it
};

// Of one subscription: the router keeps all that there is to know, and hands back the objects of ours behind its own.
inline Source& source_of(const router::Subscription& subscription) { return *static_cast<Source*>(subscription.track().owner()); }
inline Peer& receiver_of(const router::Subscription& subscription) { return *static_cast<Peer*>(subscription.receiver().owner()); }

// One published track of a session.
struct Publication : Source {
  Session& publisher;  // borrowed: owns this
  const Publish request;
  bool muted = false;
};

// One track of the room that is published on another worker; here while somebody receives it.
struct Import : Source {
  Room& room;  // borrowed: owns this
};

// What a session moved with tracks and subscriptions that have ended; the sums of the living are added to it.
struct Traffic {
  uint64_t bytes = 0;
  uint64_t packets = 0;
};

// One participant on this node.
struct Session {
  Session(Room& in_room, uint64_t in_key, const CreateSession& created)
      : room(in_room), key(in_key), id(created.session), identity(created.identity), permissions(created) {}

  // Connected means: at least one transport is. Called when that may have changed.
  void note_connected(Instant now) {
    const bool connected = std::any_of(peers.begin(), peers.end(), [](const auto& peer) {
      return peer && peer->transport.state() == session::TransportState::kConnected;
    });
    if (connected == (connected_since != kNever)) return;
    if (!connected) connected_before += now - connected_since;
    connected_since = connected ? now : kNever;
  }
  Duration connected_time(Instant now) const {
    return connected_before + (connected_since == kNever ? Duration{} : now - connected_since);
  }

  Peer* peer(TransportRole role) const { return peers[static_cast<size_t>(role) - 1].get(); }
  // Where data for this participant goes: the subscriber transport in dual-PC mode, else the only one.
  Peer* data_peer() const { return peers[1] ? peers[1].get() : peers[0].get(); }
  Publication* publication(std::string_view track) const {
    for (const auto& p : publications) {
      if (p->request.track == track) return p.get();
    }
    return nullptr;
  }
  router::Subscription* subscription(std::string_view track) const {
    router::Subscription* found = nullptr;
    for_each_subscription([&](router::Subscription& s) {
      if (source_of(s).track == track) found = &s;
    });
    return found;
  }
  size_t subscription_count() const {
    size_t count = 0;
    for (const auto& peer : peers) count += peer ? peer->media->subscriptions().size() : 0;
    return count;
  }
  // visit(router::Subscription&), which ends none.
  template <typename Visit>
  void for_each_subscription(Visit&& visit) const {
    for (const auto& peer : peers) {
      if (!peer) continue;
      for (router::Subscription* subscription : peer->media->subscriptions()) visit(*subscription);
    }
  }

  Room& room;  // borrowed: owns this
  const uint64_t key;
  const std::string id;
  const std::string identity;
  CreateSession permissions;  // as created and updated
  std::array<std::unique_ptr<Peer>, 2> peers;  // by role
  std::vector<std::unique_ptr<Publication>> publications;

  Traffic received_before;  // by ended publications
  Traffic sent_before;      // by ended subscriptions
  DeadlineSlot deadline_slot;        // of the next statistics; nowhere while nothing is published or received
  uint64_t told_packets = 0;         // in the last statistics event
  Instant connected_since = kNever;  // kNever: no transport is
  Duration connected_before{};       // the sum of earlier times
};

// One routing domain.
struct Room {
  Room(std::string room_name, uint64_t room_key, router::Room& room_media)
      : name(std::move(room_name)), key(room_key), media(room_media) {}

  Session* find(const std::string& session) const {
    const auto found = sessions.find(session);
    return found == sessions.end() ? nullptr : found->second.get();
  }

  Import* import(uint64_t source_key) const {
    const auto found = imports.find(source_key);
    return found == imports.end() ? nullptr : found->second.get();
  }

  const std::string name;
  const uint64_t key;   // the same on all workers
  router::Room& media;  // owned by the router
  router::RoomDataRouter data;
  std::unordered_map<std::string, std::unique_ptr<Session>> sessions;
  std::unordered_map<uint64_t, std::unique_ptr<Import>> imports;
  uint64_t workers = 0;  // bit per worker that has sessions of this room; 0: this one alone
};

}  // namespace chroom::engine
