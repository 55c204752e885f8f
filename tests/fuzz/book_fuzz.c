/*
 * tests/fuzz/book_fuzz.c
 *	Any bytes as an archive and as a workbook: refused with a reason, or read to the end.
 *
 * Links: core/flow/xlsx*.c core/flow/xml.c core/flow/parse*.c core/flow/decimal.c
 *	core/flow/format.c core/flow/batch.c core/io/zip*.c core/io/input.c core/io/digest.c
 *	core/base/arena.c core/base/buf.c core/base/err.c core/base/text.c core/base/fault.c
 *	-lxlsxwriter -lz -lzstd -lxxhash -ljansson -lm
 * Length: 8192
 * Seeds: tests/data/xlsx/libreoffice.xlsx
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/flow/xlsx_book.h"

#define READ_MAX (1 << 18)	/* of an entry: bombs are told by what they say of themselves */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void has_reason(const struct err *err)
{
	if (err->code == ERR_OK || err->code == ERR_BUG || err->frame[0].text[0] == '\0')
		abort();
}

static void unpack(struct arena *mem, struct zip *z, int entry, bool threaded)
{
	char piece[4096];
	struct zip_stream *s;
	struct err err = { 0 };
	size_t got = 1, sum = 0;

	if (zip_stream_open(mem, z, entry, threaded, &s, &err) != ERR_OK) {
		has_reason(&err);
		return;
	}
	while (got > 0 && sum < READ_MAX) {
		if (zip_stream_read(s, piece, sizeof(piece), &got, &err) != ERR_OK) {
			has_reason(&err);
			break;
		}
		sum += got;
	}
	zip_stream_close(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct arena *mem = arena_new(NULL, "fuzz");
	int fd = memfd_create("fuzz", 0);
	struct xlsx_book *book;
	struct err err = { 0 };
	struct zip *z;
	char path[32];

	if (fd < 0 || write(fd, bytes, n) != (ssize_t)n)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (zip_open(mem, path, "f", NULL, &z, &err) != ERR_OK)
		has_reason(&err);
	else
		for (int i = 0; i < zip_count(z) && i < 16; i++)
			unpack(mem, z, i, n % 64 == 0);
	err = (struct err){ 0 };
	if (xlsx_book_open(mem, path, "f", NULL, &book, &err) != ERR_OK)
		has_reason(&err);
	else if (book->nsheets > XLSX_SHEETS_MAX)
		abort();
	arena_free(mem);
	close(fd);
	return 0;
}
