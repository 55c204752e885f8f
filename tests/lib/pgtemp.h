/*
 * tests/lib/pgtemp.h
 *	A PostgreSQL server for one test program, gone when the program is.
 *
 * Its own data folder and Unix socket, no TCP, fsync on. Started by root it
 * runs under the account `postgres`. A watcher holds a pipe to the test
 * program: however the program ends, the server is stopped and its folder
 * removed. Everything that goes wrong here aborts the test with a message.
 *
 * Memory:  pgtemp_start() to pgtemp_free().
 * Threads: one.
 */
#ifndef TESTS_LIB_PGTEMP_H
#define TESTS_LIB_PGTEMP_H

#include <sys/types.h>

struct pgtemp;

/* A new cluster with a running server; the login is the superuser `postgres`. */
struct pgtemp *pgtemp_start(void);

/* Conninfo as superuser of database postgres. Borrowed. */
const char *pgtemp_conninfo(const struct pgtemp *t);

/* Its folder: data/, s/ (the socket), log. */
const char *pgtemp_dir(const struct pgtemp *t);

/* Process id of the postmaster. */
pid_t pgtemp_pid(const struct pgtemp *t);

/* Fast shutdown; sessions are ended. */
void pgtemp_stop(struct pgtemp *t);

/* kill -9 of the postmaster and of every backend. */
void pgtemp_crash(struct pgtemp *t);

/* Starts the stopped or crashed server again and waits until it answers. */
void pgtemp_up(struct pgtemp *t);

/* Stops and removes all. NULL is fine. */
void pgtemp_free(struct pgtemp *t);
#endif
