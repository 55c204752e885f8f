/*
 * core/meta/job_file.h
 *	Which files the runs of a pipeline have loaded.
 *
 * A file counts as loaded once a run that took part of it is settled; until
 * then it is pending under the lease's run, as rejects are. Runs as
 * META_ENGINE.
 *
 * Memory:  nothing is kept.
 * Threads: one session, one thread.
 */
#ifndef CORE_META_JOB_FILE_H
#define CORE_META_JOB_FILE_H

#include "core/meta/job.h"

struct job_file {
	const char *path;
	int64_t size_bytes;
	const char *hash;
	bool is_loaded;		/* set by job_files_known() */
	int64_t loaded_by;	/* job; 0: none */
};

/* Pending under the lease's run until settled. n may be large. */
enum err_code job_files_add(struct db *db, const struct job_lease *l, int64_t pipeline_id,
			    const struct job_file *f, int n, struct err *err) MUST_USE;

/* Marks those of f that a settled run of the pipeline has loaded: same path, size and hash. */
enum err_code job_files_known(struct db *db, int64_t org_id, int64_t pipeline_id,
			      struct job_file *f, int n, struct err *err) MUST_USE;

#endif
