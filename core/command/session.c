/*
 * core/command/session.c
 *	Opening leat's database when a command first needs it.
 */
#include "core/command/session.h"

#include <string.h>

#include "core/command/command.h"
#include "core/db/db.h"
#include "core/engine/engine.h"
#include "core/meta/place.h"

void session_init(struct session *s, const char *place_name, const char *org)
{
	*s = (struct session){ .place_name = place_name, .org = org, .stop_fd = -1 };
	pthread_mutex_init(&s->lock, NULL);
}

void session_init_shared(struct session *s, struct session_share *share, const char *org)
{
	session_init(s, share->place_name, org);
	s->share = share;
}

void session_share_init(struct session_share *s, const char *place_name)
{
	*s = (struct session_share){ .place_name = place_name };
	pthread_mutex_init(&s->lock, NULL);
}

struct meta_place *session_share_place(struct session_share *s)
{
	struct meta_place *place;

	pthread_mutex_lock(&s->lock);
	place = s->place;
	pthread_mutex_unlock(&s->lock);
	return place;
}

void session_share_release(struct session_share *s)
{
	meta_place_close(s->place);
	s->place = NULL;
	pthread_mutex_destroy(&s->lock);
}

void session_drop_db(struct session *s)
{
	struct db *old;

	pthread_mutex_lock(&s->lock);
	old = s->db;
	s->db = NULL;
	pthread_mutex_unlock(&s->lock);
	db_close(old);
}

void session_release(struct session *s)
{
	session_drop_db(s);
	if (s->share == NULL)
		meta_place_close(s->place);
	s->place = NULL;
	pthread_mutex_destroy(&s->lock);
}

/* The others wait while the first of them opens it. */
static enum err_code shared_place(struct session_share *s, struct meta_place **out,
				  struct err *err)
{
	enum err_code rc = ERR_OK;

	pthread_mutex_lock(&s->lock);
	if (s->place == NULL)
		rc = meta_place_open(s->place_name, &s->place, err);
	*out = s->place;
	pthread_mutex_unlock(&s->lock);
	return rc;
}

enum err_code session_place(struct session *s, struct meta_place **out, struct err *err)
{
	enum err_code rc = ERR_OK;

	if (s->place == NULL && s->share != NULL)
		rc = shared_place(s->share, &s->place, err);
	else if (s->place == NULL)
		rc = meta_place_open(s->place_name, &s->place, err);
	*out = s->place;
	return rc;
}

static bool is_same_org(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

enum err_code session_db(struct session *s, struct db **out, struct err *err)
{
	struct meta_login login = { .role = s->is_read_only ? META_READER : META_APP,
				    .app_name = "leat", .org = s->org,
				    .stop_fd = s->stop_fd > 0 ? s->stop_fd : 0 };
	struct meta_place *place;
	struct db *db = NULL;
	enum err_code rc;

	*out = NULL;
	if (s->db != NULL && (db_is_broken(s->db) || !is_same_org(s->org, s->db_org)))
		session_drop_db(s);
	if (s->db == NULL) {
		rc = session_place(s, &place, err);
		if (rc == ERR_OK)
			rc = meta_open(place, &login, &db, NULL, err);
		if (rc != ERR_OK)
			return rc;
		pthread_mutex_lock(&s->lock);
		s->db = db;
		s->db_org = s->org;
		pthread_mutex_unlock(&s->lock);
	}
	*out = s->db;
	return ERR_OK;
}

void session_interrupt(struct session *s)
{
	pthread_mutex_lock(&s->lock);
	if (s->db != NULL)
		db_interrupt(s->db);
	pthread_mutex_unlock(&s->lock);
}

enum err_code cmd_db(struct cmd_ctx *ctx, struct db **out, struct err *err)
{
	return session_db(ctx->session, out, err);
}

enum err_code cmd_place(struct cmd_ctx *ctx, struct meta_place **out, struct err *err)
{
	return session_place(ctx->session, out, err);
}

enum err_code cmd_engine_env(struct cmd_ctx *ctx, struct engine_env *out, struct err *err)
{
	*out = (struct engine_env){
		.org = ctx->session->org,
		.stop = ctx->stop,
		.stop_fd = ctx->session->stop_fd,
	};
	return session_place(ctx->session, &out->place, err);
}
