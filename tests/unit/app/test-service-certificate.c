/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The certificate of published services, in virtual time: asked for, kept, and a new one before its end. */
#include "app/service-certificate.h"

#include "../config/test-dir.h"
#include "../peer/fake-clock.h"
#include "common/secret-text.h"
#include "publish/name-authority.h"

#define HOST "alpha.bamgate.internal"
#define DAY (24 * 3600)

static const char *const names[] = { HOST, "*." HOST, NULL };
static const char *const with_wiki[] = { HOST, "*." HOST, "wiki.bamgate.internal", NULL };
static gint64 now;

typedef struct
{
  TestDir dir;
  BgSecretStore *secrets;
  char *key;
  GBytes *root;
  gboolean answers; /* at once */
  const char *const *signs;
  guint asked, changed;
  GBytes *request; /* the last */
} World;

static gint64
get_now (void)
{
  return now;
}

static GBytes *
sign (World *world)
{
  return bg_name_authority_sign (world->key, world->root, world->request, world->signs, now, NULL);
}

static GBytes *
on_ask (gpointer owner, GBytes *request)
{
  World *world = owner;

  world->asked++;
  g_clear_pointer (&world->request, g_bytes_unref);
  world->request = g_bytes_ref (request);
  return world->answers ? sign (world) : NULL;
}

static void
on_changed (gpointer owner)
{
  ((World *) owner)->changed++;
}

static const BgServiceCertificateOps ops = { on_ask, on_changed, get_now };

static void
pass_days (guint days)
{
  for (guint i = 0; i < days; i++)
    {
      now += DAY;
      fake_clock_advance (DAY * 1000u);
    }
}

static World *
world_new (void)
{
  World *world = g_new0 (World, 1);
  g_autofree char *path = NULL;

  test_dir_setup (&world->dir, NULL);
  path = test_dir_file (&world->dir, "secrets");
  world->secrets = bg_secret_store_new_files (path, NULL);
  world->signs = names;
  world->answers = TRUE;
  now = G_GINT64_CONSTANT (1800000000);
  g_assert_true (
    bg_name_authority_new ("bamgate.internal", "id", now, &world->key, &world->root, NULL));
  return world;
}

static void
world_free (World *world)
{
  g_assert_cmpuint (fake_clock_pending (), ==, 0);
  g_clear_pointer (&world->request, g_bytes_unref);
  bg_secret_free (world->key);
  g_bytes_unref (world->root);
  bg_secret_store_free (world->secrets);
  test_dir_teardown (&world->dir, NULL);
  g_free (world);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (World, world_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgServiceCertificate, bg_service_certificate_free)

static guint
number_of (BgServiceCertificate *certificate)
{
  guint number;

  return bg_service_certificate_get (certificate, &number) ? number : 0;
}

static void
assert_lack (BgServiceCertificate *certificate, gboolean lacks)
{
  g_autoptr (BgWords) words = bg_service_certificate_dup_failure (certificate);

  g_assert_cmpint (words != NULL, ==, lacks);
}

/* Again and again, and never beyond its end. */
static void
test_renewed (void)
{
  g_autoptr (World) world = world_new ();
  g_autoptr (BgServiceCertificate)
    certificate = bg_service_certificate_new (world->secrets, &ops, world);

  assert_lack (certificate, TRUE);
  bg_service_certificate_want (certificate, world->root, names);
  g_assert_cmpuint (number_of (certificate), ==, 1);
  for (guint day = 0; day < 400; day++)
    {
      pass_days (1);
      assert_lack (certificate, FALSE);
    }
  g_assert_cmpuint (world->asked, >=, 12);
  g_assert_cmpuint (world->asked, <=, 16);
  g_assert_cmpuint (number_of (certificate), ==, world->asked);
}

/* Whoever signs is away: the one that there is stays, is asked for a new one until its end and after it, and that is said then. */
static void
test_authority_is_away (void)
{
  g_autoptr (World) world = world_new ();
  g_autoptr (BgServiceCertificate)
    certificate = bg_service_certificate_new (world->secrets, &ops, world);
  g_autoptr (GBytes) answer = NULL;

  bg_service_certificate_want (certificate, world->root, names);
  world->answers = FALSE;
  pass_days (44);
  assert_lack (certificate, FALSE);
  g_assert_cmpuint (world->asked, >, 20);
  pass_days (2);
  assert_lack (certificate, TRUE);
  g_assert_cmpuint (number_of (certificate), ==, 1); /* who is inside stays, and doors do */
  answer = sign (world);
  g_assert_true (bg_service_certificate_take (certificate, answer));
  assert_lack (certificate, FALSE);
  g_assert_cmpuint (number_of (certificate), ==, 2);
  g_assert_false (bg_service_certificate_take (certificate, answer)); /* nothing is asked for */
}

/* Not asked in a hurry, but at once when whoever signs comes. */
static void
test_pace (void)
{
  g_autoptr (World) world = world_new ();
  g_autoptr (BgServiceCertificate)
    certificate = bg_service_certificate_new (world->secrets, &ops, world);

  world->answers = FALSE;
  bg_service_certificate_want (certificate, world->root, names);
  g_assert_cmpuint (world->asked, ==, 1);
  for (guint i = 0; i < 100; i++)
    bg_service_certificate_want (certificate, world->root, names);
  g_assert_cmpuint (world->asked, ==, 1);
  fake_clock_advance (3600 * 1000);
  g_assert_cmpuint (world->asked, >=, 10);
  g_assert_cmpuint (world->asked, <=, 16);
  world->answers = TRUE;
  bg_service_certificate_retry (certificate);
  g_assert_cmpuint (number_of (certificate), ==, 1);
}

/* Over a restart, in one file that nobody else reads. */
static void
test_kept (void)
{
  g_autoptr (World) world = world_new ();
  BgServiceCertificate *certificate = bg_service_certificate_new (world->secrets, &ops, world);
  g_autofree char *path = test_dir_file (&world->dir, "secrets/service-certificate");
  GStatBuf info;

  bg_service_certificate_want (certificate, world->root, names);
  bg_service_certificate_free (certificate);
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 07777, ==, 0600);
  certificate = bg_service_certificate_new (world->secrets, &ops, world);
  bg_service_certificate_want (certificate, world->root, names);
  g_assert_cmpuint (world->asked, ==, 1);
  g_assert_cmpuint (number_of (certificate), ==, 1);
  bg_service_certificate_free (certificate);
}

