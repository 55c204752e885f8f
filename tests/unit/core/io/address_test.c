/*
 * tests/unit/core/io/address_test.c
 *	Every kind of address in every spelling, and whether one may connect.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netdb.h>
#include <sys/random.h>
#include <sys/un.h>

#include "core/io/address.h"

static const struct {
	const char *text;
	enum address_class class;
} table[] = {
	{ "8.8.8.8", ADDRESS_PUBLIC },
	{ "1.1.1.1", ADDRESS_PUBLIC },
	{ "9.255.255.255", ADDRESS_PUBLIC },
	{ "11.0.0.0", ADDRESS_PUBLIC },
	{ "100.63.255.255", ADDRESS_PUBLIC },
	{ "100.128.0.0", ADDRESS_PUBLIC },
	{ "126.255.255.255", ADDRESS_PUBLIC },
	{ "128.0.0.0", ADDRESS_PUBLIC },
	{ "169.253.255.255", ADDRESS_PUBLIC },
	{ "172.15.255.255", ADDRESS_PUBLIC },
	{ "172.32.0.0", ADDRESS_PUBLIC },
	{ "192.167.255.255", ADDRESS_PUBLIC },
	{ "198.17.255.255", ADDRESS_PUBLIC },
	{ "198.20.0.0", ADDRESS_PUBLIC },
	{ "223.255.255.255", ADDRESS_PUBLIC },
	{ "2606:4700:4700::1111", ADDRESS_PUBLIC },
	{ "2a00:1450:4001::1", ADDRESS_PUBLIC },
	{ "::ffff:8.8.8.8", ADDRESS_PUBLIC },
	{ "64:ff9b::8.8.8.8", ADDRESS_PUBLIC },
	{ "2002:808:808::1", ADDRESS_PUBLIC },
	/* this machine, also in the spellings that old resolvers take */
	{ "127.0.0.1", ADDRESS_LOOPBACK },
	{ "127.255.255.254", ADDRESS_LOOPBACK },
	{ "127.1", ADDRESS_LOOPBACK },
	{ "0x7f.0.0.1", ADDRESS_LOOPBACK },
	{ "0x7f000001", ADDRESS_LOOPBACK },
	{ "2130706433", ADDRESS_LOOPBACK },
	{ "0177.0.0.1", ADDRESS_LOOPBACK },
	{ "::1", ADDRESS_LOOPBACK },
	{ "0:0:0:0:0:0:0:1", ADDRESS_LOOPBACK },
	{ "::ffff:127.0.0.1", ADDRESS_LOOPBACK },
	{ "::ffff:7f00:1", ADDRESS_LOOPBACK },
	{ "::ffff:0:127.0.0.1", ADDRESS_LOOPBACK },
	{ "64:ff9b::127.0.0.1", ADDRESS_LOOPBACK },
	{ "2002:7f00:1::", ADDRESS_LOOPBACK },
	{ "2001:0:7f00:1::f7f7:f7f7", ADDRESS_LOOPBACK },	/* Teredo: the server */
	{ "2001:0:808:808::80ff:fffe", ADDRESS_LOOPBACK },	/* Teredo: the client, inverted */
	{ "2606:4700::5efe:127.0.0.1", ADDRESS_LOOPBACK },	/* ISATAP */
	{ "2606:4700::200:5efe:127.0.0.1", ADDRESS_LOOPBACK },
	{ "0.0.0.0", ADDRESS_UNSPECIFIED },
	{ "0", ADDRESS_UNSPECIFIED },
	{ "0.1.2.3", ADDRESS_UNSPECIFIED },
	{ "::", ADDRESS_UNSPECIFIED },
	{ "::ffff:0.0.0.0", ADDRESS_UNSPECIFIED },
	/* own networks */
	{ "10.0.0.0", ADDRESS_PRIVATE },
	{ "10.255.255.255", ADDRESS_PRIVATE },
	{ "172.16.0.0", ADDRESS_PRIVATE },
	{ "172.31.255.255", ADDRESS_PRIVATE },
	{ "192.168.0.1", ADDRESS_PRIVATE },
	{ "::ffff:10.1.2.3", ADDRESS_PRIVATE },
	{ "64:ff9b::10.1.2.3", ADDRESS_PRIVATE },
	{ "2002:c0a8:1::1", ADDRESS_PRIVATE },
	{ "2001:0:808:808::f5ff:fffe", ADDRESS_PRIVATE },
	{ "fc00::1", ADDRESS_PRIVATE },
	{ "fdff:ffff::1", ADDRESS_PRIVATE },
	{ "fec0::1", ADDRESS_PRIVATE },
	{ "100.64.0.0", ADDRESS_SHARED },
	{ "100.127.255.255", ADDRESS_SHARED },
	{ "169.254.1.1", ADDRESS_LINK_LOCAL },
	{ "fe80::1", ADDRESS_LINK_LOCAL },
	{ "febf::1", ADDRESS_LINK_LOCAL },
	/* credentials of clouds */
	{ "169.254.169.254", ADDRESS_METADATA },
	{ "0xa9fea9fe", ADDRESS_METADATA },
	{ "169.254.170.2", ADDRESS_METADATA },
	{ "100.100.100.200", ADDRESS_METADATA },
	{ "168.63.129.16", ADDRESS_METADATA },
	{ "192.0.0.192", ADDRESS_METADATA },
	{ "::ffff:169.254.169.254", ADDRESS_METADATA },
	{ "64:ff9b::a9fe:a9fe", ADDRESS_METADATA },
	{ "2002:a9fe:a9fe::", ADDRESS_METADATA },
	{ "fd00:ec2::254", ADDRESS_METADATA },
	{ "fd20:ce::254", ADDRESS_METADATA },
	{ "fe80::a9fe:a9fe", ADDRESS_METADATA },
	/* nobody's */
	{ "224.0.0.1", ADDRESS_MULTICAST },
	{ "239.255.255.255", ADDRESS_MULTICAST },
	{ "ff02::1", ADDRESS_MULTICAST },
	{ "::ffff:224.0.0.1", ADDRESS_MULTICAST },
	{ "192.0.0.1", ADDRESS_RESERVED },
	{ "192.0.2.1", ADDRESS_RESERVED },
	{ "192.88.99.1", ADDRESS_RESERVED },
	{ "198.18.0.1", ADDRESS_RESERVED },
	{ "198.19.255.255", ADDRESS_RESERVED },
	{ "198.51.100.1", ADDRESS_RESERVED },
	{ "203.0.113.1", ADDRESS_RESERVED },
	{ "240.0.0.1", ADDRESS_RESERVED },
	{ "255.255.255.255", ADDRESS_RESERVED },
	{ "2001:db8::1", ADDRESS_RESERVED },
	{ "2001:10::1", ADDRESS_RESERVED },
	{ "3fff::1", ADDRESS_RESERVED },
	{ "100::1", ADDRESS_RESERVED },
	{ "64:ff9b:1::1", ADDRESS_RESERVED },
	{ "::127.0.0.1", ADDRESS_RESERVED },	/* v4-compatible: given up long ago */
	{ "4000::1", ADDRESS_RESERVED },
	{ "fe00::1", ADDRESS_RESERVED },
};

