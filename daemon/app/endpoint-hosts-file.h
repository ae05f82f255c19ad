/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Names of endpoints in this machine's hosts file, which bamgate-system-dns writes (names/dns-line.h), and the names that others have there, which no endpoint
 * takes. Main thread only. */

#include "common/words.h"
#include "publish/endpoint-ground.h"

G_BEGIN_DECLS

typedef struct _BgEndpointHostsFile BgEndpointHostsFile;

typedef struct
{
  /* Others have other names there: bg_endpoint_hosts_file_has() may say otherwise. */
  void (*others_changed) (gpointer owner);
  /* bg_endpoint_hosts_file_get_problem() is another. */
  void (*problem_changed) (gpointer owner);
} BgEndpointHostsFileEvents;

/* `helper`: the socket of bamgate-system-dns; NULL: nobody writes. */
BgEndpointHostsFile *bg_endpoint_hosts_file_new (const char *path, const char *helper, const BgEndpointHostsFileEvents *events, gpointer owner);
/* Takes the names out of the file. */
void bg_endpoint_hosts_file_free (BgEndpointHostsFile *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgEndpointHostsFile, bg_endpoint_hosts_file_free)

/* Does somebody else's line have this name? */
gboolean bg_endpoint_hosts_file_has (BgEndpointHostsFile *self, const char *name);
/* All names that are to be there; told again where the helper was restarted. */
void bg_endpoint_hosts_file_set (BgEndpointHostsFile *self, const BgEndpointName *names, guint n);
/* Writes them once more, also where somebody changed them. */
void bg_endpoint_hosts_file_tell_again (BgEndpointHostsFile *self);
/* Why they are not there; borrowed; NULL: they are, or none are wanted. */
const BgWords *bg_endpoint_hosts_file_get_problem (BgEndpointHostsFile *self);

G_END_DECLS
