/*
 * tui/view/expr_offer.h
 *	Names of fields and functions while an expression is typed.
 *
 * Memory:  none is kept.
 * Threads: one.
 */
#ifndef TUI_VIEW_EXPR_OFFER_H
#define TUI_VIEW_EXPR_OFFER_H

#include <stddef.h>

struct buf;

/* A field as it stands in an expression. */
void expr_quote(struct buf *out, const char *name);

/* Field number i; NULL: no more. *help, what is told of it, may stay NULL. */
typedef const char *(*expr_name_fn)(void *ctx, int i, const char **help);

/* Offers what may stand in the line (line.h) at byte at of text: fields, then functions. */
void expr_offer(const char *text, size_t at, expr_name_fn name_at, void *ctx);
#endif
