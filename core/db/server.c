/*
 * core/db/server.c
 *	Driving initdb and postgres without their wrappers' waiting times.
 */
#include "core/db/server.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/fault.h"
#include "core/base/text.h"
#include "core/io/path.h"
#include "core/io/proc.h"

/* sun_path holds 107 bytes; the server adds "/.s.PGSQL.5432.lock". */
#define SOCKET_DIR_BYTES 85
#define LOG_BYTES        (1024 * 1024)
#define INITDB_MS        120000
#define ORPHAN_QUIT_MS   300	/* most go by themselves */
#define ORPHAN_KILL_MS   1500
#define ORPHAN_MS        8000
/* Crash recovery reads up to max_wal_size back. */
#define START_MS         600000
#define STEP_US          3000

static const char *const server_env[] = {
	"PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME=/", "LANG=C.UTF-8", NULL
};

static void nap(void)
{
	struct timespec t = { .tv_nsec = STEP_US * 1000 };

	nanosleep(&t, NULL);
}

/* ---- names --------------------------------------------------------------- */

static uint64_t hash_of(const char *s)
{
	uint64_t h = 14695981039346656037u;

	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * 1099511628211u;
	return h;
}

enum err_code server_init(struct arena *mem, struct server *out, struct err *err)
{
	const char *xdg = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
	struct passwd pw, *found = NULL;
	char names[4096];

	*out = (struct server){ .mem = mem, .uid = geteuid(), .gid = getegid() };
	if (out->uid == 0) {
		if (getpwnam_r("postgres", &pw, names, sizeof(names), &found) != 0 ||
		    found == NULL) {
			err_set(err, ERR_CONFIG, "root needs an account postgres for its server");
			err_hint(err, "Install it with: apt install postgresql, or name a database "
				 "with --db.");
			return ERR_CONFIG;
		}
		out->is_other = true;
		out->uid = pw.pw_uid;
		out->gid = pw.pw_gid;
	}
	if (xdg != NULL && xdg[0] == '/')
		out->base = arena_printf(mem, "%s/leat", xdg);
	else if (out->is_other)
		out->base = "/var/lib/leat";
	else if (home != NULL && home[0] == '/')
		out->base = arena_printf(mem, "%s/.local/share/leat", home);
	else
		return err_set(err, ERR_CONFIG, "no place for a private database: HOME is not set");
	out->room = arena_printf(mem, "%s/pg", out->base);
	out->data = arena_printf(mem, "%s/data", out->room);
	out->log = arena_printf(mem, "%s/server.log", out->base);
	out->socket = arena_printf(mem, "%s/socket", out->base);
	if (strlen(out->socket) > SOCKET_DIR_BYTES)
		out->socket = arena_printf(mem, "/tmp/leat-%u-%016llx", (unsigned)out->uid,
					   (unsigned long long)hash_of(out->base));
	return ERR_OK;
}

/* A directory that the server's account owns and nobody else enters. */
static enum err_code own_dir(const struct server *s, const char *dir, struct err *err)
{
	struct stat st;
	enum err_code rc = path_make_dir(dir, 0700, err);
	int fd;

	if (rc != ERR_OK)
		return rc;
	/* A folder below /tmp could have been put there by somebody else. */
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0) {
		rc = err_sys(err, errno, "cannot use %s", dir);
	} else if (st.st_uid != s->uid && st.st_uid != geteuid()) {
		rc = err_set(err, ERR_DENIED, "%s belongs to somebody else", dir);
	} else if ((st.st_uid != s->uid && fchown(fd, s->uid, s->gid) != 0) ||
		   ((st.st_mode & 07777) != 0700 && fchmod(fd, 0700) != 0)) {
		rc = err_sys(err, errno, "cannot own %s", dir);
	}
	if (fd >= 0)
		close(fd);
	return rc;
}

enum err_code server_prepare(struct server *s, struct err *err)
{
	/* The server's account must get through to its own room. */
	enum err_code rc = path_make_dir(s->base, s->is_other ? 0711 : 0700, err);

	if (rc == ERR_OK)
		rc = own_dir(s, s->room, err);
	if (rc == ERR_OK)
		rc = own_dir(s, s->socket, err);
	return rc;
}

/* ---- programs ------------------------------------------------------------ */

static bool has_programs(struct arena *mem, const char *bin)
{
	return access(arena_printf(mem, "%s/initdb", bin), X_OK) == 0 &&
	       access(arena_printf(mem, "%s/postgres", bin), X_OK) == 0;
}

