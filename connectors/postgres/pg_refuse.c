/*
 * connectors/postgres/pg_refuse.c
 *	What the server said about a row, as a reject that people understand.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "connectors/postgres/pg.h"

/* Columns of constraints that refused rows so far: the catalogue is asked once for each. */
struct pg_names {
	struct pg_names *next;
	const char *constraint;
	const char *shown;	/* its name for people; a table built aside has others */
	const char *columns;
};

/*
 * Classes that speak of the session, the statement or the server, never of a
 * row. All others do, those that triggers make up included.
 */
#define OTHER_CLASSES "08|0A|25|26|28|2D|34|3B|3D|3F|40|42|53|55|57|58|72|F0|HV|XX"

bool pg_is_row_fault(const struct pg_rel *rel, const char *sqlstate)
{
	static const char other[] = OTHER_CLASSES;

	if (strlen(sqlstate) != 5 || strcmp(sqlstate, "22P04") == 0)
		return false;
	/* With the privileges checked beforehand, this is a policy's WITH CHECK. */
	if (strcmp(sqlstate, "42501") == 0)
		return rel->has_policies;
	for (const char *p = other; *p != '\0'; p += p[2] == '|' ? 3 : 2)
		if (strncmp(p, sqlstate, 2) == 0)
			return false;
	return true;
}

const char *pg_row_fault_sql(const struct pg_rel *rel)
{
	return rel->has_policies ? "leat_st !~ '^(" OTHER_CLASSES ")|22P04' or leat_st = '42501'"
				 : "leat_st !~ '^(" OTHER_CLASSES ")|22P04'";
}

/*
 * "COPY name, line 7, column x" in whatever language: the first number behind
 * the table's name. 0 when the error did not come from reading the COPY.
 */
static int64_t line_of(const char *context)
{
	int64_t line = 0;

	for (const char *p = context; p != NULL; p = strchr(p, '\n')) {
		const char *end, *at;

		p += *p == '\n';
		if (strncmp(p, "COPY ", 5) != 0)
			continue;
		end = strchr(p, '\n');
		at = strchr(p, ',');
		/* A number in the table's own name comes before its comma. */
		while (at != NULL && (end == NULL || at < end) && *at != '\0' &&
		       (*at < '0' || *at > '9'))
			at++;
		if (at != NULL && *at >= '0' && *at <= '9' && (end == NULL || at < end))
			line = strtoll(at, NULL, 10);
	}
	return line;
}

/* The column of "COPY name, line 7, column x: ...", told only there for bad values. */
static const char *column_of(struct arena *mem, const char *context)
{
	const char *p = strstr(context, "COPY ");
	const char *at = p != NULL ? strstr(p, ", column ") : NULL;
	size_t n;

	if (at == NULL || memchr(p, '\n', (size_t)(at - p)) != NULL)
		return NULL;
	at += 9;
	n = strcspn(at, "\n");
	/* In text format the value follows. */
	for (size_t i = 0; i + 2 < n; i++)
		if (at[i] == ':' && at[i + 1] == ' ' && at[i + 2] == '"') {
			n = i;
			break;
		}
	return arena_strndup(mem, at, n);
}

void pg_fault_take(struct pg_conn *c, struct pg_fault *out)
{
	const struct db_fault *f = db_last_fault(c->db);
	struct arena *mem = c->w.scratch;

	*out = (struct pg_fault){
		.message = arena_strdup(mem, f->message),
		.detail = arena_strdup(mem, f->detail),
		.constraint = arena_strdup(mem, f->constraint),
		.column = arena_strdup(mem, f->column),
		/* A comma in the table's name hides where the line begins. */
		.copy_line = strchr(c->w.rel.name, ',') == NULL ? line_of(f->context) : 0,
	};
	memcpy(out->sqlstate, f->sqlstate, strnlen(f->sqlstate, 5));
	if (out->column[0] == '\0' && out->constraint[0] == '\0')
		out->column = column_of(mem, f->context);
}

