/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A chain of somebody else that sees what is forwarded. What one base chain drops no other can let through, so where it belongs to a
 * program that everybody has (iptables-nft with Docker and ufw in it, firewalld), rules of ours are put into it, in front of what
 * drops everything and behind what people have written before. Others' own chains are theirs. Reads JSON of bg_nft_list(), writes
 * text for bg_nft_run(); pure. */

#include "common/words.h"

G_BEGIN_DECLS

typedef struct
{
  guint64  handle;
  char    *comment;
  gboolean is_reached; /* nothing in front of it drops everything */
} BgForeignRule;

typedef struct
{
  char *family, *table, *name; /* "ip", "filter", "FORWARD" */
  gboolean is_open;            /* rules of ours may be put into it */
  gboolean in_front;           /* there they go first of all */
  gboolean drops;              /* what no rule accepts */
  gboolean knows_us;           /* somebody's rules accept what comes from our interface, and what goes there */
  guint64  before;             /* the rule that drops everything; 0: ours go to the end */
  GPtrArray *own;              /* BgForeignRule of our interface */
} BgForeignChain;

/* Of "list chains": the base chains that filter what is forwarded, but for tables of this program; rules are not read yet.
 * Free with g_ptr_array_unref(); empty where `json` is none. */
GPtrArray *bg_foreign_chains_parse (const char *json);
/* "list chain ip filter FORWARD"; NULL where its name is none that nft(8) could read. Free with g_free(). */
char *bg_foreign_chain_list_command (const BgForeignChain *self);
/* Takes what that command says. */
void bg_foreign_chain_read (BgForeignChain *self, const char *json, const char *interface);
/* Makes the chain hold exactly these rules of ours (matches as of bg_firewall_plan_passes(); NULL or empty: none): what to run,
 * NULL where it is so already. Free with g_free(). */
char *bg_foreign_chain_mend (const BgForeignChain *self, const char *const *passes, const char *interface);
/* What of ours is in it, whosever interface it is for: removes the rules of those that `is_alive` does not know. As above. */
typedef gboolean (*BgForeignIsAlive) (const char *interface, gpointer data);
char *bg_foreign_chain_sweep (const BgForeignChain *self, const char *json, BgForeignIsAlive is_alive, gpointer data);
/* Does it stand in the way of `interface`, with or without rules of ours? */
gboolean bg_foreign_chain_blocks (const BgForeignChain *self);
/* Says so, and what a person can do. (transfer full) */
BgWords *bg_foreign_chain_say (const BgForeignChain *self, const char *interface);

G_END_DECLS
