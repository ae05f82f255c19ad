/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/error.h"
#include "daemon/transport/sdp-text.h"
#include "daemon/transport/ice-session.h"
#include "sample-sdp.h"

#include <string.h>

static const char go_offer[] = SAMPLE_GO_SDP ("actpass");

static void
test_go_offer (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BgSdp) sdp = bg_sdp_parse (go_offer, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (sdp->mid, ==, "0");
  g_assert_cmpstr (sdp->ufrag, ==, "kQzb");
  g_assert_cmpstr (sdp->pwd, ==, "0123456789abcdef0123456789abcdef");
  g_assert_cmpstr (sdp->fingerprint, ==, SAMPLE_FINGERPRINT);
  g_assert_cmpint (sdp->setup, ==, BG_SDP_SETUP_ACTPASS);
  g_assert_cmpuint (sdp->sctp_port, ==, 5000);
  g_assert_cmpuint (sdp->max_message, ==, 1073741823);
  g_assert_cmpuint (sdp->candidates->len, ==, 2);
}

static void
test_format (void)
{
  g_autoptr (BgSdp) sdp = bg_sdp_parse (go_offer, NULL), again = NULL;
  g_autofree char *text = bg_sdp_format (sdp), *rewritten = NULL;

  again = bg_sdp_parse (text, NULL);
  g_assert_nonnull (again);
  g_assert_cmpuint (again->candidates->len, ==, 0);
  rewritten = bg_sdp_format (again);
  g_assert_cmpstr (text, ==, rewritten);
}

static void
test_words (void)
{
  g_autoptr (BgSdp) sdp = bg_sdp_parse (go_offer, NULL);

  g_assert_cmpstr (sdp->fingerprint, ==, SAMPLE_FINGERPRINT);
  g_assert_cmpstr (sdp->ufrag, ==, "kQzb");
}

/* As aiortc offers. */
static void
test_legacy (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BgSdp) sdp = bg_sdp_parse (SAMPLE_LEGACY_SDP, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (sdp->sctp_port, ==, 5001);
  g_assert_cmpuint (sdp->max_message, ==, 65536);
}

typedef struct
{
  const char *from, *to; /* in the Go offer */
} Change;

static const Change refused[] = {
  { "v=0\r\n", "" },
  { "v=0", "v=1" },
  { "m=application 9", "m=application 0" },
  { "m=application", "m=audio" },
  { "UDP/DTLS/SCTP webrtc-datachannel", "DTLS/SCTP webrtc-datachannel" },
  { "UDP/DTLS/SCTP webrtc-datachannel", "DTLS/SCTP 0" },
  { "UDP/DTLS/SCTP webrtc-datachannel", "DTLS/SCTP" },
  { "UDP/DTLS/SCTP webrtc-datachannel", "TCP/DTLS/SCTP webrtc-datachannel" },
  { "a=setup:actpass", "a=setup:holdconn" },
  { "a=setup:actpass\r\n", "" },
  { "a=mid:0\r\n", "" },
  { "a=mid:0\r\n", "a=mid:0\r\na=mid:1\r\n" },
  { "a=mid:0", "a=mid:a b" },
  { "a=mid:0", "a=mid:" },
  { "a=ice-ufrag:kQzb\r\n", "" },
  { "a=ice-ufrag:kQzb", "a=ice-ufrag:kQ" },
  { "a=ice-ufrag:kQzb", "a=ice-ufrag:kQ%zb" },
  { "a=ice-pwd:0123456789abcdef0123456789abcdef", "a=ice-pwd:short" },
  { "a=fingerprint:sha-256", "a=fingerprint:sha-1" },
  { "CF:DA", "CF:GG" },
  { "CF:DA", "CF:DA:DA" },
  { "CF:DA", "CFDA" },
  { "a=sctp-port:5000\r\n", "" },
  { "a=sctp-port:5000", "a=sctp-port:0" },
  { "a=sctp-port:5000", "a=sctp-port:70000" },
  { "a=max-message-size:1073741823", "a=max-message-size:-5" },
  { "s=-", "s=\x01" },
  { "s=-\r\n", "garbage\r\n" },
  { "s=-\r\n", "\r\n" },
};

static char *
changed (const Change *change)
{
  g_autoptr (GString) text = g_string_new (go_offer);

  g_assert_cmpuint (g_string_replace (text, change->from, change->to, 1), ==, 1);
  return g_strdup (text->str);
}

static void
test_refused (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *text = changed (&refused[i]);

      g_assert_null (bg_sdp_parse (text, &error));
      g_assert_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT);
    }
}

static void
test_second_media (void)
{
  g_autofree char *text = g_strconcat (
    go_offer, "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n", NULL);

  g_assert_null (bg_sdp_parse (text, NULL));
}

static void
test_bounds (void)
{
  g_autofree char *filler = g_strnfill (BG_SDP_MAX, 'x');
  g_autofree char *huge = g_strconcat (go_offer, "a=", filler, "\r\n", NULL);
  g_autoptr (GString) many = g_string_new (go_offer), lines = g_string_new (go_offer);
  g_autoptr (BgSdp) sdp = NULL;

  g_assert_null (bg_sdp_parse (huge, NULL));
  g_assert_null (bg_sdp_parse (filler, NULL));
  for (guint i = 0; i < 2 * BG_SDP_CANDIDATES_MAX; i++)
    g_string_append (many, "a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n");
  sdp = bg_sdp_parse (many->str, NULL);
  g_assert_cmpuint (sdp->candidates->len, ==, BG_SDP_CANDIDATES_MAX);
  for (guint i = 0; i < 2000; i++)
    g_string_append (lines, "a=x\r\n");
  g_assert_null (bg_sdp_parse (lines->str, NULL));
}

/* Media-level values win over session-level ones; other algorithms' fingerprints do not matter. */
static void
test_levels (void)
{
  g_autoptr (GString) text = g_string_new (go_offer);
  g_autoptr (BgSdp) sdp = NULL;

  g_string_replace (text, "s=-\r\n", "s=-\r\na=ice-ufrag:other\r\na=fingerprint:sha-1 AA:BB\r\n",
                    1);
  g_string_replace (text, "sha-256", "SHA-256", 1);
  sdp = bg_sdp_parse (text->str, NULL);
  g_assert_cmpstr (sdp->ufrag, ==, "kQzb");
}

static void
test_mutations (void)
{
  for (guint round = 0; round < 20000; round++)
    {
      char text[sizeof go_offer];
      g_autoptr (BgSdp) sdp = NULL, again = NULL;
      g_autofree char *written = NULL;

      memcpy (text, go_offer, sizeof text);
      for (guint i = 0; i <= round % 3; i++)
        text[g_test_rand_int_range (0, sizeof text - 1)] = (char) g_test_rand_int_range (0, 256);
      sdp = bg_sdp_parse (text, NULL);
      if (!sdp)
        continue;
      written = bg_sdp_format (sdp);
      again = bg_sdp_parse (written, NULL);
      g_assert_nonnull (again);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sdp-text/go-offer", test_go_offer);
  g_test_add_func ("/sdp-text/format", test_format);
  g_test_add_func ("/sdp-text/words", test_words);
  g_test_add_func ("/sdp-text/legacy", test_legacy);
  g_test_add_func ("/sdp-text/refused", test_refused);
  g_test_add_func ("/sdp-text/second-media", test_second_media);
  g_test_add_func ("/sdp-text/bounds", test_bounds);
  g_test_add_func ("/sdp-text/levels", test_levels);
  g_test_add_func ("/sdp-text/mutations", test_mutations);
  return g_test_run ();
}
