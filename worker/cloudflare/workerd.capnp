# SPDX-License-Identifier: LGPL-2.1-or-later
# The Worker on a machine of one's own, and for the tests:
#   AUTH_TOKEN=… workerd serve workerd.capnp --socket-addr=http=127.0.0.1:8787 --directory-path=state=/var/lib/bamgate-worker
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "bamgate", worker = .bamgate),
    (name = "state", disk = (writable = true)),
  ],
  sockets = [ (name = "http", http = (), service = "bamgate") ],
);

const bamgate :Workerd.Worker = (
  compatibilityDate = "2026-06-01",
  compatibilityFlags = ["nodejs_compat", "no_web_socket_compression"],
  modules = [
    (name = "worker.js", esModule = embed "worker.js"),
    (name = "answers.js", esModule = embed "answers.js"),
    (name = "attachments.js", esModule = embed "attachments.js"),
    (name = "callers.js", esModule = embed "callers.js"),
    (name = "core.js", esModule = embed "core.js"),
    (name = "credentials.js", esModule = embed "credentials.js"),
    (name = "devices.js", esModule = embed "devices.js"),
    (name = "github.js", esModule = embed "github.js"),
    (name = "guard.js", esModule = embed "guard.js"),
    (name = "inherited.js", esModule = embed "inherited.js"),
    (name = "invites.js", esModule = embed "invites.js"),
    (name = "log.js", esModule = embed "log.js"),
    (name = "managing.js", esModule = embed "managing.js"),
    (name = "messages.js", esModule = embed "messages.js"),
    (name = "network.js", esModule = embed "network.js"),
    (name = "registering.js", esModule = embed "registering.js"),
    (name = "relay.js", esModule = embed "relay.js"),
    (name = "room.js", esModule = embed "room.js"),
    (name = "settings.js", esModule = embed "settings.js"),
    (name = "sources.js", esModule = embed "sources.js"),
    (name = "spent.js", esModule = embed "spent.js"),
    (name = "store.js", esModule = embed "store.js"),
    (name = "core.wasm", wasm = embed "core.wasm"),
  ],
  durableObjectNamespaces = [
    (className = "SignalingRoom", uniqueKey = "bamgate-signaling-room", enableSql = true),
    (className = "Relay", uniqueKey = "bamgate-relay", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "state"),
  bindings = [
    (name = "SIGNALING_ROOM", durableObjectNamespace = "SignalingRoom"),
    (name = "RELAY_OBJECT", durableObjectNamespace = "Relay"),
    (name = "AUTH_TOKEN", fromEnvironment = "AUTH_TOKEN"),
    (name = "TURN_SECRET", fromEnvironment = "TURN_SECRET"),
    (name = "SUFFIX", fromEnvironment = "SUFFIX"),
    (name = "SUBNET", fromEnvironment = "SUBNET"),
    (name = "PUBLIC_URL", fromEnvironment = "PUBLIC_URL"),
    (name = "MAX_PEERS", fromEnvironment = "MAX_PEERS"),
    (name = "MAX_SOCKETS", fromEnvironment = "MAX_SOCKETS"),
    (name = "JOIN_TIMEOUT", fromEnvironment = "JOIN_TIMEOUT"),
    (name = "PING_INTERVAL", fromEnvironment = "PING_INTERVAL"),
    (name = "RELAY", fromEnvironment = "RELAY"),
    (name = "RELAY_RATE", fromEnvironment = "RELAY_RATE"),
    (name = "RELAY_CEILING", fromEnvironment = "RELAY_CEILING"),
    (name = "INVITE_LIFETIME", fromEnvironment = "INVITE_LIFETIME"),
    (name = "SHARED_TOKEN", fromEnvironment = "SHARED_TOKEN"),
    (name = "APPROVE_DEVICES", fromEnvironment = "APPROVE_DEVICES"),
    (name = "GITHUB_OWNER", fromEnvironment = "GITHUB_OWNER"),
    (name = "GITHUB_API", fromEnvironment = "GITHUB_API"),
  ],
);
