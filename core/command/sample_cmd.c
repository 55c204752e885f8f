/*
 * core/command/sample_cmd.c
 *	The command sample: what a file was recognised as, and how to say so oneself.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/command/body.h"
#include "core/command/sample.h"
#include "core/command/sources.h"
#include "core/flow/written.h"

#define LOOK_ROWS  1000	/* rows that are looked at for what is wrong */
#define WRONG_MAX  5	/* of them, rejects that are shown */
#define NAME_CHARS 40	/* of a table's name made of the file's */

static const struct val_spec args[] = {
	{ "file", VAL_FILE, ARG_POSITIONAL | ARG_REQUIRED, NULL, NULL, SOURCE_HELP, 0 },
	{ "limit", VAL_INT8, 0, "5", NULL, "Rows that are shown, 0 to 1000.", 0 },
	SOURCES_FILE_ARGS,
	VAL_END
};

static const struct val_spec reply[] = {
	{ "part", VAL_TEXT, 0, NULL, NULL, "recognised, field, row, wrong or load.", 0 },
	{ "name", VAL_TEXT, 0, NULL, NULL, "The setting, the field, or the row's number.", 0 },
	{ "value", VAL_TEXT, COL_WRAP, NULL, NULL,
	  "What it is; of a row an object; of load the whole command.", 0 },
	{ "sure", VAL_TEXT, 0, NULL, NULL, "set, sure, likely, guess; open: nobody can know.", 0 },
	{ "why", VAL_TEXT, COL_WRAP, NULL, NULL, "What speaks for it.", 0 },
	VAL_END
};

struct look {
	struct cmd_ctx *cmd;
	struct reply *out;
	const struct schema *fields;	/* as described */
	struct finding_list found;
	int64_t limit;
	int64_t seen;
	int64_t rejected;
};

static void tell(struct reply *out, const char *part, const char *name, const char *value,
		 const char *sure, const char *why)
{
	reply_text(out, "part", part);
	reply_text(out, "name", name);
	reply_text(out, "value", value);
	if (sure != NULL)
		reply_text(out, "sure", sure);
	if (why != NULL && why[0] != '\0')
		reply_text(out, "why", why);
	reply_end_row(out);
}

static void tell_field(struct look *l, const struct field *f)
{
	struct arena *mem = l->cmd->mem;
	const char *value = f->native != NULL ? f->native : type_format(mem, &f->type);
	const char *why = f->native != NULL && strstr(f->native, "%y") != NULL
		? "two digits of a year: 69 to 99 are 19.., 00 to 68 are 20.." : NULL;
	struct err err = { 0 };

	if (f->doubt == NULL) {
		tell(l->out, "field", f->name, value, f->is_told ? "set" : "likely", why);
		return;
	}
	if (written_doubt(mem, f, &err) != ERR_OK)
		tell(l->out, "field", f->name, value, "open",
		     arena_printf(mem, "%s. %s", err.frame[0].text, err.hint));
}

static json_t *json_of(struct arena *mem, const struct column *col, uint32_t row)
{
	if (col->null[row] || col->type != TYPE_TEXT || col->pg_oid != 0)
		return json_null();
	return body_value(mem, col->v.text[row]);
}

static void tell_row(struct look *l, const struct schema *fields, const struct batch *b,
		     uint32_t row)
{
	json_t *o = json_object();
	char *text;

	for (int c = 0; c < fields->nfields && c < b->ncols; c++)
		json_object_set_new(o, fields->field[c].name,
				    json_of(l->cmd->mem, &b->col[c], row));
	text = json_dumps(o, JSON_COMPACT | JSON_PRESERVE_ORDER);
	tell(l->out, "row", arena_printf(l->cmd->mem, "%lld", (long long)b->at[row].row), text,
	     NULL, NULL);
	json_decref(o);
	free(text);
}

