/*
 * core/flow/xlsx_kind.c
 *	Strangers told apart by what is in them.
 */
#include "core/flow/xlsx_kind.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/base/text.h"

#define LOOK_BYTES (64u * 1024u)
/* The names in an OLE document are searched for in so much of it, from both ends. */
#define OLE_BLOCKS 64

bool xlsx_is_old(const char *head, size_t n)
{
	return n >= 8 && memcmp(head, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8) == 0;
}

/* Whether word stands in the block as UTF-16, as OLE writes the names of its parts. */
static bool holds_wide(const char *block, size_t n, const char *word)
{
	char wide[64];
	size_t len = strlen(word);

	for (size_t i = 0; i < len; i++) {
		wide[2 * i] = word[i];
		wide[2 * i + 1] = '\0';
	}
	return memmem(block, n, wide, 2 * len) != NULL;
}

static enum err_code refuse_old(int fd, const char *name, struct err *err)
{
	off_t size = lseek(fd, 0, SEEK_END);
	bool is_locked = false, is_sheet = false;
	char block[LOOK_BYTES];
	enum err_code rc;

	for (int i = 0; i < 2 * OLE_BLOCKS; i++) {
		off_t at = (off_t)LOOK_BYTES * (i / 2);
		ssize_t n;

		/* Names begin at a sector; blocks from the end are aligned to one as well. */
		if (i % 2 == 1)
			at = (size - at - (off_t)LOOK_BYTES) / 512 * 512;
		if (at < 0 || at >= size)
			continue;
		n = pread(fd, block, sizeof(block), at);
		if (n <= 0)
			break;
		is_locked |= holds_wide(block, (size_t)n, "EncryptedPackage") ||
			     holds_wide(block, (size_t)n, "EncryptionInfo");
		is_sheet |= holds_wide(block, (size_t)n, "Workbook");
	}
	if (is_locked) {
		rc = err_set(err, ERR_INPUT, "%s is encrypted with a password", name);
		err_hint(err, "Open it and save it without a password.");
		return rc;
	}
	rc = err_set(err, ERR_INPUT, "%s is an old %s", name,
		     is_sheet ? "Excel workbook (xls)" : "Excel or Office document (xls, doc)");
	err_hint(err, "Save it as xlsx, or the sheet as CSV (UTF-8).");
	return rc;
}

static bool begins_with(const char *p, size_t n, const char *word)
{
	size_t len = strlen(word);

	while (n > 0 && (*p == ' ' || (*p >= '\t' && *p <= '\r')))
		p++, n--;
	return n >= len && strncasecmp(p, word, len) == 0;
}

static enum err_code refuse_text(const char *head, size_t n, const char *name, struct err *err)
{
	size_t skip = n >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	enum err_code rc;

	head += skip;
	n -= skip;
	if (n == 0)
		return err_set(err, ERR_INPUT, "%s is empty", name);
	if (begins_with(head, n, "<!doctype html") || begins_with(head, n, "<html") ||
	    begins_with(head, n, "<table") || begins_with(head, n, "<meta")) {
		rc = err_set(err, ERR_INPUT, "%s is a web page (HTML), though it is named like a "
			     "workbook", name);
		err_hint(err, "Open it in a spreadsheet program and save it as xlsx. Perhaps it is "
			 "the page of a login.");
	} else if (begins_with(head, n, "<?xml") || begins_with(head, n, "<")) {
		rc = err_set(err, ERR_INPUT, "%s is an XML document, though it is named like a "
			     "workbook", name);
		err_hint(err, "Open it in a spreadsheet program and save it as xlsx.");
	} else if (memchr(head, '\0', n) == NULL) {
		rc = err_set(err, ERR_INPUT, "%s is text, though it is named like a workbook",
			     name);
		err_hint(err, "Load it with format csv, or give it its right name.");
	} else {
		rc = err_set(err, ERR_INPUT, "%s is not a workbook", name);
		err_hint(err, "A workbook is an xlsx, xlsm or xltx file.");
	}
	return rc;
}

enum err_code xlsx_refuse_strangers(const char *path, const char *name, struct err *err)
{
	char head[512];
	ssize_t n;
	int fd = strcmp(path, "-") == 0 ? -2
			: open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	enum err_code rc = ERR_OK;

	if (fd == -2) {
		rc = err_set(err, ERR_INPUT, "a workbook cannot be read from a pipe");
		err_hint(err, "It is read from its end: save it in a file and name that.");
		return rc;
	}
	if (fd < 0)
		return err_sys(err, errno, "opening %s", name);
	n = pread(fd, head, sizeof(head), 0);
	if (n < 0)
		rc = err_sys(err, errno, "reading %s", name);
	else if (xlsx_is_old(head, (size_t)n))
		rc = refuse_old(fd, name, err);
	else if (n < 2 || memcmp(head, "PK", 2) != 0)
		rc = refuse_text(head, (size_t)n, name, err);
	close(fd);
	return rc;
}

static bool has_folder(const struct zip *z, const char *folder)
{
	for (int i = 0; i < zip_count(z); i++)
		if (strncasecmp(zip_entry(z, i)->name, folder, strlen(folder)) == 0)
			return true;
	return false;
}

enum err_code xlsx_refuse_archives(const struct zip *z, const char *name, const char *part,
				   struct err *err)
{
	static const char *const save = "Save it as xlsx, or the sheet as CSV (UTF-8).";
	size_t n = strlen(part);
	enum err_code rc;

	if (zip_find(z, "xl/workbook.bin") >= 0 ||
	    (n > 4 && strcasecmp(part + n - 4, ".bin") == 0)) {
		rc = err_set(err, ERR_INPUT, "%s is a binary Excel workbook (xlsb)", name);
		err_hint(err, "%s", save);
	} else if (zip_find(z, "mimetype") >= 0 && zip_find(z, "content.xml") >= 0) {
		rc = err_set(err, ERR_INPUT, "%s is an OpenDocument file (ods)", name);
		err_hint(err, "%s", save);
	} else if (has_folder(z, "word/") || has_folder(z, "ppt/")) {
		rc = err_set(err, ERR_INPUT, "%s is a text document or a presentation, not a "
			     "workbook", name);
		err_hint(err, "Copy its table into a spreadsheet and save that as xlsx.");
	} else if (zip_find(z, part) < 0) {
		rc = err_set(err, ERR_INPUT, "%s is a zip archive without a workbook in it", name);
		err_hint(err, "Unpack it and name the files in it.");
	} else {
		return ERR_OK;
	}
	return rc;
}
