/*
 * core/base/fault.c
 *	Fault points for tests.
 */
#include "core/base/fault.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct met {	/* how often the points named in LEAT_FAULT were met */
	char name[48];
	int count;
} met[16];
static int armed;	/* points left until the failing one; 0: none */
static int hit;

static void note(const char *name)
{
	const char *path = getenv("LEAT_FAULT_LOG");
	FILE *f = path != NULL ? fopen(path, "ae") : NULL;

	if (f == NULL)
		return;
	fprintf(f, "%s\n", name);
	fclose(f);
}

/* Finds "name:action[:nth]" in the list; returns the action or NULL. */
static const char *asked(const char *list, const char *name, int *nth)
{
	size_t n = strlen(name);

	for (const char *p = list; p != NULL && *p != '\0';) {
		if (strncmp(p, name, n) == 0 && p[n] == ':') {
			const char *action = p + n + 1;
			const char *end = strpbrk(action, ":,");

			*nth = end != NULL && *end == ':' ? (int)strtol(end + 1, NULL, 10) : 1;
			return action;
		}
		p = strchr(p, ',');
		if (p != NULL)
			p++;
	}
	return NULL;
}

/* How often name was met, this time included. Called with the lock held. */
static int count_of(const char *name)
{
	struct met *m = met;

	while (m < met + sizeof(met) / sizeof(met[0]) - 1 && m->name[0] != '\0' &&
	       strncmp(m->name, name, sizeof(m->name) - 1) != 0)
		m++;
	snprintf(m->name, sizeof(m->name), "%s", name);
	return ++m->count;
}

static void stall(void)
{
	const char *asked_ms = getenv("LEAT_FAULT_STALL_MS");
	long ms = asked_ms != NULL ? strtol(asked_ms, NULL, 10) : 5000;
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	/* A signal ends the sleep early: the program is being told something. */
	nanosleep(&t, NULL);
}

static int by_environment(const char *name)
{
	int nth = 1;
	const char *action = asked(getenv("LEAT_FAULT"), name, &nth);
	int count = 0;

	if (action == NULL)
		return 0;
	pthread_mutex_lock(&lock);
	count = count_of(name);
	pthread_mutex_unlock(&lock);
	if (count != nth)
		return 0;
	if (strncmp(action, "kill", 4) == 0)
		kill(getpid(), SIGKILL);
	if (strncmp(action, "stall", 5) == 0) {
		stall();
		return 0;
	}
	return 1;
}

int fault_met(const char *name)
{
	int fails;

	pthread_mutex_lock(&lock);
	note(name);
	fails = armed > 0 && --armed == 0;
	if (fails)
		hit = 1;
	pthread_mutex_unlock(&lock);
	return fails || by_environment(name);
}

void fault_arm(int nth)
{
	pthread_mutex_lock(&lock);
	armed = nth;
	hit = 0;
	pthread_mutex_unlock(&lock);
}

int fault_hit(void)
{
	int was;

	pthread_mutex_lock(&lock);
	was = hit;
	pthread_mutex_unlock(&lock);
	return was;
}
