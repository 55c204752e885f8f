/*
 * tests/contract/connectors_test.c
 *	What every connector promises, tried on each of them.
 *
 * A connector takes part with one row in kinds[] below: how to make a place
 * of its own with three rows in a stream. Its capability bits choose which
 * promises are tried.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "connectors/registry.h"
#include "core/base/arena.h"
#include "core/base/fault.h"
#include "tests/contract/kinds.h"

static const struct contract_kind *const kinds[] = {
	&contract_file,
	&contract_mem,
	&contract_postgres,
};
#define NKINDS (sizeof(kinds) / sizeof(kinds[0]))

/* One connector at hand, with its place set up. */
struct bench {
	const struct contract_kind *kind;
	const struct conn_ops *ops;
	struct arena *mem;
	struct contract_place place;
	struct err err;
};

static int begin(void **state, const struct contract_kind *kind)
{
	struct bench *b = mem_alloc(sizeof(*b));

	*b = (struct bench){ .kind = kind, .ops = connector_find(kind->type) };
	b->mem = arena_new(NULL, "contract");
	kind->set_up(b->mem, &b->place);
	*state = b;
	return 0;
}

static int end(void **state)
{
	struct bench *b = *state;

	b->kind->tear_down(&b->place);
	arena_free(b->mem);
	free(b);
	return 0;
}

static void must(struct bench *b, enum err_code rc)
{
	char text[1024];

	if (rc == ERR_OK)
		return;
	err_text(&b->err, text, sizeof(text));
	fail_msg("%s: %s", b->kind->type, text);
}

static struct conn *open_one(struct bench *b)
{
	struct conn *c = NULL;

	must(b, b->ops->open(b->mem, &b->place.params, &c, &b->err));
	assert_non_null(c);
	assert_ptr_equal(c->ops, b->ops);
	return c;
}

/* ---- the table itself -------------------------------------------------------- */

static void pointers_and_bits_agree(void **state)
{
	const struct conn_ops *o = ((struct bench *)*state)->ops;

	assert_non_null(o->summary);
	assert_int_equal(o->summary[strlen(o->summary) - 1], '.');
	assert_true(o->open && o->test && o->streams && o->describe && o->close);
	assert_true((o->caps & (CONN_READ | CONN_WRITE)) != 0);
	assert_int_equal((o->caps & CONN_READ) != 0, o->read != NULL);
	assert_int_equal((o->caps & CONN_READ) != 0, o->read_open != NULL);
	assert_int_equal((o->caps & CONN_READ) != 0, o->read_schema != NULL);
	assert_int_equal((o->caps & CONN_FILES) != 0, o->parts != NULL);
	assert_int_equal((o->caps & CONN_FILES) != 0, o->parts_mark != NULL);
	assert_int_equal((o->caps & CONN_PARALLEL) != 0,
			 o->chunks != NULL && o->chunk_source != NULL && o->chunk_commit != NULL);
	assert_int_equal((o->caps & CONN_WRITE) != 0, o->write != NULL);
	assert_int_equal((o->caps & CONN_WRITE) != 0, o->claim != NULL);
	assert_int_equal((o->caps & CONN_WRITE) != 0, o->write_open != NULL);
	assert_int_equal((o->caps & CONN_WRITE) != 0, o->finish != NULL);
	assert_int_equal((o->caps & CONN_WRITE) != 0, o->commit != NULL);
	assert_int_equal((o->caps & CONN_LOOKUP) != 0, o->exists != NULL);
	assert_non_null(o->params);
	for (const struct param_spec *p = o->params; p->name != NULL; p++) {
		assert_non_null(p->help);
		assert_int_equal(p->help[strlen(p->help) - 1], '.');
		assert_int_equal(p->kind == PARAM_CHOICE, p->choices != NULL);
	}
}

static void an_unknown_setting_is_refused(void **state)
{
	struct bench *b = *state;
	struct param wrong = { "no_such_setting", "1" };
	struct params in = { .n = 1, .p = &wrong };
	struct conn *c = NULL;

	assert_int_equal(b->ops->open(b->mem, &in, &c, &b->err), ERR_CONFIG);
	assert_null(c);
	assert_non_null(strstr(b->err.frame[0].text, "no_such_setting"));
}

static void the_other_side_answers(void **state)
{
	struct bench *b = *state;
	struct conn *c = open_one(b);
	struct stream_list list = { 0 };
	const char *note = NULL;
	bool is_listed = false;

	must(b, b->ops->test(c, b->mem, &note, &b->err));
	assert_non_null(note);
	must(b, b->ops->streams(c, b->mem, &list, &b->err));
	for (int i = 0; i < list.n; i++)
		is_listed |= strcmp(list.s[i].name, b->place.stream) == 0;
	assert_true(is_listed);
	conn_close(c);
}

