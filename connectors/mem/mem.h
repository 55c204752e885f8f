/*
 * connectors/mem/mem.h
 *	What a test may do to the memory connector's stores from outside.
 *
 * A store is known by its name, so that a connection opened later sees what
 * an earlier one committed.
 *
 * Memory:  a store lives until it is dropped or the process ends.
 * Threads: any.
 */
#ifndef CONNECTORS_MEM_MEM_H
#define CONNECTORS_MEM_MEM_H

/* Forgets the store and everything in it; nobody may have it open. */
void mem_store_drop(const char *name);
#endif