/* Debian's folders; want 0: the newest. */
static const char *find_packaged(struct server *s, int want)
{
	DIR *d = opendir("/usr/lib/postgresql");
	const struct dirent *e;
	const char *best = NULL;
	long best_version = 0;

	while (d != NULL && (e = readdir(d)) != NULL) {
		long v = strtol(e->d_name, NULL, 10);
		char *bin = arena_printf(s->mem, "/usr/lib/postgresql/%.20s/bin", e->d_name);

		if (v > best_version && (want == 0 || v == want) && has_programs(s->mem, bin)) {
			best = bin;
			best_version = v;
		}
	}
	if (d != NULL)
		closedir(d);
	return best;
}

/* Major version of the programs in bin; 0: they do not say. */
static int version_of_programs(struct server *s, const char *bin)
{
	const char *words[] = { arena_printf(s->mem, "%s/postgres", bin), "-V", NULL };
	struct proc_spec spec = { .argv = words };
	struct proc_result res;
	struct err ignored = { 0 };
	int v = 0;

	/* "postgres (PostgreSQL) 15.4" */
	if (proc_check(&spec, &res, &ignored) == ERR_OK && strchr(buf_str(&res.out), ')') != NULL)
		v = (int)strtol(strchr(buf_str(&res.out), ')') + 1, NULL, 10);
	proc_release(&res);
	return v;
}

static const char *find_in_path(struct server *s)
{
	const char *path = getenv("PATH");

	while (path != NULL && *path != '\0') {
		size_t n = strcspn(path, ":");
		char *dir = arena_strndup(s->mem, path, n);
		char real[PATH_MAX];

		/* A link in /usr/local/bin: the other programs stand beside its target. */
		if (dir[0] == '/' &&
		    realpath(arena_printf(s->mem, "%s/postgres", dir), real) != NULL) {
			char *slash = strrchr(real, '/');

			*slash = '\0';
			if (has_programs(s->mem, real))
				return arena_strdup(s->mem, real);
		}
		path += n + (path[n] == ':');
	}
	return NULL;
}

static const char *ask_pg_config(struct server *s)
{
	static const char *const words[] = { "/usr/bin/pg_config", "--bindir", NULL };
	struct proc_spec spec = { .argv = words };
	struct proc_result res;
	struct err err = { 0 };
	char *bin = NULL;

	if (access(spec.argv[0], X_OK) != 0)
		return NULL;
	if (proc_check(&spec, &res, &err) == ERR_OK) {
		bin = arena_strndup(s->mem, buf_str(&res.out), strcspn(buf_str(&res.out), "\n"));
		if (bin[0] != '/' || !has_programs(s->mem, bin))
			bin = NULL;
	}
	proc_release(&res);
	return bin;
}

static int version_of_data(const struct server *s)
{
	struct err err = { 0 };
	struct buf text;
	int v = 0;

	buf_init(&text, 64);
	if (path_read(arena_printf(s->mem, "%s/PG_VERSION", s->data), &text, &err) == ERR_OK)
		v = (int)strtol(buf_str(&text), NULL, 10);
	buf_release(&text);
	return v;
}

enum err_code server_find(struct server *s, struct err *err)
{
	s->version = version_of_data(s);
	s->bin = find_packaged(s, s->version);
	if (s->bin != NULL)
		return ERR_OK;
	s->bin = find_in_path(s);
	if (s->bin == NULL)
		s->bin = ask_pg_config(s);
	/* Debian's folders tell the version by their name; these do not. */
	if (s->bin != NULL && s->version != 0 && version_of_programs(s, s->bin) != s->version)
		s->bin = NULL;
	if (s->bin != NULL)
		return ERR_OK;
	if (s->version != 0) {
		err_set(err, ERR_CONFIG, "the private database needs the programs of PostgreSQL %d",
			s->version);
		err_hint(err, "Install them with: apt install postgresql-%d.", s->version);
	} else {
		err_set(err, ERR_CONFIG, "no PostgreSQL server is installed");
		err_hint(err, "Install it with: apt install postgresql, or name a database with "
			 "--db.");
	}
	return ERR_CONFIG;
}

