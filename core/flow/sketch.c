/*
 * core/flow/sketch.c
 *	Registers of leading zeros, and a sample of hashes below a falling bar.
 */
#include "core/flow/sketch.h"

#include <math.h>
#include <string.h>

#include "core/base/arena.h"

/* ---- how many -------------------------------------------------------------- */

void hll_init(struct arena *mem, struct hll *h, int bits)
{
	h->bits = bits;
	h->reg = arena_alloc(mem, (size_t)1 << bits);
}

double hll_error(const struct hll *h)
{
	return 1.04 / sqrt((double)((uint64_t)1 << h->bits));
}

/* Two series of Ertl's estimator: what registers at 0 and at their end stand for. */
static double sigma(double x)
{
	double y = 1, z = x, before;

	if (x >= 1)
		return INFINITY;
	do {
		x *= x;
		before = z;
		z += x * y;
		y += y;
	} while (z > before);
	return z;
}

static double tau(double x)
{
	double y = 1, z = 1 - x, before;

	if (x <= 0 || x >= 1)
		return 0;
	do {
		x = sqrt(x);
		before = z;
		y *= 0.5;
		z -= (1 - x) * (1 - x) * y;
	} while (z < before);
	return z / 3;
}

int64_t hll_count(const struct hll *h)
{
	int ranks = 64 - h->bits + 1;
	double m = (double)((uint64_t)1 << h->bits);
	int64_t of[66] = { 0 };
	double z;

	for (size_t i = 0; i < (size_t)1 << h->bits; i++)
		of[h->reg[i]]++;
	z = m * tau(1 - (double)of[ranks] / m);
	for (int k = ranks - 1; k >= 1; k--)
		z = 0.5 * (z + (double)of[k]);
	z += m * sigma((double)of[0] / m);
	return (int64_t)llround(m * m / (2 * M_LN2) / z);
}

/* ---- a sample ---------------------------------------------------------------- */

void sieve_init(struct arena *mem, struct sieve *s, uint32_t max)
{
	*s = (struct sieve){ .bar = UINT64_MAX, .max = max, .slots = max * 2 };
	s->entry = arena_array(mem, s->slots, sizeof(*s->entry));
	s->spare = arena_array(mem, s->slots, sizeof(*s->spare));
}

static struct sieve_entry *slot_of(const struct sieve *s, uint64_t hash)
{
	/* The bar leaves high bits alike: the low ones find the place. */
	uint32_t i = (uint32_t)hash & (s->slots - 1);

	while (s->entry[i].rows != 0 && s->entry[i].hash != hash)
		i = (i + 1) & (s->slots - 1);
	return &s->entry[i];
}

/* Half the bar, and away with what is not below it any more. */
static void lower(struct sieve *s)
{
	struct sieve_entry *all = s->entry;

	s->bar /= 2;
	s->entry = s->spare;
	s->spare = all;
	s->used = 0;
	memset(s->entry, 0, s->slots * sizeof(*s->entry));
	for (uint32_t i = 0; i < s->slots; i++) {
		if (all[i].rows == 0 || all[i].hash >= s->bar)
			continue;
		*slot_of(s, all[i].hash) = all[i];
		s->used++;
	}
}

void sieve_keep(struct sieve *s, uint64_t hash, int64_t rows)
{
	struct sieve_entry *e = slot_of(s, hash);

	if (e->rows != 0) {
		e->rows += rows;
		return;
	}
	*e = (struct sieve_entry){ hash, rows };
	s->used++;
	while (s->used > s->max)
		lower(s);
}

uint32_t sieve_repeated(const struct sieve *s)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->slots; i++)
		n += s->entry[i].rows > 1;
	return n;
}
