/*
 * core/flow/xml.h
 *	Tags and texts of an XML part of an office document, one after the other.
 *
 * Made for parts from strangers: there are no entities but the five of XML and
 * character references, a DOCTYPE is refused, nothing is fetched, and nesting
 * costs nothing because nobody keeps it. UTF-8 only. Names come without their
 * prefix. That tags match is not checked: whoever reads knows which ones it wants.
 *
 * Memory:  a window of 256 kB that grows for a long text, XML_TEXT_MAX at most; slices
 *	point into it and are valid until the next call.
 * Threads: one at a time.
 */
#ifndef CORE_FLOW_XML_H
#define CORE_FLOW_XML_H

#include <stdbool.h>

#include "core/base/buf.h"

struct arena;

/* A longer tag or text is refused. */
#define XML_TEXT_MAX (16u * 1024u * 1024u)

/* Where bytes come from; *got is 0 only at the end. */
typedef enum err_code (*xml_read_fn)(void *ctx, char *to, size_t cap, size_t *got,
				     struct err *err);

enum xml_kind { XML_END, XML_OPEN, XML_CLOSE, XML_TEXT };

struct xml_token {
	enum xml_kind kind;
	struct slice name;	/* OPEN and CLOSE, without the prefix */
	struct slice attrs;	/* OPEN: see xml_attr() */
	bool is_empty;	/* OPEN: <a/>, no CLOSE follows */
	struct slice text;	/* TEXT: as it stands; xml_decode() before use */
	bool is_plain;	/* TEXT: CDATA, nothing to decode */
};

struct xml {
	const char *name;	/* of the part, for messages */
	xml_read_fn read;
	void *ctx;
	char *buf;
	size_t cap;
	const char *p;	/* what was not yet given out, up to end */
	const char *end;
	bool is_end;	/* nothing comes behind end */
	bool was_read;	/* something came */
};

/* x lives in mem, as does its window. name and ctx are borrowed. */
struct xml *xml_new(struct arena *mem, const char *name, xml_read_fn read, void *ctx);

/* Reads more behind end; what p points to may move. Nothing new at the end of the part. */
enum err_code xml_more(struct xml *x, struct err *err) MUST_USE;

enum err_code xml_next(struct xml *x, struct xml_token *out, struct err *err) MUST_USE;

/* Value of an attribute, not decoded; false: there is none. */
bool xml_attr(struct slice attrs, const char *name, struct slice *out);

/* Undoes &lt; and the like into to (raw.n bytes fit); -1: an entity that is not known. */
long xml_decode(struct slice raw, char *to);

/* xml_attr() decoded, in mem; NULL: there is none or it cannot be decoded. */
const char *xml_attr_text(struct arena *mem, struct slice attrs, const char *name);

bool xml_is(struct slice name, const char *word);
#endif
