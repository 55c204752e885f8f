/*
 * core/command/topics.c
 *	Help that belongs to no single command: expressions, checks, mappings, pipelines and others.
 */
#include <stdio.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/command/help.h"
#include "core/command/lists.h"
#include "core/flow/expr.h"

static void expressions(struct buf *out)
{
	expr_doc_print(out, false);
}

static void expressions_man(struct buf *out)
{
	expr_doc_print(out, true);
}

static void checks(struct buf *out)
{
	buf_adds(out,
		 "A check is a rule that each mapped row must satisfy. Rows that fail are kept as "
		 "rejects, with every rule that failed. An empty value passes every rule but "
		 "required, as CHECK does in SQL.\n\n"
		 "  FIELD required               there is a value\n"
		 "  FIELD min N                  not below N (a number or a date)\n"
		 "  FIELD max N                  not above N\n"
		 "  FIELD length N..M            so many characters; N.. and ..M work\n"
		 "  FIELD pattern 'RE'           matches the regular expression (PCRE)\n"
		 "  FIELD one-of 'a','b'         one of these values\n"
		 "  FIELD type TYPE              can be read as that type\n"
		 "  FIELD unique                 stands once in the load\n"
		 "  FIELD exists-in TABLE(COL)   stands in that column of the target database\n"
		 "  EXPRESSION                   must not be false, like amount >= 0\n\n"
		 "A field whose name is no plain word stands in double quotes. On the command line:\n\n"
		 "  leat load a.csv --into a --check 'price min 0' --check 'id unique'\n");
}

static void exit_codes(struct buf *out)
{
	bool seen[256] = { false };
	char codes[400];

	buf_adds(out, "The exit status of leat, and the error codes behind it (the key code of "
		      "errors in JSON):\n\n");
	for (int c = 0; c < ERR_COUNT; c++) {
		int status = err_exit_status((enum err_code)c);
		size_t n = 0;

		if (seen[status & 255])
			continue;
		seen[status & 255] = true;
		codes[0] = '\0';
		for (int k = c; k < ERR_COUNT && n < sizeof(codes); k++)
			if (err_exit_status((enum err_code)k) == status)
				n += (size_t)snprintf(codes + n, sizeof(codes) - n, "%s%s",
						      n > 0 ? ", " : "",
							err_name((enum err_code)k));
		buf_addf(out, "  %3d  %-26s %s\n", status, codes,
			 strchr(codes, ',') == NULL ? err_summary((enum err_code)c) : "");
		for (int k = c; strchr(codes, ',') != NULL && k < ERR_COUNT; k++)
			if (err_exit_status((enum err_code)k) == status)
				buf_addf(out, "       %-12s %s\n", err_name((enum err_code)k),
					 err_summary((enum err_code)k));
	}
}

