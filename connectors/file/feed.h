/*
 * connectors/file/feed.h
 *	One file as UTF-8 text, with a look at its beginning before it is read.
 *
 * Memory:  lives in its arena; holds the first DETECT_BYTES of the file.
 * Threads: one at a time.
 */
#ifndef CONNECTORS_FILE_FEED_H
#define CONNECTORS_FILE_FEED_H

#include "connectors/file/part.h"

struct feed {
	struct source base;
	struct input *in;
	struct detection found;
	char *text;	/* the sample as UTF-8, CSV_PAD bytes behind it */
	size_t text_n;
	size_t text_at;	/* handed out up to here */
	bool is_whole;	/* the sample is all there is */
	char *raw;	/* bytes not yet converted; NULL for UTF-8 */
	size_t raw_n;
	bool is_end;	/* of the file */
};

/* Opens path, looks at its beginning and says in found what it is. Empty: ERR_INPUT. */
enum err_code feed_open(struct arena *own, const char *path, const struct detect_set *set,
			const struct input_env *env, struct feed **out, struct err *err) MUST_USE;

/* UTF-8 from where the sample's rows start; feed_is_end() says when that was all. cap > 8. */
enum err_code feed_read(struct feed *f, char *to, size_t cap, size_t *got,
			struct err *err) MUST_USE;

bool feed_is_end(const struct feed *f);

/* Where feed_read() starts, in bytes of the (unpacked) file. */
int64_t feed_start_offset(const struct feed *f);
#endif
