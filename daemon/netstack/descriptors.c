/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netstack/descriptors.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum
{
  FILES_MAX = 4,
};

typedef union
{
  struct cmsghdr align;
  char bytes[CMSG_SPACE (FILES_MAX * sizeof (int))];
} Control;

gboolean
bg_descriptors_send (int socket, gconstpointer bytes, gsize len, const int *fds, guint n)
{
  struct iovec part = { (gpointer) bytes, len };
  Control control = { 0 };
  struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

  g_return_val_if_fail (n <= FILES_MAX, FALSE);
  if (n > 0)
    {
      struct cmsghdr *head = &control.align;

      message.msg_control = &control;
      message.msg_controllen = CMSG_SPACE (n * sizeof (int));
      *head = (struct cmsghdr){ .cmsg_len = CMSG_LEN (n * sizeof (int)),
                                .cmsg_level = SOL_SOCKET,
                                .cmsg_type = SCM_RIGHTS };
      memcpy (CMSG_DATA (head), fds, n * sizeof (int));
    }
  return sendmsg (socket, &message, MSG_NOSIGNAL) == (gssize) len;
}

/* How many there were; what there is no room for is closed. */
static guint
take_files (struct msghdr *message, int *fds, guint max, guint *n)
{
  guint found = 0;

  for (struct cmsghdr *head = CMSG_FIRSTHDR (message); head; head = CMSG_NXTHDR (message, head))
    {
      gsize len = head->cmsg_len - CMSG_LEN (0);

      if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS)
        continue;
      for (gsize at = 0; at + sizeof (int) <= len; at += sizeof (int), found++)
        {
          int fd;

          memcpy (&fd, CMSG_DATA (head) + at, sizeof fd);
          if (*n < max)
            fds[(*n)++] = fd;
          else
            close (fd);
        }
    }
  return found;
}

static gssize
receive (int socket, struct msghdr *message)
{
  gssize got;

  do
    got = recvmsg (socket, message, MSG_CMSG_CLOEXEC);
  while (got < 0 && errno == EINTR);
  return got;
}

gboolean
bg_descriptors_receive (int socket, gpointer bytes, gsize len, int *fds, guint max, guint *n)
{
  struct iovec part = { bytes, len };
  Control control = { 0 };
  struct msghdr message = {
    .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
  };
  gssize got = receive (socket, &message);
  guint found;

  *n = 0;
  if (got < 0)
    return FALSE;
  found = take_files (&message, fds, max, n);
  if (got == (gssize) len && found <= max && !(message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
    return TRUE;
  while (*n > 0)
    close (fds[--*n]);
  errno = got == 0 ? EPIPE : EPROTO;
  return FALSE;
}
