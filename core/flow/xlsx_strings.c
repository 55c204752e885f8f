/*
 * core/flow/xlsx_strings.c
 *	Texts one behind the other, in memory or in a file that is mapped.
 */
#include "core/flow/xlsx_strings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/flow/xlsx_value.h"

#define TEXT_MAX     XML_TEXT_MAX
#define RELAX_BYTES  (8u << 20)	/* written behind each other before memory is given back */

/* Bytes that grow: mapped memory at first, a mapped file above `held`. */
struct store {
	char *p;
	size_t n;
	size_t cap;
	size_t held;
	int fd;	/* -1: memory */
	size_t relaxed;	/* n when memory was given back last */
};

struct xlsx_strings {
	struct arena *mem;
	const char *name;
	struct xml *x;
	bool is_end;
	int64_t n;
	struct store text;	/* length as uint32_t, bytes, padded to 4 */
	struct store at;	/* uint32_t: where each starts in text, in steps of 4 */
	struct xlsx_text reading;
};

/* ---- a store --------------------------------------------------------------- */

static void store_init(struct store *s, size_t held)
{
	*s = (struct store){ .held = held, .fd = -1 };
}

static void store_release(struct store *s)
{
	if (s->p != NULL)
		munmap(s->p, s->cap);
	if (s->fd >= 0)
		close(s->fd);
	store_init(s, s->held);
}

static void store_relax(struct store *s)
{
	if (s->fd >= 0)
		madvise(s->p, s->cap, MADV_DONTNEED);
	s->relaxed = s->n;
}

static enum err_code open_file(struct store *s, struct err *err)
{
	const char *folder = getenv("TMPDIR");

	if (folder == NULL || folder[0] == '\0')
		folder = "/tmp";
	s->fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (s->fd < 0)
		return err_sys(err, errno, "making a file for the texts of a workbook in %s",
			       folder);
	return ERR_OK;
}

/* The room is taken on the disk at once: a full one must show here, not as a signal later. */
static enum err_code grow_file(struct store *s, size_t cap, struct err *err)
{
	bool was_memory = s->fd < 0;
	enum err_code rc = was_memory ? open_file(s, err) : ERR_OK;
	int failed;
	void *p;

	if (rc != ERR_OK)
		return rc;
	failed = posix_fallocate(s->fd, 0, (off_t)cap);
	if (failed != 0) {
		rc = err_sys(err, failed, "keeping the texts of a workbook");
		err_hint(err, "They are kept in TMPDIR when they are too many for memory: give it "
			 "room, or name another folder.");
		return rc;
	}
	p = mmap(NULL, cap, PROT_READ | PROT_WRITE, MAP_SHARED, s->fd, 0);
	if (p == MAP_FAILED)
		return err_sys(err, errno, "mapping the texts of a workbook");
	if (was_memory && s->n > 0)
		memcpy(p, s->p, s->n);
	if (s->p != NULL)
		munmap(s->p, s->cap);
	s->p = p;
	s->cap = cap;
	return ERR_OK;
}

static enum err_code store_room(struct store *s, size_t n, struct err *err)
{
	size_t cap = s->cap > 0 ? s->cap : 256u << 10;
	void *p;

	if (n <= s->cap - s->n)
		return ERR_OK;
	while (cap - s->n < n)
		cap += cap < RELAX_BYTES * 2 ? cap : RELAX_BYTES * 2;
	if (cap > s->held || s->fd >= 0)
		return grow_file(s, cap, err);
	p = s->p == NULL ? mmap(NULL, cap, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				-1, 0)
			 : mremap(s->p, s->cap, cap, MREMAP_MAYMOVE);
	if (p == MAP_FAILED)
		return err_sys(err, errno, "keeping the texts of a workbook");
	s->p = p;
	s->cap = cap;
	return ERR_OK;
}

static void store_wrote(struct store *s, size_t n)
{
	s->n += n;
	if (s->n - s->relaxed > RELAX_BYTES)
		store_relax(s);
}

/* ---- one text -------------------------------------------------------------- */

void xlsx_text_init(struct xlsx_text *t)
{
	*t = (struct xlsx_text){ 0 };
	buf_init(&t->out, TEXT_MAX);
}

