/*
 * tests/lib/matchcase.c
 *	Reads cases, profiles their values, counts.
 */
#include "tests/lib/matchcase.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/clock.h"

#define FIELDS_MAX 200
#define VALUES_MAX 64
#define LINE_SIZE  1024

static _Noreturn void fail(const char *path, const char *why, const char *line)
{
	fprintf(stderr, "%s: %s: %s\n", path, why, line);
	exit(2);
}

static char *trim(char *s)
{
	size_t n;

	s += strspn(s, " \t");
	for (n = strlen(s); n > 0 && strchr(" \t\r\n", s[n - 1]) != NULL;)
		s[--n] = '\0';
	return s;
}

/* "a | b | c" through a profile; NULL: no values. */
static const struct profile_field *profiled(struct arena *mem, const struct match_field *f,
					    char *values)
{
	struct field *field = arena_alloc(mem, sizeof(*field));
	struct schema *fields = arena_alloc(mem, sizeof(*fields));
	struct batch *b;
	struct profile *p;
	struct profile_report r;
	struct err err = { 0 };

	if (values == NULL || *trim(values) == '\0')
		return NULL;
	*field = (struct field){ .name = f->name, .type = f->type };
	*fields = (struct schema){ 1, field };
	b = batch_new(NULL, 1, VALUES_MAX);
	while (values != NULL && b->nrows < VALUES_MAX) {
		char *next = strchr(values, '|');

		if (next != NULL)
			*next++ = '\0';
		b->col[0].null[b->nrows] = 0;
		b->col[0].v.text[b->nrows++] = slice_of(arena_strdup(mem, trim(values)));
		values = next;
	}
	p = profile_new(mem, fields);
	if (profile_rows(p, b, &err) != ERR_OK)
		fail(f->name, "cannot be profiled", err.frame[0].text);
	profile_unit(p, 0, b);
	profile_report(p, mem, VALUES_MAX, &r);
	batch_free(b);
	return &r.field[0];
}

/* "NAME TYPE[ key]" into f; the type is the last word before key. */
static void read_head(struct arena *mem, const char *path, char *head, struct match_field *f)
{
	struct err err = { 0 };
	char *type;

	head = trim(head);
	type = strrchr(head, ' ');
	if (type != NULL && strcmp(type, " key") == 0) {
		f->is_key = true;
		*type = '\0';
		type = strrchr(head, ' ');
	}
	if (type == NULL || type_parse(slice_of(type + 1), &f->type, &err) != ERR_OK)
		fail(path, "has no type", head);
	*type = '\0';
	f->name = arena_strdup(mem, trim(head));
}

static int source_named(const char *path, const struct matchcase *c, const char *name)
{
	for (int s = 0; s < c->ask.nsources; s++)
		if (strcmp(c->ask.source[s].name, name) == 0)
			return s;
	if (strcmp(name, "-") != 0)
		fail(path, "names no source field", name);
	return -1;
}

static void read_case(struct arena *mem, const char *path, struct matchcase *c)
{
	struct match_field *source = arena_array(mem, FIELDS_MAX, sizeof(*source));
	struct match_field *target = arena_array(mem, FIELDS_MAX, sizeof(*target));
	char line[LINE_SIZE];
	FILE *f = fopen(path, "r");

	if (f == NULL)
		fail(path, "cannot be opened", "");
	c->truth = arena_array(mem, FIELDS_MAX, sizeof(*c->truth));
	c->ask.source = source;
	c->ask.target = target;
	while (fgets(line, sizeof(line), f) != NULL) {
		char *values = strstr(line, " : "), *equals;
		struct match_field *one;

		if (values != NULL) {
			*values = '\0';
			values += 3;
		}
		if (line[0] == 's') {
			one = &source[c->ask.nsources++];
			read_head(mem, path, line + 1, one);
		} else {
			one = &target[c->ask.ntargets];
			equals = strstr(line, " = ");
			if (line[0] != 't' || equals == NULL)
				fail(path, "is no field", line);
			*equals = '\0';
			read_head(mem, path, line + 1, one);
			c->truth[c->ask.ntargets++] = source_named(path, c, trim(equals + 3));
		}
		one->values = profiled(mem, one, values);
	}
	fclose(f);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct matchcase *)a)->name, ((const struct matchcase *)b)->name);
}

