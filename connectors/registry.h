/*
 * connectors/registry.h
 *	The connectors there are.
 *
 * Memory:  all static.
 * Threads: any.
 */
#ifndef CONNECTORS_REGISTRY_H
#define CONNECTORS_REGISTRY_H

#include "core/flow/connector.h"

extern const struct conn_ops conn_file;
extern const struct conn_ops conn_mem;
extern const struct conn_ops conn_postgres;

/* For connector_install(); ends in NULL. */
extern const struct conn_ops *const connectors[];
#endif
