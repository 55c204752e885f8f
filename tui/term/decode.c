/*
 * tui/term/decode.c
 *	Escape sequences, read byte by byte.
 */
#include "tui/term/decode.h"

#include <string.h>

#include "core/base/text.h"
#include "tui/term/colour.h"

#define ESC 0x1b
#define DOUBLE_CLICK_MS 400
#define SEQUENCE_WAIT_MS 500	/* on a slow line a sequence may come in pieces */
#define LONGEST 4000	/* a sequence that fills the buffer has no end */
#define PARAMS 4

static const char paste_end[] = "\x1b[201~";

/* CSI ... final and SS3 final. */
static const struct {
	char final;
	uint32_t code;
} by_final[] = {
	{ 'A', KEY_CODE_UP },	 { 'B', KEY_CODE_DOWN },   { 'C', KEY_CODE_RIGHT },
	{ 'D', KEY_CODE_LEFT },	 { 'F', KEY_CODE_END },	   { 'H', KEY_CODE_HOME },
	{ 'M', KEY_CODE_ENTER }, { 'P', KEY_CODE_F1 },	   { 'Q', KEY_CODE_F1 + 1 },
	{ 'R', KEY_CODE_F1 + 2 }, { 'S', KEY_CODE_F1 + 3 }, { 'Z', KEY_CODE_TAB },
};

