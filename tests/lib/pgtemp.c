/*
 * tests/lib/pgtemp.c
 *	Drives pgtemp.sh's twin of commands from C.
 */
#include "tests/lib/pgtemp.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/io/proc.h"

struct pgtemp {
	struct arena *mem;
	char *dir;
	char *conninfo;
	const char *bin;
	char *reuid;	/* setpriv's options when root; NULL otherwise */
	char *regid;
	uid_t uid;
	pid_t watcher;
	int pipe;	/* its end of file tells the watcher that we are gone */
};

/* What outlives a killed test: $1 bin, $2 folder, rest: prefix of the command. */
static const char watcher_script[] =
	"read -r line; b=$1 d=$2; shift 2; "
	"[ -f $d/data/postmaster.pid ] && \"$@\" $b/pg_ctl -D $d/data -m immediate -w stop "
	">/dev/null 2>&1; rm -rf $d";

static _Noreturn void PRINTF(1, 2) die(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fprintf(stderr, "# pgtemp: ");
	vfprintf(stderr, fmt, args);
	fprintf(stderr, "\n");
	va_end(args);
	exit(99);
}

static const char *find_bin(struct arena *mem)
{
	for (int v = 30; v >= 12; v--) {
		char *dir = arena_printf(mem, "/usr/lib/postgresql/%d/bin", v);

		if (access(arena_printf(mem, "%s/initdb", dir), X_OK) == 0)
			return dir;
	}
	die("no server programs below /usr/lib/postgresql");
}

static void run(struct pgtemp *t, const char *program, const char *const *args)
{
	const char *argv[32];
	struct proc_spec spec = { .argv = argv };
	struct proc_result res;
	struct err err = { 0 };
	char text[512];
	int n = 0;

	if (t->reuid != NULL) {
		argv[n++] = "/usr/bin/setpriv";
		argv[n++] = t->reuid;
		argv[n++] = t->regid;
		argv[n++] = "--clear-groups";
		argv[n++] = "--";
	}
	argv[n++] = arena_printf(t->mem, "%s/%s", t->bin, program);
	while (*args != NULL)
		argv[n++] = *args++;
	argv[n] = NULL;
	if (proc_check(&spec, &res, &err) != ERR_OK) {
		err_text(&err, text, sizeof(text));
		die("%s\n%s%s", text, buf_str(&res.out), buf_str(&res.err));
	}
	proc_release(&res);
}

static void start_watcher(struct pgtemp *t)
{
	posix_spawn_file_actions_t acts;
	char script[sizeof(watcher_script)], bin[128], dir[256], uid[32] = "", gid[32] = "";
	char sh[] = "/bin/sh", c[] = "-c", name[] = "pgtemp", setpriv[] = "/usr/bin/setpriv";
	char clear[] = "--clear-groups", env[] = "/usr/bin/env";
	char *argv[] = { sh, c, script, name, bin, dir, t->reuid != NULL ? setpriv : env,
			 NULL, NULL, NULL, NULL };
	char *envp[] = { NULL };
	int ends[2];

	memcpy(script, watcher_script, sizeof(script));
	snprintf(bin, sizeof(bin), "%s", t->bin);
	snprintf(dir, sizeof(dir), "%s", t->dir);
	if (t->reuid != NULL) {
		snprintf(uid, sizeof(uid), "%s", t->reuid);
		snprintf(gid, sizeof(gid), "%s", t->regid);
		argv[7] = uid;
		argv[8] = gid;
		argv[9] = clear;
	}
	if (pipe2(ends, O_CLOEXEC) != 0)
		die("no pipe");
	posix_spawn_file_actions_init(&acts);
	posix_spawn_file_actions_adddup2(&acts, ends[0], 0);
	posix_spawn_file_actions_addclosefrom_np(&acts, 3);
	posix_spawn_file_actions_addchdir_np(&acts, "/");
	posix_spawnattr_t attr;
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSID);
	if (posix_spawn(&t->watcher, sh, &acts, &attr, argv, envp) != 0)
		die("no watcher");
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&acts);
	close(ends[0]);
	t->pipe = ends[1];
}

