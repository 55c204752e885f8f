/*
 * core/flow/written.h
 *	How the dates and numbers of fields are written, as the user says it.
 *
 * A text holds FIELD=HOW, several separated by semicolons or line ends. HOW is
 * a date format ("paid=%d/%m/%Y", datefmt.h), the marks of numbers
 * ("net=,.", number.h), or text: as it stands. HOW alone, or with * for the
 * field, decides only fields that can be read in several ways. A field that
 * is told keeps its type whatever comes: a value that disagrees is a reject.
 *
 * Memory:  what fields get lives in the arena given.
 * Threads: any.
 */
#ifndef CORE_FLOW_WRITTEN_H
#define CORE_FLOW_WRITTEN_H

#include "core/flow/types.h"

/* Whether such a text can be read; else ERR_CONFIG. NULL is fine. */
enum err_code written_check(const char *dates, const char *decimals, struct err *err) MUST_USE;

/* Sets type and native of the fields that are named. ERR_CONFIG: there is no such field. */
enum err_code written_tell(struct arena *mem, const char *dates, const char *decimals,
			   struct schema *fields, struct err *err) MUST_USE;

/* ERR_CONFIG: names the field, both readings and the option that decides. */
enum err_code written_doubt(struct arena *mem, const struct field *f, struct err *err) MUST_USE;
#endif
