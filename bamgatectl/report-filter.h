/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a report leaves out: whatever has the shape of a secret and is not known to be public; and, where it is to be anonymous, names
 * and addresses, each of which becomes the same word everywhere. Pure. */

#include <glib.h>

typedef struct _ReportFilter ReportFilter;

ReportFilter *report_filter_new (gboolean anonymous);
void report_filter_free (ReportFilter *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReportFilter, report_filter_free)

/* A key that everybody may know, as it is written; NULL and "" are fine. */
void report_filter_keep (ReportFilter *self, const char *public_key);
/* A name of somebody, which an anonymous report does not tell; NULL and "" are fine. */
void report_filter_hide (ReportFilter *self, const char *name);
/* `text` as a report may have it. Free with g_free(). */
char *report_filter_apply (ReportFilter *self, const char *text);