void xlsx_text_release(struct xlsx_text *t)
{
	buf_release(&t->out);
}

void xlsx_text_clear(struct xlsx_text *t)
{
	buf_clear(&t->out);
	t->in_text = false;
	t->phonetic = 0;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Blanks around a text count only where the file says so. */
static void end_text(struct xlsx_text *t)
{
	struct buf *b = &t->out;
	size_t from = t->from;

	t->in_text = false;
	if (t->keeps_space)
		return;
	while (b->len > from && is_space(b->data[b->len - 1]))
		b->len--;
	while (from < b->len && is_space(b->data[from]))
		from++;
	if (from > t->from)
		memmove(b->data + t->from, b->data + from, b->len - from);
	b->len -= from - t->from;
}

static enum err_code add_bytes(struct xlsx_text *t, const struct xml *x,
			       const struct xml_token *tok, struct err *err)
{
	enum err_code rc = buf_reserve(&t->out, tok->text.n + 1, err);
	long n = (long)tok->text.n;

	if (rc != ERR_OK)
		return err_wrap(err, rc, "reading %s", x->name);
	if (tok->is_plain)
		memcpy(t->out.data + t->out.len, tok->text.p, tok->text.n);
	else
		n = xml_decode(tok->text, t->out.data + t->out.len);
	if (n < 0)
		return err_set(err, ERR_INPUT, "%s is damaged: it names an entity that XML does not "
			       "have", x->name);
	t->out.len += (size_t)n;
	return ERR_OK;
}

enum err_code xlsx_text_add(struct xlsx_text *t, const struct xml *x, const struct xml_token *tok,
			    struct err *err)
{
	struct slice space;

	if (tok->kind == XML_TEXT)
		return t->in_text && t->phonetic == 0 ? add_bytes(t, x, tok, err) : ERR_OK;
	if (xml_is(tok->name, "rPh") && !tok->is_empty) {
		t->phonetic += tok->kind == XML_OPEN ? 1 : t->phonetic > 0 ? -1 : 0;
	} else if (xml_is(tok->name, "t") && tok->kind == XML_OPEN && !tok->is_empty) {
		t->in_text = true;
		t->from = t->out.len;
		t->keeps_space = xml_attr(tok->attrs, "space", &space) &&
				 slice_is(space, "preserve");
	} else if (xml_is(tok->name, "t") && t->in_text) {
		end_text(t);
	}
	return ERR_OK;
}

/* ---- all of them ----------------------------------------------------------- */

static void release(void *obj)
{
	struct xlsx_strings *s = obj;

	store_release(&s->text);
	store_release(&s->at);
	xlsx_text_release(&s->reading);
}

struct xlsx_strings *xlsx_strings_held(struct arena *mem, const char *name, struct xml *x,
				       size_t held_bytes)
{
	struct xlsx_strings *s = arena_alloc(mem, sizeof(*s));

	*s = (struct xlsx_strings){ .mem = mem, .name = name, .x = x, .is_end = x == NULL };
	store_init(&s->text, held_bytes);
	store_init(&s->at, held_bytes);
	xlsx_text_init(&s->reading);
	arena_on_free(mem, release, s);
	return s;
}

struct xlsx_strings *xlsx_strings_new(struct arena *mem, const char *name, struct xml *x)
{
	return xlsx_strings_held(mem, name, x, XLSX_STRINGS_HELD);
}

/* Keeps a text of raw_n bytes at most; fill() writes it and says how long it is. */
static enum err_code keep(struct xlsx_strings *s, struct slice raw, bool is_plain, struct err *err)
{
	enum err_code rc = store_room(&s->text, raw.n + 8, err);
	char *to;
	long n;

	if (rc == ERR_OK)
		rc = store_room(&s->at, sizeof(uint32_t), err);
	if (rc != ERR_OK)
		return rc;
	if (s->n == XLSX_STRINGS_MAX || s->text.n / 4 > UINT32_MAX)
		return err_set(err, ERR_LIMIT, "%s holds more than %lld texts", s->name,
			       (long long)s->n);
	to = s->text.p + s->text.n + 4;
	if (is_plain) {
		memcpy(to, raw.p, raw.n);
		n = (long)raw.n;
	} else {
		n = xml_decode(raw, to);
	}
	if (n >= 0)
		n = (long)xlsx_unescape(to, (size_t)n);
	if (n < 0 || utf8_valid(to, (size_t)n) != (size_t)n)
		return err_set(err, ERR_INPUT, "%s is damaged: its text number %lld cannot be read",
			       s->name, (long long)s->n + 1);
	*(uint32_t *)(void *)(s->at.p + s->at.n) = (uint32_t)(s->text.n / 4);
	*(uint32_t *)(void *)(s->text.p + s->text.n) = (uint32_t)n;
	store_wrote(&s->text, (4 + (size_t)n + 3) / 4 * 4);
	store_wrote(&s->at, sizeof(uint32_t));
	s->n++;
	return ERR_OK;
}

/* Nearly all texts are just <si><t>...</t></si>; true: one was taken from the window. */
static bool take_simple(struct xlsx_strings *s, enum err_code *rc, struct err *err)
{
	struct xml *x = s->x;
	const char *p = x->p, *close;
	struct slice raw;

	if (x->end - p < 64 || memcmp(p, "<si><t", 6) != 0)
		return false;
	p += 6;
	if (*p == '>')
		p++;
	else if (memcmp(p, " xml:space=\"preserve\">", 22) == 0)
		p += 22;
	else
		return false;
	close = memchr(p, '<', (size_t)(x->end - p));
	if (close == NULL || x->end - close < 9 || memcmp(close, "</t></si>", 9) != 0)
		return false;
	raw = (struct slice){ p, (size_t)(close - p) };
	/* Blanks at the ends: the long way knows what counts. */
	if (p[-2] != '"' && raw.n > 0 && (is_space(raw.p[0]) || is_space(raw.p[raw.n - 1])))
		return false;
	x->p = close + 9;
	*rc = keep(s, raw, memchr(raw.p, '&', raw.n) == NULL && memchr(raw.p, '\r', raw.n) == NULL,
		   err);
	return true;
}

/* The next <si>, whatever is in it; at the end is_end. */
static enum err_code take_any(struct xlsx_strings *s, struct err *err)
{
	struct xml_token t;
	bool is_in = false;
	enum err_code rc;

	xlsx_text_clear(&s->reading);
	for (;;) {
		rc = xml_next(s->x, &t, err);
		if (rc != ERR_OK)
			return rc;
		if (t.kind == XML_END || (t.kind == XML_CLOSE && xml_is(t.name, "sst"))) {
			s->is_end = true;
			return is_in ? err_set(err, ERR_INPUT, "%s is damaged: its texts end within "
					       "one", s->name) : ERR_OK;
		}
		if (t.kind == XML_OPEN && xml_is(t.name, "si")) {
			is_in = !t.is_empty;
			if (t.is_empty)
				return keep(s, (struct slice){ "", 0 }, true, err);
		} else if (t.kind == XML_CLOSE && xml_is(t.name, "si")) {
			return keep(s, (struct slice){ buf_str(&s->reading.out),
						       s->reading.out.len }, true, err);
		} else if (is_in) {
			rc = xlsx_text_add(&s->reading, s->x, &t, err);
			if (rc != ERR_OK)
				return rc;
		} else if (t.kind == XML_OPEN) {
			/* <sst>: from here on the short way may do. */
			return ERR_OK;
		}
	}
}

enum err_code xlsx_strings_get(struct xlsx_strings *s, int64_t i, struct slice *out, bool *found,
			       struct err *err)
{
	enum err_code rc = ERR_OK;
	const char *p;

	while (i >= s->n && !s->is_end && rc == ERR_OK) {
		if (!take_simple(s, &rc, err))
			rc = take_any(s, err);
	}
	*found = rc == ERR_OK && i >= 0 && i < s->n;
	if (!*found)
		return rc;
	p = s->text.p + (size_t)((const uint32_t *)(const void *)s->at.p)[i] * 4;
	*out = (struct slice){ p + 4, *(const uint32_t *)(const void *)p };
	return ERR_OK;
}

void xlsx_strings_relax(struct xlsx_strings *s)
{
	store_relax(&s->text);
	store_relax(&s->at);
}
