/*
 * core/command/expr_words.h
 *	Names of functions of expressions, for faces that complete them.
 *
 * Memory:  static texts.
 * Threads: any.
 */
#ifndef CORE_COMMAND_EXPR_WORDS_H
#define CORE_COMMAND_EXPR_WORDS_H

#include <stdbool.h>

/* Function number i and how it is called: "trim", "trim(text [, characters])"; false: no more. */
bool expr_word_at(int i, const char **name, const char **signature);
#endif
