/*
 * tests/bench/gen_sales.c
 *	Writes seeded sales rows as CSV, fast enough to fill a disk.
 *
 * usage: gen_sales ROWS [--seed S] [--changed] [--first N]
 *
 * Row i depends on the seed and i alone: two runs give the same bytes, and
 * --changed differs from the plain run in the quantity and price of every
 * second row only. 12 columns, about 120 bytes a row; one row in four has
 * quoted text with commas, quotes or a line break, a third has an empty cell.
 *
 * Memory:  one output buffer.
 * Threads: one.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OUT_BYTES (1 << 20)
#define ROW_BYTES 1024	/* no row is longer */

static const char *const customers[] = {
	"Nordwind Logistics", "\"Smith, Carter and Co\"", "Caf\xc3\xa9 Noir",
	"Aalto Kirjat Oy",
	"Blue Harbour Trading", "M\xc3\xbcller GmbH", "Olsen Sjomat", "Harbour Lights Hotel",
	"Quinta da Serra", "Velo Works", "Green Valley Foods",
	"Atelier Lumi\xc3\xa8re",
};
static const char *const products[] = {
	"Desk lamp", "Paper A4 80 g", "\"Bracket, steel, 12\"\"\"", "Office chair mesh",
	"Notebook A5",
	"USB cable 2 m", "Standing desk oak", "Marker set", "Filing cabinet", "Water carafe",
	"\"Monitor 27\"\", 4K\"", "Door sign brass", "Headset wireless", "Tape measure",
	"Fan heater",
	"Server rack 42U",
};
static const char *const notes[] = {
	"", "", "", "", "Deliver to the back door", "", "", "", "Repeat order", "", "",
	"\"Call first,\nring twice\"", "", "Fragile keep upright", "", "",
};
static const char *const countries[] = {
	"de", "fr", "nl", "es", "it", "pl", "dk", "se",
	"no", "fi", "pt", "ie", "gb", "cz", "at", "be",
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct out {
	char *p;
	size_t n;
};

/* splitmix64: every input gives an independent-looking output. */
static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

static void put_char(struct out *o, char c)
{
	o->p[o->n++] = c;
}

static void put_text(struct out *o, const char *s)
{
	size_t n = strlen(s);

	memcpy(o->p + o->n, s, n);
	o->n += n;
}

/* v with at least width digits. */
static void put_number(struct out *o, uint64_t v, int width)
{
	char digits[24];
	int n = 0;

	do {
		digits[n++] = (char)('0' + v % 10);
		v /= 10;
	} while (v != 0 || n < width);
	while (n > 0)
		put_char(o, digits[--n]);
}

static void put_cents(struct out *o, uint64_t cents)
{
	put_number(o, cents / 100, 1);
	put_char(o, '.');
	put_number(o, cents % 100, 2);
}

/* Months of 28 days: every day of the year is a real one. */
static void put_date(struct out *o, uint64_t day)
{
	put_text(o, "2025-");
	put_number(o, 1 + day / 28 % 12, 2);
	put_char(o, '-');
	put_number(o, 1 + day % 28, 2);
}

static void put_row(struct out *o, uint64_t id, uint64_t seed, bool is_changed)
{
	uint64_t a = mix(seed ^ mix(id));
	uint64_t b = mix(a);
	uint64_t day = a % 336;
	uint64_t quantity = 1 + (a >> 10) % 40;
	uint64_t cents = 100 + (b >> 8) % 250000;

	if (is_changed && id % 2 == 0) {
		quantity += 1;
		cents += 5;
	}
	put_number(o, id, 1);
	put_text(o, ",SO-");
	put_number(o, id, 9);
	put_char(o, ',');
	put_date(o, day);
	put_char(o, ' ');
	put_number(o, (a >> 20) % 24, 2);
	put_char(o, ':');
	put_number(o, (a >> 25) % 60, 2);
	put_char(o, ':');
	put_number(o, (a >> 31) % 60, 2);
	put_char(o, ',');
	put_text(o, customers[(a >> 40) % COUNT(customers)]);
	put_text(o, ",buyer");
	put_number(o, (b >> 40) % 90000, 5);
	put_text(o, "@shop.example,");
	put_text(o, products[(b >> 30) % COUNT(products)]);
	put_char(o, ',');
	put_number(o, quantity, 1);
	put_char(o, ',');
	put_cents(o, cents);
	put_char(o, ',');
	if ((b >> 4) % 3 == 0)
		put_cents(o, (b >> 50) % 3000);
	put_char(o, ',');
	put_text(o, countries[(a >> 50) % COUNT(countries)]);
	put_char(o, ',');
	if ((a >> 56) % 5 != 0)
		put_date(o, day + 2);
	put_char(o, ',');
	put_text(o, notes[(b >> 20) % COUNT(notes)]);
	put_char(o, '\n');
}

static void flush_out(struct out *o)
{
	if (fwrite(o->p, 1, o->n, stdout) != o->n) {
		perror("gen_sales");
		exit(1);
	}
	o->n = 0;
}

static uint64_t number(const char *s)
{
	char *end;
	uint64_t v = strtoull(s, &end, 10);

	if (end == s || *end != '\0') {
		fprintf(stderr, "gen_sales: %s is not a number\n", s);
		exit(2);
	}
	return v;
}

int main(int argc, char **argv)
{
	static char room[OUT_BYTES + ROW_BYTES];
	struct out o = { .p = room };
	uint64_t rows = 0;
	uint64_t seed = 1;
	uint64_t first = 1;
	bool is_changed = false;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--changed") == 0)
			is_changed = true;
		else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
			seed = number(argv[++i]);
		else if (strcmp(argv[i], "--first") == 0 && i + 1 < argc)
			first = number(argv[++i]);
		else
			rows = number(argv[i]);
	}
	put_text(&o, "id,order_no,ordered_at,customer,email,product,quantity,unit_price,"
		     "discount,country,shipped_on,notes\n");
	for (uint64_t i = 0; i < rows; i++) {
		put_row(&o, first + i, seed, is_changed);
		if (o.n >= OUT_BYTES)
			flush_out(&o);
	}
	flush_out(&o);
	return fflush(stdout) == 0 ? 0 : 1;
}
