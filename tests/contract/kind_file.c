/*
 * tests/contract/kind_file.c
 *	The file connector's row: a folder with one small CSV file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "tests/contract/kinds.h"
#include "tests/lib/expect.h"

void contract_plain(struct batch *rows, int c)
{
	(void)rows;
	(void)c;
}

static void set_up(struct arena *mem, struct contract_place *out)
{
	char *folder = expect_temp(arena_bytes(mem, 200), 200, "leat-contract-XXXXXX");
	struct param *p = arena_alloc(mem, sizeof(*p));
	FILE *f;

	if (mkdtemp(folder) == NULL)
		abort();
	f = fopen(arena_printf(mem, "%s/people.csv", folder), "w");
	if (f == NULL)
		abort();
	fputs("id,name\n1,ann\n2,bob\n3,cy\n", f);
	fclose(f);
	*p = (struct param){ "path", folder };
	*out = (struct contract_place){ { .n = 1, .p = p },
					"people.csv", "nobody.csv", NULL, NULL, folder };
}

static void tear_down(struct contract_place *place)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/people.csv", (char *)place->own);
	unlink(path);
	rmdir(place->own);
}

const struct contract_kind contract_file = { "file", set_up, tear_down, contract_plain };
