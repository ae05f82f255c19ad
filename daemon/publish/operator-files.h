/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a machine keeps of its registration at an account, in a directory that only its owner reads: tls.key, tls.crt, operator_id,
 * instance_id, endpoints.json. Each is replaced whole and is on the disk before the next step. Main thread only. */

#include "publish/tls-identity.h"

G_BEGIN_DECLS

typedef struct
{
  char *certificate, *key, *id, *instance, *endpoints; /* paths */
} BgOperatorFiles;

/* `certificate` and `key` NULL: tls.crt and tls.key in `directory`. */
BgOperatorFiles *bg_operator_files_new (const char *directory, const char *certificate, const char *key);
void bg_operator_files_free (BgOperatorFiles *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgOperatorFiles, bg_operator_files_free)

/* Key and certificate; NULL where they are not to be read or are no pair. Of two halves of which one was replaced when the machine
 * stopped, the pair is put together. */
BgTlsIdentity *bg_operator_files_load_identity (BgOperatorFiles *self);
/* Both, the key readable by its owner alone. BG_ERROR_FAILED: what was there is still a pair. */
gboolean bg_operator_files_save_identity (BgOperatorFiles *self, const BgTlsIdentity *identity, GError **error);
/* NULL where there is none that is usable. Free with g_free(). */
char *bg_operator_files_load_id (BgOperatorFiles *self);
/* NULL: there is none from here on. */
gboolean bg_operator_files_save_id (BgOperatorFiles *self, const char *id, GError **error);
/* The name by which this machine knows its own registration again; NULL where none was ever made. Free with g_free(). */
char *bg_operator_files_load_instance (BgOperatorFiles *self);
/* The same, written now (and made, by chance, where `instance` is NULL): it proves that the directory takes files. NULL where it does
 * not. Free with g_free(). */
char *bg_operator_files_save_instance (BgOperatorFiles *self, const char *instance, GError **error);
/* The last list of endpoints, merged, and where the account said the ingress was ("": nothing); NULL where none is to be read. Free
 * `*ingress` with g_free(). */
GPtrArray *bg_operator_files_load_endpoints (BgOperatorFiles *self, const char *source, char **ingress);
/* Writes both for the next start. */
gboolean bg_operator_files_save_endpoints (BgOperatorFiles *self, const GPtrArray *list, const char *ingress, GError **error);
/* All but the name of this machine. */
void bg_operator_files_forget (BgOperatorFiles *self);

G_END_DECLS
