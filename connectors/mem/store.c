/*
 * connectors/mem/store.c
 *	Stores by name, under one lock.
 */
#include "connectors/mem/store.h"

#include <pthread.h>
#include <string.h>

#include "connectors/mem/mem.h"
#include "core/base/arena.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct mem_store *stores;

void store_lock(void)
{
	pthread_mutex_lock(&lock);
}

void store_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

struct mem_store *store_find(const char *name)
{
	struct mem_store *s = stores;
	struct arena *mem;

	while (s != NULL && strcmp(s->name, name) != 0)
		s = s->next;
	if (s != NULL)
		return s;
	mem = arena_new(NULL, "mem store");
	s = arena_alloc(mem, sizeof(*s));
	s->mem = mem;
	s->name = arena_strdup(mem, name);
	s->next = stores;
	stores = s;
	return s;
}

void mem_store_drop(const char *name)
{
	struct mem_store **at = &stores, *s;

	store_lock();
	while (*at != NULL && strcmp((*at)->name, name) != 0)
		at = &(*at)->next;
	s = *at;
	if (s != NULL) {
		*at = s->next;
		arena_free(s->mem);
	}
	store_unlock();
}

struct mem_table *store_table(struct mem_store *s, const char *name)
{
	struct mem_table *t = s->table;

	while (t != NULL && strcmp(t->name, name) != 0)
		t = t->next;
	return t;
}

struct mem_log *store_log(struct mem_store *s, const struct fence *f)
{
	struct mem_log *l = s->log;

	while (l != NULL && (l->job != f->job || strcmp(l->origin, f->origin) != 0))
		l = l->next;
	return l;
}

void store_copy_schema(struct arena *mem, const struct schema *from, struct schema *to)
{
	to->nfields = from->nfields;
	to->field = arena_array(mem, (size_t)from->nfields, sizeof(*to->field));
	for (int i = 0; i < from->nfields; i++) {
		to->field[i] = from->field[i];
		to->field[i].name = arena_strdup(mem, from->field[i].name);
		to->field[i].native = NULL;
	}
}

void table_add(struct arena *mem, struct mem_table *t, struct mem_row row)
{
	if (t->nrows == t->cap) {
		int64_t cap = t->cap != 0 ? t->cap * 2 : 16;
		struct mem_row *grown = arena_array(mem, (size_t)cap, sizeof(*grown));

		if (t->nrows > 0)
			memcpy(grown, t->row, (size_t)t->nrows * sizeof(*grown));
		t->row = grown;
		t->cap = cap;
	}
	t->row[t->nrows++] = row;
}

static bool is_text(enum type type)
{
	return type == TYPE_TEXT || type == TYPE_BYTES || type == TYPE_JSON || type == TYPE_UUID;
}

/* 1.50 is 1.5: scales are taken off both ends. */
static bool decimal_equal(struct decimal a, struct decimal b)
{
	while (a.scale > 0 && a.coef % 10 == 0)
		a.coef /= 10, a.scale--;
	while (b.scale > 0 && b.coef % 10 == 0)
		b.coef /= 10, b.scale--;
	return a.coef == b.coef && a.scale == b.scale;
}

bool value_equal(enum type type, const struct mem_value *a, const struct mem_value *b)
{
	if (a->is_null || b->is_null)
		return a->is_null && b->is_null;
	if (is_text(type))
		return slice_eq(a->v.text, b->v.text);
	if (type == TYPE_DECIMAL)
		return decimal_equal(a->v.dec, b->v.dec);
	if (type == TYPE_FLOAT)
		return memcmp(&a->v.f64, &b->v.f64, sizeof(a->v.f64)) == 0;
	return a->v.i64 == b->v.i64;
}

struct mem_value value_of(struct arena *mem, const struct column *col, uint32_t i)
{
	struct mem_value v = { .is_null = col->null[i] != 0 };

	if (v.is_null)
		return v;
	if (is_text(col->type))
		v.v.text = (struct slice){ arena_strndup(mem, col->v.text[i].n > 0 ? col->v.text[i].p : "",
							 col->v.text[i].n), col->v.text[i].n };
	else if (col->type == TYPE_DECIMAL)
		v.v.dec = col->v.dec[i];
	else if (col->type == TYPE_FLOAT)
		v.v.f64 = col->v.f64[i];
	else
		v.v.i64 = col->v.i64[i];
	return v;
}

void value_put(struct column *col, uint32_t i, const struct mem_value *v)
{
	col->null[i] = v->is_null;
	if (v->is_null)
		return;
	if (is_text(col->type))
		col->v.text[i] = v->v.text;
	else if (col->type == TYPE_DECIMAL)
		col->v.dec[i] = v->v.dec;
	else if (col->type == TYPE_FLOAT)
		col->v.f64[i] = v->v.f64;
	else
		col->v.i64[i] = v->v.i64;
}
