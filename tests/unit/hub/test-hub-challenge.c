/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-challenge.h"

#include <string.h>

#define NOW G_GINT64_CONSTANT (1800000000)
#define OVER (NOW + BG_HUB_CHALLENGE_LIFETIME_S)
#define KNOWN "0123 abcd"
/* of tests/vectors/registration.json: the public half of 32 times 0xa1 */
#define KEY "wwb7DvK/i3+TutmBVfo32ux02wxMvtpsbx26nTZVglI="

typedef struct
{
  BgHubChallenges *challenges;
  guint8 device[BG_KEY_BYTES], key[BG_KEY_BYTES];
  BgKeyClaim claim;
  char *challenge, *proof;
} Fixture;

static char *
prove (Fixture *f, const char *challenge, const BgKeyClaim *said)
{
  guint8 bytes[BG_KEY_CHALLENGE_BYTES], proof[BG_KEY_PROOF_BYTES];
  char *text = g_malloc (BG_KEY_TEXT_LEN + 1);
  BgKeyClaim claim = *said;

  g_assert_true (bg_key_challenge_parse (challenge, bytes));
  claim.challenge = bytes;
  g_assert_true (bg_key_proof_make (&claim, f->device, bytes + BG_KEY_CHALLENGE_TIME, proof));
  bg_key_to_base64 (proof, text);
  return text;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  memset (f->device, 0xa1, sizeof f->device);
  g_assert_true (bg_key_from_base64 (KEY, f->key));
  f->claim = (BgKeyClaim){ .public_key = f->key, .name = "laptop", .host = "hub.example" };
  f->challenges = bg_hub_challenges_new ();
  f->challenge = bg_hub_challenges_make (f->challenges, f->key, KNOWN, NOW);
  f->proof = prove (f, f->challenge, &f->claim);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  bg_hub_challenges_free (f->challenges);
  g_free (f->challenge);
  g_free (f->proof);
}

static gboolean
check (Fixture *f, const BgKeyClaim *claim, const char *known, gint64 now)
{
  return bg_hub_challenges_check (f->challenges, f->challenge, f->proof, claim, known, now);
}

static void
test_time (Fixture *f, gconstpointer data)
{
  g_assert_true (check (f, &f->claim, KNOWN, NOW));
  g_assert_true (check (f, &f->claim, KNOWN, OVER - 1));
  g_assert_false (check (f, &f->claim, KNOWN, OVER));
  g_assert_false (check (f, &f->claim, KNOWN, NOW - 1)); /* the clock was put back */
}

/* Who has registered with it has made it another one. */
static void
test_once (Fixture *f, gconstpointer data)
{
  g_assert_false (check (f, &f->claim, "", NOW));
  g_assert_false (check (f, &f->claim, "0123 abce", NOW));
  g_assert_true (check (f, &f->claim, KNOWN, NOW));
}

static void
test_claim (Fixture *f, gconstpointer data)
{
  BgKeyClaim claims[] = { f->claim, f->claim, f->claim, f->claim };
  guint8 key[BG_KEY_BYTES];

  memcpy (key, f->key, sizeof key);
  key[3] ^= 8;
  claims[0].name = "desktop";
  claims[1].host = "other.example";
  claims[2].pin = KEY;
  claims[3].public_key = key;
  for (gsize i = 0; i < G_N_ELEMENTS (claims); i++)
    g_assert_false (check (f, &claims[i], KNOWN, NOW));
}

/* No character of either may be another one. */
static void
test_every_character (Fixture *f, gconstpointer data)
{
  char *texts[] = { f->challenge, f->proof };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    for (char *p = texts[i]; *p != '\0'; p++)
      {
        char was = *p;

        *p = was == 'A' ? 'B' : 'A';
        g_assert_false (check (f, &f->claim, KNOWN, NOW));
        *p = was;
      }
  g_assert_true (check (f, &f->claim, KNOWN, NOW));
}

/* Nobody makes a challenge but this hub: the key of one that somebody made himself would be his. */
static void
test_other_hubs (Fixture *f, gconstpointer data)
{
  g_autoptr (BgHubChallenges) others = bg_hub_challenges_new ();
  g_autofree char *challenge = bg_hub_challenges_make (others, f->key, KNOWN, NOW);
  g_autofree char *proof = prove (f, challenge, &f->claim);

  g_assert_false (bg_hub_challenges_check (f->challenges, challenge, proof, &f->claim, KNOWN, NOW));
  g_assert_true (bg_hub_challenges_check (others, challenge, proof, &f->claim, KNOWN, NOW));
}

static void
test_no_key (Fixture *f, gconstpointer data)
{
  const guint8 zero[BG_KEY_BYTES] = { 0 };
  g_autofree char *challenge = bg_hub_challenges_make (f->challenges, zero, KNOWN, NOW);
  char proof[BG_KEY_TEXT_LEN + 1];

  bg_key_to_base64 (zero, proof);
  f->claim.public_key = zero;
  g_assert_false (bg_hub_challenges_check (f->challenges, challenge, proof, &f->claim, KNOWN, NOW));
}

#define ADD(name, function)                                                                        \
  g_test_add ("/hub-challenge/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("time", test_time);
  ADD ("once", test_once);
  ADD ("claim", test_claim);
  ADD ("every-character", test_every_character);
  ADD ("other-hubs", test_other_hubs);
  ADD ("no-key", test_no_key);
  return g_test_run ();
}