static void pipelines(struct buf *out)
{
	buf_adds(out,
		 "A file for leat apply is YAML with the keys connections, secrets, pipelines, schedules "
		 "and alerts. It may name any part of what leat knows: what it does not name stays as it "
		 "is.\n\n"
		 "  connections:\n"
		 "    shop:\n"
		 "      connector: postgres\n"
		 "      host: db.example.com\n"
		 "      dbname: shop\n"
		 "      user: reader\n"
		 "      password: {env: SHOP_PASSWORD}\n\n"
		 "  pipelines:\n"
		 "    orders:\n"
		 "      source: {connection: files, stream: \"in/orders-*.csv\"}\n"
		 "      target: {connection: local, stream: reporting.orders, create_schema: true}\n"
		 "      mode: upsert\n"
		 "      key: [order_no]\n"
		 "      map:\n"
		 "        order_no: '\"Order No\" | trim'\n"
		 "        amount: to_decimal(\"Amount\")\n"
		 "      checks: [\"order_no required\", \"amount >= 0\"]\n\n"
		 "Settings of a connection are those of its connector (leat connector show NAME). A "
		 "setting that is a secret is never in the file: it is {env: NAME}, a variable of "
		 "whoever runs the job, or {secret: NAME}, one of secrets:\n\n"
		 "  secrets:\n"
		 "    shop-password: {file: /etc/leat/shop-password}\n\n"
		 "Settings of a pipeline:\n\n"
		 "  source, target     connection, stream; a source also options, query;\n"
		 "                     a target create_schema: true makes a missing schema\n"
		 "  mode               append, upsert or replace\n"
		 "  key                fields that identify a row, for upsert\n"
		 "  map                TARGET: EXPRESSION, in the order of the target's columns;\n"
		 "                     \"-\" for nothing: it is left out\n"
		 "  only_mapped        true: source fields without a rule are left out\n"
		 "  filter             rows for which this is not true are left out\n"
		 "  checks             rules that each row must satisfy\n"
		 "  drift              a field that the target lacks: add, ignore or fail\n"
		 "  cursor             field that only grows: each run goes on behind the last;\n"
		 "                     rows in which it is empty are rejected each time\n"
		 "  max_rejects        100, or \"2%\": how many rows may be rejected\n"
		 "  over_rejects       when there are more: warn (preset), the others are stored, and\n"
		 "                     the status is 3; fail, nothing is stored; or hold, as warn, and\n"
		 "                     the pipeline is paused until leat pipeline resume\n"
		 "  allow_shrink       replace, also with far fewer rows than before\n"
		 "  reload             load files again that were loaded before\n"
		 "  parallel           writers at the same time, 1 to 16 (files, append)\n\n"
		 "How its jobs stand in the queue, unless an option of leat run or the schedule says "
		 "otherwise:\n\n"
		 "  queue              a name; default when not said\n"
		 "  priority           small goes first; 100 when not said\n"
		 "  attempts           how often a job is tried before it is given up\n"
		 "  time_limit         how long one attempt may take: 30s, 5m, 2h\n"
		 "  unique             a text: only one job of this key at a time, until it ends; a\n"
		 "                     slot of a schedule that meets one is left out\n"
		 "  on_clash           when there is one: keep it (preset), refuse, or replace it\n\n"
		 "A job that is made for a slot of a schedule, or by leat run NAME --backfill, has a span "
		 "of time. Queries, streams, filter, map and checks ask for it with ${slot_start} and "
		 "${slot_end} (UTC), or ${slot_start:%Y-%m-%d} (local time; also %y %H %M %j):\n\n"
		 "      source: {connection: shop, query: \"select * from orders where at >=\n"
		 "        '${slot_start}' and at < '${slot_end}'\"}\n\n"
		 "Schedules run pipelines again and again (leat help schedule add):\n\n"
		 "  schedules:\n"
		 "    nightly:\n"
		 "      pipeline: orders\n"
		 "      cron: \"30 2 * * *\"     # minute, hour, day, month, day of the week\n"
		 "      tz: Europe/Berlin       # UTC when not said\n"
		 "      overlap: skip           # or queue, cancel: an earlier job has not ended\n"
		 "      missed: one             # or skip, all: no engine was there\n"
		 "      priority: 50            # when not said, as the pipeline says\n"
		 "      attempts: 3             # likewise\n"
		 "      paused: false           # when not said, it stays as it is\n\n"
		 "Alerts tell somebody of jobs (leat help alert add); settings are those of the kind:\n\n"
		 "  alerts:\n"
		 "    ops:\n"
		 "      kind: webhook           # or mail, slack\n"
		 "      url: https://hooks.example.com/leat\n"
		 "      secret: {env: HOOK_SECRET}\n"
		 "      pipeline: orders        # every job when not said\n"
		 "      on: [failure, recovery, success]    # the first two when not said; or none\n"
		 "      rejects: \"2%\"           # or 100: more are told\n"
		 "      allow_private: false\n"
		 "      paused: false           # when not said, it stays as it is\n\n"
		 "The connections local (tables in leat's own database) and files (files of this "
		 "machine) are always there. A relative name of a file counts from the folder of the "
		 "YAML file, and is stored as an absolute one.\n");
}

