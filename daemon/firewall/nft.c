/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "firewall/nft.h"

#include "common/error.h"
#include "common/log.h"
#include "net/tun-device.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <nftables/libnftables.h>
#include <string.h>
#include <sys/socket.h>

typedef struct nft_ctx NftContext;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (NftContext, nft_ctx_free)

#define WHAT_IS_WRONG "Error: "

/* By what the kernel's answer reads like. */
static const struct
{
  int number, code;
} codes[] = {
  { ENOENT, BG_ERROR_NOT_FOUND },
  { EEXIST, BG_ERROR_EXISTS },
  { EPERM, BG_ERROR_NOT_AUTHORIZED },
};

/* Where there is no such socket, libnftables ends the program, and without the right it complains on standard error by itself. */
static gboolean
is_there (GError **error)
{
  struct mnl_socket *socket = mnl_socket_open2 (NETLINK_NETFILTER, SOCK_CLOEXEC);

  if (socket && !bg_tun_device_is_allowed ())
    {
      mnl_socket_close (socket);
      bg_error_set (error, BG_ERROR_NOT_AUTHORIZED, NFT_FAILED, bg_arg_errno (EPERM));
      return FALSE;
    }
  if (!socket)
    {
      bg_error_set (error, BG_ERROR_FAILED, NFT_MISSING, bg_arg_errno (errno));
      return FALSE;
    }
  mnl_socket_close (socket);
  return TRUE;
}

static NftContext *
open_context (GError **error)
{
  g_autoptr (NftContext) context = NULL;

  if (!is_there (error))
    return NULL;
  context = nft_ctx_new (NFT_CTX_DEFAULT);
  if (context && nft_ctx_buffer_output (context) == 0 && nft_ctx_buffer_error (context) == 0)
    return g_steal_pointer (&context);
  bg_error_set (error, BG_ERROR_FAILED, NFT_MISSING, bg_arg_errno (ENOMEM));
  return NULL;
}

/* "internal:0:0-0: Error: Could not process rule: Operation not permitted", the line it is about, and what is below it. */
static char *
dup_reason (const char *said)
{
  const char *found = strstr (said, WHAT_IS_WRONG);
  const char *from = found ? found + strlen (WHAT_IS_WRONG) : said;
  char *reason = g_strndup (from, strcspn (from, "\n"));

  return g_strstrip (reason);
}

static int
code_of (const char *reason)
{
  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      /* Not g_strerror(): libnftables prints what the C library says, in no language of ours. */
      const char *text = strerrordesc_np (codes[i].number);

      if (g_str_has_suffix (reason, text))
        return codes[i].code;
    }
  return BG_ERROR_FAILED;
}

static gboolean
run (NftContext *context, const char *text, GError **error)
{
  g_autofree char *reason = NULL;
  const char *said;

  if (nft_run_cmd_from_buffer (context, text) == 0)
    return TRUE;
  said = nft_ctx_get_error_buffer (context);
  bg_log (BG_TOPIC_NET, DEBUG, NULL, "nft: %s", said);
  reason = dup_reason (said);
  bg_error_set (error, code_of (reason), NFT_FAILED, reason);
  return FALSE;
}

gboolean
bg_nft_run (const char *text, GError **error)
{
  g_autoptr (NftContext) context = open_context (error);

  return context && run (context, text, error);
}

gboolean
bg_nft_check (const char *text, GError **error)
{
  g_autoptr (NftContext) context = open_context (error);

  if (context)
    nft_ctx_set_dry_run (context, true);
  return context && run (context, text, error);
}

char *
bg_nft_list (const char *command, GError **error)
{
  g_autoptr (NftContext) context = open_context (error);

  if (!context)
    return NULL;
  nft_ctx_output_set_flags (context, NFT_CTX_OUTPUT_JSON | NFT_CTX_OUTPUT_HANDLE
                                       | NFT_CTX_OUTPUT_NUMERIC_PROTO);
  return run (context, command, error) ? g_strdup (nft_ctx_get_output_buffer (context)) : NULL;
}

char *
bg_nft_quote (const char *text)
{
  char *quoted = g_strdup (text);

  for (char *c = quoted; *c; c++)
    if (*c == '"' || *c == '\\' || g_ascii_iscntrl (*c))
      *c = '_';
  return quoted;
}
