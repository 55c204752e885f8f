/*
 * core/engine/holder.c
 *	Finding the dead of this machine by their process ids.
 */
#include "core/engine/holder.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/log.h"
#include "core/meta/job_run.h"

static uint32_t mix(uint32_t h, const char *p, ssize_t n)
{
	for (ssize_t i = 0; i < n; i++)
		h = (h ^ (uint8_t)p[i]) * 16777619u;	/* FNV-1a */
	return h;
}

/* This boot of this machine, as this process namespace sees it. */
static unsigned mark(void)
{
	char text[128];
	uint32_t h = 2166136261u;
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		h = mix(h, text, read(fd, text, sizeof(text)));
		close(fd);
	}
	h = mix(h, text, readlink("/proc/self/ns/pid", text, sizeof(text)));
	return (h ^ h >> 16) & 0xffff;
}

static const char *prefix(struct arena *mem)
{
	char host[64] = "host";

	gethostname(host, sizeof(host) - 1);
	return arena_printf(mem, "%s:", host);
}

const char *holder_name(struct arena *mem)
{
	return arena_printf(mem, "%s%d-%04x", prefix(mem), (int)getpid(), mark());
}

/* A killed process whose parent does not look still has its number. */
static bool is_zombie(pid_t pid)
{
	char path[64], text[512];
	const char *end;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	end = strrchr(text, ')');	/* behind the name, which may hold anything */
	return end != NULL && (strncmp(end, ") Z", 3) == 0 || strncmp(end, ") X", 3) == 0);
}

/* Whether the name is one of ours and its process is gone. */
static bool is_dead(const char *name, size_t prefix_len)
{
	char *end;
	long pid = strtol(name + prefix_len, &end, 10);

	if (pid <= 0 || *end != '-' || strtoul(end + 1, NULL, 16) != mark())
		return false;
	return (kill((pid_t)pid, 0) != 0 && errno == ESRCH) || is_zombie((pid_t)pid);
}

enum err_code holder_rescue(struct arena *mem, struct db *books, int *taken, struct err *err)
{
	const char *here = prefix(mem);
	struct job_holders who = { 0 };
	struct job_losts lost = { 0 };
	enum err_code rc = job_holders(mem, books, here, &who, err);

	*taken = 0;
	for (int i = 0; rc == ERR_OK && i < who.n; i++)
		if (is_dead(who.engine[i], strlen(here)))
			rc = job_let_go(books, who.engine[i], err);
	if (rc == ERR_OK)
		rc = job_rescue(mem, books, &lost, err);
	for (int i = 0; rc == ERR_OK && i < lost.n; i++)
		log_line(LOG_WARN, "job %lld: its engine is gone; it is %s now",
			 (long long)lost.j[i].lease.job, job_state_name(lost.j[i].state));
	if (rc == ERR_OK)
		*taken = lost.n;
	return rc;
}