/* ---- reading ----------------------------------------------------------------- */

static void a_missing_stream_is_not_found(void **state)
{
	struct bench *b = *state;
	struct read_spec spec = { .stream = b->place.missing };
	struct conn *c = open_one(b);
	struct schema fields;

	assert_int_equal(b->ops->describe(c, b->mem, &spec, &fields, NULL, &b->err), ERR_NOT_FOUND);
	assert_true(b->err.nframes > 0);
	assert_int_equal(b->ops->read_open(c, &spec, &b->err), ERR_NOT_FOUND);
	conn_close(c);
}

/* Reads the stream to its end; names of all rows joined in their order. */
static void read_names(struct bench *b, const char *stream, int64_t limit, struct buf *out)
{
	struct read_spec spec = { .stream = stream, .limit_rows = limit };
	struct conn *c = open_one(b);
	struct batch *rows;
	int64_t row = 0;
	bool eof = false;
	int name;

	must(b, b->ops->read_open(c, &spec, &b->err));
	name = schema_find(b->ops->read_schema(c), SLICE("name"));
	assert_true(name >= 0);
	rows = batch_new(b->ops->read_schema(c), 0, 2);
	while (!eof) {
		must(b, b->ops->read(c, rows, &eof, &b->err));
		assert_int_equal(eof, rows->nrows == 0);
		for (uint32_t i = 0; i < rows->nrows; i++) {
			assert_int_equal(rows->at[i].row, ++row);
			assert_int_equal(rows->state[i], ROW_LIVE);
			assert_int_equal(rows->col[name].null[i], 0);
			b->kind->plain(rows, name);
			buf_add(out, rows->col[name].v.text[i].p, rows->col[name].v.text[i].n);
			buf_adds(out, ";");
		}
	}
	assert_string_not_equal(rows->part, "");
	batch_free(rows);
	conn_close(c);
}

static void rows_come_in_order_and_end(void **state)
{
	struct bench *b = *state;
	struct buf got;

	buf_init(&got, 1000);
	read_names(b, b->place.stream, 0, &got);
	assert_string_equal(buf_str(&got), "ann;bob;cy;");
	buf_clear(&got);
	read_names(b, b->place.stream, 2, &got);
	assert_string_equal(buf_str(&got), "ann;bob;");
	buf_release(&got);
}

static void describe_and_read_agree(void **state)
{
	struct bench *b = *state;
	struct read_spec spec = { .stream = b->place.stream };
	struct conn *c = open_one(b);
	const struct schema *rows;
	struct schema fields;
	const char *note = NULL;

	must(b, b->ops->describe(c, b->mem, &spec, &fields, &note, &b->err));
	must(b, b->ops->read_open(c, &spec, &b->err));
	rows = b->ops->read_schema(c);
	assert_int_equal(fields.nfields, 2);
	assert_int_equal(rows->nfields, 2);
	for (int i = 0; i < 2; i++)
		assert_string_equal(fields.field[i].name, rows->field[i].name);
	assert_string_equal(fields.field[0].name, "id");
	if (b->ops->caps & CONN_FILES)
		assert_non_null(note);
	conn_close(c);
}

static void an_interrupt_ends_a_read(void **state)
{
	struct bench *b = *state;
	struct read_spec spec = { .stream = b->place.stream };
	struct conn *c = open_one(b);
	struct batch *rows;
	bool eof = false;
	enum err_code rc = ERR_OK;

	if (b->ops->interrupt != NULL) {
		must(b, b->ops->read_open(c, &spec, &b->err));
		rows = batch_new(b->ops->read_schema(c), 0, 1);
		b->ops->interrupt(c);
		while (rc == ERR_OK && !eof)
			rc = b->ops->read(c, rows, &eof, &b->err);
		/* A few rows may have been on their way already. */
		assert_true(rc == ERR_INTERRUPTED || eof);
		batch_free(rows);
	}
	conn_close(c);
}

static void parts_have_size_and_hash(void **state)
{
	struct bench *b = *state;
	struct read_spec spec = { .stream = b->place.stream };
	struct part_list first = { 0 }, again = { 0 };
	struct conn *c;

	if ((b->ops->caps & CONN_FILES) == 0)
		return;
	c = open_one(b);
	must(b, b->ops->parts(c, b->mem, &spec, &first, &b->err));
	must(b, b->ops->parts(c, b->mem, &spec, &again, &b->err));
	assert_int_equal(first.n, 1);
	assert_int_equal(first.p[0].path[0], '/');
	assert_true(first.p[0].size_bytes > 0);
	assert_int_equal(strlen(first.p[0].hash), 32);
	assert_string_equal(first.p[0].hash, again.p[0].hash);
	conn_close(c);
}

