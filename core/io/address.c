/*
 * core/io/address.c
 *	The registries of special addresses, most specific first.
 */
#include "core/io/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct range4 {
	uint8_t ip[4];
	int bits;
	enum address_class class;
};

/* IANA special-purpose addresses, and where clouds answer with credentials. */
static const struct range4 ranges4[] = {
	{ { 0, 0, 0, 0 }, 8, ADDRESS_UNSPECIFIED },
	{ { 10, 0, 0, 0 }, 8, ADDRESS_PRIVATE },
	{ { 100, 100, 100, 200 }, 32, ADDRESS_METADATA },	/* Alibaba */
	{ { 100, 64, 0, 0 }, 10, ADDRESS_SHARED },
	{ { 127, 0, 0, 0 }, 8, ADDRESS_LOOPBACK },
	{ { 168, 63, 129, 16 }, 32, ADDRESS_METADATA },		/* Azure */
	{ { 169, 254, 169, 254 }, 32, ADDRESS_METADATA },	/* AWS, GCP, Azure and others */
	{ { 169, 254, 169, 253 }, 32, ADDRESS_METADATA },
	{ { 169, 254, 170, 2 }, 32, ADDRESS_METADATA },		/* containers of AWS */
	{ { 169, 254, 170, 23 }, 32, ADDRESS_METADATA },
	{ { 169, 254, 0, 0 }, 16, ADDRESS_LINK_LOCAL },
	{ { 172, 16, 0, 0 }, 12, ADDRESS_PRIVATE },
	{ { 192, 0, 0, 192 }, 32, ADDRESS_METADATA },		/* Oracle */
	{ { 192, 0, 0, 0 }, 24, ADDRESS_RESERVED },
	{ { 192, 0, 2, 0 }, 24, ADDRESS_RESERVED },
	{ { 192, 88, 99, 0 }, 24, ADDRESS_RESERVED },
	{ { 192, 168, 0, 0 }, 16, ADDRESS_PRIVATE },
	{ { 198, 18, 0, 0 }, 15, ADDRESS_RESERVED },
	{ { 198, 51, 100, 0 }, 24, ADDRESS_RESERVED },
	{ { 203, 0, 113, 0 }, 24, ADDRESS_RESERVED },
	{ { 224, 0, 0, 0 }, 4, ADDRESS_MULTICAST },
	{ { 240, 0, 0, 0 }, 4, ADDRESS_RESERVED },
};

struct range6 {
	uint8_t ip[16];
	int bits;
	enum address_class class;
};

static const struct range6 ranges6[] = {
	{ { 0 }, 128, ADDRESS_UNSPECIFIED },
	{ { [15] = 1 }, 128, ADDRESS_LOOPBACK },
	{ { 0xfd, 0x00, 0x0e, 0xc2, [14] = 0x02, [15] = 0x54 }, 128, ADDRESS_METADATA },
	{ { 0xfd, 0x20, 0x00, 0xce, [14] = 0x02, [15] = 0x54 }, 128, ADDRESS_METADATA },
	{ { 0xfe, 0x80, [12] = 0xa9, [13] = 0xfe, [14] = 0xa9, [15] = 0xfe }, 128,
	  ADDRESS_METADATA },
	{ { 0xfc }, 7, ADDRESS_PRIVATE },
	{ { 0xfe, 0x80 }, 10, ADDRESS_LINK_LOCAL },
	{ { 0xfe, 0xc0 }, 10, ADDRESS_PRIVATE },
	{ { 0xff }, 8, ADDRESS_MULTICAST },
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32, ADDRESS_RESERVED },
	{ { 0x20, 0x01, 0x00 }, 23, ADDRESS_RESERVED },
	{ { 0x3f, 0xff, 0x00 }, 20, ADDRESS_RESERVED },
	{ { 0x20 }, 3, ADDRESS_PUBLIC },
};

/* Prefixes behind which an IPv4 address stands at byte `at`. */
static const struct {
	uint8_t ip[16];
	int bits, at;
} carriers[] = {
	{ { [10] = 0xff, [11] = 0xff }, 96, 12 },		/* v4-mapped */
	{ { [8] = 0xff, [9] = 0xff }, 96, 12 },			/* v4-translated */
	{ { 0x00, 0x64, 0xff, 0x9b }, 96, 12 },			/* NAT64 */
	{ { 0x20, 0x02 }, 16, 2 },				/* 6to4 */
};

static bool begins(const uint8_t *ip, const uint8_t *prefix, int bits)
{
	int whole = bits / 8, rest = bits % 8;

	if (memcmp(ip, prefix, (size_t)whole) != 0)
		return false;
	return rest == 0 || ((ip[whole] ^ prefix[whole]) & (0xff << (8 - rest) & 0xff)) == 0;
}