static void tell_reject(struct look *l, const struct batch *b, uint32_t row)
{
	struct arena *mem = l->cmd->mem;
	struct slice raw = batch_raw(b, row, mem);
	const char *why = NULL;

	if (++l->rejected > WRONG_MAX)
		return;
	for (uint32_t i = 0; i < b->nproblems && why == NULL; i++)
		if (b->problem[i].row == row)
			why = arena_printf(mem, "%s%s%s", b->problem[i].field,
					   b->problem[i].field[0] != '\0' ? " " : "",
					   b->problem[i].reason);
	tell(l->out, "wrong", arena_printf(mem, "line %lld", (long long)b->at[row].line),
	     text_clean_dup(mem, raw.p, raw.n < 200 ? raw.n : 200), NULL, why);
}

static enum err_code look_at_rows(void *arg, const struct schema *fields, struct batch *b,
				  struct err *err)
{
	struct look *l = arg;

	(void)err;
	for (uint32_t i = 0; i < b->nrows; i++, l->seen++) {
		if (b->state[i] == ROW_REJECTED)
			tell_reject(l, b, i);
		else if (l->seen < l->limit)
			tell_row(l, fields, b, i);
	}
	return ERR_OK;
}

/* ---- the command that says it all ------------------------------------------------ */

/* As a shell reads it back. */
static void add_word(struct buf *line, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_-./:=,%+@";

	buf_adds(line, " ");
	if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
		buf_adds(line, word);
		return;
	}
	buf_adds(line, "'");
	for (const char *c = word; *c != '\0'; c++)
		buf_adds(line, *c == '\'' ? "'\\''" : (char[]){ *c, '\0' });
	buf_adds(line, "'");
}

/* Settings without an option of their own are said by --option. */
static void add_setting(struct arena *mem, struct buf *line, const char *name, const char *value)
{
	buf_adds(line, " --option");
	add_word(line, arena_printf(mem, "%s=%s", name, value));
}

static bool has_option(const char *name)
{
	for (const struct val_spec *s = args; s->name != NULL; s++)
		if (strcmp(s->name, name) == 0)
			return true;
	return false;
}

static void add_option(struct buf *line, const char *name, const char *value)
{
	buf_addf(line, " --%s", name);
	add_word(line, value);
}

/* "in/Sales 2025.csv" -> sales_2025 */
static const char *table_of(struct arena *mem, const char *stream)
{
	const char *base = strrchr(stream, '/');
	char name[NAME_CHARS + 1];
	size_t n = 0;

	for (base = base != NULL ? base + 1 : stream; *base != '\0' && *base != '.' &&
	     n < NAME_CHARS; base++) {
		char c = *base >= 'A' && *base <= 'Z' ? (char)(*base + 32) : *base;
		bool is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9' && n > 0);

		if (is_plain)
			name[n++] = c;
		else if (n > 0 && name[n - 1] != '_')
			name[n++] = '_';
	}
	return n > 0 ? arena_strndup(mem, name, n) : "loaded";
}

/* How a field's values are written, as one of the options dates and decimals takes it. */
static void add_field(struct arena *mem, struct buf *line, const struct field *f)
{
	const char *open = f->native != NULL ? strstr(f->native, "('") : NULL;
	bool is_date = f->type.type == TYPE_DATE || f->type.type == TYPE_TIMESTAMP ||
		       f->type.type == TYPE_TIMESTAMPTZ;

	if (open == NULL || f->type.pg_oid != 0)
		return;
	add_option(line, is_date ? "dates" : "decimals",
		   arena_printf(mem, "%s%s%s=%.*s", strpbrk(f->name, ";=\n") != NULL ? "\"" : "",
				f->name, strpbrk(f->name, ";=\n") != NULL ? "\"" : "",
				(int)(strlen(open) - 4), open + 2));
}

static void tell_load(struct look *l, const struct source *from)
{
	struct arena *mem = l->cmd->mem;
	bool is_file = strcmp(from->connection, "files") == 0;
	struct buf line;

	if (!is_file)
		return;
	buf_init(&line, 65536);
	buf_adds(&line, "leat load");
	add_word(&line, from->stream);
	add_option(&line, "into", table_of(mem, from->stream));
	for (int i = 0; i < l->found.n; i++) {
		const struct finding *f = &l->found.f[i];

		if (strcmp(f->option, "line-ends") == 0 ||
		    params_get(&from->options, NULL, f->option) != NULL)
			continue;
		if (has_option(f->option))
			add_option(&line, f->option, f->value);
		else
			add_setting(mem, &line, f->option, f->value);
	}
	for (int i = 0; i < from->options.n; i++) {
		const struct param *p = &from->options.p[i];

		if (strcmp(p->name, "dates") != 0 && strcmp(p->name, "decimals") != 0)
			add_setting(mem, &line, p->name, p->value);
	}
	for (int i = 0; i < l->fields->nfields; i++)
		add_field(mem, &line, &l->fields->field[i]);
	tell(l->out, "load", "", buf_str(&line), NULL, NULL);
	buf_release(&line);
}