/* ---- writing ----------------------------------------------------------------- */

static struct field target_fields[] = {
	{ .name = "id", .type = { .type = TYPE_INT, .bytes = 8 } },
	{ .name = "name", .type = { .type = TYPE_TEXT } },
};
static const struct schema target_schema = { 2, target_fields };
static const char *const target_key[] = { "id" };

struct load {
	const char *stream;
	enum write_mode mode;
	int64_t job;
	int64_t run;
	int64_t first_id;	/* three rows from here on */
	const char *name[3];
	bool without_commit;
	struct ledger ledger;
	struct commit_note earlier;
};

static struct batch *three_rows(const struct load *l)
{
	struct batch *rows = batch_new(&target_schema, 0, 4);

	rows->nrows = 4;
	rows->part = "test";
	for (uint32_t i = 0; i < 4; i++) {
		rows->at[i] = (struct row_at){ .row = i + 1, .line = i + 2, .offset = -1 };
		rows->col[0].null[i] = rows->col[1].null[i] = 0;
		rows->col[0].v.i64[i] = l->first_id + i;
		rows->col[1].v.text[i] = slice_of(i < 3 ? l->name[i] : "not to be written");
	}
	rows->state[3] = ROW_FILTERED;
	return rows;
}

/* claim, write, finish, commit; the first that fails says how. */
static enum err_code run_load(struct bench *b, struct load *l)
{
	struct write_spec spec = {
		.stream = l->stream, .fields = &target_schema, .mode = l->mode, .nkeys = 1,
		.key = target_key, .may_create = true,
		.fence = { "contract", l->job, l->run },
	};
	struct arena *mem = arena_new(b->mem, "load");
	struct conn *c = NULL;
	struct batch *rows = three_rows(l);
	enum err_code rc = b->ops->open(mem, &b->place.params, &c, &b->err);

	if (rc == ERR_OK)
		rc = b->ops->claim(c, b->mem, &spec.fence, &l->earlier, &b->err);
	if (rc == ERR_OK && !l->earlier.is_committed) {
		rc = b->ops->write_open(c, &spec, &b->err);
		if (rc == ERR_OK)
			rc = b->ops->write(c, rows, &b->err);
		if (rc == ERR_OK)
			rc = b->ops->finish(c, &l->ledger, &b->err);
		l->ledger.read = 3;
		if (rc == ERR_OK && !l->without_commit)
			rc = b->ops->commit(c, &l->ledger, "{\"value\": 7}", &b->err);
	}
	conn_close(c);
	batch_free(rows);
	arena_free(mem);
	return rc;
}

static bool can_write(const struct bench *b)
{
	return (b->ops->caps & CONN_WRITE) != 0;
}

static void expect_names(struct bench *b, const char *stream, const char *names)
{
	struct buf got;

	buf_init(&got, 1000);
	read_names(b, stream, 0, &got);
	assert_string_equal(buf_str(&got), names);
	buf_release(&got);
}

static void nothing_shows_before_commit(void **state)
{
	struct bench *b = *state;
	struct load l = { .stream = b->place.target, .job = 1, .run = 1, .first_id = 1,
			  .name = { "a", "b", "c" }, .without_commit = true };
	struct read_spec spec = { .stream = b->place.target };
	struct schema fields;
	struct conn *c;

	if (!can_write(b) || !(b->ops->caps & CONN_ATOMIC))
		return;
	must(b, run_load(b, &l));
	assert_int_equal(l.ledger.written, 3);
	c = open_one(b);
	assert_int_equal(b->ops->describe(c, b->mem, &spec, &fields, NULL, &b->err), ERR_NOT_FOUND);
	conn_close(c);
	l.without_commit = false;
	l.run = 2;
	must(b, run_load(b, &l));
	expect_names(b, b->place.target, "a;b;c;");
}

static void a_job_commits_once(void **state)
{
	struct bench *b = *state;
	struct load l = { .stream = b->place.target, .job = 2, .run = 3, .first_id = 1,
			  .name = { "a", "b", "c" } };

	if (!can_write(b))
		return;
	must(b, run_load(b, &l));
	l.run = 4;
	l.ledger = (struct ledger){ 0 };
	must(b, run_load(b, &l));
	assert_true(l.earlier.is_committed);
	assert_int_equal(l.earlier.run, 3);
	assert_int_equal(l.earlier.ledger.read, 3);
	assert_int_equal(l.earlier.ledger.written, 3);
	assert_non_null(strstr(l.earlier.bookmark, "7"));
	expect_names(b, b->place.target, "a;b;c;");
}

