/*
 * tui/mailbox.h
 *	The one way in to the screen's thread: whole messages from the others.
 *
 * Memory:  a message is moved: whoever takes it owns it.
 * Threads: post from any; the rest from the screen's.
 */
#ifndef TUI_MAILBOX_H
#define TUI_MAILBOX_H

#include "core/command/answer.h"
#include "core/command/news.h"

enum mail_kind { MAIL_ANSWER, MAIL_PROGRESS, MAIL_NEWS, MAIL_LOG };

struct mail {
	struct mail *next;
	enum mail_kind kind;
	int64_t token;		/* MAIL_ANSWER, MAIL_PROGRESS: of the call */
	struct answer *answer;	/* MAIL_ANSWER: owned */
	struct cmd_progress progress;	/* its phase is in text */
	struct news news;
	char text[256];		/* MAIL_LOG: a line of this process's log; MAIL_PROGRESS: phase */
	int level;		/* MAIL_LOG: enum log_level */
};

struct mailbox;

struct mailbox *mailbox_new(void);
void mailbox_free(struct mailbox *m);	/* with what is in it; NULL is fine */
int mailbox_fd(const struct mailbox *m);	/* readable while something is in it */

/*
 * Takes *mail over (a heap object from mail_new()). Progress of a job or call that still waits
 * is replaced by the newer one, so that a slow screen never has more than one of each.
 */
struct mail *mail_new(enum mail_kind kind);
void mailbox_post(struct mailbox *m, struct mail *mail);
/* The oldest, or NULL. mail_free() it. */
struct mail *mailbox_take(struct mailbox *m);
void mail_free(struct mail *mail);
#endif
