/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The HTTP side of an account: one question and its answer, or a list of many pages. Main thread only. */

#include <gio/gio.h>

#include "publish/operator-answer.h"

G_BEGIN_DECLS

#define BG_API_URL_DEFAULT "https://api.ngrok.com"

typedef struct _BgOperatorApi BgOperatorApi;

/* `url` is https://, or http:// of an address of loopback; BG_ERROR_INVALID_ARGUMENT for any other. `proxies` says which way to go,
 * NULL: straight. */
BgOperatorApi *bg_operator_api_new (const char *url, GProxyResolver *proxies, GError **error);
/* Would it be taken? */
gboolean bg_operator_api_url_check (const char *url, GError **error);
void bg_operator_api_free (BgOperatorApi *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgOperatorApi, bg_operator_api_free)

/* What every question is sent with from here on (copied; wiped in the end); NULL: nothing, and every one is refused. */
void bg_operator_api_set_key (BgOperatorApi *self, const char *api_key);
/* What `from` is sent with; FALSE: nothing. */
gboolean bg_operator_api_copy_key (BgOperatorApi *self, const BgOperatorApi *from);
/* Could `api_key` be one: visible ASCII, not empty, at most 512 bytes? */
gboolean bg_operator_api_key_is_usable (const char *api_key);

/* Counts answers there from now on (a reference is taken): by GUINT_TO_POINTER() of their status, 0 where there was none, in GSIZE_TO_POINTER(). */
void bg_operator_api_count (BgOperatorApi *self, GHashTable *answers);

/* Asks `method` of `path` ("/kubernetes_operators"), with `body` as JSON (NULL: none). */
void bg_operator_api_ask_async (BgOperatorApi *self, const char *method, const char *path, GBytes *body, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer data);
/* Never NULL, also where there was no answer, but for G_IO_ERROR_CANCELLED. */
BgOperatorAnswer *bg_operator_api_ask_finish (GAsyncResult *result, GError **error);

/* Called for each page, in order; TRUE: that is enough. */
typedef gboolean (*BgOperatorPageTake) (JsonObject *page, gpointer data);

/* Reads the list at `path`, whose pages have the array `name`, page by page. The answer is good where all of them were: then `take` has
 * had every one. What is asked elsewhere than at the account's API is not asked at all: it would be sent the key. At most 1000 pages and
 * 64 MiB. `data` is kept until the callback has run. */
void bg_operator_api_list_async (BgOperatorApi *self, const char *path, const char *name, BgOperatorPageTake take, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer data);
/* As bg_operator_api_ask_finish(). */
BgOperatorAnswer *bg_operator_api_list_finish (GAsyncResult *result, GError **error);

G_END_DECLS
