/*
 * leat.c
 *	main() and the wiring: the only file that names faces and connectors.
 */
#include "batch/batch.h"
#include "connectors/registry.h"
#include "core/db/db.h"
#include "tui/console.h"

int main(int argc, char **argv)
{
	db_ignore_environment();
	connector_install(connectors);
	return batch_main(argc, argv, console_run);
}