struct matchcase *matchcase_read(struct arena *mem, const char *folder, int *n)
{
	struct matchcase *all = arena_array(mem, 100, sizeof(*all));
	DIR *d = opendir(folder);
	struct dirent *e;

	if (d == NULL)
		fail(folder, "cannot be opened", "");
	*n = 0;
	while ((e = readdir(d)) != NULL && *n < 100) {
		if (strstr(e->d_name, ".txt") == NULL)
			continue;
		all[*n].name = arena_strdup(mem, e->d_name);
		read_case(mem, arena_printf(mem, "%s/%s", folder, e->d_name), &all[*n]);
		all[(*n)++].ask.most = FIELDS_MAX;
	}
	closedir(d);
	qsort(all, (size_t)*n, sizeof(*all), by_name);
	return all;
}

struct scored {
	int score, target, source;
};

static int by_score(const void *a, const void *b)
{
	const struct scored *x = a, *y = b;

	if (x->score != y->score)
		return x->score < y->score ? 1 : -1;
	if (x->target != y->target)
		return x->target - y->target;
	return x->source - y->source;
}

/* Right ones among the best pairs, as many as there are matches. */
static int count_found(struct arena *mem, const struct matchcase *c,
		       const struct match_answer *answer, int matches)
{
	struct scored *all = arena_array(mem, (size_t)(c->ask.nsources * c->ask.ntargets) + 1,
					 sizeof(*all));
	size_t n = 0;
	int found = 0;

	for (int t = 0; t < answer->ntargets; t++)
		for (int i = 0; i < answer->target[t].ncandidates; i++)
			all[n++] = (struct scored){ answer->target[t].candidate[i].score, t,
						    answer->target[t].candidate[i].source };
	qsort(all, n, sizeof(*all), by_score);
	for (int i = 0; i < matches && (size_t)i < n; i++)
		found += c->truth[all[i].target] == all[i].source;
	return found;
}

static int rank_of(const struct match_target *t, int source)
{
	for (int i = 0; i < t->ncandidates; i++)
		if (t->candidate[i].source == source)
			return i + 1;
	return t->ncandidates + 1;
}

static void say_wrong(struct arena *mem, const struct matchcase *c, int t,
		      const struct match_target *got)
{
	int want = c->truth[t], rank = want >= 0 ? rank_of(got, want) : 0;

	printf("# %s %s: got %s, want %s at %d\n", c->name, c->ask.target[t].name,
	       got->assigned >= 0 ? c->ask.source[got->assigned].name : "-",
	       want >= 0 ? c->ask.source[want].name : "-", rank);
	for (int i = 0; i < got->ncandidates; i++)
		if (i + 1 == rank || got->candidate[i].is_assigned)
			printf("#    %d %s: %s\n", got->candidate[i].score,
			       c->ask.source[got->candidate[i].source].name,
			       match_reasons(mem, &got->candidate[i]));
}

void matchcase_run(struct arena *mem, const struct matchcase *c, bool say,
		   struct matchcase_sum *sum)
{
	struct match_answer answer;
	int64_t began = clock_mono_us();
	int matches = 0;

	match_run(mem, &c->ask, &answer);
	sum->ms += (double)(clock_mono_us() - began) / 1000;
	for (int t = 0; t < answer.ntargets; t++) {
		const struct match_target *got = &answer.target[t];

		if (got->assigned >= 0 && got->assigned == c->truth[t])
			sum->right++;
		else if (got->assigned >= 0)
			sum->wrong++;
		if (say && got->assigned != c->truth[t])
			say_wrong(mem, c, t, got);
		if (c->truth[t] < 0)
			continue;
		matches++;
		sum->ranks += rank_of(got, c->truth[t]);
	}
	sum->cases++;
	sum->fields += answer.ntargets;
	sum->matches += matches;
	sum->found += count_found(mem, c, &answer, matches);
}