static void make_dir(struct pgtemp *t)
{
	const char *tmp = getenv("TMPDIR");

	/* A socket path holds 107 bytes. */
	if (tmp == NULL || strlen(tmp) > 60)
		tmp = "/tmp";
	t->dir = arena_printf(t->mem, "%s/leat-pg-XXXXXX", tmp);
	if (mkdtemp(t->dir) == NULL)
		die("no folder in %s: %s", tmp, strerror(errno));
	if (geteuid() == 0) {
		const struct passwd *pw = getpwnam("postgres");

		if (pw == NULL)
			die("root needs an account `postgres`");
		t->uid = pw->pw_uid;
		t->reuid = arena_printf(t->mem, "--reuid=%u", (unsigned)pw->pw_uid);
		t->regid = arena_printf(t->mem, "--regid=%u", (unsigned)pw->pw_gid);
		if (chown(t->dir, pw->pw_uid, pw->pw_gid) != 0)
			die("%s cannot be given away", t->dir);
	}
}

static void own_dir(const struct pgtemp *t, const char *dir)
{
	if (mkdir(dir, 0700) != 0 || (t->uid != 0 && chown(dir, t->uid, (gid_t)-1) != 0))
		die("%s: %s", dir, strerror(errno));
}

struct pgtemp *pgtemp_start(void)
{
	struct arena *mem = arena_new(NULL, "pgtemp");
	struct pgtemp *t = arena_alloc(mem, sizeof(*t));
	FILE *conf;

	t->mem = mem;
	t->bin = find_bin(mem);
	make_dir(t);
	start_watcher(t);
	own_dir(t, arena_printf(mem, "%s/s", t->dir));
	run(t, "initdb", (const char *[]){ "-D", arena_printf(mem, "%s/data", t->dir), "-U",
					   "postgres", "-A", "trust", "-E", "UTF8",
						"--locale=C.UTF-8",
					   "--no-sync", "--no-instructions", NULL });
	conf = fopen(arena_printf(mem, "%s/data/postgresql.auto.conf", t->dir), "a");
	if (conf == NULL)
		die("no configuration");
	fprintf(conf, "listen_addresses = ''\nunix_socket_directories = '%s/s'\n"
		"max_connections = 60\nfsync = on\nshared_buffers = 32MB\n", t->dir);
	fclose(conf);
	t->conninfo = arena_printf(mem, "host=%s/s port=5432 user=postgres dbname=postgres",
				   t->dir);
	pgtemp_up(t);
	return t;
}

const char *pgtemp_conninfo(const struct pgtemp *t)
{
	return t->conninfo;
}

const char *pgtemp_dir(const struct pgtemp *t)
{
	return t->dir;
}

pid_t pgtemp_pid(const struct pgtemp *t)
{
	char path[300], line[64] = "";
	FILE *f;

	snprintf(path, sizeof(path), "%s/data/postmaster.pid", t->dir);
	f = fopen(path, "r");
	if (f == NULL || fgets(line, sizeof(line), f) == NULL)
		die("no postmaster.pid");
	fclose(f);
	return (pid_t)strtol(line, NULL, 10);
}

void pgtemp_up(struct pgtemp *t)
{
	run(t, "pg_ctl",
	    (const char *[]){ "-D", arena_printf(t->mem, "%s/data", t->dir), "-w", "-s",
					   "-l", arena_printf(t->mem, "%s/log", t->dir), "start",
					   NULL });
}

void pgtemp_stop(struct pgtemp *t)
{
	run(t, "pg_ctl",
	    (const char *[]){ "-D", arena_printf(t->mem, "%s/data", t->dir), "-w", "-s",
					   "-m", "fast", "stop", NULL });
}

void pgtemp_crash(struct pgtemp *t)
{
	struct timespec nap = { .tv_nsec = 10 * 1000 * 1000 };
	pid_t pid = pgtemp_pid(t);
	char line[64];
	struct proc_result res;
	struct err err = { 0 };

	/* Stopped first, so that it starts no child while we count them. */
	kill(pid, SIGSTOP);
	snprintf(line, sizeof(line), "%d", (int)pid);
	if (proc_run(&(struct proc_spec){ .argv = (const char *[]){ "/usr/bin/pkill", "-KILL", "-P",
								    line, NULL } },
		     &res, &err) != ERR_OK)
		die("no pkill");
	proc_release(&res);
	kill(pid, SIGKILL);
	/* The server takes a zombie for a living one. */
	for (int i = 0; i < 1000 && kill(pid, 0) == 0; i++)
		nanosleep(&nap, NULL);
}

void pgtemp_free(struct pgtemp *t)
{
	if (t == NULL)
		return;
	close(t->pipe);
	while (waitpid(t->watcher, NULL, 0) < 0 && errno == EINTR)
		;
	arena_free(t->mem);
}
