/*
 * core/command/mapping_work.h
 *	What the commands of mapping have in common: the draft, its edits, a sample of the source.
 *
 * Memory:  in the arena of the call; samples are kept by the process for the next call.
 * Threads: a work is one call's; samples may be asked for by several at once.
 */
#ifndef CORE_COMMAND_MAPPING_WORK_H
#define CORE_COMMAND_MAPPING_WORK_H

#include "core/command/command.h"
#include "core/flow/drift.h"
#include "core/flow/mapping.h"
#include "core/flow/preview.h"
#include "core/meta/mapping_store.h"

#define MAPPING_NAME                                                                             \
	{ "name", VAL_NAME, ARG_POSITIONAL | ARG_REQUIRED, NULL, "pipeline", "The pipeline.", 0 }

/* A pipeline, its published mapping and one's own draft. */
struct mapping_work {
	struct cmd_ctx *ctx;
	struct db *db;
	struct mapping_row row;
	struct pipeline pipeline;	/* as it is published */
	struct mapping published;
	struct mapping draft;	/* without a draft: what is published */
	bool has_draft;
};

enum err_code mapping_open(struct cmd_ctx *ctx, const char *name, struct mapping_work *out,
			   struct err *err) MUST_USE;
/* The lines of a version; of the one the draft began from: base. */
enum err_code mapping_of_version(struct mapping_work *w, int64_t version, struct mapping *out,
				 struct err *err) MUST_USE;
enum err_code mapping_base(struct mapping_work *w, struct mapping *out,
			   struct err *err) MUST_USE;
/* Somebody has published since the draft began. */
bool mapping_is_behind(const struct mapping_work *w);
const char *mapping_text(struct arena *mem, const struct mapping *m);

/* Changes w->draft; what it has set is kept as one edit. */
typedef enum err_code (*mapping_edit_fn)(struct mapping_work *w, void *arg, struct err *err);
/*
 * Reads the draft, lets fn change it and keeps it; again when another session was quicker. The
 * last state is in *w; *changed (may be NULL): whether the text is another.
 */
enum err_code mapping_edit(struct cmd_ctx *ctx, const char *name, mapping_edit_fn fn, void *arg,
			   struct mapping_work *w, bool *changed, struct err *err) MUST_USE;

/* A file as text; "-" is standard input. */
enum err_code mapping_read_file(struct cmd_ctx *ctx, const char *path, struct mapping *out,
				struct err *err) MUST_USE;

struct mapping_publishing {
	const char *name;	/* of the pipeline */
	bool merges;		/* takes in what others have published */
	bool is_unchecked;	/* without a look at source and target */
};
/* Plan, question, deed. out NULL: no rows. */
enum err_code mapping_publish_draft(struct cmd_ctx *ctx, const struct mapping_publishing *how,
				    struct reply *out, struct err *err) MUST_USE;

/* ---- answers ----------------------------------------------------------------------- */

#define MAPPING_DIFF_COLUMNS                                                                     \
	{ "field", VAL_TEXT, 0, NULL, NULL,                                                      \
	  "Field of the target, or the word of the line: \"check:\".", 0 },                       \
	{ "change", VAL_TEXT, 0, NULL, NULL,                                                     \
	  "added, removed, changed; clash: others have changed it, too.", 0 },                    \
	{ "from", VAL_TEXT, COL_WRAP, NULL, NULL, "As it was.", 0 },                             \
	{ "to", VAL_TEXT, COL_WRAP, NULL, NULL, "As it is now, or with you.", 0 },               \
	{ "theirs", VAL_TEXT, COL_WRAP, NULL, NULL, "As others have it.", 0 },                   \
	{ "by", VAL_TEXT, 0, NULL, NULL, "Who has changed it: you, others, both.", 0 }

/* "amount", "check:". */
const char *mapping_change_name(const struct mapping_change *c);
/* Fills the columns above; the row is not ended. is_three: theirs and by as well. */
void mapping_reply_change(struct reply *out, const struct mapping_change *c, bool is_three);
/* Edits that can be undone and done again. */
void mapping_count_edits(const struct mapping_work *w, int *undo, int *redo);
#define MAPPING_EDIT_COLUMNS                                                                     \
	{ "name", VAL_NAME, 0, NULL, NULL, "The pipeline.", 0 },                                 \
	{ "changed", VAL_BOOL, 0, NULL, NULL, "Whether the draft is another now.", 0 },          \
	{ "changes", VAL_INT8, 0, NULL, NULL, "Lines in which it differs from what is "          \
	  "published.", 0 },                                                                     \
	{ "undo", VAL_INT8, 0, NULL, NULL, "Edits that can be undone.", 0 },                     \
	{ "redo", VAL_INT8, 0, NULL, NULL, "Edits that can be done again.", 0 }

/* Checks of p that begin with the field, parted by "; "; NULL: none. */
const char *mapping_checks_of(struct arena *mem, const struct pipeline *p, const char *field);

/* ---- drift ------------------------------------------------------------------------- */

struct mapping_drift {
	int n;
	struct drift *d;
	const char *unknown;	/* why it could not be read; NULL: it was, or nothing was noted */
};
/* Looks at the source for two seconds at most. Fails only when the caller is stopped. */
enum err_code mapping_drift_look(struct mapping_work *w, struct mapping_drift *out,
				 struct err *err) MUST_USE;
/* A line for people, with the way on; none, when nothing has changed. */
void mapping_drift_tell(const struct mapping_work *w, const struct mapping_drift *d);
/* Of the fields that an expression names; of those that no line of p does. NULL: none. */
const char *mapping_drift_of(struct arena *mem, const struct mapping_drift *d, const char *expr);
const char *mapping_drift_of_others(struct arena *mem, const struct mapping_drift *d,
				    const struct pipeline *p);

/* ---- samples ----------------------------------------------------------------------- */

struct mapping_sample {
	struct preview *preview;
	const struct schema *target;	/* NULL: it does not exist yet */
	const char *target_name;
	struct finding_list found;	/* how the source was recognised */
};

/*
 * Rows of the source of p, and the fields of its target. Read once and kept for later calls of
 * this process; is_fresh reads again. Ours alone until it is given back.
 */
enum err_code mapping_sample_take(struct cmd_ctx *ctx, const struct pipeline *p, int64_t rows,
				  bool is_fresh, struct mapping_sample **out,
				  struct err *err) MUST_USE;
void mapping_sample_give(struct mapping_sample *s);	/* NULL is fine */

/* The draft (or a text of lines) as a pipeline that can be tried. */
void mapping_as_pipeline(const struct mapping_work *w, const struct mapping *m,
			 struct pipeline *out);
#endif
