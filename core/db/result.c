/*
 * core/db/result.c
 *	Reading what a statement answered.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/db/session.h"

int db_result_rows(const struct db_result *r)
{
	return PQntuples(r->res);
}

int db_result_cols(const struct db_result *r)
{
	return PQnfields(r->res);
}

const char *db_result_name(const struct db_result *r, int col)
{
	return PQfname(r->res, col);
}

int64_t db_result_affected(const struct db_result *r)
{
	/* libpq takes it as not const, and does not change it. */
	return strtoll(PQcmdTuples((PGresult *)(uintptr_t)r->res), NULL, 10);
}

/* PQfnumber() folds case and allocates; ours are exact. */
static int column_of(const struct db_result *r, const char *name)
{
	int n = PQnfields(r->res);

	for (int i = 0; i < n; i++) {
		if (strcmp(PQfname(r->res, i), name) == 0)
			return i;
	}
	fprintf(stderr, "leat: no column \"%s\" in a result\n", name);
	abort();
}

const char *db_result_at(const struct db_result *r, int row, int col)
{
	return PQgetisnull(r->res, row, col) ? NULL : PQgetvalue(r->res, row, col);
}

const char *db_result_text(const struct db_result *r, int row, const char *col)
{
	return db_result_at(r, row, column_of(r, col));
}

int64_t db_result_int8(const struct db_result *r, int row, const char *col)
{
	const char *v = db_result_text(r, row, col);

	return v != NULL ? strtoll(v, NULL, 10) : 0;
}

bool db_result_bool(const struct db_result *r, int row, const char *col)
{
	const char *v = db_result_text(r, row, col);

	return v != NULL && v[0] == 't';
}

double db_result_float8(const struct db_result *r, int row, const char *col)
{
	const char *v = db_result_text(r, row, col);

	return v != NULL ? strtod(v, NULL) : 0;
}

size_t db_result_len(const struct db_result *r, int row, int col)
{
	return (size_t)PQgetlength(r->res, row, col);
}

uint32_t db_result_type(const struct db_result *r, int col)
{
	return PQftype(r->res, col);
}

void db_result_free(struct db_result *r)
{
	if (r == NULL)
		return;
	PQclear(r->res);
	free(r);
}