static void filters(struct buf *out)
{
	buf_adds(out,
		 "Lists take words that say which rows to show. The server looks for them; all of "
		 "them must hold.\n\n"
		 "  word               some text of the row holds it, in any case\n"
		 "  \"two words\"        the same with blanks; \"\" inside stands for one \"\n"
		 "  ~RE                a regular expression finds some text (PostgreSQL's own, in any\n"
		 "                     case)\n"
		 "  COLUMN:TEXT        that column holds the text\n"
		 "  COLUMN~RE          a regular expression finds it\n"
		 "  COLUMN=V           is exactly that; COLUMN!=V and COLUMN!~RE are the opposites\n"
		 "  state=failed,dead  one of several, where a column has names\n"
		 "  COLUMN<V >V <=V >=V\n"
		 "                     numbers (1500, 2k, 1.5M), sizes (10MB, 64KiB), spans (30s, 5m,\n"
		 "                     2h, 1d), moments\n"
		 "  COLUMN=A..B        from A to B with both of them; A.. and ..B work\n"
		 "  since 2h           made since then, the same as created>=2h\n"
		 "  !TERM              not; TERM TERM both; TERM | TERM either; ( ) around them\n\n"
		 "A moment is a date, a date with a time in quotes, or a span: so long ago. "
		 "created>2h is younger than two hours, created<2h older; age>2h is older, too. "
		 "created=2026-02-28 is that whole day. What is being typed still (error~, "
		 "state=fai, an open quote) hides nothing. A column of which nothing is known "
		 "matches opposites only: !error~timeout shows rows without an error.\n\n"
		 "  leat job list 'state=failed error~timeout since 2d'\n"
		 "  leat job list 'pipeline=orders (rows_rejected>0 | seconds>10m)' --sort -seconds\n"
		 "  leat job cancel --filter 'state=queued queue=slow !source:orders'\n\n"
		 "--sort COLUMN orders by a column, --sort -COLUMN from the greatest. --limit is the "
		 "length of a page; --after KEY shows what comes behind the row of that key, which is "
		 "its first column, and --before KEY what comes before it.\n\n"
		 "Columns, beside the other names that some have (id, rows, created):\n\n");
	lists_columns(out);
}

static void mappings(struct buf *out)
{
	buf_adds(out,
		 "A mapping as a text (leat mapping export, import) has one line a field of the "
		 "target, in the order in which a table that is made gets its columns:\n\n"
		 "  # orders of the shop\n"
		 "  amount = \"amt\" | trim | to_decimal(',')\n"
		 "  \"unit price\" = price\n"
		 "  currency = 'EUR'\n"
		 "  note = -\n"
		 "  check: amount >= 0\n"
		 "  filter: status <> 'test'\n"
		 "  others: leave\n\n"
		 "  FIELD = EXPRESSION   what makes the field; leat help expressions\n"
		 "  FIELD = -            nothing fills it, also no field of that name\n"
		 "  check: RULE          what each row must satisfy; leat help checks\n"
		 "  filter: EXPRESSION   rows for which it is not true are left out\n"
		 "  others: leave        fields of the source without a line stay behind; take, which\n"
		 "                       needs no line, carries them over by their names\n"
		 "  # ...                a comment, which is kept\n\n"
		 "Names that are no plain words stand in double quotes. A line that begins with a tab "
		 "goes on with the one before.\n\n"
		 "Changes are made to a draft, which is yours and is kept with every change: leat "
		 "mapping set, undo, redo, import, or the console (leat --open mappings/NAME). leat "
		 "mapping preview and try say what would become of a sample of the source, leat mapping "
		 "validate of all of it. leat mapping publish makes the draft what runs; when somebody "
		 "has published since it began, that is a conflict, and nothing is lost.\n");
}

