/*
 * core/io/address.h
 *	What kind of network address this is, and whether we may connect to it.
 *
 * Asked at the moment of connecting, about the address that the system is
 * about to use: names, redirects and odd spellings have been resolved by then,
 * so nothing has to be guessed from the text of a URL. Addresses that carry
 * another one inside (v4-mapped, NAT64, 6to4, Teredo, ISATAP) are judged by
 * the one inside.
 *
 * Memory:  none.
 * Threads: any.
 */
#ifndef CORE_IO_ADDRESS_H
#define CORE_IO_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

struct sockaddr;

enum address_class {
	ADDRESS_PUBLIC,
	/* Allowed to those who may reach their own network. */
	ADDRESS_LOOPBACK,
	ADDRESS_PRIVATE,
	ADDRESS_SHARED,		/* 100.64/10: behind a carrier's NAT */
	ADDRESS_LINK_LOCAL,
	/* Never connected to. */
	ADDRESS_METADATA,	/* where clouds hand out credentials */
	ADDRESS_MULTICAST,
	ADDRESS_UNSPECIFIED,	/* 0/8 and ::, which systems take for themselves */
	ADDRESS_RESERVED,	/* documentation, benchmarks, not assigned */
	ADDRESS_OTHER,		/* neither IPv4 nor IPv6 */
	ADDRESS_CLASS_COUNT
};

/* len: bytes at sa that may be read. */
enum address_class address_class_of(const struct sockaddr *sa, size_t len);

bool address_may_connect(enum address_class c, bool allow_private);

/* "a private address", "a loopback address"; never NULL. */
const char *address_class_name(enum address_class c);

/* "192.0.2.1", "::1"; always terminated. size >= 46. */
void address_text(const struct sockaddr *sa, size_t len, char *buf, size_t size);
#endif
