/*
 * core/base/log.c
 *	Log lines.
 */
#include "core/base/log.h"
