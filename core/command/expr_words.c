/*
 * core/command/expr_words.c
 *	The functions of expressions, as far as faces want to know them.
 */
#include "core/command/expr_words.h"

#include "core/flow/expr.h"

bool expr_word_at(int i, const char **name, const char **signature)
{
	struct expr_doc doc;

	if (!expr_doc_at(i, &doc))
		return false;
	*name = doc.name;
	*signature = doc.signature;
	return true;
}
