/*
 * core/flow/datefmt.h
 *	Date formats as in to_date('%d/%m/%Y'): compiled once, read and written.
 *
 *	%Y year, 4 digits      %m month      %d day           %y year, 69..99 = 19xx
 *	%H hour 0..23          %M minute     %S second        %f fraction of a second
 *	%b Jan, %B January     %I hour 1..12 with %p AM or PM  %z +02:00 or Z
 *	%F = %Y-%m-%d          %T = %H:%M:%S                  %% a percent sign
 * Month names are English whatever the locale. Numbers may lack a leading
 * zero when read. Everything else stands for itself; a text must match to its
 * end, blanks around it are ignored.
 *
 * Memory:  a format lives in the arena it was compiled into.
 * Threads: read-only once compiled.
 */
#ifndef CORE_FLOW_DATEFMT_H
#define CORE_FLOW_DATEFMT_H

#include "core/flow/parse.h"

#define DATEFMT_TEXT 640	/* room for any formatted date */

struct datefmt;

/* NULL and *why (a sentence part) when the format cannot be read. */
const struct datefmt *datefmt_compile(struct arena *mem, struct slice text, const char **why);

/* Whether it says a year, month and day; a time; a zone. */
bool datefmt_has_date(const struct datefmt *f);
bool datefmt_has_time(const struct datefmt *f);
bool datefmt_has_zone(const struct datefmt *f);

/* Microseconds since 2000-01-01, UTC when the format has a zone. */
enum parse_rc datefmt_parse(const struct datefmt *f, struct slice s, int64_t *us);

/* us into out (DATEFMT_TEXT bytes); returns the length. Not for infinities. */
size_t datefmt_format(const struct datefmt *f, int64_t us, char *out);
#endif
