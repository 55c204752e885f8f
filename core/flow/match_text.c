/*
 * core/flow/match_text.c
 *	Names to words, and how alike words are that nobody knows.
 */
#include <string.h>

#include "core/base/arena.h"
#include "core/flow/match_priv.h"

#define NAME_MAX_BYTES 256	/* of a name; more says nothing */
#define JARO_MAX       64
#define PART_MIN       3	/* letters of a part of a compound */
#define LONE_PART_MIN  5	/* of one whose other half nobody knows */
#define PHRASE_MAX     4	/* words of a phrase */

/* ---- folding ------------------------------------------------------------------- */

/* U+00C0 to U+017F without what stands above, below or across. */
static const char latin[] =
	"aaaaaaaceeeeiiiidnooooo-ouuuuyts" "aaaaaaaceeeeiiiidnooooo-ouuuuyty"
	"aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkkllllllllllnnnnnnnnn"
	"oooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

enum kind { GAP, LOWER, UPPER, DIGIT };

struct letter {
	char c;	/* folded */
	enum kind kind;
};

static struct letter ascii(unsigned char c)
{
	if (c >= 'A' && c <= 'Z')
		return (struct letter){ (char)(c + 32), UPPER };
	if (c >= 'a' && c <= 'z')
		return (struct letter){ (char)c, LOWER };
	if (c >= '0' && c <= '9')
		return (struct letter){ (char)c, DIGIT };
	return (struct letter){ ' ', GAP };
}

/* Letters of name, folded; sharp s becomes two. At most max. */
static int fold(const char *name, struct letter *out, int max)
{
	const unsigned char *p = (const unsigned char *)name;
	int n = 0;

	while (*p != '\0' && n < max - 1) {
		uint32_t u = 0;

		if (*p < 0x80) {
			out[n++] = ascii(*p++);
			continue;
		}
		if ((*p & 0xe0) == 0xc0 && (p[1] & 0xc0) == 0x80)
			u = (uint32_t)(*p & 0x1f) << 6 | (p[1] & 0x3f);
		for (p++; (*p & 0xc0) == 0x80;)
			p++;
		if (u < 0xc0 || u > 0x17f || latin[u - 0xc0] == '-') {
			/* Letters of other scripts stay apart from blanks, and match each other. */
			out[n++] = u == 0 ? (struct letter){ '?', LOWER }
					  : (struct letter){ ' ', GAP };
			continue;
		}
		out[n++] = (struct letter){ latin[u - 0xc0], u < 0xdf ? UPPER : LOWER };
		if (u == 0xdf)
			out[n++] = (struct letter){ 's', LOWER };
	}
	return n;
}

static bool is_border(const struct letter *l, int n, int i)
{
	enum kind a = l[i - 1].kind, b = l[i].kind;

	if (a == b)	/* the S of HTTPServer begins a word */
		return a == UPPER && i + 1 < n && l[i + 1].kind == LOWER;
	return !(a == UPPER && b == LOWER);
}

void match_split(struct arena *mem, const char *name, struct tokens *out)
{
	struct letter l[NAME_MAX_BYTES];
	int n = fold(name, l, NAME_MAX_BYTES), start = 0;
	char *text = arena_bytes(mem, (size_t)n + 1);

	out->n = 0;
	for (int i = 0; i < n; i++)
		text[i] = l[i].c;
	for (int i = 1; i <= n; i++) {
		if (i < n && !is_border(l, n, i))
			continue;
		if (l[start].kind != GAP && out->n < TOKENS_MAX)
			out->t[out->n++] = (struct token){
				.text = { text + start, (size_t)(i - start) }
			};
		start = i;
	}
}

const char *match_normal(struct arena *mem, const char *name)
{
	struct tokens all;
	struct buf text;
	const char *out;

	match_split(mem, name, &all);
	buf_init(&text, NAME_MAX_BYTES * 2);
	for (int i = 0; i < all.n; i++) {
		if (i > 0)
			buf_adds(&text, "_");
		buf_add(&text, all.t[i].text.p, all.t[i].text.n);
	}
	/* Nothing but signs: the name itself has to do. */
	out = text.len > 0 ? arena_strdup(mem, buf_str(&text)) : arena_strdup(mem, name);
	buf_release(&text);
	return out;
}

