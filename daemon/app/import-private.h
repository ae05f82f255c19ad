/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Between the files of an import: import.c has what was read, -wireguard, -bamgate and -ngrokd a format each, -commit the writing. */

#include "app/import.h"
#include "common/error.h"

typedef struct
{
  guint line;
  char *key; /* of [peer NAME] or "section.key" */
  char *text;
} BgImportSetting;

typedef struct
{
  guint line;
  char *name;           /* a wish: it is made to differ from all others when it is written */
  char *psk;            /* secret; NULL: none */
  GPtrArray *settings;  /* BgImportSetting, without "peer.NAME." */
} BgImportPeer;

struct _BgImport
{
  const char *format;      /* literal */
  char *device_key;        /* secret; NULL: none */
  char *token, *turn_secret;
  char *api_key;           /* of an account that binds endpoints; secret */
  gboolean is_of_endpoints; /* nothing of it is about the tunnel */
  GPtrArray *settings;     /* BgImportSetting */
  GPtrArray *peers;        /* BgImportPeer */
  GVariantBuilder skipped; /* a(uss) */
  GVariantBuilder reasons; /* a(sav): why, of each of them */
  const char *key_story;   /* literal: what became of the device's key */
};

/* import-wireguard.c, import-bamgate.c, import-ngrokd.c */
gboolean bg_import_is_wireguard (const char *text);
gboolean bg_import_read_wireguard (BgImport *self, const char *text, GError **error);
gboolean bg_import_is_ngrokd (const char *text);
gboolean bg_import_read_ngrokd (BgImport *self, const char *text, GError **error);
gboolean bg_import_read_bamgate (BgImport *self, const char *text, const char *secrets, GError **error);

/* import.c */
/* FALSE and BG_ERROR_INVALID_ARGUMENT: "line 3: what". */
gboolean bg_import_refuse (GError **error, guint line, BgWords *take);
/* "what" (made printable, and short) is not taken, and why. */
void bg_import_skip (BgImport *self, guint line, const char *what, BgWords *take);
/* Sets `key` once; a second time is an error. */
gboolean bg_import_add (GPtrArray *settings, guint line, const char *key, const char *text, GError **error);
/* The same as a list with an item more. */
void bg_import_append (GPtrArray *settings, guint line, const char *key, const char *item);
BgImportSetting *bg_import_find (GPtrArray *settings, const char *key);
/* A WireGuard key into `*field`, which is NULL so far. */
gboolean bg_import_take_key (char **field, guint line, const char *name, const char *text, GError **error);
BgImportPeer *bg_import_add_peer (BgImport *self, guint line);
