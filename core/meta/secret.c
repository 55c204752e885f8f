/*
 * core/meta/secret.c
 *	Secrets: where they are to be found, and what they are right now.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/meta/row.h"
#include "core/meta/secret_read.h"
#include "core/meta/sql_text.h"

static enum err_code check_ref(const char *kind, const char *ref, struct err *err)
{
	if (strcmp(kind, "env") == 0) {
		if (ref[0] != '\0' && strchr(ref, '=') == NULL)
			return ERR_OK;
		return err_set(err, ERR_CONFIG, "\"%s\" is not the name of a variable", ref);
	}
	if (strcmp(kind, "file") != 0)
		return err_set(err, ERR_CONFIG, "a secret is in an env or a file, not in a \"%s\"",
			       kind);
	if (ref[0] != '/')
		return err_set(err, ERR_CONFIG, "path %s of a secret does not start with /", ref);
	return ERR_OK;
}

enum err_code secret_put(struct db *db, const char *name, const char *kind, const char *ref,
			 struct err *err)
{
	struct db_param params[] = { DB_TEXT(name), DB_TEXT(kind), DB_TEXT(ref) };
	enum err_code rc = check_ref(kind, ref, err);

	if (rc == ERR_OK)
		rc = db_query(db, sql_secret_put, params, 3, NULL, err);
	if (rc != ERR_OK && strcmp(err->sqlstate, "23514") == 0)
		return err_set(err, ERR_CONFIG, "a secret's name has 1 to 63 characters");
	return rc;
}

static enum err_code list(struct arena *mem, struct db *db, const char *name,
			  struct secret_list *out, struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = row_query(db, sql_secret_list, name, &res, err);

	memset(out, 0, sizeof(*out));
	if (rc != ERR_OK)
		return rc;
	out->s = arena_array(mem, (size_t)db_result_rows(res) + 1, sizeof(*out->s));
	for (int i = 0; i < db_result_rows(res); i++) {
		out->s[out->n++] = (struct secret){
			.name = row_text(mem, res, i, "name"),
			.kind = row_text(mem, res, i, "kind"),
			.ref = row_text(mem, res, i, "ref"),
			.updated_at = row_time(mem, res, i, "updated_at"),
		};
	}
	db_result_free(res);
	return ERR_OK;
}

enum err_code secret_list(struct arena *mem, struct db *db, struct secret_list *out,
			  struct err *err)
{
	return list(mem, db, NULL, out, err);
}

enum err_code secret_find(struct arena *mem, struct db *db, const char *name, struct secret *out,
			  struct err *err)
{
	struct secret_list all;
	enum err_code rc = list(mem, db, name, &all, err);

	if (rc == ERR_OK && all.n == 0)
		return err_set(err, ERR_CONFIG, "there is no secret \"%s\"", name);
	if (rc == ERR_OK)
		*out = all.s[0];
	return rc;
}

enum err_code secret_remove(struct db *db, const char *name, struct err *err)
{
	int64_t removed;
	enum err_code rc = row_number(db, sql_secret_remove, name, "removed", &removed, err);

	if (rc == ERR_OK && removed == 0)
		rc = err_set(err, ERR_NOT_FOUND, "there is no secret \"%s\"", name);
	return rc;
}

/* Only a plain file that neither group nor others may read. */
static enum err_code check_file(int fd, const char *path, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return err_sys(err, errno, "secret file %s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_CONFIG, "secret file %s is not a plain file", path);
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
		err_set(err, ERR_CONFIG, "secret file %s can be read by others", path);
		err_hint(err, "Run: chmod 600 %s", path);
		return ERR_CONFIG;
	}
	return ERR_OK;
}

static enum err_code read_file(struct arena *mem, const char *path, const char **value,
			       struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char *text = arena_bytes(mem, SECRET_MAX_BYTES + 1);
	size_t n = 0;
	ssize_t got = 1;
	enum err_code rc;

	if (fd < 0)
		return err_sys(err, errno, "secret file %s", path);
	rc = check_file(fd, path, err);
	while (rc == ERR_OK && got != 0 && n <= SECRET_MAX_BYTES) {
		got = read(fd, text + n, SECRET_MAX_BYTES + 1 - n);
		if (got < 0 && errno != EINTR)
			rc = err_sys(err, errno, "secret file %s", path);
		else if (got > 0)
			n += (size_t)got;
	}
	close(fd);
	if (rc != ERR_OK)
		return rc;
	if (n > SECRET_MAX_BYTES)
		return err_set(err, ERR_LIMIT, "secret file %s is over %d bytes", path,
			       SECRET_MAX_BYTES);
	if (n > 0 && text[n - 1] == '\n')
		n--;
	text[n] = '\0';
	*value = text;
	return ERR_OK;
}

enum err_code secret_read(struct arena *mem, const struct secret *s, const char **value,
			  struct err *err)
{
	const char *found;

	if (strcmp(s->kind, "file") == 0)
		return read_file(mem, s->ref, value, err);
	found = getenv(s->ref);
	if (found == NULL)
		return err_set(err, ERR_CONFIG, "variable %s is not set", s->ref);
	*value = arena_strdup(mem, found);
	return ERR_OK;
}
