/*
 * tests/lib/zipmake.c
 *	A writer of small archives.
 */
#include "tests/lib/zipmake.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define MAIN "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\""
#define REL  "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define RELS "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"

static void put16(FILE *f, unsigned v)
{
	fputc((int)(v & 255), f);
	fputc((int)(v >> 8 & 255), f);
}

static void put32(FILE *f, uint32_t v)
{
	put16(f, v & 0xffff);
	put16(f, v >> 16);
}

void zipmake_begin(struct zipmake *z, const char *path)
{
	*z = (struct zipmake){ .file = fopen(path, "wb") };
	if (z->file == NULL)
		abort();
}

static void put_common(const struct zipmake *z, int i)
{
	put16(z->file, z->entry[i].flags);
	put16(z->file, z->entry[i].method);
	put32(z->file, 0);
	put32(z->file, z->entry[i].crc);
	put32(z->file, z->entry[i].packed);
	put32(z->file, z->entry[i].size);
	put16(z->file, (unsigned)strlen(z->entry[i].name));
}

void zipmake_add(struct zipmake *z, const char *name, const void *bytes, size_t n, bool deflate_it)
{
	int i = z->n++;
	uLong room = compressBound((uLong)n) + 64;
	unsigned char *packed = malloc(room);
	z_stream s = { 0 };

	s.next_in = (unsigned char *)(uintptr_t)bytes;
	s.avail_in = (uInt)n;
	s.next_out = packed;
	s.avail_out = (uInt)room;
	if (deflateInit2(&s, 6, Z_DEFLATED, -15, 8, 0) != Z_OK || deflate(&s, Z_FINISH) < 0)
		abort();
	deflateEnd(&s);
	snprintf(z->entry[i].name, sizeof(z->entry[i].name), "%s", name);
	z->entry[i].at = (uint32_t)ftell(z->file);
	z->entry[i].packed = deflate_it ? (uint32_t)s.total_out : (uint32_t)n;
	z->entry[i].size = z->lie_size != 0 ? z->lie_size : (uint32_t)n;
	z->entry[i].crc = z->lie_crc != 0 ? z->lie_crc : (uint32_t)crc32(0, bytes, (uInt)n);
	z->entry[i].method = z->lie_method != 0 ? z->lie_method : deflate_it ? 8 : 0;
	z->entry[i].flags = z->lie_flags;
	fputs("PK\3\4", z->file);
	put16(z->file, 20);
	put_common(z, i);
	put16(z->file, 0);
	fputs(name, z->file);
	fwrite(deflate_it ? packed : bytes, 1, z->entry[i].packed, z->file);
	free(packed);
}

void zipmake_text(struct zipmake *z, const char *name, const char *text)
{
	zipmake_add(z, name, text, strlen(text), true);
}

void zipmake_end(struct zipmake *z)
{
	long at = ftell(z->file), bytes;
	unsigned count = z->lie_count != 0 ? z->lie_count : (unsigned)z->n;

	for (int i = 0; i < z->n; i++) {
		fputs("PK\1\2", z->file);
		put32(z->file, 20u | 20u << 16);
		put_common(z, i);
		put32(z->file, 0);
		put32(z->file, 0);
		put32(z->file, 0);
		put32(z->file, z->entry[i].at);
		fputs(z->entry[i].name, z->file);
	}
	bytes = ftell(z->file) - at;
	fputs("PK\5\6", z->file);
	put32(z->file, 0);
	put16(z->file, count);
	put16(z->file, count);
	put32(z->file, (uint32_t)bytes);
	put32(z->file, (uint32_t)at);
	put16(z->file, 0);
	fclose(z->file);
}

static void text3(struct zipmake *z, const char *name, const char *a, const char *b, const char *c)
{
	size_t n = strlen(a) + strlen(b) + strlen(c) + 1;
	char *all = malloc(n);

	snprintf(all, n, "%s%s%s", a, b, c);
	zipmake_text(z, name, all);
	free(all);
}

void zipmake_workbook(const char *path, const struct zipmake_book *b)
{
	const char *second = b->sheet2 != NULL
		? "<sheet name=\"Second\" sheetId=\"2\" r:id=\"rId4\"/>" : "";
	char sheets[500], styles[4000];
	struct zipmake z;

	zipmake_begin(&z, path);
	zipmake_text(&z, "_rels/.rels", RELS "<Relationship Id=\"rId1\" Type=\"" REL
		     "/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>");
	snprintf(sheets, sizeof(sheets), "<sheets><sheet name=\"Sheet1\" sheetId=\"1\" r:id=\"rId1\""
		 "%s/>%s</sheets></workbook>", b->state != NULL ? b->state : "", second);
	text3(&z, "xl/workbook.xml", "<?xml version=\"1.0\"?>\n<workbook " MAIN " xmlns:r=\"" REL
	      "\">", b->workbook != NULL ? b->workbook : "", sheets);
	zipmake_text(&z, "xl/_rels/workbook.xml.rels", RELS
		     "<Relationship Id=\"rId1\" Type=\"" REL "/worksheet\" Target=\"worksheets/s1.xml\"/>"
		     "<Relationship Id=\"rId2\" Type=\"" REL "/styles\" Target=\"/xl/styles.xml\"/>"
		     "<Relationship Id=\"rId3\" Type=\"" REL "/sharedStrings\" Target=\"texts.xml\"/>"
		     "<Relationship Id=\"rId4\" Type=\"" REL "/worksheet\" Target=\"worksheets/s2.xml\"/>"
		     "</Relationships>");
	snprintf(styles, sizeof(styles), "<styleSheet " MAIN "><numFmts>%s</numFmts><cellStyleXfs>"
		 "<xf numFmtId=\"14\"/></cellStyleXfs><cellXfs>%s</cellXfs></styleSheet>",
		 b->formats != NULL ? b->formats : "",
		 b->xfs != NULL ? b->xfs : "<xf numFmtId=\"0\"/>");
	zipmake_text(&z, "xl/styles.xml", styles);
	if (b->strings != NULL)
		text3(&z, "xl/texts.xml", "<?xml version=\"1.0\"?><sst " MAIN ">", b->strings,
		      "</sst>");
	if (b->sheet != NULL)
		text3(&z, "xl/worksheets/s1.xml", "<?xml version=\"1.0\"?><worksheet " MAIN ">",
		      b->sheet, "</worksheet>");
	if (b->sheet2 != NULL)
		text3(&z, "xl/worksheets/s2.xml", "<?xml version=\"1.0\"?><worksheet " MAIN ">",
		      b->sheet2, "</worksheet>");
	zipmake_end(&z);
}