static const char *rule_of(const char *sqlstate)
{
	static const struct {
		const char *prefix, *rule;
	} rules[] = {
		{ "23505", "unique" }, { "23503", "foreign key" }, { "23514", "check" },
		{ "23502", "not null" }, { "23P01", "exclusion" }, { "23001", "foreign key" },
		{ "22003", "out of range" }, { "22008", "out of range" }, { "22001", "length" },
		{ "22026", "length" }, { "22007", "type" }, { "22P02", "type" },
		{ "22P03", "type" },
		{ "22021", "encoding" }, { "22P05", "encoding" }, { "22", "value" },
		{ "44", "view check" }, { "42501", "policy" }, { "54", "size" }, { "LEAT1", "key" },
		{ "P0", "trigger" }, { "09", "trigger" }, { "27", "trigger" }, { "38", "trigger" },
		{ "39", "trigger" }, { "21", "trigger" },
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (strncmp(sqlstate, rules[i].prefix, strlen(rules[i].prefix)) == 0)
			return rules[i].rule;
	return "server";
}

/* $1: the relation, $2: the constraint or unique index. */
static const char sql_names[] =
	"select n.name as shown, (select pg_catalog.string_agg(a.attname, ', ' order by k.n)"
	"  from pg_catalog.unnest(n.keys) with ordinality k(attnum, n)"
	"  join pg_catalog.pg_attribute a on a.attrelid = n.rel and a.attnum = k.attnum) as columns"
	" from (select conname as name, conkey as keys, conrelid as rel"
	"   from pg_catalog.pg_constraint where conname = $2"
	"   and conrelid in (select $1::pg_catalog.oid union all"
	"    select relid from pg_catalog.pg_partition_tree($1::oid::pg_catalog.regclass))"
	"  union all select c.relname, i.indkey::int2[], i.indrelid"
	"   from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid"
	"   where case when $2 ~ '^leat_index_[0-9]+$'"
	"    then c.oid = substr($2, 12)::pg_catalog.oid else c.relname = $2"
	"    and i.indrelid in (select $1::pg_catalog.oid union all"
	"    select relid from pg_catalog.pg_partition_tree($1::oid::pg_catalog.regclass))"
	"   end) n limit 1";

static const struct pg_names *names_of(struct pg_conn *c, const char *constraint)
{
	struct db_param p[] = { DB_INT8(c->w.rel.oid), DB_TEXT(constraint) };
	struct db_result *res = NULL;
	struct err ignored = { 0 };
	struct pg_names *n;

	for (n = c->w.names; n != NULL; n = n->next)
		if (strcmp(n->constraint, constraint) == 0)
			return n;
	n = arena_alloc(c->mem, sizeof(*n));
	n->constraint = n->shown = arena_strdup(c->mem, constraint);
	n->next = c->w.names;
	c->w.names = n;
	/* Only a nicety: without an answer the reject names the constraint alone. */
	if (db_query(c->db, sql_names, p, 2, &res, &ignored) == ERR_OK && db_result_rows(res) > 0) {
		n->shown = arena_strdup(c->mem, db_result_text(res, 0, "shown"));
		n->columns = arena_strdup(c->mem, db_result_text(res, 0, "columns"));
	}
	db_result_free(res);
	return n;
}

/* The value in "Key (a, b)=(1, 2) already exists.", which is so in every language. */
static struct slice value_of(const char *detail)
{
	const char *p = detail != NULL ? strstr(detail, ")=(") : NULL;
	const char *end = p != NULL ? strrchr(p, ')') : NULL;

	if (p == NULL || end < p + 3)
		return (struct slice){ "", 0 };
	return (struct slice){ p + 3, (size_t)(end - (p + 3)) };
}

/* Messages quote the name; the one of a table built aside means nothing to people. */
static void add_message(struct buf *out, const char *message, const char *from, const char *to)
{
	const char *at = from != to && strcmp(from, to) != 0 ? strstr(message, from) : NULL;

	if (at == NULL) {
		buf_adds(out, message);
		return;
	}
	buf_add(out, message, (size_t)(at - message));
	buf_adds(out, to);
	buf_adds(out, at + strlen(from));
}

static const char *reason_of(struct pg_conn *c, const struct pg_fault *f,
			     const struct pg_names *names)
{
	bool has_value = f->detail != NULL && strstr(f->detail, ")=(") != NULL;
	struct buf raw, clean;
	const char *out;

	buf_init(&raw, 1000);
	buf_init(&clean, 2000);
	add_message(&raw, f->message, names != NULL ? names->constraint : "",
		    names != NULL ? names->shown : "");
	/* Other details repeat the row, which is kept anyway. */
	if (has_value && raw.len < 700)
		buf_addf(&raw, ": %.250s", f->detail);
	text_clean(&clean, buf_str(&raw), raw.len);
	out = arena_strdup(c->w.scratch, buf_str(&clean));
	buf_release(&raw);
	buf_release(&clean);
	return out;
}

enum err_code pg_refuse(struct pg_conn *c, const struct pg_origin *at, const struct pg_fault *f,
			struct err *err)
{
	struct pg_writer *w = &c->w;
	const struct pg_names *names = NULL;
	struct problem problem;
	struct reject r;

	if (f->constraint != NULL && f->constraint[0] != '\0')
		names = names_of(c, f->constraint);
	problem = (struct problem){
		.field = f->column != NULL && f->column[0] != '\0' ? f->column : "",
		.value = value_of(f->detail),
		.rule = rule_of(f->sqlstate),
		.reason = reason_of(c, f, names),
		.sqlstate = f->sqlstate[0] != 'L' ? f->sqlstate : NULL,	/* LEAT1 is ours */
	};
	if (problem.field[0] == '\0' && names != NULL)
		problem.field = names->columns != NULL ? names->columns : names->shown;
	r = (struct reject){
		.part = at->part,
		.at = { .row = at->row, .line = at->line, .offset = at->offset, .raw = at->raw },
		.nproblems = 1,
		.problem = &problem,
	};
	if (w->raw_text != NULL && at->raw.n > 0)
		r.at.raw = w->raw_text(w->raw_ctx, w->scratch, at->raw);
	w->refused++;
	return w->spec.refuse != NULL ? w->spec.refuse(w->spec.refuse_ctx, &r, err) : ERR_OK;
}
