/*
 * core/engine/message.c
 *	Words for somebody who is woken by them.
 */
#include "core/engine/message.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/text.h"

#define TEXT_MAX  16384
#define SLACK_MAX 2900		/* of a block; Slack takes 3,000 characters */

static const char *text_at(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static long long number_at(const json_t *o, const char *key)
{
	return (long long)json_integer_value(json_object_get(o, key));
}

static const char *clean(struct arena *mem, const char *s)
{
	return s != NULL ? text_clean_dup(mem, s, strlen(s)) : "";
}

static const json_t *data_of(const json_t *message)
{
	return json_object_get(message, "data");
}

/* "orders", or what was loaded where. */
static const char *subject_of(struct arena *mem, const json_t *data)
{
	const char *pipeline = text_at(data, "pipeline"), *source = text_at(data, "source");

	if (pipeline != NULL)
		return clean(mem, pipeline);
	return source != NULL ? arena_printf(mem, "load of %s", clean(mem, source)) : "leat";
}

static bool is_type(const json_t *message, const char *type)
{
	const char *is = text_at(message, "type");

	return is != NULL && strcmp(is, type) == 0;
}

static const char *verdict(struct arena *mem, const json_t *message)
{
	const json_t *rows = json_object_get(data_of(message), "rows");

	if (is_type(message, "test"))
		return "this is a test";
	if (is_type(message, "job.recovered"))
		return "works again";
	if (is_type(message, "job.succeeded"))
		return "succeeded";
	if (is_type(message, "job.rejects"))
		return arena_printf(mem, "%lld of %lld rows were rejected%s",
				    number_at(rows, "rejected"), number_at(rows, "read"),
				    text_at(data_of(message), "held") != NULL
				    ? ", and the pipeline is held" : "");
	return "failed";
}

const char *message_json(struct arena *mem, const json_t *message)
{
	char *text = json_dumps(message, JSON_COMPACT);
	const char *copy = arena_strdup(mem, text != NULL ? text : "{}");

	free(text);
	return copy;
}

const char *message_subject(struct arena *mem, const json_t *message)
{
	const json_t *data = data_of(message), *error = json_object_get(data, "error");
	const char *why = is_type(message, "job.failed") ? clean(mem, text_at(error, "text")) : "";
	const char *what = arena_printf(mem, "[leat] %s %s", subject_of(mem, data),
					verdict(mem, message));

	if (why[0] != '\0')
		what = arena_printf(mem, "%s: %s", what, why);
	return text_fit(mem, what, strlen(what), 150);
}

/* "--org NAME " where it has to be said. */
static const char *org_words(struct arena *mem, const json_t *data)
{
	const char *org = text_at(data, "organization");

	if (org == NULL || strcmp(org, "default") == 0)
		return "";
	return arena_printf(mem, "--org %s ", clean(mem, org));
}

static void add_why(struct arena *mem, struct buf *out, const json_t *data)
{
	const json_t *error = json_object_get(data, "error");
	const char *hint = text_at(error, "hint"), *sqlstate = text_at(error, "sqlstate");
	if (text_at(error, "text") == NULL)
		return;
	buf_addf(out, "\nWhy:      %s\n", clean(mem, text_at(error, "text")));
	if (sqlstate != NULL && sqlstate[0] != '\0')
		buf_addf(out, "          (SQLSTATE %s)\n", clean(mem, sqlstate));
	if (hint != NULL && hint[0] != '\0')
		buf_addf(out, "Do next:  %s\n", clean(mem, hint));
}

static void add_facts(struct arena *mem, struct buf *out, const json_t *data)
{
	const json_t *rows = json_object_get(data, "rows");
	const char *finished = text_at(data, "finished_at");

	buf_addf(out, "\nJob:      %lld (%s), %lld %s\n", number_at(data, "job"),
		 clean(mem, text_at(data, "state")), number_at(data, "attempts"),
		 number_at(data, "attempts") == 1 ? "attempt" : "attempts");
	if (text_at(data, "held") != NULL)
		buf_addf(out, "Held:     %s\n", clean(mem, text_at(data, "held")));
	buf_addf(out, "From:     %s\nInto:     %s\n", clean(mem, text_at(data, "source")),
		 clean(mem, text_at(data, "target")));
	buf_addf(out, "Rows:     read %lld, written %lld, unchanged %lld, filtered %lld, rejected "
		 "%lld\n", number_at(rows, "read"), number_at(rows, "written"),
		 number_at(rows, "unchanged"), number_at(rows, "filtered"),
		 number_at(rows, "rejected"));
	if (finished != NULL)
		buf_addf(out, "Ended:    %s, after %.1f s\n", clean(mem, finished),
			 json_number_value(json_object_get(data, "seconds")));
}

static void add_incident(struct arena *mem, struct buf *out, const json_t *message)
{
	const json_t *incident = json_object_get(data_of(message), "incident");

	if (!json_is_object(incident))
		return;
	if (is_type(message, "job.recovered"))
		buf_addf(out, "\nIt began at %s; %lld %s ended so.\n",
			 clean(mem, text_at(incident, "opened_at")), number_at(incident, "jobs"),
			 number_at(incident, "jobs") == 1 ? "job" : "jobs");
	else
		buf_adds(out, "\nWhile this lasts, no other message about it is sent.\n");
}

static void add_commands(struct arena *mem, struct buf *out, const json_t *message)
{
	const json_t *data = data_of(message);
	const char *org = org_words(mem, data);
	long long job = number_at(data, "job");

	buf_addf(out, "\nTo look:\n    leat %sjob show %lld\n    leat %sjob logs %lld\n", org, job,
		 org, job);
	if (number_at(json_object_get(data, "rows"), "rejected") > 0)
		buf_addf(out, "    leat %sreject groups %lld\n", org, job);
	if (is_type(message, "job.failed"))
		buf_addf(out, "To try it again:\n    leat %sjob retry %lld\n", org, job);
	if (text_at(data, "held") != NULL)
		buf_addf(out, "To let the next job of the pipeline start:\n    leat %spipeline resume "
			 "%s\n", org, clean(mem, text_at(data, "pipeline")));
}

const char *message_text(struct arena *mem, const json_t *message)
{
	const json_t *data = data_of(message);
	const char *copy;
	struct buf out;

	buf_init(&out, TEXT_MAX);
	buf_addf(&out, "%s: %s.\n", subject_of(mem, data), verdict(mem, message));
	if (is_type(message, "test")) {
		buf_adds(&out, "\nNothing has happened. Somebody ran \"leat alert test\" to see "
			 "whether messages arrive here.\n");
	} else {
		if (is_type(message, "job.failed"))
			add_why(mem, &out, data);
		add_facts(mem, &out, data);
		add_incident(mem, &out, message);
		add_commands(mem, &out, message);
	}
	copy = arena_strdup(mem, buf_str(&out));
	buf_release(&out);
	return copy;
}

/* Cut at whole characters. */
static json_t *plain_block(struct arena *mem, const char *type, const char *text, size_t max)
{
	size_t n = strlen(text);

	if (n > max) {
		n = max;
		while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
			n--;
	}
	return json_pack("{s:s, s:{s:s, s:s, s:b}}", "type", type, "text", "type", "plain_text",
			 "text", arena_strndup(mem, text, n), "emoji", 0);
}

/* For the notification, which is markup: its three special characters are told apart. */
static const char *escaped(struct arena *mem, const char *s)
{
	const char *copy;
	struct buf out;

	buf_init(&out, TEXT_MAX);
	for (; *s != '\0'; s++) {
		if (*s == '&')
			buf_adds(&out, "&amp;");
		else if (*s == '<')
			buf_adds(&out, "&lt;");
		else if (*s == '>')
			buf_adds(&out, "&gt;");
		else
			buf_add(&out, s, 1);
	}
	copy = arena_strdup(mem, buf_str(&out));
	buf_release(&out);
	return copy;
}

const char *message_slack(struct arena *mem, const json_t *message)
{
	const json_t *data = data_of(message);
	const char *head = arena_printf(mem, "%s: %s", subject_of(mem, data),
					verdict(mem, message));
	const char *text = message_text(mem, message), *copy;
	const char *rest = strstr(text, "\n\n");
	json_t *body = json_pack("{s:s, s:[o, o]}", "text",
				 escaped(mem, message_subject(mem, message)), "blocks",
				 plain_block(mem, "header", head, 140),
				 plain_block(mem, "section", rest != NULL ? rest + 2 : text,
					     SLACK_MAX));

	copy = message_json(mem, body);
	json_decref(body);
	return copy;
}

json_t *message_test(const char *organization, const char *pipeline, const char *now)
{
	return json_pack("{s:s, s:s, s:{s:s?, s:s?}}", "type", "test", "timestamp", now, "data",
			 "organization", organization, "pipeline", pipeline);
}