/* CSI number ~ */
static const struct {
	int number;
	uint32_t code;
} by_number[] = {
	{ 1, KEY_CODE_HOME },	   { 2, KEY_CODE_INSERT },   { 3, KEY_CODE_DELETE },
	{ 4, KEY_CODE_END },	   { 5, KEY_CODE_PGUP },     { 6, KEY_CODE_PGDN },
	{ 7, KEY_CODE_HOME },	   { 8, KEY_CODE_END },	     { 11, KEY_CODE_F1 },
	{ 12, KEY_CODE_F1 + 1 },   { 13, KEY_CODE_F1 + 2 },  { 14, KEY_CODE_F1 + 3 },
	{ 15, KEY_CODE_F1 + 4 },   { 17, KEY_CODE_F1 + 5 },  { 18, KEY_CODE_F1 + 6 },
	{ 19, KEY_CODE_F1 + 7 },   { 20, KEY_CODE_F1 + 8 },  { 21, KEY_CODE_F1 + 9 },
	{ 23, KEY_CODE_F1 + 10 },  { 24, KEY_CODE_F12 },
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A sequence: ESC, perhaps ESC before it, "[" or "O", parameters, a last letter. */
struct sequence {
	char private;		/* '<', '?', ... before the parameters; 0: none */
	int param[PARAMS];	/* -1: not given */
	int nparams;
	char final;
};

enum step { STEP_MORE, STEP_DONE, STEP_NOTHING };	/* cut short; an input; swallowed */

void decoder_init(struct decoder *d)
{
	memset(d, 0, sizeof(*d));
	buf_init(&d->paste, PASTE_MAX);
	d->click_x = -1;
}

void decoder_release(struct decoder *d)
{
	buf_release(&d->paste);
}

unsigned char *decoder_room(struct decoder *d, size_t *size)
{
	memmove(d->in, d->in + d->at, d->n - d->at);
	d->n -= d->at;
	d->at = 0;
	*size = sizeof(d->in) - d->n;
	return d->in + d->n;
}

void decoder_came(struct decoder *d, size_t n, int64_t now_ms)
{
	d->n += n;
	d->came_at_ms = now_ms;
}

static void key_input(struct input *out, uint32_t code, unsigned mods)
{
	*out = (struct input){ .kind = INPUT_KEY, .key = { code, mods } };
}

/* ---- characters ------------------------------------------------------------ */

/* One byte below 0x80 as a key. */
static void plain_key(unsigned char c, unsigned mods, struct input *out)
{
	if (c == '\r' || c == '\n')
		key_input(out, KEY_CODE_ENTER, mods);
	else if (c == '\t')
		key_input(out, KEY_CODE_TAB, mods);
	else if (c == 0x7f || c == '\b')
		key_input(out, KEY_CODE_BACKSPACE, mods);
	else if (c == ESC)
		key_input(out, KEY_CODE_ESC, mods);
	else if (c == 0)
		key_input(out, ' ', mods | KEY_CTRL);
	else if (c < 0x1b)
		key_input(out, (uint32_t)(c + 'a' - 1), mods | KEY_CTRL);
	else if (c < 0x20)
		key_input(out, (uint32_t)(c + '@'), mods | KEY_CTRL);
	else
		key_input(out, c, mods);
}

static enum step character(const unsigned char *p, size_t n, unsigned mods, struct input *out,
			   size_t *used)
{
	size_t need = p[0] < 0xc0 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	uint32_t c;

	*used = 1;
	if (p[0] < 0x80) {
		plain_key(p[0], mods, out);
		return STEP_DONE;
	}
	if (need > 1 && n < need) {
		for (size_t i = 1; i < n; i++)
			if ((p[i] & 0xc0) != 0x80)
				return STEP_NOTHING;
		return STEP_MORE;
	}
	*used = utf8_decode((const char *)p, n, &c);
	if (*used == 0 || c < 0xa0) {
		*used = *used == 0 ? 1 : *used;
		return STEP_NOTHING;
	}
	key_input(out, c, mods);
	return STEP_DONE;
}

/* ---- sequences ------------------------------------------------------------- */

/* What stands behind "ESC [", or behind "ESC O". Returns the bytes of it; 0: cut short. */
static size_t read_sequence(const unsigned char *p, size_t n, struct sequence *s)
{
	size_t i = 0;

	*s = (struct sequence){ .param = { -1, -1, -1, -1 } };
	if (i < n && p[i] >= '<' && p[i] <= '?')
		s->private = (char)p[i++];
	for (; i < n && p[i] >= 0x20 && p[i] < 0x40; i++) {
		int *param = &s->param[s->nparams];

		if (p[i] == ';' && s->nparams < PARAMS - 1)
			s->nparams++;
		else if (p[i] >= '0' && p[i] <= '9' && *param < 100000)
			*param = (*param < 0 ? 0 : *param * 10) + p[i] - '0';
	}
	if (i == n)
		return 0;
	s->nparams++;
	s->final = (char)p[i++];
	/* The function keys of the Linux console: ESC [ [ A. */
	if (s->final == '[' && s->private == 0) {
		if (i == n)
			return 0;
		s->private = '[';
		s->final = (char)p[i++];
	}
	return i;
}

/* 2 is Shift, 3 Alt, 5 Ctrl, and so on: one more than the bits. */
static unsigned mods_of(int param)
{
	unsigned bits = param > 1 ? (unsigned)param - 1 : 0;

	return ((bits & 1) != 0 ? KEY_SHIFT : 0u) | ((bits & 2) != 0 ? KEY_ALT : 0u) |
		((bits & 4) != 0 ? KEY_CTRL : 0u);
}

static enum step final_key(const struct sequence *s, unsigned mods, struct input *out)
{
	if (s->private == '[' && s->final >= 'A' && s->final <= 'E') {
		key_input(out, KEY_CODE_F1 + (uint32_t)(s->final - 'A'), mods);
		return STEP_DONE;
	}
	if (s->private != 0)
		return STEP_NOTHING;
	/* rxvt: a small letter is the arrow with a modifier. */
	if (s->final >= 'a' && s->final <= 'd') {
		key_input(out, KEY_CODE_UP, mods);
		out->key.code = by_final[s->final - 'a'].code;
		return STEP_DONE;
	}
	/* With another first parameter it is the answer to a question: ESC [ 24 ; 80 R. */
	if (s->param[0] > 1)
		return STEP_NOTHING;
	if (s->final == 'Z')
		mods |= KEY_SHIFT;
	for (size_t i = 0; i < COUNT(by_final); i++) {
		if (by_final[i].final == s->final) {
			key_input(out, by_final[i].code, mods | mods_of(s->param[1]));
			return STEP_DONE;
		}
	}
	return STEP_NOTHING;
}

/* CSI number ; modifiers ~, and ^ or @ at the end in rxvt. */
static enum step number_key(struct decoder *d, const struct sequence *s, unsigned mods,
			    struct input *out)
{
	if (s->final == '~' && s->param[0] == 200) {
		d->is_paste = true;
		d->matched = 0;
		buf_clear(&d->paste);
		return STEP_NOTHING;
	}
	if (s->final == '^' || s->final == '@')
		mods |= s->final == '@' ? KEY_CTRL | KEY_SHIFT : KEY_CTRL;
	for (size_t i = 0; i < COUNT(by_number); i++) {
		if (by_number[i].number == s->param[0]) {
			key_input(out, by_number[i].code, mods | mods_of(s->param[1]));
			return STEP_DONE;
		}
	}
	return STEP_NOTHING;
}

/* CSI < button ; column ; row M (pressed) or m (released) */
static enum step mouse(struct decoder *d, const struct sequence *s, int64_t now_ms,
		       struct input *out)
{
	int button = s->param[0] & 0x43, x = s->param[1] - 1, y = s->param[2] - 1;

	if (s->nparams != 3 || s->final != 'M' || (s->param[0] & 0x20) != 0 || x < 0 || y < 0)
		return STEP_NOTHING;
	*out = (struct input){ .kind = INPUT_MOUSE, .x = x, .y = y, .mouse = MOUSE_PRESS };
	if (button == 0x40 || button == 0x41) {
		out->mouse = button == 0x40 ? MOUSE_WHEEL_UP : MOUSE_WHEEL_DOWN;
	} else if (button == 2) {
		out->mouse = MOUSE_RIGHT;
	} else if (button != 0) {
		return STEP_NOTHING;
	} else if (x == d->click_x && y == d->click_y &&
		   now_ms - d->click_at_ms <= DOUBLE_CLICK_MS) {
		out->mouse = MOUSE_DOUBLE;
		d->click_x = -1;
	} else {
		d->click_x = x;
		d->click_y = y;
		d->click_at_ms = now_ms;
	}
	return STEP_DONE;
}

static enum step control_sequence(struct decoder *d, const unsigned char *p, size_t n,
				  unsigned mods, int64_t now_ms, struct input *out, size_t *used)
{
	struct sequence s;
	size_t len = read_sequence(p + 1, n - 1, &s);

	if (len == 0)
		return STEP_MORE;
	*used = 1 + len;
	if (p[0] == 'O') {
		if (s.final >= 'a' && s.final <= 'd')
			mods |= KEY_CTRL;
		/* Some put the modifier in front: ESC O 5 A. */
		if (s.nparams == 1) {
			s.param[1] = s.param[0];
			s.param[0] = -1;
		}
		return final_key(&s, mods, out);
	}
	if (s.final == 'M' && s.private == 0)
		return STEP_NOTHING;
	if (s.private == '<')
		return mouse(d, &s, now_ms, out);
	if (s.final == '~' || s.final == '^' || s.final == '@')
		return s.private == 0 ? number_key(d, &s, mods, out) : STEP_NOTHING;
	if (s.final >= 'a' && s.final <= 'd')
		mods |= KEY_SHIFT;
	return final_key(&s, mods, out);
}

static int hex(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "1e1e/1e1e/1e1e" up to n, each part of one to four digits, of which the first two count. */
static bool read_rgb(const unsigned char *p, size_t n, int *rgb)
{
	size_t at = 0;

	*rgb = 0;
	for (int part = 0; part < 3; part++) {
		int digits = 0, two = 0;

		for (; at < n && hex(p[at]) >= 0; at++, digits++)
			if (digits < 2)
				two = two * 16 + hex(p[at]);
		if (digits < 1 || digits > 4 || (part < 2 && (at == n || p[at++] != '/')))
			return false;
		*rgb = *rgb << 8 | (digits == 1 ? two * 17 : two);
	}
	return at == n;
}

/*
 * OSC, DCS, SOS, PM, APC up to their end: answers of the terminal. But for the colour of its
 * ground nobody asks for any.
 */
static enum step take_string(const unsigned char *p, size_t n, struct input *out, size_t *used)
{
	static const char ground[] = "]11;rgb:";
	size_t lead = sizeof(ground) - 1;

	for (size_t i = 1; i < n; i++) {
		size_t end = p[i] == 0x07 ? i : i - 1;
		int rgb;

		if (p[i] != 0x07 && (p[i] != '\\' || p[i - 1] != ESC))
			continue;
		*used = i + 1;
		if (end < lead || memcmp(p, ground, lead) != 0 ||
		    !read_rgb(p + lead, end - lead, &rgb))
			return STEP_NOTHING;
		*out = (struct input){ .kind = INPUT_GROUND, .is_light =
			colour_contrast(rgb, 0x000000) > colour_contrast(rgb, 0xffffff) };
		return STEP_DONE;
	}
	return STEP_MORE;
}

/* p[0] is ESC. is_late: nothing more comes to what is there. */
static enum step escape(struct decoder *d, const unsigned char *p, size_t n, bool is_late,
			int64_t now_ms, struct input *out, size_t *used)
{
	size_t lead = n > 2 && p[1] == ESC && (p[2] == '[' || p[2] == 'O') ? 2 : 1, more = 0;
	unsigned mods = lead == 2 ? KEY_ALT : 0;
	enum step step = STEP_MORE;

	if (n > lead && (p[lead] == '[' || p[lead] == 'O'))
		step = control_sequence(d, p + lead, n - lead, mods, now_ms, out, &more);
	else if (n > 1 && strchr("]P^_X", p[1]) != NULL && p[1] != '\0')
		step = take_string(p + 1, n - 1, out, &more);
	else if (n > 1 && p[1] != ESC)
		step = character(p + 1, n - 1, KEY_ALT, out, &more);
	if (step != STEP_MORE) {
		*used = lead + more;
		return step;
	}
	if (!is_late)
		return STEP_MORE;
	/* ESC alone, or Alt with a letter that could have begun more; the rest is dropped. */
	*used = n;
	if (n == 2 && p[1] < 0x80 && p[1] != ESC) {
		plain_key(p[1], KEY_ALT, out);
		return STEP_DONE;
	}
	if (n <= 2) {
		*used = 1;
		plain_key(ESC, 0, out);
		return STEP_DONE;
	}
	return STEP_NOTHING;
}

/* ---- pastes ---------------------------------------------------------------- */

/* Lines of a paste end in LF, whatever the terminal sent. */
static void paste_byte(struct buf *b, char c)
{
	bool is_after_cr = b->len > 0 && b->data[b->len - 1] == '\r';

	if (is_after_cr) {
		b->data[b->len - 1] = '\n';
		if (c == '\n')
			return;
	}
	buf_add(b, &c, 1);
}

/* Takes bytes of a paste; true at its end. */
static bool paste(struct decoder *d)
{
	while (d->at < d->n) {
		char c = (char)d->in[d->at++];

		if (c == paste_end[d->matched]) {
			if (paste_end[++d->matched] != '\0')
				continue;
			if (d->paste.len > 0 && d->paste.data[d->paste.len - 1] == '\r')
				d->paste.data[d->paste.len - 1] = '\n';
			d->is_paste = false;
			return true;
		}
		for (int i = 0; i < d->matched; i++)
			paste_byte(&d->paste, paste_end[i]);
		d->matched = c == paste_end[0] ? 1 : 0;
		if (d->matched == 0)
			paste_byte(&d->paste, c);
	}
	return false;
}

/* ---- all of it ------------------------------------------------------------- */

/* How long the bytes that are there may wait for more. */
static int patience_ms(const struct decoder *d)
{
	return d->n - d->at <= 2 && d->in[d->at] == ESC ? ESC_WAIT_MS : SEQUENCE_WAIT_MS;
}

int64_t decoder_due_ms(const struct decoder *d)
{
	if (d->is_paste || d->at == d->n)
		return -1;
	return d->came_at_ms + patience_ms(d);
}

bool decoder_next(struct decoder *d, int64_t now_ms, struct input *out)
{
	while (d->at < d->n) {
		const unsigned char *p = d->in + d->at;
		size_t used = 0, left = d->n - d->at;
		bool is_late = now_ms >= d->came_at_ms + patience_ms(d) || left >= LONGEST;
		enum step step;

		if (d->is_paste) {
			if (!paste(d))
				return false;
			*out = (struct input){ .kind = INPUT_PASTE, .text = buf_str(&d->paste),
					       .len = d->paste.len };
			return true;
		}
		if (p[0] == ESC)
			step = escape(d, p, left, is_late, now_ms, out, &used);
		else
			step = character(p, left, 0, out, &used);
		if (step == STEP_MORE && !is_late)
			return false;
		d->at += used == 0 ? left : used;
		if (step == STEP_DONE)
			return true;
	}
	return false;
}