/* ---- compounds and phrases ---------------------------------------------------- */

static void put(struct tokens *out, struct slice text, const struct words_entry *entry)
{
	if (out->n < TOKENS_MAX)
		out->t[out->n++] = (struct token){ text, entry };
}

/* Letters that join parts of a compound: rechnung|s|nummer, kunde|n|nummer. */
static size_t link_length(struct slice s)
{
	static const char *const links[] = { "en", "es", "s", "n", "e" };

	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		size_t n = strlen(links[i]);

		if (s.n > n + PART_MIN && memcmp(s.p, links[i], n) == 0)
			return n;
	}
	return 0;
}

/* Too short to be found inside a word, but at its end they are what they look like. */
static bool is_ending(struct slice s)
{
	return slice_is(s, "nr") || slice_is(s, "no") || slice_is(s, "id");
}

/* Parts s into known words entirely, the longest first. */
static bool part(const struct words *w, struct slice s, int depth, struct tokens *out)
{
	int had = out->n;

	for (size_t n = s.n; n >= PART_MIN; n--) {
		struct slice head = { s.p, n }, tail = { s.p + n, s.n - n };
		const struct words_entry *e = words_find(w, head);
		size_t joint;

		if (e == NULL)
			continue;
		put(out, head, e);
		if (tail.n == 0)
			return true;
		if (n > PART_MIN && is_ending(tail)) {
			put(out, tail, words_find(w, tail));
			return true;
		}
		if (depth < 3 && part(w, tail, depth + 1, out))
			return true;
		joint = link_length(tail);
		if (depth < 3 && joint > 0 &&
		    part(w, (struct slice){ tail.p + joint, tail.n - joint }, depth + 1, out))
			return true;
		out->n = had;
	}
	return false;
}

/* One half is known: the other stays a word of its own. */
static bool part_half(const struct words *w, struct slice s, struct tokens *out)
{
	for (size_t n = s.n - PART_MIN; n >= LONE_PART_MIN; n--) {
		struct slice tail = { s.p + s.n - n, n }, head = { s.p, n };
		const struct words_entry *e = words_find(w, tail);

		if (e != NULL) {
			put(out, (struct slice){ s.p, s.n - n }, NULL);
			put(out, tail, e);
			return true;
		}
		e = words_find(w, head);
		if (e != NULL) {
			put(out, head, e);
			put(out, (struct slice){ s.p + n, s.n - n }, NULL);
			return true;
		}
	}
	return false;
}

static const char *long_form(struct slice s)
{
	for (const struct words_long *l = words_longs; l->word != NULL; l++)
		if (slice_is(s, l->word))
			return l->means;
	return NULL;
}

static void put_long(const struct words *w, const char *means, struct tokens *out)
{
	size_t n;

	for (; *means != '\0'; means += n, means += strspn(means, " ")) {
		n = strcspn(means, " ");
		put(out, (struct slice){ means, n }, words_find(w, (struct slice){ means, n }));
	}
}

static void put_word(const struct words *w, struct slice s, struct tokens *out)
{
	const struct words_entry *e = words_find(w, s);
	const char *means = long_form(s);

	if (means != NULL)
		put_long(w, means, out);
	else if (e != NULL || s.n < 2 * PART_MIN)
		put(out, s, e);
	else if (!part(w, s, 0, out) && (s.n <= LONE_PART_MIN + PART_MIN || !part_half(w, s, out)))
		put(out, s, NULL);
}

/* How many words from i on are one phrase; *joined is its text. */
static int phrase_at(struct arena *mem, const struct words *w, const struct tokens *all, int i,
		     struct slice *joined, const struct words_entry **entry, const char **means)
{
	for (int n = all->n - i < PHRASE_MAX ? all->n - i : PHRASE_MAX; n > 1; n--) {
		struct slice word[PHRASE_MAX];
		struct buf tight;

		buf_init(&tight, NAME_MAX_BYTES);
		for (int k = 0; k < n; k++) {
			word[k] = all->t[i + k].text;
			buf_add(&tight, word[k].p, word[k].n);
		}
		joined->p = arena_strndup(mem, buf_str(&tight), tight.len);
		joined->n = tight.len;
		buf_release(&tight);
		*means = n == 2 ? long_form(*joined) : NULL;
		*entry = words_find_joined(w, word, n);
		if (*entry == NULL && n == 2)
			*entry = words_find(w, *joined);	/* street2, co2 */
		if (*entry != NULL)
			*joined = (*entry)->word;
		if (*entry != NULL || *means != NULL)
			return n;
	}
	return 0;
}

