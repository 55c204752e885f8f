/*
 * core/io/library.c
 *	dlopen() and a table of functions.
 */
#include "core/io/library.h"

#include <dlfcn.h>
#include <string.h>

enum err_code library_load(const char *soname, const char *package,
			   const struct library_name *names, void *table, struct err *err)
{
	void *library = dlopen(soname, RTLD_NOW | RTLD_LOCAL);

	for (; library != NULL && names->name != NULL; names++) {
		void *found = dlsym(library, names->name);

		if (found == NULL)
			break;
		memcpy((char *)table + names->at, &found, sizeof(found));
	}
	if (library != NULL && names->name == NULL)
		return ERR_OK;
	err_set(err, ERR_CONFIG, "%s cannot be loaded: %s", soname, dlerror());
	err_hint(err, "Install the package %s.", package);
	return ERR_CONFIG;
}
