/*
 * connectors/file/sample.h
 *	The types of a stream of files, from rows of several of them.
 *
 * Memory:  what is learnt lives in the arena given.
 * Threads: one at a time.
 */
#ifndef CONNECTORS_FILE_SAMPLE_H
#define CONNECTORS_FILE_SAMPLE_H

#include "connectors/file/layout.h"
#include "core/io/files.h"

struct sample_source {
	const struct layout *layout;
	struct source *first;	/* open; left as it was */
	const struct file_list *files;
	const struct input_env *env;
};

/*
 * Sets type and native of each field of out, which has the layout's names.
 * Also finds files whose columns are not those of the first.
 */
enum err_code sample_types(struct arena *mem, const struct sample_source *s, struct schema *out,
			   struct err *err) MUST_USE;
#endif