static void join_phrases(struct arena *mem, const struct words *w, const struct tokens *all,
			 struct tokens *out, bool split)
{
	for (int i = 0; i < all->n;) {
		const struct words_entry *entry = NULL;
		const char *means = NULL;
		struct slice joined;
		int n = phrase_at(mem, w, all, i, &joined, &entry, &means);

		if (n > 0 && means != NULL)
			put_long(w, means, out);
		else if (n > 0)
			put(out, joined, entry);
		else if (split)
			put_word(w, all->t[i].text, out);
		else
			put(out, all->t[i].text, all->t[i].entry);
		i += n > 0 ? n : 1;
	}
}

void match_words(struct arena *mem, const struct words *w, const char *name, struct tokens *out)
{
	struct tokens plain, parted = { 0 };

	match_split(mem, name, &plain);
	join_phrases(mem, w, &plain, &parted, true);
	/* What compounds are made of may be a phrase: postal|code. */
	out->n = 0;
	join_phrases(mem, w, &parted, out, false);
}

/* ---- words that nobody knows ---------------------------------------------------- */

double match_jaro(struct slice a, struct slice b)
{
	bool in_a[JARO_MAX] = { false }, in_b[JARO_MAX] = { false };
	int na = a.n < JARO_MAX ? (int)a.n : JARO_MAX, nb = b.n < JARO_MAX ? (int)b.n : JARO_MAX;
	int reach = (na > nb ? na : nb) / 2 - 1, same = 0, moved = 0, k = 0, head = 0;
	double m, jaro;

	for (int i = 0; i < na; i++) {
		for (int j = i - reach < 0 ? 0 : i - reach; j < nb && j <= i + reach; j++) {
			if (in_b[j] || a.p[i] != b.p[j])
				continue;
			in_a[i] = in_b[j] = true;
			same++;
			break;
		}
	}
	if (same == 0)
		return na == nb && na == 0;
	for (int i = 0; i < na; i++) {
		if (!in_a[i])
			continue;
		while (!in_b[k])
			k++;
		moved += a.p[i] != b.p[k++];
	}
	m = same;
	jaro = (m / na + m / nb + (m - moved / 2) / m) / 3;
	while (head < 4 && head < na && head < nb && a.p[head] == b.p[head])
		head++;
	return jaro + head * 0.1 * (1 - jaro);
}

static char at(struct slice s, size_t i)
{
	return i == 0 || i > s.n ? ' ' : s.p[i - 1];
}

double match_trigrams(struct slice a, struct slice b)
{
	bool used[JARO_MAX] = { false };
	size_t na = a.n < JARO_MAX ? a.n : JARO_MAX, nb = b.n < JARO_MAX ? b.n : JARO_MAX;
	int same = 0;

	if (na == 0 || nb == 0)
		return 0;
	for (size_t i = 0; i < na; i++) {
		for (size_t j = 0; j < nb; j++) {
			if (used[j] || at(a, i) != at(b, j) || at(a, i + 1) != at(b, j + 1) ||
			    at(a, i + 2) != at(b, j + 2))
				continue;
			used[j] = true;
			same++;
			break;
		}
	}
	return 2.0 * same / (double)(na + nb);
}

double match_short(struct slice a, struct slice b)
{
	struct slice s = a.n < b.n ? a : b, l = a.n < b.n ? b : a;
	size_t k = 0;

	if (s.n < 2 || l.n < s.n + 2 || s.p[0] != l.p[0])
		return 0;
	if (memcmp(s.p, l.p, s.n) == 0)
		return s.n >= 3 ? 0.85 : 0.6;
	for (size_t i = 0; i < l.n && k < s.n; i++)
		k += l.p[i] == s.p[k];
	if (k < s.n)
		return 0;
	return s.n >= 3 ? 0.62 + 0.25 * (double)s.n / (double)l.n : 0.45;
}