/* Fills argv (of at least n + 7) with the command under the server's account. */
static void command(const struct server *s, const char **argv, const char *const *words,
		    bool dies_with_us)
{
	int n = 0;

	if (s->is_other) {
		argv[n++] = "/usr/bin/setpriv";
		argv[n++] = arena_printf(s->mem, "--reuid=%u", (unsigned)s->uid);
		argv[n++] = arena_printf(s->mem, "--regid=%u", (unsigned)s->gid);
		argv[n++] = "--clear-groups";
		if (dies_with_us)
			argv[n++] = "--pdeathsig=TERM";
		argv[n++] = "--";
	} else if (dies_with_us && access("/usr/bin/setpriv", X_OK) == 0) {
		argv[n++] = "/usr/bin/setpriv";
		argv[n++] = "--pdeathsig=TERM";
		argv[n++] = "--";
	}
	while (*words != NULL)
		argv[n++] = *words++;
	argv[n] = NULL;
}

static enum err_code run(const struct server *s, const char *const *words, struct err *err)
{
	const char *argv[32];
	struct proc_spec spec = { .argv = argv, .env = server_env, .timeout_ms = INITDB_MS };
	struct proc_result res;
	enum err_code rc;

	command(s, argv, words, true);
	rc = proc_check(&spec, &res, err);
	proc_release(&res);
	return rc;
}

/* ---- making -------------------------------------------------------------- */

static const char settings[] =
	"\n# leat's private server: reached through its socket only.\n"
	"listen_addresses = ''\n"
	"max_wal_size = '4GB'\n"
	"log_min_messages = warning\n"
	"log_line_prefix = '%m [%p] %u@%d '\n"
	"log_checkpoints = off\n"
	"log_autovacuum_min_duration = -1\n";

static enum err_code add_settings(const char *dir, struct err *err)
{
	char path[PATH_MAX];
	struct buf text;
	enum err_code rc = ERR_OK;
	int fd;

	snprintf(path, sizeof(path), "%s/postgresql.conf", dir);
	buf_init(&text, sizeof(settings));
	buf_adds(&text, settings);
	fd = open(path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || write(fd, text.data, text.len) != (ssize_t)text.len)
		rc = err_sys(err, errno, "cannot write %s", path);
	/* One call brings all of initdb's files to the disk, where it would need hundreds. */
	if (rc == ERR_OK && syncfs(fd) != 0)
		rc = err_sys(err, errno, "cannot sync %s", path);
	if (fd >= 0)
		close(fd);
	buf_release(&text);
	return rc;
}

/*
 * Directories of makers that died. One whose initdb has not quite ended yet
 * can resist: the next one who passes here gets it.
 */
static void clear_halves(struct server *s)
{
	DIR *d = opendir(s->room);
	const struct dirent *e;
	struct err ignored = { 0 };

	while (d != NULL && (e = readdir(d)) != NULL) {
		if (strncmp(e->d_name, "making-", 7) == 0 &&
		    run(s, (const char *[]){ "/bin/rm", "-rf", "--",
					     arena_printf(s->mem, "%s/%s", s->room, e->d_name),
					     NULL }, &ignored) != ERR_OK)
			err_clear(&ignored);
	}
	if (d != NULL)
		closedir(d);
}

enum err_code server_make(struct server *s, struct err *err)
{
	const char *half = arena_printf(s->mem, "%s/making-%d-%llx", s->room, (int)getpid(),
					(unsigned long long)clock_mono_us());
	enum err_code rc;

	rc = run(s, (const char *[]){ arena_printf(s->mem, "%s/initdb", s->bin), "-D", half, "-U",
				      "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
				      "--no-sync", "--no-instructions", NULL }, err);
	if (rc != ERR_OK) {
		err_hint(err, "The server's account needs to reach %s.", s->room);
		return err_wrap(err, rc, "making the private database in %s", s->room);
	}
	if (FAULT("cluster-initdb"))
		return err_set(err, ERR_FAILED, "making the private database: fault");
	rc = add_settings(half, err);
	if (rc == ERR_OK && rename(half, s->data) != 0)
		rc = err_sys(err, errno, "cannot name %s", s->data);
	if (rc == ERR_OK)
		rc = path_sync_dir(s->room, err);
	if (rc == ERR_OK)
		s->version = version_of_data(s);
	return rc;
}

/* ---- looking ------------------------------------------------------------- */

/* Whether the process works in our data directory, whatever its path is called. */
static bool works_here(const struct server *s, const char *pid)
{
	char path[64];
	struct stat there, here;

	snprintf(path, sizeof(path), "/proc/%.20s/cwd", pid);
	return stat(path, &there) == 0 && stat(s->data, &here) == 0 &&
	       there.st_dev == here.st_dev && there.st_ino == here.st_ino;
}

