/*
 * connectors/registry.c
 *	The list: one line a connector.
 */
#include "connectors/registry.h"

const struct conn_ops *const connectors[] = {
	&conn_file,
	&conn_mem,
	&conn_postgres,
	NULL,
};
