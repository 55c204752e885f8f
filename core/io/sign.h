/*
 * core/io/sign.h
 *	Signatures of webhooks, as the specification "Standard Webhooks" has them.
 *
 * What is signed is ID.TIMESTAMP.BODY with HMAC-SHA256, under a secret of 24
 * to 64 bytes that is written as whsec_ and base64. The receiver does the same
 * and compares.
 *
 * Memory:  the signature lives in the arena given; keys are wiped after use.
 * Threads: any.
 */
#ifndef CORE_IO_SIGN_H
#define CORE_IO_SIGN_H

#include <stdint.h>

#include "core/base/buf.h"

struct arena;

/* "v1,BASE64" in mem. A secret that is none is ERR_CONFIG, and is not shown. */
enum err_code sign_webhook(struct arena *mem, const char *secret, const char *id,
			   int64_t timestamp_s, struct slice body, const char **signature,
			   struct err *err) MUST_USE;
#endif
