/*
 * core/io/library.h
 *	Libraries that are mapped when they are first needed, and not at every start.
 *
 * Most calls of leat send no message and sign nothing: the 30 libraries that
 * libcurl brings along would cost each of them several milliseconds.
 *
 * Memory:  a library stays until the process ends.
 * Threads: any; the caller sees to it that a table is filled once.
 */
#ifndef CORE_IO_LIBRARY_H
#define CORE_IO_LIBRARY_H

#include <stddef.h>

#include "core/base/err.h"

struct library_name {
	const char *name;	/* NULL ends the list */
	size_t at;		/* offset of its pointer in the table */
};

/*
 * Loads soname and fills table with the functions of names. ERR_CONFIG says
 * which package to install.
 */
enum err_code library_load(const char *soname, const char *package,
			   const struct library_name *names, void *table,
			   struct err *err) MUST_USE;
#endif
