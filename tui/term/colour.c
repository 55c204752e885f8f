/*
 * tui/term/colour.c
 *	Colours, and how near two of them are.
 */
#include "tui/term/colour.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CUBE_FIRST 16	/* the first colour that is the same on every terminal */
#define GREY_FIRST 232

/* The sixteen names, and xterm's values. */
static const struct {
	const char *name;
	int rgb;
} named[CUBE_FIRST] = {
	{ "black", 0x000000 },		{ "red", 0xcd0000 },
	{ "green", 0x00cd00 },		{ "yellow", 0xcdcd00 },
	{ "blue", 0x0000ee },		{ "magenta", 0xcd00cd },
	{ "cyan", 0x00cdcd },		{ "white", 0xe5e5e5 },
	{ "bright-black", 0x7f7f7f },	{ "bright-red", 0xff0000 },
	{ "bright-green", 0x00ff00 },	{ "bright-yellow", 0xffff00 },
	{ "bright-blue", 0x5c5cff },	{ "bright-magenta", 0xff00ff },
	{ "bright-cyan", 0x00ffff },	{ "bright-white", 0xffffff },
};

bool colour_parse(const char *word, int *out)
{
	char *end;
	long n;

	if (strcmp(word, "default") == 0) {
		*out = THEME_DEFAULT_COLOUR;
		return true;
	}
	for (int i = 0; i < CUBE_FIRST; i++) {
		if (strcmp(named[i].name, word) == 0) {
			*out = i;
			return true;
		}
	}
	if (word[0] == '#') {
		if (strspn(word + 1, "0123456789abcdefABCDEF") != 6 || word[7] != '\0')
			return false;
		*out = THEME_RGB | (int)strtol(word + 1, NULL, 16);
		return true;
	}
	if (word[0] < '0' || word[0] > '9')
		return false;
	n = strtol(word, &end, 10);
	if (*end != '\0' || n > 255)
		return false;
	*out = (int)n;
	return true;
}

int colour_rgb(int colour)
{
	static const int level[6] = { 0, 95, 135, 175, 215, 255 };
	int n = colour - CUBE_FIRST;

	if (colour == THEME_DEFAULT_COLOUR)
		return -1;
	if ((colour & THEME_RGB) != 0)
		return colour & 0xffffff;
	if (colour < CUBE_FIRST)
		return named[colour].rgb;
	if (colour < GREY_FIRST)
		return level[n / 36] << 16 | level[n / 6 % 6] << 8 | level[n % 6];
	return (8 + (colour - GREY_FIRST) * 10) * 0x010101;
}

/* Red, green and blue as amounts of light, 0..1. */
static void light_of(int rgb, double out[3])
{
	for (int i = 0; i < 3; i++) {
		double c = (rgb >> (16 - 8 * i) & 0xff) / 255.0;

		out[i] = c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
	}
}

/* Matrices of Björn Ottosson's OKLab. */
static void oklab(int rgb, double out[3])
{
	double c[3], l, m, s;

	light_of(rgb, c);
	l = cbrt(0.4122214708 * c[0] + 0.5363325363 * c[1] + 0.0514459929 * c[2]);
	m = cbrt(0.2119034982 * c[0] + 0.6806995451 * c[1] + 0.1073969566 * c[2]);
	s = cbrt(0.0883024619 * c[0] + 0.2817188376 * c[1] + 0.6299787005 * c[2]);
	out[0] = 0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s;
	out[1] = 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s;
	out[2] = 0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s;
}

double colour_distance(int rgb1, int rgb2)
{
	double a[3], b[3];

	oklab(rgb1, a);
	oklab(rgb2, b);
	/* Chroma counts twice, or the nearest of a dark grey would be a dark red, not black. */
	return sqrt(pow(a[0] - b[0], 2) + pow(2 * (a[1] - b[1]), 2) + pow(2 * (a[2] - b[2]), 2));
}

static double luminance(int rgb)
{
	double c[3];

	light_of(rgb, c);
	return 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2];
}

double colour_contrast(int rgb1, int rgb2)
{
	double a = luminance(rgb1), b = luminance(rgb2);

	return a > b ? (a + 0.05) / (b + 0.05) : (b + 0.05) / (a + 0.05);
}

static int nearest(int rgb, int first, int last)
{
	int best = first;

	for (int i = first; i <= last; i++)
		if (colour_distance(rgb, colour_rgb(i)) < colour_distance(rgb, colour_rgb(best)))
			best = i;
	return best;
}

int colour_fit(int colour, enum ladder ladder)
{
	if (colour == THEME_DEFAULT_COLOUR || ladder == LADDER_TRUE)
		return colour;
	if (ladder == LADDER_MONO)
		return THEME_DEFAULT_COLOUR;
	if (colour < (int)ladder)
		return colour;
	/* The first sixteen look different everywhere: never meant when a value was said. */
	return nearest(colour_rgb(colour), ladder == LADDER_256 ? CUBE_FIRST : 0, (int)ladder - 1);
}
