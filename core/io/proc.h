/*
 * core/io/proc.h
 *	A child process that is watched from its first to its last breath.
 *
 * argv arrays and absolute paths only, never a shell line; environment made
 * from nothing; no descriptor but 0, 1 and 2 goes down; a session of its own,
 * so that the terminal's Ctrl-C does not reach it. Both outputs are drained
 * together up to a limit (the rest is dropped), and past the deadline the
 * whole group gets TERM, a second later KILL. The child is always reaped.
 *
 * Memory:  proc_release() gives the outputs back.
 * Threads: any; a call belongs to its thread.
 */
#ifndef CORE_IO_PROC_H
#define CORE_IO_PROC_H

#include <sys/types.h>

#include "core/base/buf.h"

struct proc_spec {
	const char *const *argv;	/* ends in NULL; argv[0] is an absolute path */
	const char *const *env;	/* "NAME=value", ends in NULL; NULL: PATH, HOME, LANG, TZ */
	const char *dir;	/* working directory; NULL: "/" */
	int keep_fd;	/* proc_daemon(): one descriptor that goes down, as 4; 0: none */
	int timeout_ms;	/* 0: 60 s */
	size_t limit_bytes;	/* of each output; 0: 64 kB */
};

struct proc_result {
	int status;	/* exit status; -1 when a signal ended it */
	int signal;	/* 0, or what ended it */
	struct buf out;
	struct buf err;
};

/*
 * Runs to the end. ERR_OK says that it ran, whatever its status. ERR_NOT_FOUND:
 * no such program; ERR_TIMEOUT: it was ended. *out is valid after every code.
 */
enum err_code proc_run(const struct proc_spec *spec, struct proc_result *out,
		       struct err *err) MUST_USE;

/* As proc_run(), and a status that is not 0 is ERR_FAILED with the last line it said. */
enum err_code proc_check(const struct proc_spec *spec, struct proc_result *out,
			 struct err *err) MUST_USE;

void proc_release(struct proc_result *r);

/*
 * Starts a process that is not ours to reap: in a session of its own, with
 * the system's first process as parent, both outputs to log_fd (borrowed).
 * timeout_ms and limit_bytes do not count. *pid is set when it stands.
 */
enum err_code proc_daemon(const struct proc_spec *spec, int log_fd, pid_t *pid,
			  struct err *err) MUST_USE;

/* Whether a process with this id runs (it may be another user's); a zombie does not. */
bool proc_is_alive(pid_t pid);
#endif
