/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A network that is signed (docs/devices.md, The log): what the bus asks of it. Devices are named by their names or by their
 * WireGuard keys in base64. What is signed is held against the log once more where the log went on meanwhile, and goes into it
 * as long as it still holds. Errors: BG_ERROR_WRONG_STATE where the network is not signed, or an alarm is unanswered;
 * BG_ERROR_NOT_AUTHORIZED where this machine does not sign; BG_ERROR_NOT_FOUND for a device that there is not; BG_ERROR_SERVICE for
 * a hub that takes nothing. Main thread only. */

#include "app/application.h"
#include "membership/trust-text.h"

G_BEGIN_DECLS

/* What is known of the network, a{sv}, floating: "signed" b, and where it is: "id" s (text to compare), "entries" u, "head" s (text to
 * compare, of the last entry), "changed-at" t (Unix seconds, as its signer says), "member" b (this machine is in it), "owner" b (it
 * signs), "allows-unsigned" b, "alarm" s ("", "forked", "withheld", "broken"); of a fork "alarm-peer" s, "alarm-entry" u, "alarm-ours" s,
 * "alarm-theirs" s. "authority" s (the name of the device that signs certificates of names), "certificate" s (its own, PEM), "certificate-sha256" s, where there is
 * one; "names" a{ss}, what owners call devices beside their names. "pending" u: devices that wait, as the hub says. Another after "changed". */
GVariant *bg_application_describe_network (BgApplication *self);
/* All devices that the log has, aa{sv}, floating: "name" s, "public-key" s, "addresses" as, "revoked" b, "owner" b, "self" b, "any-route" b,
 * "routes" as, "exit" as ("4", "6"), "entry" u, "signed-at" t (Unix seconds), "signed-by" s (the name of the device that signed, or made
 * the invite; "" for the recovery code), "by-invite" b, "by-recovery" b. */
GVariant *bg_application_list_members (BgApplication *self);
/* What this machine would sign with, base64 of the public half, which another owner gives to bg_application_add_owner_async(); made
 * where there is none. */
void  bg_application_get_signing_key_async (BgApplication *self, GAsyncReadyCallback callback, gpointer data);
char *bg_application_get_signing_key_finish (BgApplication *self, GAsyncResult *result, GError **error);

/* Makes the network a signed one: this machine is its first owner, and every peer whose key proved itself to it gets a record. options:
 * "allow-unsigned" b (TRUE where it is absent). → the recovery code, shown once and kept nowhere: bg_secret_free(). */
void  bg_application_protect_async (BgApplication *self, GVariant *options, GAsyncReadyCallback callback, gpointer data);
char *bg_application_protect_finish (BgApplication *self, GAsyncResult *result, GError **error);
/* A device that waits (its id at the hub, name or key) gets a record; the one whose name it takes is revoked. options: the grant,
 * "any-route" b, "routes" as, "exit" as ("4", "6"), "key" s (refuses any device but the one with this WireGuard key). */
void     bg_application_approve_async (BgApplication *self, const char *device, GVariant *options, GAsyncReadyCallback callback,
                                       gpointer data);
gboolean bg_application_approve_finish (BgApplication *self, GAsyncResult *result, GError **error);
/* For good: its key is never taken again. Not this machine. */
void     bg_application_revoke_async (BgApplication *self, const char *device, GAsyncReadyCallback callback, gpointer data);
gboolean bg_application_revoke_finish (BgApplication *self, GAsyncResult *result, GError **error);
void     bg_application_rename_async (BgApplication *self, const char *device, const char *name, GAsyncReadyCallback callback,
                                      gpointer data);
gboolean bg_application_rename_finish (BgApplication *self, GAsyncResult *result, GError **error);
/* What it may offer from now on; options: the grant, as of bg_application_approve_async(). */
void     bg_application_grant_async (BgApplication *self, const char *device, GVariant *options, GAsyncReadyCallback callback,
                                     gpointer data);
