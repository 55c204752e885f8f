/*
 * tui/widget/marks.h
 *	A set of texts that remembers the order in which they came.
 *
 * Memory:  a heap object; texts are copied.
 * Threads: one.
 */
#ifndef TUI_WIDGET_MARKS_H
#define TUI_WIDGET_MARKS_H

#include <stdbool.h>

struct marks;

struct marks *marks_new(void);
void marks_free(struct marks *m);	/* NULL is fine */
void marks_clear(struct marks *m);

/* What is in the set keeps its place in the order. */
void marks_add(struct marks *m, const char *text);
void marks_remove(struct marks *m, const char *text);
bool marks_has(const struct marks *m, const char *text);

int marks_count(const struct marks *m);
/* The i-th in the order of coming; borrowed until the set changes. NULL: there is none. */
const char *marks_at(struct marks *m, int i);
#endif