/* A name more, and another authority: asked for at once, and the one that there is stays until then. */
static void
test_other_wishes (void)
{
  g_autoptr (World) world = world_new (), other = world_new ();
  g_autoptr (BgServiceCertificate)
    certificate = bg_service_certificate_new (world->secrets, &ops, world);

  bg_service_certificate_want (certificate, world->root, names);
  world->signs = with_wiki;
  bg_service_certificate_want (certificate, world->root, with_wiki);
  assert_lack (certificate, FALSE);
  g_assert_cmpuint (number_of (certificate), ==, 2);
  bg_service_certificate_want (certificate, other->root, names); /* ours signs with the old one */
  assert_lack (certificate, TRUE);
  g_assert_cmpuint (number_of (certificate), ==, 2);
  bg_service_certificate_want (certificate, NULL, names);
  assert_lack (certificate, TRUE);
}

/* A name fewer: what has it still is good, and another is asked for until it is there. */
static void
test_name_that_went (void)
{
  g_autoptr (World) world = world_new ();
  g_autoptr (BgServiceCertificate)
    certificate = bg_service_certificate_new (world->secrets, &ops, world);

  world->signs = with_wiki;
  bg_service_certificate_want (certificate, world->root, with_wiki);
  bg_service_certificate_want (certificate, world->root, names); /* whoever signs has not heard */
  assert_lack (certificate, FALSE);
  g_assert_cmpuint (world->asked, ==, 2);
  world->signs = names;
  fake_clock_advance (60 * 1000);
  assert_lack (certificate, FALSE);
  g_assert_cmpuint (world->asked, ==, 3);
  pass_days (20);
  g_assert_cmpuint (world->asked, ==, 3);
}

/* Of another authority, for another key or other names, or no certificate at all. */
static void
test_hostile_answers (void)
{
  static const char *const others[] = { "bravo.bamgate.internal", NULL }, *const nameless[] = {
    NULL
  };
  g_autoptr (World) world = world_new (), evil = world_new ();
  g_autoptr (BgServiceCertificate)
    certificate = bg_service_certificate_new (world->secrets, &ops, world);
  g_autoptr (GBytes) old = NULL, forged = NULL, none = g_bytes_new_static ("\x30\x80", 2),
                     empty = g_bytes_new (NULL, 0), elsewhere = NULL;

  g_assert_false (bg_service_certificate_take (certificate, none));
  bg_service_certificate_want (certificate, world->root, names);
  old = sign (world);
  world->answers = FALSE;
  bg_service_certificate_want (certificate, world->root, with_wiki);
  forged = bg_name_authority_sign (evil->key, evil->root, world->request, world->signs, now, NULL);
  elsewhere = bg_name_authority_sign (world->key, world->root, world->request, others, now, NULL);
  g_assert_false (bg_service_certificate_take (certificate, old));
  g_assert_false (bg_service_certificate_take (certificate, forged));
  g_assert_false (bg_service_certificate_take (certificate, elsewhere));
  g_assert_false (bg_service_certificate_take (certificate, none));
  g_assert_false (bg_service_certificate_take (certificate, empty));
  g_assert_cmpuint (number_of (certificate), ==, 1);
  bg_service_certificate_want (certificate, world->root, nameless);
  g_assert_false (
    bg_service_certificate_take (certificate, elsewhere)); /* nor for any name at all */
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/service-certificate/renewed", test_renewed);
  g_test_add_func ("/service-certificate/authority-is-away", test_authority_is_away);
  g_test_add_func ("/service-certificate/pace", test_pace);
  g_test_add_func ("/service-certificate/kept", test_kept);
  g_test_add_func ("/service-certificate/other-wishes", test_other_wishes);
  g_test_add_func ("/service-certificate/name-that-went", test_name_that_went);
  g_test_add_func ("/service-certificate/hostile-answers", test_hostile_answers);
  return g_test_run ();
}
