/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/hub/hub-http.h"

G_BEGIN_DECLS

/* What answers a request for one path, after whoever asks was found to have the right; `rest` is what follows the path. */
typedef void (*BgHubEndpoint) (const BgHubHttp *http, SoupServerMessage *message, const char *rest);

/* hub-http-auth.c */
void bg_hub_http_answer_register (const BgHubHttp *http, SoupServerMessage *message, const char *rest);
void bg_hub_http_answer_refresh (const BgHubHttp *http, SoupServerMessage *message, const char *rest);
void bg_hub_http_answer_leave (const BgHubHttp *http, SoupServerMessage *message, const char *rest);

/* hub-http-devices.c */
void bg_hub_http_answer_devices (const BgHubHttp *http, SoupServerMessage *message, const char *rest);
void bg_hub_http_answer_revoked (const BgHubHttp *http, SoupServerMessage *message, const char *rest);
void bg_hub_http_answer_change_device (const BgHubHttp *http, SoupServerMessage *message, const char *rest);
void bg_hub_http_answer_revoke (const BgHubHttp *http, SoupServerMessage *message, const char *rest);

/* hub-http-invites.c */
void bg_hub_http_answer_new_invite (const BgHubHttp *http, SoupServerMessage *message, const char *rest);
void bg_hub_http_answer_invites (const BgHubHttp *http, SoupServerMessage *message, const char *rest);
void bg_hub_http_answer_cancel_invite (const BgHubHttp *http, SoupServerMessage *message, const char *rest);

/* hub-http-log.c */
void bg_hub_http_answer_read_log (const BgHubHttp *http, SoupServerMessage *message, const char *rest);
void bg_hub_http_answer_write_log (const BgHubHttp *http, SoupServerMessage *message, const char *rest);

/* hub-http-move.c */
void bg_hub_http_answer_export (const BgHubHttp *http, SoupServerMessage *message, const char *rest);
void bg_hub_http_answer_import (const BgHubHttp *http, SoupServerMessage *message, const char *rest);
void bg_hub_http_answer_moved (const BgHubHttp *http, SoupServerMessage *message, const char *rest);

G_END_DECLS