gboolean bg_application_grant_finish (BgApplication *self, GAsyncResult *result, GError **error);
/* `signing_key`: of bg_application_get_signing_key_async() at that device. */
void     bg_application_add_owner_async (BgApplication *self, const char *device, const char *signing_key,
                                         GAsyncReadyCallback callback, gpointer data);
gboolean bg_application_add_owner_finish (BgApplication *self, GAsyncResult *result, GError **error);
/* Not the last one. */
void     bg_application_remove_owner_async (BgApplication *self, const char *device, GAsyncReadyCallback callback, gpointer data);
gboolean bg_application_remove_owner_finish (BgApplication *self, GAsyncResult *result, GError **error);
/* A device has said with its own key that it leaves the network for good: an owner's machine puts it out of the log, unasked. */
void     bg_application_follow_leave (BgApplication *self, const char *name, const char *device);
/* This machine signs for the network no more, as the last that it signs; nothing is done where it does not sign, or is the last owner. Ends with
 * bg_application_remove_owner_finish(). */
void     bg_application_resign_async (BgApplication *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
/* Takes the network to another hub, an empty one, with all that this one knows of it, and this machine after it. What was interrupted goes on
 * with the same call. options: "server-url" s, with "#sha256=" and its pin where it has one, "token" s (that hub's own), "force" b (also where the way
 * is not encrypted). This machine has to be an owner. */
void     bg_application_move_hub_async (BgApplication *self, GVariant *options, GAsyncReadyCallback callback, gpointer data);
gboolean bg_application_move_hub_finish (BgApplication *self, GAsyncResult *result, GError **error);
/* Devices that no record has may be in the network, or not. */
void     bg_application_allow_unsigned_async (BgApplication *self, gboolean allow, GAsyncReadyCallback callback, gpointer data);
gboolean bg_application_allow_unsigned_finish (BgApplication *self, GAsyncResult *result, GError **error);
/* What an invite of the log is made of. Free with bg_invite_secret_free(), which wipes; NULL with an error where there is no randomness. */
typedef struct
{
  guint8 secret[BG_INVITE_SECRET_BYTES];
  guint8 key[BG_ENTRY_KEY]; /* its public half */
} BgInviteSecret;
BgInviteSecret *bg_invite_secret_new (GError **error);
void bg_invite_secret_free (BgInviteSecret *invite);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgInviteSecret, bg_invite_secret_free)
/* An invite of the log; options: "name" s, "expires-in" u (seconds; 600), the grant. → secret: what stands behind "trust=" of the join line
 * (bg_secret_free()). bg_application_invite_async() does it by itself where this machine signs. */
void  bg_application_sign_invite_async (BgApplication *self, const BgInviteSecret *invite, GVariant *options, GAsyncReadyCallback callback,
                                        gpointer data);
char *bg_application_sign_invite_finish (BgApplication *self, GAsyncResult *result, GError **error);
/* `invite`: its public half in base64; "" for all that are open. → those that somebody had used by then, as of bg_invite_cancel_finish(). */
void   bg_application_cancel_signed_invite_async (BgApplication *self, const char *invite, GAsyncReadyCallback callback, gpointer data);
char **bg_application_cancel_signed_invite_finish (BgApplication *self, GAsyncResult *result, GError **error);
/* This machine is the only owner from now on. `code`: the recovery code, as somebody typed it. → the new one, as of
 * bg_application_protect_finish(). */
void  bg_application_recover_async (BgApplication *self, const char *code, GAsyncReadyCallback callback, gpointer data);
char *bg_application_recover_finish (BgApplication *self, GAsyncResult *result, GError **error);
/* A person has compared: of a fork the log with this text ("alarm-ours", "alarm-theirs") is the true one; "": any other alarm is over. */
void     bg_application_trust_async (BgApplication *self, const char *head, GAsyncReadyCallback callback, gpointer data);
gboolean bg_application_trust_finish (BgApplication *self, GAsyncResult *result, GError **error);

G_END_DECLS