static void files(struct buf *out)
{
	buf_adds(out,
		 "What a file is, is recognised, and leat sample FILE shows it: each finding with how "
		 "sure it is and what speaks for it, the fields, rows, what would be rejected, and "
		 "the leat load that pins it all. Each can be set, as an option of load and sample or "
		 "under options: of a source:\n\n"
		 "  format      csv, tsv, jsonl (an object a line), json (a document), fixed, xlsx\n"
		 "  delimiter, quote, escape\n"
		 "              one character each; quote none, escape double or backslash\n"
		 "  encoding    utf-8, utf-16le, utf-16be, latin1, iso-8859-2, iso-8859-15,\n"
		 "              windows-1250, -1251, -1252, macroman, koi8-r\n"
		 "  header      yes, no, or how many rows hold the names, which are joined\n"
		 "  skip        lines before the header: titles of reports\n"
		 "  footer      lines at the end: totals, remarks. Found, not told, they are rejects\n"
		 "  table       which of several tables with blank lines between them. A load of\n"
		 "              such a file is refused until one is chosen\n"
		 "  ragged      fill: rows that are too short get nulls; else they are rejects\n"
		 "  null, empty, extra, infer\n"
		 "              see leat connector show file\n\n"
		 "Numbers and dates are recognised over the whole column, and only where one reading "
		 "fits all of it: 1.234,56, 1 234,56, 1'234.56, (12.50), 12.50-, one currency or a "
		 "percent sign on every value (which is left out); 31/12/2025 decides for its column. "
		 "Of two digits of a year 69 to 99 are 19.., 00 to 68 are 20... Where nothing decides, "
		 "as for 03/04/2025 or 1,234, a load asks on a terminal; elsewhere the field stays "
		 "text in a new table, with a warning, and is refused where the table wants more. Say "
		 "it with\n\n"
		 "  --dates 'paid=%d/%m/%Y'      the format; 'paid=text' leaves it as it stands\n"
		 "  --decimals 'net=,.'          what stands before the fraction, then between\n"
		 "                               thousands; ',' and '.' alone, ', ' for blanks, and\n"
		 "                               ',.EUR' when every number wears that\n\n"
		 "several separated by ; and without a field name for all that are in doubt. A value "
		 "that disagrees with what was said is a reject. In a new table, a later row that "
		 "disagrees with what was only recognised makes the load start over with a type that "
		 "holds all.\n\n"
		 "Fixed width: --format fixed finds the columns from the places that are blank in all "
		 "lines; --columns 'id:1-8,net:9-20' says them, in characters or (--columns-in bytes) "
		 "bytes. A line that is too short, or has text outside of the columns, is a reject.\n\n"
		 "JSON documents: the rows are the one array of objects in it, or what --rows-at "
		 "/data/items names (/ is the document itself). Nested objects stay JSON, or become "
		 "columns a.b with --nested flat, of JSON lines as well. Numbers are exact. A document "
		 "that is cut fails with line and byte, and nothing of it is loaded.\n\n"
		 "  leat sample export.txt\n"
		 "  leat load export.txt --into orders --skip 3 --footer 1 --dates 'day=%d.%m.%Y'\n"
		 "  leat load api.json --into items --rows-at /data/items --nested flat\n");
}

static void workbooks(struct buf *out)
{
	buf_adds(out,
		 "Workbooks (xlsx, xlsm, xltx) are loaded like other files:\n\n"
		 "  leat load sales.xlsx --into sales\n"
		 "  leat load 'sales.xlsx#Q2' --into sales      the sheet Q2\n"
		 "  leat load sales.xlsx --into sales --option sheet='Q*' --header 2\n\n"
		 "Settings, as --option NAME=VALUE or under options: of a source:\n\n"
		 "  sheet         a name, a number from 1, or a pattern: all of these sheets, one\n"
		 "                behind the other; the first visible one when not said\n"
		 "  range         the cells to read: B4:H200, B:H, or B4 for all from there on\n"
		 "  header        auto, yes, no, or so many rows of names, which are joined;\n"
		 "                skip=N leaves out the first N rows\n"
		 "  merged        first, or repeat: each merged cell has the value\n"
		 "  hidden        auto takes hidden rows and columns; skip, take (sheets, too)\n"
		 "  errors        reject, or null: #N/A, and formulas without a stored result\n"
		 "  extra         fail, or ignore: values beyond the columns\n\n"
		 "Numbers are taken as they are stored, not as they are shown; days, moments and times "
		 "by their number formats, durations like [h]:mm as text (36:30:00). A cell that holds "
		 "text stays text. leat computes no formulas: it reads the results that the file holds. "
		 "Each sheet is a stream of its own: leat connection streams shows them.\n\n"
		 "Every answer can be written as a workbook, too. Texts are texts there, whatever they "
		 "begin with; -o csv-safe marks those that a spreadsheet would take for formulas:\n\n"
		 "  leat -o xlsx reject list 7 > rejects.xlsx\n"
		 "  leat -o xlsx connection sample local sales --limit 100000 > sales.xlsx\n");
}

static const struct help_text topics[] = {
	{ "expressions", "leat-expressions", '7', "the language of mappings", expressions,
	  expressions_man },
	{ "checks", "leat-checks", '7', "rules that rows must satisfy", checks, NULL },
	{ "mappings", "leat-mappings", '5', "mappings as text, and drafts of them", mappings,
	  NULL },
	{ "pipelines", "leat-pipelines", '5', "files for leat apply", pipelines, NULL },
	{ "filters", "leat-filters", '7', "which rows a list shows", filters, NULL },
	{ "files", NULL, '7', "what is recognised of files, and how to say it", files, NULL },
	{ "workbooks", NULL, '7', "loading spreadsheets (xlsx)", workbooks, NULL },
	{ "exit-codes", NULL, '7', "exit status and error codes", exit_codes, NULL },
};

const struct help_text *help_topics(int *n)
{
	*n = (int)(sizeof(topics) / sizeof(topics[0]));
	return topics;
}