/* ---- all of it ---------------------------------------------------------------------- */

static void tell_what_it_is(struct look *l)
{
	for (int i = 0; i < l->found.n; i++) {
		const struct finding *f = &l->found.f[i];

		tell(l->out, "recognised", f->option, f->value, f->sure, f->why);
	}
	for (int i = 0; i < l->fields->nfields; i++)
		tell_field(l, &l->fields->field[i]);
}

/* Of several tables the first is shown, until one is chosen. */
static void choose(struct params *options, const struct finding_list *found)
{
	for (int i = 0; i < found->n; i++)
		if (strcmp(found->f[i].option, "table") == 0 &&
		    params_get(options, NULL, "table") == NULL)
			options->p[options->n++] = (struct param){ "table", "1" };
}

static enum err_code read_all(struct look *l, struct source *from, struct err *err)
{
	struct params options = from->options;
	struct read_spec spec = { .stream = from->stream, .options = &options,
				  .limit_rows = LOOK_ROWS };
	struct schema fields = { 0 };
	enum err_code rc = from->conn->ops->describe(from->conn, l->cmd->mem, &spec, &fields, NULL,
						     err);

	if (rc != ERR_OK)
		return rc;
	l->fields = &fields;
	if (from->conn->ops->findings != NULL)
		from->conn->ops->findings(from->conn, l->cmd->mem, &l->found);
	tell_what_it_is(l);
	choose(&options, &l->found);
	rc = sample_read(l->cmd, from->conn, &spec, &l->seen, LOOK_ROWS, look_at_rows, l, err);
	if (rc == ERR_OK && l->rejected > WRONG_MAX)
		tell(l->out, "wrong", "", arena_printf(l->cmd->mem, "%lld more rows",
		     (long long)(l->rejected - WRONG_MAX)), NULL, "they would be rejected as well");
	if (rc == ERR_OK)
		tell_load(l, from);
	return rc;
}

static enum err_code run(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			 struct err *err)
{
	struct look l = { .cmd = ctx, .out = out, .limit = arg_int8(in, "limit") };
	struct source from = { 0 };
	enum err_code rc;

	if (l.limit < 0 || l.limit > LOOK_ROWS)
		return err_set(err, ERR_USAGE, "--limit takes a number from 0 to %d", LOOK_ROWS);
	rc = sources_open(ctx, in, arg_text(in, "file"), &from, err);
	if (rc == ERR_OK)
		rc = sources_settings(ctx->mem, in, &from.options, err);
	if (rc == ERR_OK)
		rc = read_all(&l, &from, err);
	conn_close(from.conn);
	return rc;
}

static const struct cmd_example examples[] = {
	{ "leat sample sales.csv", "What the file is, its fields, rows, and the load that says so" },
	{ "leat sample export.txt --delimiter ';' --dates 'paid=%d/%m/%Y' -o json",
	  "With something said, for a program" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_sample = {
	.name = "sample",
	.since = "0.1",
	.summary = "Show what a file was recognised as, and the load that pins it.",
	.text = "Each finding comes with how sure it is and what speaks for it; each can be set by "
		"the option of its name. Fields show their types and how their dates and numbers "
		"are written; one that can be read in several ways is open: a load asks about it, "
		"keeps it as text in a new table, and is refused where the target wants more. Rows "
		"that would be rejected are shown with the reason. The last "
		"row is a command that reads the file in just this way next month as well.\n\n"
		"A file needs no database.",
	.flags = CMD_IDEMPOTENT | CMD_NO_DB | CMD_LOCAL,
	.args = args,
	.reply = reply,
	.examples = examples,
	.run = run,
};
