/*
 * core/base/text.c
 *	UTF-8, width, and the gate for foreign text.
 */
#include "core/base/text.h"
