/*
 * tui/mailbox.c
 *	Messages on their way to the screen's thread.
 */
#include "tui/mailbox.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/arena.h"

struct mailbox {
	pthread_mutex_t lock;
	pthread_cond_t room;
	struct mail *first, **end;
	int nnews, nlogs, nparts;
	int fd;
	bool is_shut;
	atomic_int refs;
};

struct mailbox *mailbox_new(void)
{
	struct mailbox *m = mem_alloc(sizeof(*m));

	memset(m, 0, sizeof(*m));
	pthread_mutex_init(&m->lock, NULL);
	pthread_cond_init(&m->room, NULL);
	m->end = &m->first;
	m->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	atomic_init(&m->refs, 1);
	return m;
}

struct mailbox *mailbox_ref(struct mailbox *m)
{
	atomic_fetch_add(&m->refs, 1);
	return m;
}

void mailbox_shut(struct mailbox *m)
{
	pthread_mutex_lock(&m->lock);
	m->is_shut = true;
	pthread_cond_broadcast(&m->room);
	pthread_mutex_unlock(&m->lock);
}

void mailbox_free(struct mailbox *m)
{
	struct mail *mail;

	if (m == NULL || atomic_fetch_sub(&m->refs, 1) > 1)
		return;
	while ((mail = mailbox_take(m)) != NULL)
		mail_free(mail);
	if (m->fd >= 0)
		close(m->fd);
	pthread_cond_destroy(&m->room);
	pthread_mutex_destroy(&m->lock);
	free(m);
}

int mailbox_fd(const struct mailbox *m)
{
	return m->fd;
}

struct mail *mail_new(enum mail_kind kind)
{
	struct mail *mail = mem_alloc(sizeof(*mail));

	memset(mail, 0, sizeof(*mail));
	mail->kind = kind;
	return mail;
}

void mail_free(struct mail *mail)
{
	if (mail == NULL)
		return;
	answer_free(mail->answer);
	if (mail->offer != NULL)
		arena_free(mail->offer->mem);
	free(mail);
}

/* ---- what waits ------------------------------------------------------------------ */

static bool is_part(const struct mail *mail)
{
	return mail->kind == MAIL_ANSWER && mail->answer != NULL && !mail->answer->is_last;
}

/* n: 1 comes, -1 goes. */
static void count(struct mailbox *m, const struct mail *mail, int n)
{
	if (mail->kind == MAIL_NEWS)
		m->nnews += n;
	else if (mail->kind == MAIL_LOG)
		m->nlogs += n;
	else if (is_part(mail))
		m->nparts += n;
}

static struct mail *unlink_at(struct mailbox *m, struct mail **at)
{
	struct mail *mail = *at;

	*at = mail->next;
	if (*at == NULL)
		m->end = at;
	mail->next = NULL;
	count(m, mail, -1);
	return mail;
}

static bool replaces(const struct mail *now, const struct mail *old)
{
	if (now->kind != old->kind)
		return false;
	if (now->kind == MAIL_PROGRESS || now->kind == MAIL_OFFER)
		return now->token == old->token;
	return now->kind == MAIL_NEWS && now->news.kind == old->news.kind &&
	       now->news.job == old->news.job;
}

/* The older one of two that say the same of the same. */
static void drop_older(struct mailbox *m, const struct mail *now)
{
	for (struct mail **at = &m->first; *at != NULL; at = &(*at)->next) {
		if (replaces(now, *at)) {
			mail_free(unlink_at(m, at));
			return;
		}
	}
}

static bool is_of_a_job(const struct mail *mail)
{
	return mail->kind == MAIL_NEWS && mail->news.kind >= NEWS_STATE;
}

/* Too many news: one that says "read again what you show" stands for those of all jobs. */
static void flood(struct mailbox *m, struct mail *now)
{
	for (struct mail **at = &m->first; *at != NULL;) {
		if (is_of_a_job(*at))
			mail_free(unlink_at(m, at));
		else
			at = &(*at)->next;
	}
	now->news = (struct news){ .kind = NEWS_RESYNC };
	drop_older(m, now);
}

static void drop_oldest_log(struct mailbox *m)
{
	for (struct mail **at = &m->first; *at != NULL; at = &(*at)->next) {
		if ((*at)->kind == MAIL_LOG) {
			mail_free(unlink_at(m, at));
			return;
		}
	}
}

static void make_room(struct mailbox *m, struct mail *mail)
{
	while (is_part(mail) && m->nparts >= MAILBOX_PARTS && !m->is_shut)
		pthread_cond_wait(&m->room, &m->lock);
	if (mail->kind == MAIL_PROGRESS || mail->kind == MAIL_NEWS || mail->kind == MAIL_OFFER)
		drop_older(m, mail);
	if (is_of_a_job(mail) && m->nnews >= MAILBOX_NEWS)
		flood(m, mail);
	if (mail->kind == MAIL_LOG && m->nlogs >= MAILBOX_NEWS)
		drop_oldest_log(m);
}

static void ring(int fd)
{
	uint64_t one = 1;
	ssize_t n;

	do
		n = write(fd, &one, sizeof(one));
	while (n < 0 && errno == EINTR);
}

void mailbox_post(struct mailbox *m, struct mail *mail)
{
	bool was_empty, is_shut;

	pthread_mutex_lock(&m->lock);
	make_room(m, mail);
	was_empty = m->first == NULL;
	is_shut = m->is_shut;
	if (!is_shut) {
		mail->next = NULL;
		*m->end = mail;
		m->end = &mail->next;
		count(m, mail, 1);
	}
	pthread_mutex_unlock(&m->lock);
	if (is_shut)
		mail_free(mail);
	else if (was_empty)
		ring(m->fd);
}

struct mail *mailbox_take(struct mailbox *m)
{
	struct mail *mail = NULL;
	uint64_t n;

	pthread_mutex_lock(&m->lock);
	if (m->first != NULL)
		mail = unlink_at(m, &m->first);
	if (m->first == NULL) {
		while (read(m->fd, &n, sizeof(n)) < 0 && errno == EINTR)
			;
	}
	if (mail != NULL && is_part(mail))
		pthread_cond_signal(&m->room);
	pthread_mutex_unlock(&m->lock);
	return mail;
}
