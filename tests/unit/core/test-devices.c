/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/core/devices.h"
#include "worker/core/membership-entry.h"

#include <glib.h>

#define DAY (24 * 3600)

#define ROW(state) .has_row = true, .row_state = BG_DEVICE_##state

typedef struct
{
  BgRegistration it;
  BgRegistered wanted;
} Registration;

static const Registration registrations[] = {
  { { .is_first = true }, { false, BG_DEVICE_ACTIVE, true } },
  { { .is_first = true, .needs_approval = true }, { false, BG_DEVICE_ACTIVE, true } },
  { { 0 }, { false, BG_DEVICE_ACTIVE, false } },
  { { .needs_approval = true }, { false, BG_DEVICE_PENDING, false } },
  { { .is_name_taken = true }, { false, BG_DEVICE_PENDING, false } },
  { { ROW (ACTIVE), .needs_approval = true }, { false, BG_DEVICE_ACTIVE, false } },
  /* whoever waits under the name of an active device does not put it out */
  { { ROW (ACTIVE), .is_name_taken = true }, { false, BG_DEVICE_ACTIVE, false } },
  { { ROW (PENDING) }, { false, BG_DEVICE_PENDING, false } },
  { { ROW (LEFT) }, { false, BG_DEVICE_ACTIVE, false } },
  { { ROW (LEFT), .needs_approval = true }, { false, BG_DEVICE_PENDING, false } },
  { { ROW (LEFT), .is_name_taken = true }, { false, BG_DEVICE_PENDING, false } },
  { { ROW (REVOKED) }, { true, BG_DEVICE_REVOKED, false } },
  { { ROW (REVOKED), .is_signed_network = true, .is_member = true },
    { true, BG_DEVICE_REVOKED, false } },
  { { .is_signed_network = true, .is_revoked_in_log = true }, { true, BG_DEVICE_REVOKED, false } },
  { { .is_signed_network = true, .is_member = true }, { false, BG_DEVICE_ACTIVE, false } },
  { { .is_signed_network = true, .is_member = true, .needs_approval = true },
    { false, BG_DEVICE_ACTIVE, false } },
  { { .is_signed_network = true }, { false, BG_DEVICE_PENDING, false } },
  { { .is_signed_network = true, ROW (ACTIVE) }, { false, BG_DEVICE_ACTIVE, false } },
  { { .is_signed_network = true, ROW (LEFT), .is_member = true },
    { false, BG_DEVICE_ACTIVE, false } },
};

static void
test_register (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (registrations); i++)
    {
      BgRegistered got = bg_device_register (&registrations[i].it);

      g_test_message ("row %zu", i);
      g_assert_cmpint (got.is_refused, ==, registrations[i].wanted.is_refused);
      g_assert_cmpint (got.state, ==, registrations[i].wanted.state);
      g_assert_cmpint (got.is_owner, ==, registrations[i].wanted.is_owner);
    }
}

/* What a record says is not to be chosen, and an active device keeps its name where the new one is taken. */
static void
test_wishes (void)
{
  static const struct
  {
    BgRegistration it;
    bool takes_address, takes_name;
  } rows[] = {
    { { .is_first = true }, true, true },
    { { .is_name_taken = true }, true, true },
    { { ROW (PENDING), .is_name_taken = true }, true, true },
    { { ROW (LEFT), .is_name_taken = true }, true, true },
    { { ROW (ACTIVE), .has_address = true }, true, true },
    { { ROW (ACTIVE), .has_address = true, .is_name_taken = true }, true, false },
    { { ROW (ACTIVE), .has_address = true, .is_signed_network = true }, true, true },
    { { ROW (ACTIVE), .has_address = true, .is_signed_network = true, .is_member = true },
      false,
      false },
    { { ROW (ACTIVE), .is_signed_network = true, .is_member = true }, true, true },
    { { ROW (REVOKED), .has_address = true }, false, false },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      BgRegistered got = bg_device_register (&rows[i].it);

      g_test_message ("row %zu", i);
      g_assert_cmpint (got.takes_address, ==, rows[i].takes_address);
      g_assert_cmpint (got.takes_name, ==, rows[i].takes_name);
    }
}

