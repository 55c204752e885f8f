/*
 * core/flow/number.h
 *	Numbers as people write them: 1.234,56  1 234.5  (12.50)  12,50-  EUR 5  5 %
 *
 * Marks say what stands before the fraction, what between thousands, and what
 * every number of the column wears (a currency, a percent sign). With them a
 * text is exactly one number or none; nothing is tried out. As text they are
 * written in that order: ",." is 1.234,56, "." alone 1,234.56, ", " is 1 234,56,
 * ".'" is 1'234.56, ",.€" is 1.234,56 €.
 *
 * Memory:  none, but where an arena is given.
 * Threads: any.
 */
#ifndef CORE_FLOW_NUMBER_H
#define CORE_FLOW_NUMBER_H

#include "core/flow/parse.h"

struct number_marks {
	char point;	/* '.' or ','; 0: '.' */
	char group;	/* 0: none; ' ' also stands for its unbreakable kinds, ' for U+2019 */
	const char *affix;	/* before or behind each number; "" and NULL: nothing */
	bool is_dressed;	/* parentheses and a minus behind the number mean negative */
};

/* False: these are no marks. The affix lives in mem. */
bool number_marks_read(struct arena *mem, const char *text, struct number_marks *out);

/* As number_marks_read() wants it, in mem. */
const char *number_marks_text(struct arena *mem, const struct number_marks *m);

/* Whether the marks are no others than those of parse_decimal(). */
bool number_is_plain(const struct number_marks *m);

enum parse_rc number_parse(struct slice s, const struct number_marks *m, struct decimal *out);

/*
 * What the text wears before its first digit or behind its last, if that is a
 * currency or a percent sign: a static text, "" for nothing. NULL: something else.
 */
const char *number_affix(struct slice s);
#endif
