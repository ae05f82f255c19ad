/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What endpoints have been given, in files: ip_mappings.json, ip_times.json, network_ports.json, subnet. Each is replaced whole, and only where it says
 * something else than before. Main thread only. */

#include "ground/virtual-subnet.h"
#include "publish/pool-text.h"

G_BEGIN_DECLS

typedef struct _BgPoolFiles BgPoolFiles;

BgPoolFiles *bg_pool_files_new (const char *directory);
/* Writes what was to be kept. */
void bg_pool_files_free (BgPoolFiles *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgPoolFiles, bg_pool_files_free)

/* FALSE: nothing is known of it. */
gboolean bg_pool_files_load_subnet (BgPoolFiles *self, BgVirtualSubnet *subnet);
void bg_pool_files_save_subnet (BgPoolFiles *self, const BgVirtualSubnet *subnet);
/* Puts into the pools what the files say, and keeps them from now on; the pools live until bg_pool_files_drop(). A file that cannot be read is put
 * aside as FILE.corrupt. */
void bg_pool_files_restore (BgPoolFiles *self, BgAddressPool *addresses, BgPortPool *ports);
/* The pools say something else: they are written in a moment. */
void bg_pool_files_keep (BgPoolFiles *self);
/* Writes what was to be kept, and forgets the pools. */
void bg_pool_files_drop (BgPoolFiles *self);

G_END_DECLS