static void
test_name_use (void)
{
  static const struct
  {
    BgNameUse use;
    bool is_taken;
  } rows[] = {
    { { 0 }, false },
    { { .is_active = true }, true },
    { { .is_pending = true }, true },
    { { .is_joined = true }, true },
    { { .is_joined_by_self = true }, false },
    { { .is_joined = true, .is_joined_by_self = true }, false },
    { { .is_pending = true, .is_joined_by_self = true }, false },
    { { .is_active = true, .is_joined_by_self = true }, true },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpint (bg_device_name_is_taken (&rows[i].use), ==, rows[i].is_taken);
}

static void
test_judge_join (void)
{
  static const struct
  {
    BgDeviceJoin join;
    BgGoodbye wanted;
  } rows[] = {
    /* by the token: it opens, main room, has a row */
    { { true, false, true, true, BG_DEVICE_ACTIVE, true, false }, BG_GOODBYE_TOKEN_OVER },
    { { true, true, true, true, BG_DEVICE_ACTIVE, true, false }, BG_GOODBYE_NONE },
    { { true, true, true, true, BG_DEVICE_ACTIVE, false, false }, BG_GOODBYE_NOT_ITSELF },
    { { true, true, false, true, BG_DEVICE_ACTIVE, false, false }, BG_GOODBYE_NONE },
    { { true, true, false, true, BG_DEVICE_REVOKED, true, false }, BG_GOODBYE_REVOKED },
    { { true, true, true, true, BG_DEVICE_PENDING, true, false }, BG_GOODBYE_PENDING },
    { { true, true, true, true, BG_DEVICE_LEFT, false, false }, BG_GOODBYE_NONE },
    { { true, true, true, false, BG_DEVICE_PENDING, false, false }, BG_GOODBYE_NONE },
    { { true, true, true, false, BG_DEVICE_PENDING, false, true }, BG_GOODBYE_NAME_TAKEN },
    { { true, true, false, false, BG_DEVICE_PENDING, false, true }, BG_GOODBYE_NONE },
    /* as a device */
    { { false, false, true, true, BG_DEVICE_ACTIVE, true, true }, BG_GOODBYE_NONE },
    { { false, true, true, true, BG_DEVICE_ACTIVE, false, false }, BG_GOODBYE_NOT_ITSELF },
    { { false, true, true, true, BG_DEVICE_LEFT, true, false }, BG_GOODBYE_LEFT },
    { { false, true, true, true, BG_DEVICE_PENDING, false, false }, BG_GOODBYE_PENDING },
    { { false, true, true, false, BG_DEVICE_ACTIVE, true, false }, BG_GOODBYE_REVOKED },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_test_message ("row %zu", i);
      g_assert_cmpint (bg_device_judge_join (&rows[i].join), ==, rows[i].wanted);
    }
}

static void
test_time (void)
{
  gint64 week = BG_DEVICE_FORGET_S;

  g_assert_false (bg_device_is_stale (BG_DEVICE_PENDING, 1000, 0, 1000 + week));
  g_assert_true (bg_device_is_stale (BG_DEVICE_PENDING, 1000, 0, 1001 + week));
  g_assert_false (bg_device_is_stale (BG_DEVICE_PENDING, 1000, 1001, 1001 + week));
  g_assert_false (bg_device_is_stale (BG_DEVICE_ACTIVE, 0, 0, 2 * week));
  g_assert_false (bg_device_is_seen_anew (1000, 1059));
  g_assert_true (bg_device_is_seen_anew (1000, 1060));
}

static void
test_who_opens (void)
{
  g_assert_true (bg_device_is_owner (false, false, true));
  g_assert_false (bg_device_is_owner (true, false, true));
  g_assert_true (bg_device_is_owner (true, true, false));
  g_assert_true (bg_shared_token_registers (false, true, true));
  g_assert_true (bg_shared_token_registers (false, false, false));
  g_assert_false (bg_shared_token_registers (false, false, true));
  g_assert_false (bg_shared_token_registers (true, true, false));
  g_assert_true (bg_code_gives_token (true, false));
  g_assert_false (bg_code_gives_token (true, true));
  g_assert_false (bg_code_gives_token (false, false));
}

static void
test_state (void)
{
  static const struct
  {
    BgDeviceState row;
    bool is_signed;
    uint8_t policy;
    bool is_member, is_revoked;
    BgDeviceState wanted;
  } rows[] = {
    { BG_DEVICE_ACTIVE, false, 0, false, false, BG_DEVICE_ACTIVE },
    { BG_DEVICE_PENDING, false, 0, false, false, BG_DEVICE_PENDING },
    { BG_DEVICE_LEFT, false, 0, false, false, BG_DEVICE_LEFT },
    { BG_DEVICE_REVOKED, false, 0, false, false, BG_DEVICE_REVOKED },
    { BG_DEVICE_ACTIVE, true, 0, true, false, BG_DEVICE_ACTIVE },
    { BG_DEVICE_PENDING, true, 0, true, false, BG_DEVICE_ACTIVE },
    { BG_DEVICE_LEFT, true, 0, true, false, BG_DEVICE_LEFT },
    { BG_DEVICE_REVOKED, true, 0, true, false, BG_DEVICE_REVOKED },
    { BG_DEVICE_ACTIVE, true, 0, false, false, BG_DEVICE_PENDING },
    { BG_DEVICE_ACTIVE, true, BG_POLICY_UNSIGNED, false, false, BG_DEVICE_ACTIVE },
    { BG_DEVICE_PENDING, true, BG_POLICY_UNSIGNED, false, false, BG_DEVICE_PENDING },
    { BG_DEVICE_ACTIVE, true, BG_POLICY_UNSIGNED, false, true, BG_DEVICE_REVOKED },
    { BG_DEVICE_LEFT, true, 0, false, true, BG_DEVICE_REVOKED },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpint (bg_device_state (rows[i].row, rows[i].is_signed, rows[i].policy,
                                      rows[i].is_member, rows[i].is_revoked),
                     ==, rows[i].wanted);
}

static void
test_refresh (void)
{
  static const struct
  {
    BgDeviceState state;
    bool is_current, is_previous, is_current_used, wants_rotation;
    int64_t age;
    BgRefreshVerdict wanted;
  } rows[] = {
    { BG_DEVICE_ACTIVE, true, false, false, true, 0, BG_REFRESH_ROTATE },
    { BG_DEVICE_ACTIVE, true, false, true, true, 30 * DAY, BG_REFRESH_ROTATE },
    { BG_DEVICE_ACTIVE, true, false, true, false, 0, BG_REFRESH_KEEP },
    { BG_DEVICE_PENDING, true, false, false, true, 0, BG_REFRESH_ROTATE },
    { BG_DEVICE_ACTIVE, true, false, false, true, 30 * DAY + 1, BG_REFRESH_REFUSED_OLD },
    { BG_DEVICE_ACTIVE, true, false, false, true, -DAY, BG_REFRESH_ROTATE },
    { BG_DEVICE_LEFT, true, false, false, true, 0, BG_REFRESH_REFUSED_DEVICE },
    { BG_DEVICE_REVOKED, true, false, false, true, 0, BG_REFRESH_REFUSED_DEVICE },
    { BG_DEVICE_ACTIVE, false, false, false, true, 0, BG_REFRESH_REFUSED_TOKEN },
    { BG_DEVICE_ACTIVE, false, false, false, true, 31 * DAY, BG_REFRESH_REFUSED_TOKEN },
    { BG_DEVICE_ACTIVE, false, true, false, true, 0, BG_REFRESH_REPLACE },
    { BG_DEVICE_ACTIVE, false, true, false, false, 0, BG_REFRESH_KEEP },
    { BG_DEVICE_ACTIVE, false, true, true, true, 0, BG_REFRESH_REUSED },
    { BG_DEVICE_ACTIVE, false, true, true, false, 0, BG_REFRESH_REUSED },
    { BG_DEVICE_ACTIVE, true, true, true, true, 0, BG_REFRESH_ROTATE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const BgRefresh refresh = {
        rows[i].state,           rows[i].is_current,       rows[i].is_previous,
        rows[i].is_current_used, 1700000000 - rows[i].age, rows[i].wants_rotation
      };

      g_test_message ("row %zu", i);
      g_assert_cmpint (bg_device_refresh (&refresh, 1700000000), ==, rows[i].wanted);
    }
}

/* A letter for each right, in the order of the enum; of an owner. */
static void
test_rights (void)
{
  static const char *const rights[] = {
    [BG_DEVICE_PENDING] = "-r--",
    [BG_DEVICE_ACTIVE] = "crlm",
    [BG_DEVICE_LEFT] = "----",
    [BG_DEVICE_REVOKED] = "----",
  };

  for (BgDeviceState state = BG_DEVICE_PENDING; state <= BG_DEVICE_REVOKED; state++)
    for (BgDeviceRight right = BG_MAY_CONNECT; right <= BG_MAY_MANAGE; right++)
      {
        bool is_right = rights[state][right] != '-';

        g_assert_cmpint (bg_device_may (state, true, right), ==, is_right);
        g_assert_cmpint (bg_device_may (state, false, right), ==,
                         is_right && right != BG_MAY_MANAGE);
      }
}

static bool
join (const char *name, const char *key, const char *address)
{
  const BgBytes none = { NULL, 0 };
  BgBytes said = address != NULL ? (BgBytes){ (const uint8_t *) address, strlen (address) } : none;

  return bg_device_join_fits (BG_TEXT ("alpha"), BG_TEXT ("key"), BG_TEXT ("10.0.0.1/24"),
                              (BgBytes){ (const uint8_t *) name, strlen (name) },
                              (BgBytes){ (const uint8_t *) key, strlen (key) }, said);
}

static void
test_join (void)
{
  g_assert_true (join ("alpha", "key", "10.0.0.1/24"));
  g_assert_true (join ("alpha", "key", NULL));
  g_assert_false (join ("alpha", "key", "10.0.0.1"));
  g_assert_false (join ("alpha", "key", "10.0.0.10/24"));
  g_assert_false (join ("alpha", "kez", "10.0.0.1/24"));
  g_assert_false (join ("alpha", "", "10.0.0.1/24"));
  g_assert_false (join ("alp", "key", "10.0.0.1/24"));
  g_assert_false (join ("Alpha", "key", "10.0.0.1/24"));
}

static void
test_shared_token (void)
{
  g_assert_true (bg_shared_token_opens (false, 0, true));
  g_assert_false (bg_shared_token_opens (false, BG_POLICY_UNSIGNED, false));
  g_assert_false (bg_shared_token_opens (true, 0, true));
  g_assert_true (bg_shared_token_opens (true, BG_POLICY_UNSIGNED, false));
}

static void
test_ula (void)
{
  static const uint8_t random[5] = { 1, 2, 3, 4, 5 };
  static const uint8_t wanted[16] = { 0xfd, 1, 2, 3, 4, 5 };
  static const uint8_t first[16] = { 0xfd, 1, 2, 3, 4, 5, [14] = 0x9f, [15] = 0xff };
  uint8_t prefix[16], address[16];

  bg_ula_prefix (random, prefix);
  g_assert_cmpmem (prefix, 16, wanted, 16);
  bg_ula_address (prefix, 40959, address);
  g_assert_cmpmem (address, 16, first, 16);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/devices/register", test_register);
  g_test_add_func ("/devices/wishes", test_wishes);
  g_test_add_func ("/devices/name-use", test_name_use);
  g_test_add_func ("/devices/judge-join", test_judge_join);
  g_test_add_func ("/devices/time", test_time);
  g_test_add_func ("/devices/who-opens", test_who_opens);
  g_test_add_func ("/devices/state", test_state);
  g_test_add_func ("/devices/refresh", test_refresh);
  g_test_add_func ("/devices/rights", test_rights);
  g_test_add_func ("/devices/join", test_join);
  g_test_add_func ("/devices/shared-token", test_shared_token);
  g_test_add_func ("/devices/ula", test_ula);
  return g_test_run ();
}
