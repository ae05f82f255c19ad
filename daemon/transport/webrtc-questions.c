/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "webrtc-questions.h"

#include "common/error.h"

struct BgWebrtcQuestions
{
  BgSessionLink *link;
  GPtrArray *promises; /* GstPromise, all that were asked: four at most */
};

typedef struct
{
  BgSessionLink *link;
  BgSessionFunc func;
  const char *field; /* of the reply; NULL where it has none */
} Question;

static void
reply_free (gpointer data)
{
  BgWebrtcReply *reply = data;

  g_clear_pointer (&reply->description, gst_webrtc_session_description_free);
  g_clear_error (&reply->error);
  g_free (reply);
}

static void
question_free (gpointer data)
{
  Question *question = data;

  bg_session_link_unref (question->link);
  g_free (question);
}

static void
read_reply (GstPromise *promise, const char *field, BgWebrtcReply *reply)
{
  const GstStructure *structure = gst_promise_wait (promise) == GST_PROMISE_RESULT_REPLIED
                                    ? gst_promise_get_reply (promise)
                                    : NULL;

  if (structure && gst_structure_has_field (structure, "error"))
    gst_structure_get (structure, "error", G_TYPE_ERROR, &reply->error, NULL);
  else if (structure && field)
    gst_structure_get (structure, field, GST_TYPE_WEBRTC_SESSION_DESCRIPTION, &reply->description,
                       NULL);
  if (field && !reply->description && !reply->error)
    reply->error = bg_error (BG_ERROR_FAILED, WEBRTC_SILENT);
}

static void
on_promise_changed (GstPromise *promise, gpointer data)
{
  Question *question = data;
  BgWebrtcReply *reply = g_new0 (BgWebrtcReply, 1);

  read_reply (promise, question->field, reply);
  bg_session_link_post (question->link, question->func, reply, reply_free);
}

BgWebrtcQuestions *
bg_webrtc_questions_new (BgSessionLink *link)
{
  BgWebrtcQuestions *self = g_new0 (BgWebrtcQuestions, 1);

  self->link = bg_session_link_ref (link);
  self->promises = g_ptr_array_new_with_free_func ((GDestroyNotify) gst_promise_unref);
  return self;
}

void
bg_webrtc_questions_free (BgWebrtcQuestions *self)
{
  if (!self)
    return;
  g_ptr_array_unref (self->promises);
  bg_session_link_unref (self->link);
  g_free (self);
}

GstPromise *
bg_webrtc_questions_ask (BgWebrtcQuestions *self, BgSessionFunc func, const char *field)
{
  Question *question = g_new0 (Question, 1);
  GstPromise *promise;

  *question = (Question){ bg_session_link_ref (self->link), func, field };
  promise = gst_promise_new_with_change_func (on_promise_changed, question, question_free);
  g_ptr_array_add (self->promises, promise);
  return promise;
}

void
bg_webrtc_questions_withdraw (BgWebrtcQuestions *self)
{
  for (guint i = 0; i < self->promises->len; i++)
    gst_promise_interrupt (self->promises->pdata[i]);
}
