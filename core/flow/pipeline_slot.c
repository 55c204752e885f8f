/*
 * core/flow/pipeline_slot.c
 *	The slot of a job, put where the texts of its pipeline ask for it.
 */
#include "core/flow/pipeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/calendar.h"

#define TEXT_MAX (64u << 20)
#define NAME_MAX_BYTES 80

struct filler {
	struct arena *mem;
	const struct pipeline_slot *slot;
	bool uses;
	struct err *err;
};

/* "2026-03-29T03:00" in the form given; false: a letter that is none. */
static bool add_local(struct buf *out, const char *local, const char *form, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (form[i] != '%') {
			buf_add(out, form + i, 1);
			continue;
		}
		switch (++i < n ? form[i] : '\0') {
		case 'Y': buf_add(out, local, 4); break;
		case 'y': buf_add(out, local + 2, 2); break;
		case 'm': buf_add(out, local + 5, 2); break;
		case 'd': buf_add(out, local + 8, 2); break;
		case 'H': buf_add(out, local + 11, 2); break;
		case 'M': buf_add(out, local + 14, 2); break;
		case '%': buf_add(out, "%", 1); break;
		case 'j': {
			int64_t y = strtol(local, NULL, 10);
			int m = (int)strtol(local + 5, NULL, 10);
			int d = (int)strtol(local + 8, NULL, 10);

			buf_addf(out, "%03lld", (long long)(calendar_days(y, m, d) -
							    calendar_days(y, 1, 1) + 1));
			break;
		}
		default: return false;
		}
	}
	return true;
}

/* What stands between ${ and }. */
static enum err_code add_value(struct filler *f, const char *where, struct buf *out,
			       const char *name, size_t n)
{
	size_t word = 0;
	bool is_start, is_known;

	while (word < n && name[word] != ':')
		word++;
	is_start = word == 10 && strncmp(name, "slot_start", 10) == 0;
	is_known = is_start || (word == 8 && strncmp(name, "slot_end", 8) == 0);
	f->uses = true;
	if (is_known && f->slot->start == NULL) {
		err_set(f->err, ERR_CONFIG, "%s asks for ${%.*s}, and this run has no slot", where,
			(int)n, name);
		err_hint(f->err, "A schedule gives it one; so does: leat run NAME --backfill "
				 "FROM..TO.");
		return ERR_CONFIG;
	}
	if (is_known && word == n)
		buf_adds(out, is_start ? f->slot->start : f->slot->end);
	else if (is_known)
		is_known = strlen(f->slot->local_start) >= 16 && strlen(f->slot->local_end) >= 16 &&
			   add_local(out, is_start ? f->slot->local_start : f->slot->local_end,
				     name + word + 1, n - word - 1);
	if (is_known)
		return ERR_OK;
	err_set(f->err, ERR_CONFIG, "%s asks for ${%.*s}, which no slot has", where, (int)n, name);
	err_hint(f->err, "There are ${slot_start} and ${slot_end}, and forms of local time with "
			 "%%Y %%y %%m %%d %%H %%M %%j, as in ${slot_start:%%Y-%%m-%%d}.");
	return ERR_CONFIG;
}

static enum err_code fill(struct filler *f, const char *where, const char **text)
{
	const char *p = *text, *at;
	struct buf out;
	enum err_code rc = ERR_OK;

	if (p == NULL || strstr(p, "${slot_") == NULL)
		return ERR_OK;
	buf_init(&out, TEXT_MAX);
	while (rc == ERR_OK && (at = strstr(p, "${slot_")) != NULL) {
		size_t n = strcspn(at + 2, "}");

		buf_add(&out, p, (size_t)(at - p));
		p = at + 2 + n;
		if (*p != '}' || n > NAME_MAX_BYTES)
			rc = err_set(f->err, ERR_CONFIG, "%s holds ${ without }", where);
		else
			rc = add_value(f, where, &out, at + 2, n);
		p += *p == '}';
	}
	buf_adds(&out, p);
	if (rc == ERR_OK)
		*text = arena_strdup(f->mem, buf_str(&out));
	buf_release(&out);
	return rc;
}

enum err_code pipeline_fill_slot(struct arena *mem, struct pipeline *p, bool *uses,
				 struct err *err)
{
	struct filler f = { .mem = mem, .slot = &p->slot, .err = err };
	struct map_rule *map = arena_array(mem, (size_t)p->nmaps + 1, sizeof(*map));
	const char **check = arena_array(mem, (size_t)p->nchecks + 1, sizeof(*check));
	enum err_code rc = fill(&f, "source.stream", &p->source.stream);

	if (rc == ERR_OK)
		rc = fill(&f, "source.query", &p->source.query);
	if (rc == ERR_OK)
		rc = fill(&f, "filter", &p->filter);
	for (int i = 0; rc == ERR_OK && i < p->nmaps; i++) {
		map[i] = p->map[i];
		rc = fill(&f, arena_printf(mem, "map.%s", map[i].target), &map[i].expr);
	}
	for (int i = 0; rc == ERR_OK && i < p->nchecks; i++) {
		check[i] = p->check[i];
		rc = fill(&f, "checks", &check[i]);
	}
	if (uses != NULL)
		*uses = f.uses;
	if (rc != ERR_OK)
		return rc;
	p->map = map;
	p->check = check;
	return ERR_OK;
}
