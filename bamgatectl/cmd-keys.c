/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/commands.h"
#include "bamgatectl/input.h"

#include "common/key-text.h"
#include "wg/wg.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A secret goes out past the output layer, so that no copy of it stays in memory. */
static void
print_secret (const WgKey *key, gboolean json, const char *name)
{
  char text[BG_KEY_TEXT_LEN + 1];

  bg_key_to_base64 (key->bytes, text);
  if (json)
    printf ("{\"schema\":%d,\"%s\":\"%s\"}\n", OUT_SCHEMA, name, text);
  else
    puts (text);
  fflush (stdout);
  wg_wipe (text, sizeof text);
}

static void
warn_if_readable (void)
{
  struct stat st;

  if (fstat (STDOUT_FILENO, &st) == 0 && S_ISREG (st.st_mode) && st.st_mode & S_IRWXO)
    ctl_warn (_ ("others can read the file that the key goes to; use umask 077"));
}

static CtlExit
generate (Ctl *ctl, const Command *command, bool (*make) (WgKey *), const char *name, int argc,
          char **argv)
{
  WgKey key;
  gboolean ok;

  if (!ctl_parse (ctl, command, NULL, 0, 0, &argc, &argv))
    return CTL_USAGE;
  warn_if_readable ();
  ok = make (&key);
  if (ok)
    print_secret (&key, ctl->json, name);
  wg_wipe (&key, sizeof key);
  return ok ? CTL_OK : ctl_fail_with (CTL_FAILED, _ ("the system gives no randomness"));
}

static CtlExit
run_genkey (Ctl *ctl, int argc, char **argv)
{
  return generate (ctl, &cmd_genkey, wg_key_generate_private, "private_key", argc, argv);
}

static CtlExit
run_genpsk (Ctl *ctl, int argc, char **argv)
{
  return generate (ctl, &cmd_genpsk, wg_key_generate_preshared, "preshared_key", argc, argv);
}

static CtlExit
print_public (Ctl *ctl, const char *secret)
{
  WgKey private_key, public_key;
  char text[BG_KEY_TEXT_LEN + 1];
  gboolean read = bg_key_from_base64 (secret, private_key.bytes);
  gboolean ok = read && wg_key_public (&private_key, &public_key);

  wg_wipe (&private_key, sizeof private_key);
  if (!read)
    return ctl_fail_with (CTL_FAILED, _ ("standard input: not a key (44 characters of base64)"));
  if (!ok)
    return ctl_fail_with (CTL_FAILED, _ ("standard input: this key has no public key"));
  bg_key_to_base64 (public_key.bytes, text);
  {
    g_autoptr (Out) out = out_new (ctl->json, FALSE);

    out_alone (out, "public_key", text);
  }
  return CTL_OK;
}

static CtlExit
run_pubkey (Ctl *ctl, int argc, char **argv)
{
  GError *error = NULL;
  char *secret;
  CtlExit code;

  if (!ctl_parse (ctl, &cmd_pubkey, NULL, 0, 0, &argc, &argv))
    return CTL_USAGE;
  secret = input_read_secret ("-", &error);
  code = secret ? print_public (ctl, secret) : ctl_fail (NULL, error);
  input_free_secret (secret);
  return code;
}

const Command cmd_genkey = {
  "genkey",
  run_genkey,
  NULL,
  N_ ("Make a WireGuard private key"),
  N_ ("Prints a new private key, base64. setup and join make this machine's own key by\n"
      "themselves; this is for static WireGuard peers. Needs no running daemon.\n\n"
      "Example:\n"
      "  (umask 077; bamgatectl genkey >phone.key) && bamgatectl pubkey <phone.key"),
  0,
};

const Command cmd_pubkey = {
  "pubkey",
  run_pubkey,
  NULL,
  N_ ("Print the public key of a private key"),
  N_ ("Reads a private key from standard input and prints its public key, base64. Needs\n"
      "no running daemon.\n\n"
      "Example:\n"
      "  bamgatectl pubkey <phone.key"),
  0,
};

const Command cmd_genpsk = {
  "genpsk",
  run_genpsk,
  NULL,
  N_ ("Make a WireGuard preshared key"),
  N_ ("Prints 32 random bytes, base64, which two static peers may share in addition to\n"
      "their keys. Needs no running daemon.\n\n"
      "Example:\n"
      "  (umask 077; bamgatectl genpsk >office.psk)"),
  0,
};