/* nth line of text (from 1), trimmed behind. */
static void take_line(const char *text, int nth, char *line, size_t size)
{
	size_t n;

	for (; nth > 1 && *text != '\0'; nth--) {
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	n = strcspn(text, "\n");
	while (n > 0 && text[n - 1] == ' ')
		n--;
	snprintf(line, size, "%.*s", (int)(n < size ? n : size - 1), text);
}

enum server_state server_look(const struct server *s, pid_t *pid)
{
	char line[32], status[32], path[PATH_MAX];
	enum server_state state = SERVER_DOWN;
	struct err err = { 0 };
	struct buf text;

	*pid = 0;
	snprintf(path, sizeof(path), "%s/postmaster.pid", s->data);
	buf_init(&text, 4096);
	if (path_read(path, &text, &err) == ERR_OK) {
		take_line(buf_str(&text), 1, line, sizeof(line));
		take_line(buf_str(&text), 8, status, sizeof(status));
		*pid = (pid_t)strtol(line, NULL, 10);
		if (!proc_is_alive(*pid) || !works_here(s, line))
			*pid = 0;
		else if (strcmp(status, "ready") == 0)
			state = SERVER_READY;
		else if (strcmp(status, "stopping") == 0)
			state = SERVER_STOPPING;
		else
			state = SERVER_STARTING;
	}
	buf_release(&text);
	return state;
}

/* ---- starting ------------------------------------------------------------ */

/* Server processes over our data that no postmaster leads; sends signo to each. */
static int signal_orphans(const struct server *s, int signo)
{
	DIR *d = opendir("/proc");
	const struct dirent *e;
	int n = 0;

	while (d != NULL && (e = readdir(d)) != NULL) {
		char path[64], exe[PATH_MAX];
		const char *name;
		ssize_t len;

		if (e->d_name[0] < '1' || e->d_name[0] > '9' || !works_here(s, e->d_name))
			continue;
		/* A person's shell may stand in that folder too. */
		snprintf(path, sizeof(path), "/proc/%.20s/exe", e->d_name);
		len = readlink(path, exe, sizeof(exe) - 1);
		if (len <= 0)
			continue;
		exe[len] = '\0';
		name = strrchr(exe, '/');
		if (name == NULL || strncmp(name, "/postgres", 9) != 0)
			continue;
		n++;
		kill((pid_t)strtol(e->d_name, NULL, 10), signo);
	}
	if (d != NULL)
		closedir(d);
	return n;
}

/*
 * Every process of a server holds the lock on base/serving, inherited from
 * its starter, so that the kernel tells whether one is left. After a kill -9
 * of the postmaster its children live on until they next wait; after one of
 * the starter a server may still be on its way up. ERR_CONFLICT: it came up.
 */
static enum err_code take_serving(const struct server *s, int *fd, struct err *err)
{
	const char *path = arena_printf(s->mem, "%s/serving", s->base);
	int64_t start = clock_mono_us();
	bool was_told = false;
	pid_t pid;

	*fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (*fd < 0)
		return err_sys(err, errno, "cannot open %s", path);
	while (flock(*fd, LOCK_EX | LOCK_NB) != 0) {
		int64_t ms = (clock_mono_us() - start) / 1000;

		switch (server_look(s, &pid)) {
		case SERVER_READY:
			return err_set(err, ERR_CONFLICT, "it is up");
		case SERVER_STARTING:
		case SERVER_STOPPING:
			start = clock_mono_us();
			break;
		case SERVER_DOWN:
			if (ms > ORPHAN_QUIT_MS && !was_told)
				was_told = signal_orphans(s, SIGQUIT) >= 0;
			if (ms > ORPHAN_KILL_MS)
				signal_orphans(s, SIGKILL);
		}
		if (ms > ORPHAN_MS)
			return err_set(err, ERR_FAILED, "processes of an earlier server in %s do "
				       "not end", s->data);
		nap();
	}
	return ERR_OK;
}

/* Their process ids may belong to somebody else by now, which the server cannot know. */
static void clear_marks(const struct server *s)
{
	static const char *const socket_files[] = { ".s.PGSQL.5432", ".s.PGSQL.5432.lock" };
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/postmaster.pid", s->data);
	unlink(path);
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", s->socket, socket_files[i]);
		unlink(path);
	}
}

