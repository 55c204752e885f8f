/*
 * core/db/sqlstate.c
 *	Which of our codes a server's SQLSTATE is.
 */
#include <string.h>

#include "core/db/db.h"

struct row {
	const char *prefix;
	enum err_code code;
};

/* The first prefix that fits wins: single states before their class. */
static const struct row rows[] = {
	{ "08", ERR_UNREACHABLE },
	{ "57P04", ERR_NOT_FOUND },	/* database dropped */
	{ "57P", ERR_UNREACHABLE },
	{ "57014", ERR_CANCELLED },
	{ "40", ERR_TRANSIENT },
	{ "55P03", ERR_TRANSIENT },	/* lock not available */
	{ "55006", ERR_TRANSIENT },	/* object in use */
	{ "25006", ERR_TRANSIENT },	/* read only: a standby, or an old primary */
	{ "53100", ERR_DISK },
	{ "53", ERR_TRANSIENT },
	{ "58", ERR_DISK },
	{ "54", ERR_LIMIT },
	{ "28", ERR_DENIED },
	{ "42501", ERR_DENIED },
	{ "23505", ERR_CONFLICT },
	{ "23P01", ERR_CONFLICT },
	{ "22", ERR_INPUT },
	{ "23", ERR_INPUT },
	{ "44", ERR_INPUT },	/* check option of a view */
	{ "3D", ERR_NOT_FOUND },
	{ "3F", ERR_NOT_FOUND },
	{ "42P01", ERR_NOT_FOUND },
	{ "42703", ERR_NOT_FOUND },
	{ "42704", ERR_NOT_FOUND },
	{ "42883", ERR_NOT_FOUND },
	{ "P0002", ERR_NOT_FOUND },
	{ "42P04", ERR_CONFLICT },
	{ "42P06", ERR_CONFLICT },
	{ "42P07", ERR_CONFLICT },
	{ "42701", ERR_CONFLICT },
	{ "42710", ERR_CONFLICT },
	{ "0L", ERR_DENIED },
	{ "0P", ERR_DENIED },
};

enum err_code db_code_of_sqlstate(const char *sqlstate)
{
	if (sqlstate == NULL || sqlstate[0] == '\0')
		return ERR_FAILED;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strncmp(sqlstate, rows[i].prefix, strlen(rows[i].prefix)) == 0)
			return rows[i].code;
	}
	return ERR_FAILED;
}
