/*
 * tui/widget/typed.c
 *	A few words typed at their end: secrets, confirmations, what narrows a menu.
 */
#include "tui/widget/typed.h"

#include <string.h>

#include "core/base/buf.h"
#include "core/base/text.h"

void typed_clear(struct typed *t)
{
	explicit_bzero(t->text, sizeof(t->text));
	t->n = 0;
}

static void add(struct typed *t, const char *p, size_t n)
{
	if (n >= sizeof(t->text) - t->n)
		return;
	memcpy(t->text + t->n, p, n);
	t->n += n;
	t->text[t->n] = '\0';
}

void typed_set(struct typed *t, const char *text)
{
	typed_clear(t);
	typed_paste(t, text, strlen(text));
}

static void cut_to(struct typed *t, size_t n)
{
	explicit_bzero(t->text + n, t->n - n);
	t->n = n;
}

static size_t before_last(const struct typed *t, size_t n)
{
	while (n > 0 && (t->text[--n] & 0xC0) == 0x80)
		;
	return n;
}

static size_t before_word(const struct typed *t)
{
	size_t n = t->n;

	while (n > 0 && t->text[n - 1] == ' ')
		n--;
	while (n > 0 && t->text[n - 1] != ' ')
		n--;
	return n;
}

bool typed_key(struct typed *t, struct key k)
{
	char bytes[4];

	if (k.mods == 0 && k.code >= ' ' && k.code != 0x7F && k.code < KEY_CODE_FIRST)
		add(t, bytes, utf8_encode(k.code, bytes));
	else if (k.mods == 0 && k.code == KEY_CODE_BACKSPACE)
		cut_to(t, before_last(t, t->n));
	else if (k.mods == KEY_CTRL && k.code == 'u')
		cut_to(t, 0);
	else if (k.mods == KEY_CTRL && k.code == 'w')
		cut_to(t, before_word(t));
	else
		return false;
	return true;
}

/* The next character of a paste as it goes into a line; 0 bytes: not at all. */
static size_t one_of(const char *p, size_t n, size_t *taken)
{
	uint32_t c;
	size_t len = utf8_decode(p, n, &c);

	*taken = len > 0 ? len : 1;
	if (len == 0 || (c < ' ' && c != '\t') || (c >= 0x7F && c < 0xA0))
		return 0;
	return len;
}

void typed_one_line(struct buf *out, const char *p, size_t n)
{
	while (n > 0 && (p[n - 1] == '\n' || p[n - 1] == '\r'))
		n--;
	for (size_t at = 0, taken; at < n; at += taken) {
		size_t len = one_of(p + at, n - at, &taken);

		/* The two bytes of one end of a line are one space. */
		if (p[at] == '\n' && at > 0 && p[at - 1] == '\r')
			continue;
		if (p[at] == '\n' || p[at] == '\r' || p[at] == '\t')
			buf_adds(out, " ");
		else if (len <= out->limit - out->len)
			buf_add(out, p + at, len);
		else
			return;
	}
}

void typed_paste(struct typed *t, const char *p, size_t n)
{
	struct buf line;

	buf_init(&line, sizeof(t->text) - 1 - t->n);
	typed_one_line(&line, p, n);
	add(t, buf_str(&line), line.len);
	if (line.data != NULL)
		explicit_bzero(line.data, line.len);
	buf_release(&line);
}
