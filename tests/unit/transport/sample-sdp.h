/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#define SAMPLE_FINGERPRINT                                                                                             \
  "CF:DA:76:A8:97:66:9F:2C:BC:79:07:1D:2D:FD:1A:AE:A0:65:F1:6D:0C:EB:29:FF:DC:45:5D:17:21:90:BB:7E"

/* What a Go peer writes (spec 2.2 and 9.3), with the candidates that a full SDP repeats for component 2. */
#define SAMPLE_GO_SDP(setup)                                                                                           \
  "v=0\r\n"                                                                                                            \
  "o=- 4611731400430051336 1 IN IP4 0.0.0.0\r\n"                                                                       \
  "s=-\r\n"                                                                                                            \
  "t=0 0\r\n"                                                                                                          \
  "a=msid-semantic:WMS *\r\n"                                                                                          \
  "a=fingerprint:sha-256 " SAMPLE_FINGERPRINT "\r\n"                                                                   \
  "a=extmap-allow-mixed\r\n"                                                                                           \
  "a=group:BUNDLE 0\r\n"                                                                                               \
  "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"                                                               \
  "c=IN IP4 0.0.0.0\r\n"                                                                                               \
  "a=setup:" setup "\r\n"                                                                                              \
  "a=mid:0\r\n"                                                                                                        \
  "a=sendrecv\r\n"                                                                                                     \
  "a=sctp-port:5000\r\n"                                                                                               \
  "a=max-message-size:1073741823\r\n"                                                                                  \
  "a=ice-ufrag:kQzb\r\n"                                                                                               \
  "a=ice-pwd:0123456789abcdef0123456789abcdef\r\n"                                                                     \
  "a=candidate:1 1 udp 2130706431 192.0.2.10 50123 typ host ufrag kQzb\r\n"                                            \
  "a=candidate:1 2 udp 2130706431 192.0.2.10 50123 typ host ufrag kQzb\r\n"                                            \
  "a=end-of-candidates\r\n"

/* The data channel as drafts of RFC 8841 described it. */
#define SAMPLE_LEGACY_SDP                                                                                              \
  "v=0\r\n"                                                                                                            \
  "o=- 3970000000 3970000000 IN IP4 0.0.0.0\r\n"                                                                       \
  "s=-\r\n"                                                                                                            \
  "t=0 0\r\n"                                                                                                          \
  "a=group:BUNDLE 0\r\n"                                                                                               \
  "m=application 40000 DTLS/SCTP 5001\r\n"                                                                             \
  "c=IN IP4 192.0.2.10\r\n"                                                                                            \
  "a=mid:0\r\n"                                                                                                        \
  "a=sctpmap:5001 webrtc-datachannel 65535\r\n"                                                                        \
  "a=max-message-size:65536\r\n"                                                                                       \
  "a=ice-ufrag:kQzb\r\n"                                                                                               \
  "a=ice-pwd:0123456789abcdef0123456789abcdef\r\n"                                                                     \
  "a=fingerprint:sha-256 " SAMPLE_FINGERPRINT "\r\n"                                                                   \
  "a=setup:actpass\r\n"
