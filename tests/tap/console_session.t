#!/usr/bin/env python3
# tests/tap/console_session.t
#	One evening at the console by keys alone: from a workbook to a table that holds every row once.
#
# leat-test: timeout=300
import datetime
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import lab  # noqa: E402
from screen import Screen  # noqa: E402

openpyxl = lab.of_debian('openpyxl')
tap = lab.Tap()
server, leat = lab.lab()
folder = lab.temp_folder('lab-in-')
ROWS = 60
BAD = {7: 'EUR 7,00', 19: '12,50 EUR', 33: ' 9,00€'}


def amount(i):
    return BAD.get(i, f'{i},{"50" if i % 2 else "00"}')


FIXED = {7: 7, 19: 12.5, 33: 9}
TOTAL = f'{sum(FIXED.get(i, i + i % 2 / 2) for i in range(1, ROWS + 1)):.2f}'


def make_book(path):
    """As people have them: a title, two lines of names, dates, amounts as text."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = 'January'
    sheet.append(['Orders of the shop, January 2026'])
    sheet.append([])
    sheet.append(['Order', None, 'Customer', 'Amount', 'Due'])
    sheet.append(['No', 'Line', 'Name', 'EUR', 'Date'])
    for i in range(1, ROWS + 1):
        sheet.append([1000 + i, 1, f'Customer {i}', amount(i),
                      datetime.date(2026, 1, 1) + datetime.timedelta(days=i % 28)])
    book.save(path)
    os.chmod(path, 0o644)


make_book(os.path.join(folder, 'orders.xlsx'))
server.psql('create table shop_orders (order_no bigint primary key, customer_name text not null, '
            'amount numeric(12,2) not null, due_date date); grant all on shop_orders to public',
            'leat')


def new_pipeline(s):
    s.wait('Jobs')
    s.keys('2')
    s.wait('▌  files')
    s.keys('<enter>')
    s.wait('▌  orders.xlsx')
    s.keys('M')
    s.wait('New pipeline')
    s.keys('<tab><tab>2<tab>shop_orders<tab><tab><tab><right><right>')
    s.wait('← ignore →')
    s.keys('<tab>10%<tab><right><right>')
    s.wait('← fail →')
    s.keys('<f2>')
    s.wait('pipeline orders is made')
    lab.same(server.psql("select body ->> 'max_rejects' || ' ' || (body ->> 'over_rejects') "
                         'from leat.pipeline', 'leat'), '10% fail')


def map_fields(s):
    s.wait('0/4  missing 3')

    def source_is_known():
        s.keys('o')
        s.settle()
        return s.find('fields of the source that nothing reads')
    s.wait_for(source_is_known)
    s.keys('<esc>')
    s.wait('1 Order No 99')             # the suggestions are there
    s.keys('A')
    s.wait('3/4  missing 1')
    s.keys('!')
    s.wait('amount: 0 of 60')
    s.keys('e')
    s.wait('amount = ')
    s.keys("Amo<tab>")
    s.wait('amount = "Amount EUR"')
    s.keys("| to_decimal(',')")
    s.wait('3 of 60 rows fail')
    s.wait('12,50 EUR')
    s.keys('<enter>')
    s.wait('4/4  lossy 1')


def publish_and_load(s):
    s.keys('P')
    s.wait('another value in 57 of 60 rows looked at, 3 fail')
    s.keys('orders<enter>')
    s.wait('version 2')
    s.keys('R')
    s.wait('✓ succeeded')
    lab.same(server.psql('select count(*) from shop_orders', 'leat'), str(ROWS - len(BAD)))


def fix_group(s):
    s.keys('<esc>')
    s.wait('▌  orders')
    s.keys('x')                         # the rejects of its newest job, by cause
    s.wait('is not a number')
    s.wait('3  amount')
    s.keys('E')
    s.wait('Amount EUR = "Amount EUR"')     # the cell that makes the field
    s.wait('0 of all 3 would pass')
    s.keys('<ctrl-a>regex_replace(<ctrl-e>')
    s.wait('is missing at the end')
    s.keys(", '[^0-9,]', '')")
    s.wait('3 of all 3 would pass')
    s.keys('<enter>')
    s.wait('3 planned: 3 would pass')
    s.keys('y')
    s.wait('staged')
    s.keys('<esc>')
    s.wait('{"Order No":')


def replay(s):
    s.keys('<esc>')
    s.wait('▌      3  amount')
    s.keys('R')
    s.wait('reject replay')
    s.keys('y')
    s.wait_for(lambda: server.psql('select count(*) from shop_orders', 'leat') == str(ROWS))


@tap.case('a workbook becomes a table by keys alone, and every row is in it once')
def _session():
    with Screen([lab.program()], size=(110, 34), timeout=60, cwd=folder,
                env={'LEAT_DB': server.conninfo('leat'),
                     'XDG_STATE_HOME': lab.temp_folder('lab-st-')}) as s:
        new_pipeline(s)
        map_fields(s)
        publish_and_load(s)
        fix_group(s)
        replay(s)
        s.wait('no row of this job waits for repair')
    lab.same(server.psql('select count(*), count(distinct order_no), min(due_date), sum(amount) '
                         'from shop_orders', 'leat'),
             f'{ROWS}|{ROWS}|2026-01-01|{TOTAL}')
    # Next month's workbook is read in the same way.
    lab.same(leat.json('pipeline', 'show', 'orders').json()['body']['source']['options'],
             {'header': '2'})
    lab.same(server.psql("select state, count(*) from leat.reject_view group by 1", 'leat'), '2|3')


tap.done()
