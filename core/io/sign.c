/*
 * core/io/sign.c
 *	HMAC-SHA256 and base64 of libsodium, loaded at the first signature.
 */
#include "core/io/sign.h"

#include <inttypes.h>
#include <pthread.h>
#include <sodium.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/io/library.h"

#define KEY_MIN 24
#define KEY_MAX 64
#define PREFIX  "whsec_"

static struct {
	__typeof__(sodium_init) *init;
	__typeof__(sodium_base642bin) *decode;
	__typeof__(sodium_bin2base64) *encode;
	__typeof__(crypto_auth_hmacsha256_init) *hmac_init;
	__typeof__(crypto_auth_hmacsha256_update) *hmac_update;
	__typeof__(crypto_auth_hmacsha256_final) *hmac_final;
} lib;
static struct err lib_err;
static enum err_code lib_rc;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void)
{
#define NAME(symbol, field) { #symbol, offsetof(__typeof__(lib), field) }
	static const struct library_name names[] = {
		NAME(sodium_init, init),
		NAME(sodium_base642bin, decode),
		NAME(sodium_bin2base64, encode),
		NAME(crypto_auth_hmacsha256_init, hmac_init),
		NAME(crypto_auth_hmacsha256_update, hmac_update),
		NAME(crypto_auth_hmacsha256_final, hmac_final),
		{ NULL, 0 },
	};
#undef NAME

	lib_rc = library_load("libsodium.so.23", "libsodium23", names, &lib, &lib_err);
	if (lib_rc == ERR_OK && lib.init() < 0)
		lib_rc = err_set(&lib_err, ERR_CONFIG, "libsodium does not start");
}

static enum err_code read_key(const char *secret, unsigned char *key, size_t *n, struct err *err)
{
	const char *text = secret, *end = NULL;

	if (strncmp(text, PREFIX, strlen(PREFIX)) == 0)
		text += strlen(PREFIX);
	if (lib.decode(key, KEY_MAX, text, strlen(text), NULL, n, &end,
		       sodium_base64_VARIANT_ORIGINAL) == 0 && *end == '\0' && *n >= KEY_MIN)
		return ERR_OK;
	err_set(err, ERR_CONFIG, "the secret is not whsec_ and base64 of %d to %d bytes", KEY_MIN,
		KEY_MAX);
	err_hint(err, "Make one: echo whsec_$(head -c 32 /dev/urandom | base64).");
	return ERR_CONFIG;
}

static void add(crypto_auth_hmacsha256_state *s, const char *p, size_t n)
{
	lib.hmac_update(s, (const unsigned char *)p, n);
}

enum err_code sign_webhook(struct arena *mem, const char *secret, const char *id,
			   int64_t timestamp_s, struct slice body, const char **signature,
			   struct err *err)
{
	unsigned char key[KEY_MAX], mac[crypto_auth_hmacsha256_BYTES];
	char text[3 + 64] = "v1,";
	const char *head = arena_printf(mem, "%s.%" PRId64 ".", id, timestamp_s);
	crypto_auth_hmacsha256_state state;
	size_t n = 0;
	enum err_code rc;

	pthread_once(&once, load);
	if (lib_rc != ERR_OK) {
		*err = lib_err;
		return lib_rc;
	}
	rc = read_key(secret, key, &n, err);
	if (rc == ERR_OK) {
		lib.hmac_init(&state, key, n);
		add(&state, head, strlen(head));
		add(&state, body.p, body.n);
		lib.hmac_final(&state, mac);
		lib.encode(text + 3, sizeof(text) - 3, mac, sizeof(mac),
			   sodium_base64_VARIANT_ORIGINAL);
		*signature = arena_strdup(mem, text);
		explicit_bzero(&state, sizeof(state));
	}
	explicit_bzero(key, sizeof(key));
	return rc;
}
