/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A file while it comes: beside where it will be, as "NAME.bamgate.part", so that what was cut off goes on there, and under its own name
 * when it is whole. Nothing that is there is ever replaced, nor followed where it is a link. */

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _PartFile PartFile;

/* `name` has to be a mere name. Makes `folder` where there is none. */
PartFile *part_file_open (const char *folder, const char *name, GError **error);
/* It stays where it is. */
void part_file_free (PartFile *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PartFile, part_file_free)
/* Open for reading and writing; borrowed. */
int part_file_get_fd (const PartFile *self);
/* → where it is now, to be freed: "NAME", or "NAME (2)" and so on where that is taken. */
char *part_file_finish (PartFile *self, GError **error);
/* It is not wanted any more. */
void part_file_remove (PartFile *self);
/* Where files go that the person says nothing about. */
const char *part_file_get_default_folder (void);

G_END_DECLS
