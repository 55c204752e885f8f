/*
 * leat.c
 *	main() and the wiring: the only file that names faces and connectors.
 */
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--version") == 0) {
		puts("leat " PACKAGE_VERSION);
		return 0;
	}
	return 2;
}
