/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The one table of configuration keys. Loading, checking, changing, showing and the documentation all read it. Types are in
 * config-types.h, what texts are judged by in config-checks.h. */

#include "app/config.h"
#include "common/words.h"

G_BEGIN_DECLS

typedef struct _BgConfigType BgConfigType;

/* When a change is in effect. */
typedef enum
{
  BG_CONFIG_LIVE,    /* at once */
  BG_CONFIG_NEXT_UP, /* when the tunnel comes up next: at once it would cut off whoever is connected */
} BgConfigWhen;

typedef struct
{
  const char *section; /* "peer" stands for every [peer NAME], "accept" for every [accept NAME], "service" likewise */
  const char *key;
  const BgConfigType *type;
  gsize field;          /* offset in BgConfig, or BgStaticPeer for "peer", BgPeerAccept for "accept", BgService for "service" */
  gsize has;            /* offset of the gboolean that says whether an ADDRESS is set, or that a list is “*” */
  int family;           /* of an ADDRESS */
  guint min, max;       /* of a NUMBER */
  const char *fallback; /* the default, as text in the file; NULL: unset */
  gboolean required;
  BgConfigWhen when;
  gboolean (*check) (const char *text,
                     GError **error); /* of a TEXT; the message begins with the value */
  gboolean (*check_new) (const char *text,
                         GError **error); /* beside it, of what was not in the file before */
  const char *doc;                        /* one sentence or two, for people */
} BgConfigKey;

/* The table, in the order of the documentation; ends with a NULL section. */
extern const BgConfigKey bg_config_keys[];

/* The row for a key, or NULL. `section` is "peer" for peers. */
const BgConfigKey *bg_config_keys_find (const char *section, const char *key);
gboolean bg_config_keys_has_section (const char *section);
/* What to say about an unknown key: "did you mean “mtu”?", "it belongs in [device]"; NULL: nothing. */
BgWords *bg_config_keys_hint (const char *section, const char *key);
/* The same about an unknown section. */
BgWords *bg_config_keys_section_hint (const char *section);

/* Reads `text` into the key's field of `object` (a BgConfig, BgStaticPeer, BgPeerAccept or BgService), replacing what is there. On error nothing
 * is replaced; the message begins with the value. */
gboolean bg_config_key_set (const BgConfigKey *key, gpointer object, const char *text,
                            GError **error);
/* The field's value (floating); empty where unset. */
GVariant *bg_config_key_to_variant (const BgConfigKey *key, gconstpointer object);
/* `value` as text for the file; text is taken as it is. NULL with an error for a type that the key does not take. */
char *bg_config_key_text_of_variant (const BgConfigKey *key, GVariant *value, GError **error);

/* May a file that exists already have this name of a peer or device? 1 to 63 bytes of UTF-8 without control characters, '['
 * or ']', and no blank at either end: what was taken before names had the grammar of common/device-name.h. */
gboolean bg_config_name_is_readable (const char *name);

/* The table as Markdown, a section and a table each: docs/configuration.md holds it word for word. */
char *bg_config_keys_describe (void);

G_END_DECLS
