/*
 * core/meta/deadline.h
 *	How long leat's own database may take to answer, and why.
 *
 * A link that dies is found by keepalives, in less than twenty seconds. Where
 * something in between answers those (a proxy, a tunnel, a pooler), nothing but
 * these limits ends a call. They are well above what a busy server needs and,
 * for engines, of the order of the lease: an answer that comes later is fenced
 * anyhow, for others have taken the jobs over by then.
 *
 * The heartbeat has the lease itself as its limit (core/engine/beat.c). Targets
 * have none: what a load waits for there may take hours.
 *
 * Memory:  none.
 * Threads: any.
 */
#ifndef CORE_META_DEADLINE_H
#define CORE_META_DEADLINE_H

/* A statement of an engine: rows by key, twice the usual lease. */
#define DEADLINE_ENGINE_MS  30000
/* A statement for people, who may want a page out of millions of rows, and can press Ctrl-C. */
#define DEADLINE_PEOPLE_MS  60000
/* People wait for the Tab key. */
#define DEADLINE_NAMES_MS   2000
/*
 * What stores, settles or removes rejects: a job may have a million of them, which takes
 * seconds, and on a slow disk ten times that.
 */
#define DEADLINE_REJECTS_MS 120000
/* A migration may have to go over every row of a table, with nobody at work. */
#define DEADLINE_MIGRATE_MS 600000
/* A call that runs when its process is told to leave, and the last words of an engine. */
#define DEADLINE_LEAVE_MS   2000
#endif
