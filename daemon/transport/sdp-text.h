/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A session description of a data-channel-only session (RFC 8841, spec 2.2 and 9.3) as checked
 * values. What a peer sends is taken apart here, and webrtcbin gets only a text written from the
 * checked parts. */

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  BG_SDP_SETUP_ACTPASS,
  BG_SDP_SETUP_ACTIVE,
  BG_SDP_SETUP_PASSIVE,
} BgSdpSetup;

typedef struct
{
  char      *origin;       /* the session's number (RFC 8866, 5.2), the same through its ICE restarts; NULL where it is none */
  guint      version;      /* counts its descriptions; written only */
  char      *mid;
  char      *ufrag, *pwd;
  char      *fingerprint;  /* SHA-256, "AB:CD:…" in upper case */
  BgSdpSetup setup;
  guint      sctp_port;
  guint64    max_message;  /* 0: no limit; 65536 where absent (RFC 8841, 6.1) */
  gboolean   marked;       /* "a=x-bamgate:1": whoever wrote it does without DTLS where the other does too */
  GPtrArray *candidates;   /* char *, attribute values as they came, at most BG_SDP_CANDIDATES_MAX */
} BgSdp;

/* Largest text taken: a signalling frame. */
#define BG_SDP_MAX (32 * 1024)
/* Candidate lines kept; what comes after them is ignored. */
#define BG_SDP_CANDIDATES_MAX 64

/* Reads an offer or answer: exactly one m= line, and it is a data channel over UDP, in the words of RFC 8841 or of its drafts; mid, ufrag,
 * pwd, SHA-256 fingerprint, setup and sctp-port, each at session or media level and once.
 * BG_ERROR_INVALID_ARGUMENT says what is wrong, without quoting. */
BgSdp *bg_sdp_parse (const char *text, GError **error);
/* A text with exactly those values and no candidate. */
char *bg_sdp_format (const BgSdp *sdp);
/* Both are of one session by their origin (RFC 8866, 5.2): not where one has none, or the number that all sessions of older bamgates
 * have. */
gboolean bg_sdp_is_same_session (const BgSdp *a, const BgSdp *b);
void bg_sdp_free (BgSdp *sdp);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgSdp, bg_sdp_free)

G_END_DECLS