static void a_late_attempt_is_fenced(void **state)
{
	struct bench *b = *state;
	struct fence slow = { "contract", 5, 1 }, fast = { "contract", 5, 2 };
	struct write_spec spec = { .stream = b->place.target, .fields = &target_schema,
				   .mode = MODE_APPEND, .may_create = true, .fence = slow };
	struct load l = { .stream = b->place.target, .job = 5, .run = 2, .first_id = 1,
			  .name = { "a", "b", "c" } };
	struct commit_note earlier;
	struct ledger sum = { 0 };
	struct batch *rows = three_rows(&l);
	struct conn *c;

	if (can_write(b)) {
		c = open_one(b);
		must(b, b->ops->claim(c, b->mem, &slow, &earlier, &b->err));
		/* The slow one pauses here; another engine claims the job and is done. */
		must(b, run_load(b, &l));
		must(b, b->ops->write_open(c, &spec, &b->err));
		must(b, b->ops->write(c, rows, &b->err));
		must(b, b->ops->finish(c, &sum, &b->err));
		assert_int_equal(b->ops->commit(c, &sum, NULL, &b->err), ERR_FENCED);
		conn_close(c);
		expect_names(b, b->place.target, "a;b;c;");
		/* And an attempt that is older than the last claim gets nowhere. */
		fast.job = slow.job = 6;
		c = open_one(b);
		must(b, b->ops->claim(c, b->mem, &fast, &earlier, &b->err));
		assert_int_equal(b->ops->claim(c, b->mem, &slow, &earlier, &b->err), ERR_FENCED);
		conn_close(c);
	}
	batch_free(rows);
}

static void the_modes_do_what_they_say(void **state)
{
	struct bench *b = *state;
	struct load l = { .stream = b->place.target, .job = 10, .run = 1, .first_id = 1,
			  .mode = MODE_UPSERT, .name = { "a", "b", "c" } };

	if (!can_write(b))
		return;
	must(b, run_load(b, &l));
	assert_int_equal(l.ledger.written, 3);
	l.job = 11;
	must(b, run_load(b, &l));
	assert_int_equal(l.ledger.written, 0);
	assert_int_equal(l.ledger.unchanged, 3);
	l.job = 12;
	l.first_id = 2;
	l.name[0] = "b";
	l.name[1] = "C";
	l.name[2] = "d";
	must(b, run_load(b, &l));
	assert_int_equal(l.ledger.written, 2);
	assert_int_equal(l.ledger.unchanged, 1);
	l.job = 13;
	l.first_id = 10;
	l.mode = MODE_APPEND;
	must(b, run_load(b, &l));
	assert_int_equal(l.ledger.written, 3);
	l.job = 14;
	l.mode = MODE_REPLACE;
	l.name[0] = "x", l.name[1] = "y", l.name[2] = "z";
	must(b, run_load(b, &l));
	assert_int_equal(l.ledger.written, 3);
	expect_names(b, b->place.target, "x;y;z;");
	/* A stream that is not there is made. */
	l.job = 15;
	l.stream = b->place.other;
	must(b, run_load(b, &l));
	expect_names(b, b->place.other, "x;y;z;");
}

static void the_last_row_of_a_key_wins(void **state)
{
	struct bench *b = *state;
	struct load l = { .stream = b->place.target, .job = 20, .run = 1, .first_id = 1,
			  .name = { "a", "b", "c" } };
	struct write_spec spec = { .stream = b->place.target, .fields = &target_schema,
				   .mode = MODE_UPSERT, .nkeys = 1, .key = target_key,
				   .may_create = true, .fence = { "contract", 20, 1 } };
	struct commit_note earlier;
	struct ledger sum = { 0 };
	struct batch *rows = three_rows(&l);
	struct conn *c;

	rows->col[0].v.i64[1] = 1;	/* b has the key of a */
	if (can_write(b)) {
		c = open_one(b);
		must(b, b->ops->claim(c, b->mem, &spec.fence, &earlier, &b->err));
		must(b, b->ops->write_open(c, &spec, &b->err));
		must(b, b->ops->write(c, rows, &b->err));
		must(b, b->ops->finish(c, &sum, &b->err));
		assert_int_equal(sum.written, 2);
		assert_int_equal(sum.filtered, 1);
		must(b, b->ops->commit(c, &sum, NULL, &b->err));
		conn_close(c);
		expect_names(b, b->place.target, "b;c;");
	}
	batch_free(rows);
}

