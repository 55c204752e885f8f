/*
 * connectors/postgres/postgres.h
 *	The connector for PostgreSQL databases, this machine's or any other.
 *
 * Reads tables, views and queries by COPY in binary form, column values left
 * undecoded. Writes in one transaction (or chunk by chunk, see
 * chunk_commit()), isolating the rows that the server refuses. Keeps its
 * commit log in the target's schema _leat, made on demand.
 *
 * Memory:  as connector.h says.
 * Threads: as connector.h says.
 */
#ifndef CONNECTORS_POSTGRES_POSTGRES_H
#define CONNECTORS_POSTGRES_POSTGRES_H

#include "core/flow/connector.h"

extern const struct conn_ops conn_postgres;
#endif
