/*
 * core/engine/files.h
 *	Which files of a pipeline's source are new: the same one is not loaded twice.
 *
 * The same means path, size and hash. A one-shot load does not ask; a
 * pipeline does, unless it says `reload`.
 *
 * Memory:  in the arena given.
 * Threads: the caller's.
 */
#ifndef CORE_ENGINE_FILES_H
#define CORE_ENGINE_FILES_H

#include "core/flow/flow.h"
#include "core/meta/job_file.h"
#include "core/meta/job_run.h"

struct db;

struct files {
	int n;			/* to be loaded now */
	struct job_file *f;
	struct part_list *only;	/* NULL: no choice was made, everything is read */
	bool is_nothing_new;
};

enum err_code files_choose(struct files *out, struct arena *mem, struct db *books,
			   const struct job_claimed *job, const struct pipeline *p,
			   struct conn *source, struct err *err) MUST_USE;

/* Writes them down, pending under the job's run. */
enum err_code files_note(const struct files *files, struct db *books,
			 const struct job_claimed *job, struct err *err) MUST_USE;
#endif
