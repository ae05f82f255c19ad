/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/mailbox.h"
#include "dataplane/reach.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

typedef struct Node
{
  struct Node *next;
  BgMail mail;
} Node;

struct BgMailbox
{
  int fd;
  pthread_mutex_t lock; /* what is below */
  Node *head, **tail;
  uint32_t len; /* without BG_MAIL_CLOSED */
};

BgMailbox *
bg_mailbox_new (void)
{
  BgMailbox *mailbox = calloc (1, sizeof *mailbox);

  if (!mailbox)
    abort ();
  mailbox->tail = &mailbox->head;
  mailbox->fd = eventfd (0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (mailbox->fd < 0)
    abort ();
  pthread_mutex_init (&mailbox->lock, NULL);
  return mailbox;
}

void
bg_mailbox_free (BgMailbox *mailbox)
{
  BgMail mail;

  while (bg_mailbox_pop (mailbox, &mail))
    bg_mail_discard (&mail);
  pthread_mutex_destroy (&mailbox->lock);
  close (mailbox->fd);
  free (mailbox);
}

int
bg_mailbox_fd (const BgMailbox *mailbox)
{
  return mailbox->fd;
}

static bool
is_bounded (const BgMail *mail)
{
  return mail->type != BG_MAIL_CLOSED && mail->type < BG_MAIL_SET_TUN;
}

static bool
append (BgMailbox *mailbox, Node *node)
{
  bool bounded = is_bounded (&node->mail);
  bool fits;

  pthread_mutex_lock (&mailbox->lock);
  fits = !bounded || mailbox->len < BG_MAILBOX_MAX;
  if (fits)
    {
      if (!mailbox->head)
        eventfd_write (mailbox->fd, 1);
      *mailbox->tail = node;
      mailbox->tail = &node->next;
      mailbox->len += bounded;
    }
  pthread_mutex_unlock (&mailbox->lock);
  return fits;
}

bool
bg_mailbox_post_take (BgMailbox *mailbox, BgMail *mail)
{
  Node *node = malloc (sizeof *node);

  if (!node)
    abort ();
  *node = (Node){ .mail = *mail };
  wg_wipe (&mail->key, sizeof mail->key);
  wg_wipe (&mail->peer.psk, sizeof mail->peer.psk);
  if (append (mailbox, node))
    return true;
  bg_mail_clear (&node->mail);
  free (node);
  return false;
}

bool
bg_mailbox_pop (BgMailbox *mailbox, BgMail *out)
{
  Node *node;
  eventfd_t ignored;

  pthread_mutex_lock (&mailbox->lock);
  node = mailbox->head;
  if (node)
    {
      mailbox->head = node->next;
      mailbox->len -= is_bounded (&node->mail);
      if (!mailbox->head)
        {
          mailbox->tail = &mailbox->head;
          eventfd_read (mailbox->fd, &ignored);
        }
    }
  pthread_mutex_unlock (&mailbox->lock);
  if (!node)
    return false;
  *out = node->mail;
  wg_wipe (&node->mail, sizeof node->mail);
  free (node);
  return true;
}

void
bg_mail_clear (BgMail *mail)
{
  if (mail->type == BG_MAIL_SET_TUN && mail->tun_fd >= 0)
    close (mail->tun_fd);
  free ((void *) mail->peer.allowed_ips);
  bg_transport_unref (mail->transport);
  bg_access_rules_unref (mail->access);
  bg_reach_free (mail->reach);
  wg_wipe (mail, sizeof *mail);
}

void
bg_mail_discard (BgMail *mail)
{
  if (mail->type == BG_MAIL_ATTACH || mail->type == BG_MAIL_SET_UDP)
    mail->transport->ops->close (mail->transport);
  bg_mail_clear (mail);
}
