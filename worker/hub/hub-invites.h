/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/hub/hub-network.h"

G_BEGIN_DECLS

/* Invite codes: 8 symbols of 32, 40 bits, which nobody may have time to guess (spec 5.1). Kept in memory; changes go to the
 * writer. Times are Unix seconds and come from the caller. */
typedef struct _BgHubInvites BgHubInvites;

/* Of the network as a whole: the salt of digests, 64 hexadecimal digits. */
#define BG_HUB_INVITE_SALT "invite_salt"

/* Takes `invites` (of BgHubInvite); `settings`: of BgHubSetting, borrowed; network and writer live longer. NULL where there are no
 * random numbers. */
BgHubInvites *bg_hub_invites_new (GPtrArray *invites, GPtrArray *settings, BgHubNetwork *network, BgHubWriter *writer);
void bg_hub_invites_free (BgHubInvites *invites);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgHubInvites, bg_hub_invites_free)

/* For another hub, which learns no codes by it: all that are remembered, oldest first (free the array alone); what one is found by
 * (transfer full), under the salt (borrowed); and what stands in the place of the code there (transfer full). */
GPtrArray *bg_hub_invites_list (BgHubInvites *invites);
char *bg_hub_invites_digest (BgHubInvites *invites, const BgHubInvite *invite);
const char *bg_hub_invites_get_salt (BgHubInvites *invites);
char *bg_hub_invite_code_of_digest (const char *digest);

/* A new code, "ABCD-EFGH", from the system's random numbers; NULL where there are none. */
char *bg_hub_invite_code_new (void);
/* What somebody typed, as it is kept; NULL where it cannot be a code. Free with g_free(). */
char *bg_hub_invite_code_read (const char *text);
/* Keeps a code for `lifetime` seconds; FALSE where too many are open. `signing_key`: public half of the log's invite that goes with it, in base64; ""
 * for none. `made_by`: id of the device that asks; "" for none. */
gboolean bg_hub_invites_add (BgHubInvites *invites, const char *code, const char *server_url, const char *signing_key,
                             const char *made_by, gint64 now, guint lifetime);
/* Those that are open, oldest first, of const BgHubInvite; free the array alone. */
GPtrArray *bg_hub_invites_list_open (BgHubInvites *invites, gint64 now);
/* What one is called before people, 16 hexadecimal digits that say nothing of the code; g_free(). */
char *bg_hub_invites_id (BgHubInvites *invites, const BgHubInvite *invite);

typedef enum
{
  BG_HUB_CANCEL_UNKNOWN,
  BG_HUB_CANCEL_DONE,    /* nobody can use it any more, now or since before */
  BG_HUB_CANCEL_USED,    /* somebody has used it: that stays */
  BG_HUB_CANCEL_EXPIRED, /* it was over already */
} BgHubCancel;
BgHubCancel bg_hub_invites_cancel (BgHubInvites *invites, const char *id, gint64 now);

typedef enum
{
  BG_HUB_REDEEM_DONE,
  BG_HUB_REDEEM_UNKNOWN, /* or used, by somebody else */
  BG_HUB_REDEEM_EXPIRED,
  BG_HUB_REDEEM_NO_ADDRESS, /* the invite stays good */
} BgHubRedeem;
/* What would come of it. Nothing changes. */
BgHubRedeem bg_hub_invites_judge (BgHubInvites *invites, const char *code, const char *public_key, gint64 now);
/* Uses a code up, for the device with `public_key` (NULL where it names none), which may do so again while the code is good.
 * The texts are the caller's. */
BgHubRedeem bg_hub_invites_redeem (BgHubInvites *invites, const char *code, const char *public_key,
                                   gint64 now, char **address, char **server_url);
/* Codes that are remembered, open or not. */
guint bg_hub_invites_count (BgHubInvites *invites);

G_END_DECLS
