/*
 * tui/term/colour.h
 *	Colours by name, number and value, and the nearest one that a terminal has.
 *
 * A colour is what struct look holds: THEME_DEFAULT_COLOUR, 0..255, or
 * THEME_RGB | 0xrrggbb. Nearness is distance in OKLab, where equal steps look
 * about equal, with chroma counted twice. The values of the sixteen named
 * colours are xterm's: what a terminal really has there cannot be known.
 *
 * Memory:  values.
 * Threads: any.
 */
#ifndef TUI_TERM_COLOUR_H
#define TUI_TERM_COLOUR_H

#include <stdbool.h>

#include "tui/term/theme.h"

/* "default", "bright-red", "110", "#5fafd7"; false: none of these. */
bool colour_parse(const char *word, int *out);

/* 0xrrggbb of a colour; that of THEME_DEFAULT_COLOUR is not known: -1. */
int colour_rgb(int colour);

/* How far apart two of 0xrrggbb look; black and white are 1 apart. */
double colour_distance(int rgb1, int rgb2);

/* Contrast of two of 0xrrggbb as WCAG counts it, 1..21. */
double colour_contrast(int rgb1, int rgb2);

/* The same colour, or the nearest, on that step of the ladder. */
int colour_fit(int colour, enum ladder ladder);
#endif
