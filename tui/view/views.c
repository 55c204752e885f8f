/*
 * tui/view/views.c
 *	Every screen there is, by name.
 */
#include "tui/view/views.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/base/nearest.h"

static const struct view_ops *const *const roots[] = {
#define X(name) &view_##name,
	VIEW_LIST(X)
#undef X
};

int view_root_count(void)
{
	return (int)(sizeof(roots) / sizeof(roots[0]));
}

const struct view_ops *view_root_at(int i)
{
	return *roots[i];
}

const struct view_ops *view_root_of(const char *name, size_t n, const char **near)
{
	const struct view_ops *found = NULL;
	struct arena *mem = arena_new(NULL, "near");
	struct nearest nearest;
	int matches = 0;

	*near = NULL;
	nearest_init(&nearest, arena_strndup(mem, name, n));
	for (int i = 0; i < view_root_count() && n > 0; i++) {
		const struct view_ops *ops = view_root_at(i);

		nearest_try(&nearest, ops->name);
		if (strncmp(ops->name, name, n) != 0)
			continue;
		if (ops->name[n] == '\0') {
			arena_free(mem);
			return ops;
		}
		found = ops;
		matches++;
	}
	*near = matches == 0 ? nearest_best(&nearest) : NULL;
	arena_free(mem);
	return matches == 1 ? found : NULL;
}
