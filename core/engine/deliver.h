/*
 * core/engine/deliver.h
 *	Sending one message to where a rule says.
 *
 * A webhook gets the message as JSON, signed when the rule has a secret; Slack
 * and mail get it in words. Whatever happens, the same message has the same id
 * (webhook-id, Message-ID): a receiver that got it twice can tell.
 *
 * 2xx is done. 408, 425, 429, 5xx, and everything that went wrong on the way is
 * worth another try; an answer that asks for a short wait (Retry-After) is
 * waited for here, a longer one is told. Any other answer is final; 410 says that nobody wants to
 * hear any more.
 *
 * Memory:  in the arena given; secrets are wiped when the call is over.
 * Threads: the caller's session, the caller's thread; *stop from any.
 */
#ifndef CORE_ENGINE_DELIVER_H
#define CORE_ENGINE_DELIVER_H

#include <jansson.h>
#include <stdatomic.h>

#include "core/engine/engine.h"
#include "core/flow/connector.h"
#include "core/meta/alert.h"

struct db;

/* Settings of that kind of rule; NULL: there is no such kind. */
const struct param_spec *deliver_params(const char *kind);

/* Addresses that can be looked at now; config is JSON. ERR_CONFIG says which setting is wrong. */
enum err_code deliver_check(const struct alert_rule *rule, struct err *err) MUST_USE;

struct delivery {
	const char *id;		/* of the message: letters, digits, '_' */
	int64_t date_us;	/* wall clock: when it was made */
	const json_t *message;
	const atomic_int *stop;	/* may be NULL */
	const char *said;	/* set: what came back, clean; also on failure */
	bool is_gone;		/* set: 410 */
	int64_t retry_after_ms;	/* set on failure: it wants no other before; 0: not said */
};

/* app: a META_APP session of the rule's organization. */
enum err_code deliver_send(struct arena *mem, struct db *app, const struct alert_rule *rule,
			   struct delivery *d, struct err *err) MUST_USE;

/* Sends a message that is marked as a test, now; said as above. */
enum err_code deliver_test(struct arena *mem, struct db *app, const char *name,
			   const atomic_int *stop, const char **said, struct err *err) MUST_USE;
#endif
