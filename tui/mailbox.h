/*
 * tui/mailbox.h
 *	The one way in to the screen's thread: whole messages from the others.
 *
 * A screen that is slow, or stopped, never makes it grow without an end: progress
 * and state of a job wait once, the newest; news and log lines past a limit are
 * dropped (and NEWS_RESYNC says so); parts of an answer make their thread wait.
 *
 * Memory:  a message is moved: whoever takes it owns it.
 * Threads: post, ref and free from any; the rest from the screen's.
 */
#ifndef TUI_MAILBOX_H
#define TUI_MAILBOX_H

#include "core/command/answer.h"
#include "core/command/news.h"

enum mail_kind { MAIL_ANSWER, MAIL_PROGRESS, MAIL_NEWS, MAIL_LOG, MAIL_OFFER };

/* What may stand at the end of a line that is being typed. */
struct mail_offer {
	struct arena *mem;
	const char *text;	/* the line it is for */
	size_t from;		/* the words replace what begins there */
	int n;
	const char **word;
	const char **help;	/* each may be NULL */
	bool *is_open;		/* no space behind it */
};

struct mail {
	struct mail *next;
	enum mail_kind kind;
	int64_t token;		/* MAIL_ANSWER, MAIL_PROGRESS: of the call */
	struct answer *answer;	/* MAIL_ANSWER: owned */
	struct mail_offer *offer;	/* MAIL_OFFER: owned */
	struct cmd_progress progress;	/* its phase is in text */
	struct news news;
	char text[256];		/* MAIL_LOG: a line of this process's log; MAIL_PROGRESS: phase */
	int level;		/* MAIL_LOG: enum log_level */
};

#define MAILBOX_NEWS  1000	/* of one kind that wait, at most */
#define MAILBOX_PARTS 16	/* of answers that go on; then their threads wait */

struct mailbox;

struct mailbox *mailbox_new(void);
/* For a thread that may outlive the screen: its own mailbox_free() ends that. */
struct mailbox *mailbox_ref(struct mailbox *m);
/* By the screen: nothing is taken any more, and who waits to post goes on. */
void mailbox_shut(struct mailbox *m);
void mailbox_free(struct mailbox *m);	/* the last one with what is in it; NULL is fine */
int mailbox_fd(const struct mailbox *m);	/* readable while something is in it */

/* A heap object, zeroed. */
struct mail *mail_new(enum mail_kind kind);
/* Takes mail over. */
void mailbox_post(struct mailbox *m, struct mail *mail);
/* The oldest, or NULL. mail_free() it. */
struct mail *mailbox_take(struct mailbox *m);
void mail_free(struct mail *mail);
#endif