static int open_log(const struct server *s)
{
	struct stat st;

	if (stat(s->log, &st) == 0 && st.st_size > LOG_BYTES)
		rename(s->log, arena_printf(s->mem, "%s.old", s->log));
	return open(s->log, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
}

/* The last complaint in the log, clean; the last line when there is none. */
static const char *last_words(const struct server *s)
{
	const char *at = NULL, *last = NULL, *p;
	struct err err = { 0 };
	char *words = arena_strdup(s->mem, "it says nothing");
	struct buf text;

	buf_init(&text, 2 * LOG_BYTES);
	if (path_read(s->log, &text, &err) == ERR_OK) {
		for (p = buf_str(&text); *p != '\0'; p += strcspn(p, "\n"), p += *p == '\n') {
			last = p;
			if (memmem(p, strcspn(p, "\n"), "FATAL:", 6) != NULL)
				at = p;
		}
		at = at != NULL ? at : last;
		if (at != NULL)
			words = text_clean_dup(s->mem, at, strcspn(at, "\n"));
	}
	buf_release(&text);
	return words;
}

enum err_code server_wait(const struct server *s, pid_t child, struct err *err)
{
	int64_t until = clock_mono_us() + (int64_t)START_MS * 1000;

	for (;;) {
		pid_t pid;
		bool is_gone = !proc_is_alive(child);

		/* Whoever started it: one that is ready is what we wanted. */
		if (server_look(s, &pid) == SERVER_READY)
			return ERR_OK;
		if (is_gone && pid == 0) {
			err_set(err, ERR_FAILED, "the private database does not start: %s",
				last_words(s));
			err_hint(err, "Its log is %s.", s->log);
			return ERR_FAILED;
		}
		if (clock_mono_us() > until)
			return err_set(err, ERR_TIMEOUT, "the private database does not get ready");
		nap();
	}
}

enum err_code server_start(struct server *s, struct err *err)
{
	const char *argv[20];
	struct proc_spec spec = { .argv = argv, .env = server_env };
	enum err_code rc = take_serving(s, &spec.keep_fd, err);
	pid_t child;
	int log_fd = -1;

	if (rc != ERR_OK)
		goto done;
	clear_marks(s);
	clear_halves(s);
	log_fd = open_log(s);
	if (log_fd < 0) {
		rc = err_sys(err, errno, "cannot write %s", s->log);
		goto done;
	}
	/* On the command line, so that a home that moved takes its socket along. */
	command(s, argv, (const char *[]){ arena_printf(s->mem, "%s/postgres", s->bin), "-D",
					   s->data, "-c", "listen_addresses=", "-c",
					   arena_printf(s->mem, "unix_socket_directories=\"%s\"",
							s->socket), "-c", "port=5432", NULL },
		false);
	rc = proc_daemon(&spec, log_fd, &child, err);
	if (rc == ERR_OK && FAULT("cluster-start"))
		rc = err_set(err, ERR_FAILED, "starting the private database: fault");
	if (rc == ERR_OK)
		rc = server_wait(s, child, err);
done:
	if (spec.keep_fd >= 0)
		close(spec.keep_fd);
	if (log_fd >= 0)
		close(log_fd);
	return rc == ERR_CONFLICT ? ERR_OK : rc;
}

bool server_was_stopped(const struct server *s)
{
	/* Its number and two versions, eight, four and four bytes long, and then the state. */
	enum { STATE_AT = 16, SHUT_DOWN = 1 };
	char path[PATH_MAX];
	int32_t state = 0;
	int fd;

	snprintf(path, sizeof(path), "%s/global/pg_control", s->data);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (pread(fd, &state, sizeof(state), STATE_AT) != (ssize_t)sizeof(state))
		state = 0;
	close(fd);
	return state == SHUT_DOWN;
}

enum err_code server_stop(const struct server *s, int wait_ms, struct err *err)
{
	int64_t until = clock_mono_us() + (int64_t)wait_ms * 1000;
	pid_t pid, first;

	if (server_look(s, &first) == SERVER_DOWN)
		return ERR_OK;
	if (kill(first, SIGINT) != 0 && errno != ESRCH)
		return err_sys(err, errno, "cannot stop the server with process id %d", (int)first);
	for (;;) {
		enum server_state state = server_look(s, &pid);

		/* It takes its mark away a moment before it ends. */
		if (state == SERVER_DOWN && !proc_is_alive(first))
			return ERR_OK;
		/* One that is starting up, or stands still, obeys when it goes on. */
		if (clock_mono_us() > until)
			return err_set(err, ERR_TIMEOUT, "the private database is still stopping");
		nap();
	}
}