static enum address_class class4(const uint8_t ip[4])
{
	for (size_t i = 0; i < sizeof(ranges4) / sizeof(ranges4[0]); i++)
		if (begins(ip, ranges4[i].ip, ranges4[i].bits))
			return ranges4[i].class;
	return ADDRESS_PUBLIC;
}

/* Server and client (inverted) of a Teredo address: neither may be special. */
static enum address_class class_teredo(const uint8_t ip[16])
{
	uint8_t client[4];
	enum address_class server = class4(ip + 4);

	for (int i = 0; i < 4; i++)
		client[i] = ip[12 + i] ^ 0xff;
	return server != ADDRESS_PUBLIC ? server : class4(client);
}

static enum address_class class6(const uint8_t ip[16])
{
	static const uint8_t teredo[16] = { 0x20, 0x01 };
	static const uint8_t isatap[2][4] = { { 0, 0, 0x5e, 0xfe }, { 2, 0, 0x5e, 0xfe } };
	enum address_class inner = ADDRESS_PUBLIC;

	for (size_t i = 0; i < sizeof(carriers) / sizeof(carriers[0]); i++)
		if (begins(ip, carriers[i].ip, carriers[i].bits))
			return class4(ip + carriers[i].at);
	if (begins(ip, teredo, 32))
		return class_teredo(ip);
	if (memcmp(ip + 8, isatap[0], 4) == 0 || memcmp(ip + 8, isatap[1], 4) == 0)
		inner = class4(ip + 12);
	for (size_t i = 0; i < sizeof(ranges6) / sizeof(ranges6[0]); i++)
		if (begins(ip, ranges6[i].ip, ranges6[i].bits))
			return ranges6[i].class != ADDRESS_PUBLIC ? ranges6[i].class : inner;
	return ADDRESS_RESERVED;
}

enum address_class address_class_of(const struct sockaddr *sa, size_t len)
{
	struct sockaddr_in in4;
	struct sockaddr_in6 in6;

	if (len < offsetof(struct sockaddr, sa_data))
		return ADDRESS_OTHER;
	if (sa->sa_family == AF_INET && len >= sizeof(in4)) {
		memcpy(&in4, sa, sizeof(in4));
		return class4((const uint8_t *)&in4.sin_addr);
	}
	if (sa->sa_family == AF_INET6 && len >= sizeof(in6)) {
		memcpy(&in6, sa, sizeof(in6));
		return class6((const uint8_t *)&in6.sin6_addr);
	}
	return ADDRESS_OTHER;
}

bool address_may_connect(enum address_class c, bool allow_private)
{
	switch (c) {
	case ADDRESS_PUBLIC:
		return true;
	case ADDRESS_LOOPBACK:
	case ADDRESS_PRIVATE:
	case ADDRESS_SHARED:
	case ADDRESS_LINK_LOCAL:
		return allow_private;
	default:
		return false;
	}
}

const char *address_class_name(enum address_class c)
{
	static const char *const name[ADDRESS_CLASS_COUNT] = {
		[ADDRESS_PUBLIC] = "a public address",
		[ADDRESS_LOOPBACK] = "a loopback address",
		[ADDRESS_PRIVATE] = "a private address",
		[ADDRESS_SHARED] = "an address behind a carrier's NAT",
		[ADDRESS_LINK_LOCAL] = "a link-local address",
		[ADDRESS_METADATA] = "the metadata service of a cloud",
		[ADDRESS_MULTICAST] = "a multicast address",
		[ADDRESS_UNSPECIFIED] = "an address that means this machine",
		[ADDRESS_RESERVED] = "a reserved address",
		[ADDRESS_OTHER] = "no address of the internet",
	};

	return (unsigned)c < ADDRESS_CLASS_COUNT ? name[c] : name[ADDRESS_OTHER];
}

void address_text(const struct sockaddr *sa, size_t len, char *buf, size_t size)
{
	struct sockaddr_in in4;
	struct sockaddr_in6 in6;

	snprintf(buf, size, "?");
	if (len >= sizeof(in4) && sa->sa_family == AF_INET) {
		memcpy(&in4, sa, sizeof(in4));
		inet_ntop(AF_INET, &in4.sin_addr, buf, (socklen_t)size);
	} else if (len >= sizeof(in6) && sa->sa_family == AF_INET6) {
		memcpy(&in6, sa, sizeof(in6));
		inet_ntop(AF_INET6, &in6.sin6_addr, buf, (socklen_t)size);
	}
}
