/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The packet filter of the real kernel, in a network namespace of this program's own. */

#include "common/error.h"
#include "firewall/nft.h"
#include "unit/own-namespace.h"

#include <linux/capability.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static char *no_namespace; /* why tests are skipped */

static gboolean
must_skip (void)
{
  if (no_namespace)
    g_test_skip (no_namespace);
  return no_namespace != NULL;
}

static char *
list_tables (void)
{
  g_autoptr (GError) error = NULL;
  char *json = bg_nft_list ("list tables", &error);

  g_assert_no_error (error);
  return json;
}

static void
must_run (const char *text)
{
  g_autoptr (GError) error = NULL;

  bg_nft_run (text, &error);
  g_assert_no_error (error);
}

static void
test_run (void)
{
  g_autofree char *before = NULL, *after = NULL;

  if (must_skip ())
    return;
  must_run ("table inet bg_run\n"
            "delete table inet bg_run\n"
            "table inet bg_run { chain c { type filter hook forward priority filter; }; }\n");
  before = list_tables ();
  g_assert_nonnull (strstr (before, "\"bg_run\""));
  must_run ("delete table inet bg_run");
  after = list_tables ();
  g_assert_null (strstr (after, "\"bg_run\""));
}

/* The last line fails, and nothing of those before it is there. */
static void
test_all_or_nothing (void)
{
  g_autofree char *tables = NULL;
  g_autoptr (GError) error = NULL;

  if (must_skip ())
    return;
  g_assert_false (bg_nft_run ("add table inet bg_half\nadd chain inet bg_none c\n", &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "No such file or directory"));
  g_assert_null (strchr (error->message, '\n'));
  tables = list_tables ();
  g_assert_null (strstr (tables, "bg_half"));
}

static void
test_errors (void)
{
  g_autoptr (GError) bad = NULL, twice = NULL;

  if (must_skip ())
    return;
  g_assert_false (bg_nft_run ("add chair inet x", &bad));
  g_assert_error (bad, BG_ERROR, BG_ERROR_FAILED);
  g_assert_nonnull (strstr (bad->message, "syntax error"));
  g_assert_false (bg_nft_run ("create table inet bg_one\ncreate table inet bg_one\n", &twice));
  g_assert_error (twice, BG_ERROR, BG_ERROR_EXISTS);
}

static void
test_check (void)
{
  g_autofree char *tables = NULL;
  g_autoptr (GError) error = NULL;

  if (must_skip ())
    return;
  g_assert_true (bg_nft_check ("add table inet bg_dry", &error));
  g_assert_false (
    bg_nft_check ("add chain inet bg_dry c { type filter hook nowhere priority 0; }", NULL));
  tables = list_tables ();
  g_assert_null (strstr (tables, "bg_dry"));
}

static void
shed_rights (void)
{
  struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
  struct __user_cap_data_struct none[2] = { 0 };

  g_assert_cmpint (syscall (SYS_capset, &header, none), ==, 0);
}

/* libnftables would say so on standard error. */
static void
test_without_right (void)
{
  g_autoptr (GError) run = NULL, list = NULL;

  if (must_skip ())
    return;
  if (g_test_subprocess ())
    {
      shed_rights ();
      g_assert_false (bg_nft_run ("add table inet bg_none", &run));
      g_assert_error (run, BG_ERROR, BG_ERROR_NOT_AUTHORIZED);
      g_assert_null (bg_nft_list ("list tables", &list));
      g_assert_error (list, BG_ERROR, BG_ERROR_NOT_AUTHORIZED);
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("");
}

static void
test_quote (void)
{
  g_autofree char *plain = bg_nft_quote ("bamgate0"), *odd = bg_nft_quote ("a\"b\\c\nd ");

  g_assert_cmpstr (plain, ==, "bamgate0");
  g_assert_cmpstr (odd, ==, "a_b_c_d ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  no_namespace = test_enter_namespaces (CLONE_NEWNET);
  g_test_add_func ("/nft/run", test_run);
  g_test_add_func ("/nft/all-or-nothing", test_all_or_nothing);
  g_test_add_func ("/nft/errors", test_errors);
  g_test_add_func ("/nft/check", test_check);
  g_test_add_func ("/nft/without-right", test_without_right);
  g_test_add_func ("/nft/quote", test_quote);
  return g_test_run ();
}
