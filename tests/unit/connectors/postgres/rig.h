/*
 * tests/unit/connectors/postgres/rig.h
 *	A temporary server and loads through the postgres connector, for its tests.
 *
 * A load reads a query on one connection and writes on another, as the data
 * path does, and keeps what came of it: ledger, rejects, error.
 *
 * Memory:  a rig_result lives until rig_forget().
 * Threads: one.
 */
#ifndef TESTS_UNIT_CONNECTORS_POSTGRES_RIG_H
#define TESTS_UNIT_CONNECTORS_POSTGRES_RIG_H

#include "core/base/arena.h"
#include "core/flow/connector.h"
#include "core/db/db.h"
#include "tests/lib/pgtemp.h"

struct rig_load {
	const char *query;	/* of the rows */
	const char *into;
	enum write_mode mode;
	const char *key[4];
	bool may_create, create_schema, allow_shrink;
	bool is_decoded;	/* columns are plain values, as after a mapping */
	enum drift_policy drift;
	int64_t job, run;	/* 0: a job of its own, run 1 */
	bool stops_before_commit;	/* closes after finish() */
};

struct rig_reject {
	int64_t row;
	const char *rule, *field, *reason, *raw, *value;
};

struct rig_result {
	struct arena *mem;
	enum err_code rc;
	struct err err;
	const char *step;	/* where it failed */
	struct ledger ledger;
	struct rig_reject *reject;
	int nrejects, cap;
	struct commit_note earlier;
};

extern struct pgtemp *rig_server;
extern struct db *rig_db;	/* superuser, for looking */

int rig_start(void **state);
int rig_stop(void **state);

/* A connection of the connector; conninfo NULL: the server's superuser. Asserts. */
struct conn *rig_open(struct arena *mem, const char *conninfo);

/* Never asserts on the outcome. */
struct rig_result rig_run(const struct rig_load *l);
struct rig_result rig_run_as(const char *conninfo, const struct rig_load *l);
void rig_forget(struct rig_result *r);

/* Asserts that it went well and that the ledger balances. */
struct rig_result rig_ok(const struct rig_load *l);

void rig_sql(const char *sql);	/* asserts */
int64_t rig_number(const char *sql);
/* First value as text, "" for null; overwritten by the next call. */
const char *rig_text(const char *sql);
#endif
