/*
 * core/db/hosts.c
 *	Lists of hosts taken apart, resolved, and put together again.
 */
#include "core/db/hosts.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/io/resolve.h"

#define PLACES_MAX 64

static int pieces(const char *list)
{
	int n = 1;

	for (; *list != '\0'; list++)
		n += *list == ',';
	return n;
}

/* The nth piece, "" behind the last one. */
static const char *piece(struct arena *mem, const char *list, int nth)
{
	for (; nth > 0 && *list != '\0'; list++)
		nth -= *list == ',';
	return arena_strndup(mem, list, nth == 0 ? strcspn(list, ",") : 0);
}

static bool has_name(const struct host *h)
{
	return h->addr[0] == '\0' && h->name[0] != '\0' && h->name[0] != '/' && h->name[0] != '@' &&
	       !resolve_is_address(h->name);
}

static void add(struct hosts *out, struct host h)
{
	if (out->n < PLACES_MAX)
		out->host[out->n++] = h;
}

/* left: places that still want some of the time, this one included. */
static enum err_code add_addresses(struct arena *mem, const struct hosts_ask *ask, struct host h,
				   int left, struct hosts *out, struct err *err)
{
	int64_t now = clock_mono_us();
	struct resolved found;
	enum err_code rc = resolve_host(h.name, now + (ask->until_us - now) / left, ask->stop,
					ask->nstop, &found, err);

	for (int i = 0; rc == ERR_OK && i < found.n; i++) {
		h.addr = arena_strdup(mem, found.addr[i]);
		add(out, h);
	}
	return rc;
}

enum err_code hosts_find(struct arena *mem, const struct hosts_ask *ask, struct hosts *out,
			 struct err *err)
{
	const char *host = ask->host != NULL ? ask->host : "";
	const char *addr = ask->hostaddr != NULL ? ask->hostaddr : "";
	const char *port = ask->port != NULL ? ask->port : "";
	int n = pieces(addr[0] != '\0' ? addr : host);
	struct err first = { 0 };

	*out = (struct hosts){ 0 };
	if ((host[0] != '\0' && pieces(host) != n) || (pieces(port) != 1 && pieces(port) != n))
		return ERR_OK;
	out->host = arena_array(mem, PLACES_MAX, sizeof(*out->host));
	for (int i = 0; i < n; i++) {
		struct host h = { piece(mem, host, i), piece(mem, addr, i),
				  piece(mem, port, pieces(port) == 1 ? 0 : i) };
		struct err why = { 0 };
		enum err_code rc = ERR_OK;

		if (has_name(&h))
			rc = add_addresses(mem, ask, h, n - i, out, &why);
		else
			add(out, h);
		if (rc == ERR_INTERRUPTED) {
			*err = why;
			return rc;
		}
		if (rc != ERR_OK && first.code == ERR_OK)
			first = why;
	}
	if (out->n == 0) {
		*err = first;
		return first.code;
	}
	if (first.code != ERR_OK)
		log_line(LOG_WARN, "%s; going on with the other hosts", first.frame[0].text);
	return ERR_OK;
}

void hosts_list(const struct hosts *h, char field, struct buf *out)
{
	for (int i = 0; i < h->n; i++) {
		const struct host *at = &h->host[i];

		if (i > 0)
			buf_adds(out, ",");
		buf_adds(out, field == 'h' ? at->name : field == 'a' ? at->addr : at->port);
	}
}

static bool is_place(const struct host *h, const struct host *is)
{
	if (h->port[0] != '\0' && strcmp(h->port, is->port) != 0)
		return false;
	return h->addr[0] != '\0' ? strcmp(h->addr, is->addr) == 0 : strcmp(h->name, is->name) == 0;
}

int hosts_index(const struct hosts *h, int from, const struct host *is)
{
	for (int k = 0; k < h->n; k++) {
		int i = (from + k) % h->n;

		if (is_place(&h->host[i], is))
			return i;
	}
	return from;
}

void hosts_remove(struct hosts *h, int i)
{
	memmove(&h->host[i], &h->host[i + 1], (size_t)(h->n - i - 1) * sizeof(*h->host));
	h->n--;
}
