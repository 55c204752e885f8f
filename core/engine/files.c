/*
 * core/engine/files.c
 *	Choosing the files that were not loaded yet.
 */
#include "core/engine/files.h"

#include "core/base/arena.h"

enum err_code files_choose(struct files *out, struct arena *mem, struct db *books,
			   const struct job_claimed *job, const struct pipeline *p,
			   struct conn *source, struct err *err)
{
	struct read_spec spec = { .stream = p->source.stream, .options = &p->source.options };
	struct part_list all = { 0 };
	struct job_file *file;
	enum err_code rc;

	*out = (struct files){ 0 };
	if (!(source->ops->caps & CONN_FILES) || p->reload)
		return ERR_OK;
	rc = source->ops->parts(source, mem, &spec, &all, err);
	if (rc != ERR_OK)
		return rc;
	file = arena_array(mem, (size_t)all.n, sizeof(*file));
	for (int i = 0; i < all.n; i++)
		file[i] = (struct job_file){
			.path = all.p[i].path,
			.size_bytes = all.p[i].size_bytes,
			.hash = all.p[i].hash,
		};
	rc = job_files_known(books, job->lease.org_id, job->pipeline_id, file, all.n, err);
	if (rc != ERR_OK)
		return rc;
	out->f = arena_array(mem, (size_t)all.n, sizeof(*out->f));
	out->only = arena_alloc(mem, sizeof(*out->only));
	out->only->p = arena_array(mem, (size_t)all.n, sizeof(*out->only->p));
	for (int i = 0; i < all.n; i++) {
		if (file[i].is_loaded)
			continue;
		out->only->p[out->n] = all.p[i];
		out->f[out->n++] = file[i];
	}
	out->only->n = out->n;
	/* Standard input and the like have no parts to be known by. */
	out->is_nothing_new = all.n > 0 && out->n == 0;
	if (all.n == 0)
		out->only = NULL;
	return ERR_OK;
}

enum err_code files_note(const struct files *files, struct db *books,
			 const struct job_claimed *job, struct err *err)
{
	if (files->n == 0)
		return ERR_OK;
	return job_files_add(books, &job->lease, job->pipeline_id, files->f, files->n, err);
}