/* As the system resolves it: what a connection would really be made to. */
static struct addrinfo *resolved(const char *text)
{
	struct addrinfo want = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST };
	struct addrinfo *found = NULL;

	if (getaddrinfo(text, "80", &want, &found) != 0)
		fail_msg("%s cannot be resolved", text);
	return found;
}

static void every_spelling_has_its_class(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct addrinfo *a = resolved(table[i].text);
		enum address_class got = address_class_of(a->ai_addr, a->ai_addrlen);

		if (got != table[i].class)
			fail_msg("%s is %s, not %s", table[i].text, address_class_name(got),
				 address_class_name(table[i].class));
		freeaddrinfo(a);
	}
}

static void only_some_may_be_allowed(void **state)
{
	(void)state;
	assert_true(address_may_connect(ADDRESS_PUBLIC, false));
	for (int c = ADDRESS_LOOPBACK; c <= ADDRESS_LINK_LOCAL; c++) {
		assert_false(address_may_connect((enum address_class)c, false));
		assert_true(address_may_connect((enum address_class)c, true));
	}
	for (int c = ADDRESS_METADATA; c <= ADDRESS_CLASS_COUNT; c++)
		assert_false(address_may_connect((enum address_class)c, true));
}

static void what_is_no_address_is_refused(void **state)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = "/tmp/x" };
	struct sockaddr_in in4 = { .sin_family = AF_INET };
	char text[64];

	(void)state;
	assert_int_equal(address_class_of((struct sockaddr *)&un, sizeof(un)), ADDRESS_OTHER);
	assert_int_equal(address_class_of((struct sockaddr *)&in4, 1), ADDRESS_OTHER);
	assert_int_equal(address_class_of((struct sockaddr *)&in4, 8), ADDRESS_OTHER);
	address_text((struct sockaddr *)&un, sizeof(un), text, sizeof(text));
	assert_string_equal(text, "?");
	inet_pton(AF_INET, "192.0.2.7", &in4.sin_addr);
	address_text((struct sockaddr *)&in4, sizeof(in4), text, sizeof(text));
	assert_string_equal(text, "192.0.2.7");
}

/* Wrapping an address never makes it more than it is. */
static void no_wrapping_makes_an_address_public(void **state)
{
	(void)state;
	for (int i = 0; i < 200000; i++) {
		uint8_t ip[4];
		struct sockaddr_in in4 = { .sin_family = AF_INET };
		struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
		uint8_t *p = in6.sin6_addr.s6_addr;
		enum address_class plain, got;

		assert_int_equal(getrandom(ip, sizeof(ip), 0), sizeof(ip));
		if (i % 2 == 0)
			ip[0] = (uint8_t[]){ 10, 127, 169, 172, 192, 0, 100, 224 }[i / 2 % 8];
		memcpy(&in4.sin_addr, ip, 4);
		plain = address_class_of((struct sockaddr *)&in4, sizeof(in4));
		switch (i % 3) {
		case 0:
			p[10] = p[11] = 0xff;
			memcpy(p + 12, ip, 4);
			break;
		case 1:
			p[0] = 0x20, p[1] = 0x02;
			memcpy(p + 2, ip, 4);
			break;
		default:
			p[1] = 0x64, p[2] = 0xff, p[3] = 0x9b;
			memcpy(p + 12, ip, 4);
			break;
		}
		got = address_class_of((struct sockaddr *)&in6, sizeof(in6));
		assert_int_equal(got, plain);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_spelling_has_its_class),
		cmocka_unit_test(only_some_may_be_allowed),
		cmocka_unit_test(what_is_no_address_is_refused),
		cmocka_unit_test(no_wrapping_makes_an_address_public),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
