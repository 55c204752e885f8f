/*
 * connectors/file/feed.c
 *	Input, sample and encoding put together.
 */
#include "connectors/file/feed.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/arena.h"

#define RAW_BYTES  (64u * 1024u)
#define TAIL_BYTES (16u * 1024u)	/* where footers are looked for */

/* The sample as UTF-8; what it cuts of a character waits in raw. */
static void convert_sample(struct feed *f, char *sample, size_t n)
{
	size_t used, skip = f->found.bom_bytes;

	if (f->found.charset == CHARSET_UTF8) {
		f->text = sample + skip;
		f->text_n = n - skip;
		return;
	}
	f->raw = arena_bytes(f->base.mem, RAW_BYTES);
	f->text = arena_bytes(f->base.mem, (n - skip) * CHARSET_GROWTH + 4 + CSV_PAD);
	f->text_n = charset_convert(f->found.charset, sample + skip, n - skip, f->is_whole, &used,
				    f->text, (n - skip) * CHARSET_GROWTH + 4);
	f->raw_n = n - skip - used;
	memcpy(f->raw, sample + skip + used, f->raw_n);
}

/* The last bytes of a file that is not packed; 0: it cannot be looked into. */
static size_t read_tail(const char *path, char *to, size_t cap)
{
	int fd = strcmp(path, "-") == 0 ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	ssize_t n = -1;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > (off_t)cap)
		n = pread(fd, to, cap, st.st_size - (off_t)cap);
	if (fd >= 0)
		close(fd);
	return n > 0 ? (size_t)n : 0;
}

/* Looks at the other end, where the sample does not reach it. */
static void find_footer(struct feed *f, const char *path, const struct detect_set *set)
{
	const struct detection *d = &f->found;
	enum charset cs = d->charset;
	struct arena *work;
	char *tail, *text;
	size_t n, used;

	if (f->is_whole || set->has_footer) {
		detect_footer(f->base.mem, f->text + d->skip_bytes, f->text_n - d->skip_bytes, true,
			      set, &f->found);
		return;
	}
	if (input_packing(f->in)[0] != '\0')
		return;
	work = arena_new(NULL, "tail");
	tail = arena_bytes(work, TAIL_BYTES);
	n = read_tail(path, tail, TAIL_BYTES);
	text = arena_bytes(work, TAIL_BYTES * CHARSET_GROWTH);
	/* Half a character at the start is in a line that is not looked at. */
	n = charset_convert(cs, tail, n, true, &used, text, TAIL_BYTES * CHARSET_GROWTH);
	detect_footer(f->base.mem, text, n, false, set, &f->found);
	arena_free(work);
}

enum err_code feed_open(struct arena *own, const char *path, const struct detect_set *set,
			const struct input_env *env, struct feed **out, struct err *err)
{
	struct feed *f = arena_alloc(own, sizeof(*f));
	char *sample;
	size_t n = 0;
	enum err_code rc;

	f->base.mem = own;
	f->base.name = input_name(own, path);
	rc = input_open(own, path, env, &f->in, err);
	if (rc != ERR_OK)
		return rc;
	sample = arena_bytes(own, DETECT_BYTES + CSV_PAD);
	rc = input_read(f->in, sample, DETECT_BYTES, &n, err);
	if (rc != ERR_OK)
		return rc;
	f->is_whole = f->is_end = n < DETECT_BYTES;
	rc = detect_charset(sample, n, f->is_whole, set, &f->found, err);
	if (rc != ERR_OK)
		return err_wrap(err, rc, "%s cannot be loaded", f->base.name);
	convert_sample(f, sample, n);
	if (f->text_n == 0) {
		rc = err_set(err, ERR_INPUT, "%s is empty", f->base.name);
		err_hint(err, "A file needs a header or at least one row.");
		return rc;
	}
	detect_format(own, f->text, f->text_n, f->is_whole, set, &f->found);
	if (f->found.format == FORMAT_CSV || set->has_footer)
		find_footer(f, path, set);
	f->text_at = f->found.skip_bytes;
	*out = f;
	return ERR_OK;
}

/* The next bytes behind the sample, converted. *got may be 0 before the end. */
static enum err_code read_converted(struct feed *f, char *to, size_t cap, size_t *got,
				    struct err *err)
{
	size_t n = 0, used;

	if (!f->is_end) {
		size_t want = RAW_BYTES - f->raw_n;
		enum err_code rc = input_read(f->in, f->raw + f->raw_n, want, &n, err);

		if (rc != ERR_OK)
			return rc;
		f->is_end = n < want;
		f->raw_n += n;
	}
	*got = charset_convert(f->found.charset, f->raw, f->raw_n, f->is_end, &used, to, cap);
	f->raw_n -= used;
	memmove(f->raw, f->raw + used, f->raw_n);
	return ERR_OK;
}

enum err_code feed_read(struct feed *f, char *to, size_t cap, size_t *got, struct err *err)
{
	size_t n = f->text_n - f->text_at < cap ? f->text_n - f->text_at : cap;
	enum err_code rc = ERR_OK;

	memcpy(to, f->text + f->text_at, n);
	f->text_at += n;
	*got = n;
	if (f->found.charset == CHARSET_UTF8 && n < cap && !f->is_end) {
		rc = input_read(f->in, to + n, cap - n, &n, err);
		f->is_end = *got + n < cap;
		*got += n;
		return rc;
	}
	while (f->raw != NULL && rc == ERR_OK && cap - *got > 8 && !(f->is_end && f->raw_n == 0)) {
		rc = read_converted(f, to + *got, cap - *got, &n, err);
		*got += n;
	}
	return rc;
}

bool feed_is_end(const struct feed *f)
{
	return f->is_end && f->text_at == f->text_n && f->raw_n == 0;
}

int64_t feed_start_offset(const struct feed *f)
{
	return (int64_t)f->found.bom_bytes +
	       charset_source_bytes(f->found.charset, f->text, f->found.skip_bytes);
}
