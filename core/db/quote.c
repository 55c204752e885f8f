/*
 * core/db/quote.c
 *	Doubling quotes, and refusing what cannot be a name.
 *
 * Needs no connection: the session is UTF-8 with standard strings, always,
 * so what is valid UTF-8 without NUL needs nothing but its quotes doubled.
 */
#include "core/db/quote.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/base/text.h"

/* NAMEDATALEN - 1: the server would cut a longer one and say so only in a notice. */
#define NAME_BYTES 63

static enum err_code check_name(struct arena *mem, const char *name, size_t n, struct err *err)
{
	if (n == 0)
		return err_set(err, ERR_CONFIG, "a name is empty");
	if (n > NAME_BYTES)
		return err_set(err, ERR_CONFIG, "name \"%s\" is over %d bytes",
			       text_fit(mem, name, n, 80), NAME_BYTES);
	if (memchr(name, '\0', n) != NULL)
		return err_set(err, ERR_CONFIG, "name \"%s\" holds a NUL",
			       text_clean_dup(mem, name, n));
	if (utf8_valid(name, n) != n)
		return err_set(err, ERR_CONFIG, "name \"%s\" is not UTF-8",
			       text_clean_dup(mem, name, n));
	return ERR_OK;
}

/* text between two q, with every q inside doubled. */
static char *wrap(struct arena *mem, const char *text, char q, const char *lead)
{
	size_t n = strlen(text), m = strlen(lead);
	char *out = arena_bytes(mem, m + 2 * n + 3), *p = out + m;

	memcpy(out, lead, m);
	*p++ = q;
	for (; *text != '\0'; text++) {
		if (*text == q || (lead[0] != '\0' && *text == '\\'))
			*p++ = *text;
		*p++ = *text;
	}
	*p++ = q;
	*p = '\0';
	return out;
}

enum err_code quote_ident(struct arena *mem, const char *name, char **out, struct err *err)
{
	enum err_code rc = check_name(mem, name, strlen(name), err);

	*out = rc == ERR_OK ? wrap(mem, name, '"', "") : NULL;
	return rc;
}

enum err_code quote_literal(struct arena *mem, const char *text, char **out, struct err *err)
{
	size_t n = strlen(text);

	*out = NULL;
	if (utf8_valid(text, n) != n)
		return err_set(err, ERR_CONFIG, "the text \"%s\" is not UTF-8",
			       text_fit(mem, text, n, 60));
	/* The blank keeps E from growing onto a word before it. */
	*out = wrap(mem, text, '\'', strchr(text, '\\') != NULL ? " E" : "");
	return ERR_OK;
}

/* One part of a dotted name; *rest stands behind it. */
static enum err_code split_part(struct arena *mem, const char *text, const char **part,
				const char **rest, struct err *err)
{
	char *out = arena_bytes(mem, strlen(text) + 1);
	const char *p = text;
	size_t n = 0;

	if (*p != '"') {
		n = strcspn(p, ".");
		if (memchr(p, '"', n) != NULL)
			goto bad;
		memcpy(out, p, n);
		p += n;
	} else {
		for (p++;; p++) {
			if (*p == '\0')
				goto bad;
			if (*p == '"' && *++p != '"')
				break;
			out[n++] = *p;
		}
	}
	if (*p != '\0' && *p != '.')
		goto bad;
	out[n] = '\0';
	*part = out;
	*rest = p;
	return check_name(mem, out, n, err);
bad:
	err_set(err, ERR_CONFIG, "\"%s\" is not a table's name",
		text_clean_dup(mem, text, strlen(text)));
	err_hint(err,
		 "Write schema.table; a part with dots or quotes goes in double quotes, quotes "
		 "inside it doubled.");
	return ERR_CONFIG;
}

enum err_code quote_split(struct arena *mem, const char *text, const char **schema,
			  const char **table, struct err *err)
{
	const char *first, *rest;
	enum err_code rc = split_part(mem, text, &first, &rest, err);

	*schema = NULL;
	*table = NULL;
	if (rc != ERR_OK)
		return rc;
	if (*rest == '\0') {
		*table = first;
		return ERR_OK;
	}
	rc = split_part(mem, rest + 1, table, &rest, err);
	if (rc == ERR_OK && *rest != '\0') {
		rc = err_set(err, ERR_CONFIG, "\"%s\" has more than two parts",
			     text_clean_dup(mem, text, strlen(text)));
		err_hint(err, "Write schema.table; the database is chosen by the connection.");
	}
	if (rc == ERR_OK)
		*schema = first;
	return rc;
}

enum err_code quote_table(struct arena *mem, const char *schema, const char *table, char **out,
			  struct err *err)
{
	char *s = NULL, *t = NULL;
	enum err_code rc = quote_ident(mem, table, &t, err);

	*out = NULL;
	if (rc == ERR_OK && schema != NULL)
		rc = quote_ident(mem, schema, &s, err);
	if (rc == ERR_OK)
		*out = s != NULL ? arena_printf(mem, "%s.%s", s, t) : t;
	return rc;
}
