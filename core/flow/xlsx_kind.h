/*
 * core/flow/xlsx_kind.h
 *	What is not a workbook that leat reads, though it looks or is named like one.
 *
 * Memory:  none.
 * Threads: any.
 */
#ifndef CORE_FLOW_XLSX_KIND_H
#define CORE_FLOW_XLSX_KIND_H

#include <stdbool.h>

#include "core/io/zip.h"

/* An OLE document: xls, doc, or a workbook with a password. */
bool xlsx_is_old(const char *head, size_t n);

/* Everything that is no zip archive: ERR_INPUT says what it is and what to do. */
enum err_code xlsx_refuse_strangers(const char *path, const char *name, struct err *err) MUST_USE;

/* Archives of other things; part is where the workbook should be. */
enum err_code xlsx_refuse_archives(const struct zip *z, const char *name, const char *part,
				   struct err *err) MUST_USE;
#endif
