/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "exit-words.h"

/* States as people read and see them: a word and an icon of its own shape for each, so that nothing depends on colour. */
typedef struct
{
  const char *word;  /* in the person's language */
  const char *icon;  /* symbolic */
  const char *style; /* of libadwaita: "success", "warning", "error", "dim-label" */
} AppletWords;

AppletWords applet_words_state (BamgateState state);
/* The same, but that without its exit nothing goes out, which is said first of all. */
AppletWords applet_words_client (BamgateClient *client);
AppletWords applet_words_exit (AppletExit exit);
AppletWords applet_words_peer (BamgatePeer *peer);
AppletWords applet_words_peer_state (BamgatePeerState state, gboolean is_relayed);
/* "Direct", "Through the relay"; "" for none. */
const char *applet_words_path (BamgatePath path, gboolean is_relayed);
/* What it means, in a sentence. */
const char *applet_words_path_meaning (BamgatePath path, gboolean is_relayed);
const char *applet_words_signaling (BamgateSignalingState state);

/* Is the tunnel wanted: up, or on its way there? */
gboolean applet_words_is_up (BamgateState state);
/* What to do about trouble with a peer; "" where there is none. */
const char *applet_words_advice (BamgatePeerState state, BamgatePeerKind kind);
/* The text that finds it in a list: name and addresses, folded. Free with g_free(). */
char *applet_words_search_key (BamgatePeer *peer);
/* Its name, escaped where it could deceive. Free with g_free(). */
char *applet_words_peer_name (BamgatePeer *peer);
/* The addresses that a person copies: without the length of the prefix. Free with g_free(). */
char *applet_words_bare_address (const char *address);
