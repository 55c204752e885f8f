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
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int armed;	/* points left until the failing one; 0: none */
static int hit;
static int met_count;	/* how often the point named in LEAT_FAULT was met */

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

static int by_environment(const char *name)
{
	const char *list = getenv("LEAT_FAULT");
	int nth = 1;
	const char *action = asked(list, name, &nth);

	if (action == NULL || ++met_count != nth)
		return 0;
	if (strncmp(action, "kill", 4) == 0)
		kill(getpid(), SIGKILL);
	if (strncmp(action, "stall", 5) == 0) {
		sleep(5);
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