static void lookups_find_what_is_there(void **state)
{
	struct bench *b = *state;
	struct load l = { .stream = b->place.target, .job = 30, .run = 1, .first_id = 1,
			  .name = { "a", "b", "c" } };
	struct batch *rows = three_rows(&l);
	uint8_t found[4] = { 9, 9, 9, 9 };
	struct conn *c;

	if (b->ops->caps & CONN_LOOKUP) {
		must(b, run_load(b, &l));
		rows->col[0].v.i64[1] = 99;
		rows->col[0].null[2] = 1;
		c = open_one(b);
		must(b, b->ops->exists(c, b->place.target, "id", &rows->col[0], 3, found, &b->err));
		assert_int_equal(found[0], 1);
		assert_int_equal(found[1], 0);
		assert_int_equal(found[2], 0);
		assert_int_equal(b->ops->exists(c, b->place.missing, "id", &rows->col[0], 3, found,
						&b->err), ERR_NOT_FOUND);
		conn_close(c);
	}
	batch_free(rows);
}

/* Fail the 1st fault point, then the 2nd ... until a load meets no fault. */
static void every_failure_is_reported(void **state)
{
	struct bench *b = *state;
	int nth = 1;

	if (!can_write(b))
		return;
	for (;; nth++) {
		struct load l = { .stream = b->place.target, .job = 100, .run = nth, .first_id = 1,
				  .name = { "a", "b", "c" } };
		enum err_code rc;

		b->err = (struct err){ 0 };
		fault_arm(nth);
		rc = run_load(b, &l);
		if (!fault_hit()) {
			fault_arm(0);
			must(b, rc);
			break;
		}
		fault_arm(0);
		/* A commit that went through and was not heard of counts once all the same. */
		if (rc != ERR_OK)
			assert_string_not_equal(b->err.frame[0].text, "");
	}
#ifdef LEAT_FAULTS
	assert_true(nth > 4);	/* the faults were really there */
#endif
	expect_names(b, b->place.target, "a;b;c;");
}

/* ---- each promise for each connector ------------------------------------------ */

static const struct {
	const char *name;
	void (*fn)(void **state);
} promises[] = {
#define PROMISE(fn) { #fn, fn }
	PROMISE(pointers_and_bits_agree),
	PROMISE(an_unknown_setting_is_refused),
	PROMISE(the_other_side_answers),
	PROMISE(a_missing_stream_is_not_found),
	PROMISE(rows_come_in_order_and_end),
	PROMISE(describe_and_read_agree),
	PROMISE(an_interrupt_ends_a_read),
	PROMISE(parts_have_size_and_hash),
	PROMISE(nothing_shows_before_commit),
	PROMISE(a_job_commits_once),
	PROMISE(a_late_attempt_is_fenced),
	PROMISE(the_modes_do_what_they_say),
	PROMISE(the_last_row_of_a_key_wins),
	PROMISE(lookups_find_what_is_there),
	PROMISE(every_failure_is_reported),
#undef PROMISE
};
#define NPROMISES (sizeof(promises) / sizeof(promises[0]))

static const struct contract_kind *cases[NKINDS * NPROMISES];

/* cmocka hands the case over through initial_state; set_up replaces it. */
static int set_up_case(void **state)
{
	return begin(state, cases[(uintptr_t)*state - 1]);
}

static void every_registered_connector_takes_part(void **state)
{
	(void)state;
	for (int i = 0; connectors[i] != NULL; i++) {
		bool takes_part = false;

		for (size_t k = 0; k < NKINDS; k++)
			takes_part |= strcmp(kinds[k]->type, connectors[i]->type) == 0;
		if (!takes_part)
			fail_msg("connector %s has no row in the contract test",
				 connectors[i]->type);
	}
}

int main(void)
{
	static struct CMUnitTest tests[NKINDS * NPROMISES + 1];
	struct arena *mem = arena_new(NULL, "cases");
	size_t n = 0;
	int failed;

	connector_install(connectors);
	for (size_t k = 0; k < NKINDS; k++) {
		for (size_t p = 0; p < NPROMISES; p++) {
			cases[n] = kinds[k];
			tests[n] = (struct CMUnitTest){
				arena_printf(mem, "%s_%s", kinds[k]->type, promises[p].name),
				promises[p].fn, set_up_case, end, (void *)(uintptr_t)(n + 1),
			};
			n++;
		}
	}
	tests[n] = (struct CMUnitTest){ "every_registered_connector_takes_part",
					every_registered_connector_takes_part, NULL, NULL, NULL };
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(mem);
	return failed;
}
