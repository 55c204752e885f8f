#!/usr/bin/env python3
# tests/tap/alerts.t
#	Alerts over loopback: real HTTP, TLS and SMTP, from a failing pipeline to a message.
#
# leat-test: timeout=600
"""
The receivers are real servers that speak their protocol and say that they are
receivers of a test. The one for Slack checks what Slack's incoming webhook
checks. Signatures are verified here with Python's own HMAC.
"""
import base64
import email
import email.policy
import hashlib
import hmac
import http.server
import json
import os
import signal
import socketserver
import ssl
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import lab  # noqa: E402

KEY = b'CANARY-key-of-thirty-two-bytes!!'
SECRET = 'whsec_' + base64.b64encode(KEY).decode()
PASSWORD = 'CANARY-password'


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get('Content-Length', 0)))
        owner = self.server.owner
        with owner.lock:
            owner.requests.append((dict(self.headers.items()), body, self.path))
            step = owner.script.pop(0) if owner.script else owner.usual
        status, headers, text = step(body) if callable(step) else step
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(text)
        except OSError:
            pass  # the sender has read enough

    def log_message(self, *args):
        pass


class Receiver:
    """An HTTP server; script holds what it answers next, then the usual."""

    def __init__(self, tls=None):
        self.lock = threading.Lock()
        self.requests, self.script = [], []
        self.usual = (204, {'X-Receiver': 'of a test'}, b'')
        self.connects = 0
        owner = self

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def verify_request(self, request, address):
                owner.connects += 1
                return True

            def handle_error(self, request, address):
                pass  # a client that does not like our certificate

        self.server = Server(('127.0.0.1', 0), Handler)
        self.server.owner = self
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True,
                                                 do_handshake_on_connect=False)
        self.port = self.server.server_address[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self):
        """What came since the last call, as (type, headers, message)."""
        with self.lock:
            got, self.requests = self.requests, []
        out = []
        for headers, body, _ in got:
            message = json.loads(body)
            out.append((message.get('type'), headers, message))
        return out


def is_signed(headers, message_bytes):
    """As a receiver verifies; the same as in docs/alerts.md."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + message_bytes
    want = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
    is_fresh = abs(time.time() - int(headers['webhook-timestamp'])) < 300
    return is_fresh and any(hmac.compare_digest(part, 'v1,' + want)
                            for part in headers['webhook-signature'].split())


class MailHandler(socketserver.StreamRequestHandler):
    """SMTP with STARTTLS and AUTH PLAIN; a receiver, not a relay."""

    def line(self):
        return self.rfile.readline().decode('latin-1').rstrip('\r\n')

    def say(self, text):
        self.wfile.write((text + '\r\n').encode())
        self.wfile.flush()

    def handle(self):
        owner, is_tls = self.server.owner, False
        mail = {'to': [], 'user': None}
        self.say('220 receiver of a test ESMTP')
        while True:
            line = self.line()
            verb = line[:4].upper()
            if not line or verb == 'QUIT':
                self.say('221 bye')
                return
            if verb == 'EHLO':
                self.say('250-receiver of a test')
                self.say('250-AUTH PLAIN' if is_tls else '250-STARTTLS')
                self.say('250 SIZE 1000000')
            elif verb == 'STAR':
                self.say('220 go on')
                self.connection = owner.tls.wrap_socket(self.connection, server_side=True)
                self.rfile, self.wfile = self.connection.makefile('rb'), \
                    self.connection.makefile('wb')
                is_tls = True
            elif verb == 'AUTH':
                self.say('334 ')
                _, user, password = base64.b64decode(self.line()).decode().split('\0')
                if password != PASSWORD:
                    self.say('535 wrong')
                    return
                mail['user'] = user
                self.say('235 welcome')
            elif verb == 'RCPT':
                mail['to'].append(line[9:-1])
                self.say('250 ok')
            elif verb == 'DATA':
                self.say('354 go on')
                text = b''
                while True:
                    raw = self.rfile.readline()
                    if raw == b'.\r\n' or not raw:
                        break
                    text += raw[1:] if raw.startswith(b'.') else raw
                mail['message'] = email.message_from_bytes(text, policy=email.policy.default)
                mail['tls'] = is_tls
                owner.mails.append(mail)
                mail = {'to': [], 'user': mail['user']}
                self.say('250 kept')
            else:
                self.say('250 ok')


class MailReceiver:
    def __init__(self, tls):
        self.tls, self.mails = tls, []
        self.server = socketserver.ThreadingTCPServer(('127.0.0.1', 0), MailHandler)
        self.server.daemon_threads = True
        self.server.owner = self
        self.url = f'smtp://localhost:{self.server.server_address[1]}'
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def certificate(folder, name, alt):
    """A certificate that signs itself; (context of a server, path to trust)."""
    key, cert = os.path.join(folder, name + '.key'), os.path.join(folder, name + '.pem')
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key,
                    '-out', cert, '-days', '2', '-subj', '/CN=' + name, '-addext',
                    'subjectAltName=' + alt], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context, cert


t = lab.Tap()
server, leat = lab.lab(settings={'log_statement': 'all'})
leat.env.update({'HOOK_SECRET': SECRET, 'MAIL_PASSWORD': PASSWORD, 'LEAT_LEASE_MS': '1000'})
folder = lab.temp_folder('alerts-')
CSV = os.path.join(folder, 'orders.csv')
said = []
pipelines = {'orders': {'source': {'connection': 'files', 'stream': CSV},
                        'target': {'connection': 'local', 'stream': 'public.orders'},
                        'mode': 'append', 'checks': ['n min 0']}}
lab.apply(leat, pipelines=pipelines)


def run(*words, **more):
    res = leat.run(*words, **more)
    said.append(res.out + res.err)
    return res


def rows(*words):
    res = run('-o', 'json', *words)
    return json.loads(res.out) if res.out.strip() else None


version = 0


def good(bad_rows=0, total=10):
    global version
    version += 1
    with open(CSV, 'w', encoding='ascii') as f:
        f.write('n,v\n')
        for i in range(total):
            f.write(f"{-1 if i < bad_rows else i},{version}\n")


def broken():
    if os.path.exists(CSV):
        os.unlink(CSV)


def fresh(name, *words, kind='webhook'):
    """Only this alert."""
    for a in rows('alert', 'list') or []:
        run('alert', 'remove', a['name'], '--yes')
    res = run('alert', 'add', name, kind, *words)
    if res.code != 0:
        t.note(res)
    return res


def drain():
    res = run('work', '--until-idle', timeout=60)
    if res.code != 0:
        t.ok(False, 'an engine runs what is left', res)


def settings_and_refusals():
    hook = Receiver()
    bad = [
        (2, ['x', 'webhook', 'url=http://example.com/']),
        (2, ['x', 'webhook', 'url=https://user:pw@example.com/']),
        (2, ['x', 'webhook', 'url=https://example.com/', 'secret=' + SECRET]),
        (2, ['x', 'webhook', 'url=ftp://example.com/']),
        (2, ['x', 'webhook']),
        (2, ['x', 'webhook', 'url=https://example.com/', 'colour=red']),
        (2, ['x', 'slack', 'url=https://hooks.slack.com/services/CANARY']),
        (2, ['x', 'mail', 'server=smtps://x', 'from=a@b', 'to=nobody']),
        (2, ['x', 'mail', 'server=http://x', 'from=a@b', 'to=c@d']),
        (2, ['x', 'pager', 'url=https://example.com/']),
        (2, ['x', 'webhook', 'url=https://example.com/', '--on', 'fire']),
        (2, ['x', 'webhook', 'url=https://example.com/', '--on', 'none']),
        (4, ['x', 'webhook', 'url=https://example.com/', '--pipeline', 'nothing']),
    ]
    wrong = [(words, res) for code, words in bad
             for res in [leat.run('alert', 'add', *words)]
             if res.code != code or 'CANARY' in res.err]
    t.ok(not wrong, 'what cannot work is refused with a reason', *[w[1] for w in wrong])
    t.equal(len(rows('alert', 'list')), 0, 'and nothing is stored')
    fresh('ops', 'url=' + hook.url, 'secret=env:HOOK_SECRET', '--allow-private')
    t.equal(run('alert', 'add', 'ops', 'webhook', 'url=https://example.com/').code, 7,
            'a name is taken once')
    shown = rows('alert', 'show', 'ops')
    t.ok(shown['config'] == {'url': hook.url, 'secret': {'env': 'HOOK_SECRET'}} and
         shown['on'] == 'failure,recovery' and shown['open'] == 0,
         'it is shown with its reference', shown)
    res = run('-o', 'json', 'alert', 'test', 'ops')
    got = hook.requests[:]
    t.ok(res.code == 0 and len(got) == 1 and json.loads(got[0][1])['type'] == 'test' and
         '204' in json.loads(res.out)['answer'], 'a test arrives, and its answer is shown', res)
    t.ok(is_signed(got[0][0], got[0][1]), 'its signature verifies', got)
    t.ok(not is_signed(got[0][0], got[0][1] + b' '), 'and one byte more does not')
    t.equal(run('alert', 'test', 'ops', env={'HOOK_SECRET': ''}).code, 2,
            'a secret that is none is said')
    t.equal(run('alert', 'test', 'other').code, 4, 'there is no other alert')


def one_incident():
    hook = Receiver()
    fresh('ops', 'url=' + hook.url, 'secret=env:HOOK_SECRET', '--allow-private')
    good()
    run('run', 'orders')
    t.equal(hook.take(), [], 'a pipeline that works is not told')
    broken()
    codes = [run('run', 'orders').code for _ in range(3)]
    lasting = rows('alert', 'show', 'ops')
    good()
    run('run', 'orders')
    got = hook.take()
    t.equal([g[0] for g in got], ['job.failed', 'job.recovered'],
            'three failures and a success are two messages', codes)
    data = got[0][2]['data']
    t.ok(data['pipeline'] == 'orders' and data['state'] == 'failed' and data['error']['text'] and
         data['error']['code'] == 'NOT_FOUND' and data['organization'] == 'default' and
         data['rows']['read'] == 0 and data['finished_at'] == got[0][2]['timestamp'],
         'the first tells what failed and why', got[0])
    t.ok(got[1][2]['data']['incident']['jobs'] == 3 and got[1][2]['data']['error'] is None,
         'the last tells how long it was', got[1])
    t.ok(lasting['open'] == 1 and lasting['incidents'][0]['jobs'] == 3 and
         lasting['incidents'][0]['closed_at'] is None, 'meanwhile it was open', lasting)
    t.ok(rows('alert', 'show', 'ops')['open'] == 0, 'now it is closed')
    t.ok(all(j['kind'] != 'alert' for j in rows('job', 'list')),
         'messages are not in the list of jobs')
    sent = rows('job', 'list', '--kind', 'alert')
    t.ok([j['state'] for j in sent] == ['succeeded'] * 2 and sent[0]['pipeline'] == 'orders' and
         sent[0]['target'] == 'alert:ops', 'but when asked for', sent)
    body = rows('job', 'show', str(sent[0]['job']))
    t.ok('CANARY' not in json.dumps(body), 'no secret is in their bodies', body)
    t.ok('204' in run('job', 'logs', str(sent[0]['job'])).out, 'the answer is in their logs')


def scopes_and_kinds():
    hook = Receiver()
    lab.apply(leat, pipelines={'other': dict(pipelines['orders'], target={
        'connection': 'local', 'stream': 'public.other'})})
    fresh('one', 'url=' + hook.url, '--allow-private', '--pipeline', 'orders', '--on', 'success',
          '--rejects', '10%')
    good()
    run('run', 'orders')
    run('run', 'other')
    t.equal([(g[0], g[2]['data']['pipeline']) for g in hook.take()], [('job.succeeded', 'orders')],
            'a pipeline\'s alert hears of that one')
    for bad in (1, 2, 3, 0):
        good(bad_rows=bad)
        run('run', 'orders')
    got = hook.take()
    t.equal([g[0] for g in got], ['job.succeeded', 'job.rejects', 'job.succeeded', 'job.succeeded'],
            'too many rejects are told once while they last')
    t.equal(got[1][2]['data']['rows']['rejected'], 2, 'with their number')
    t.ok('webhook-signature' not in got[0][1], 'without a secret nothing is signed')
    run('alert', 'pause', 'one')
    good()
    run('run', 'orders')
    t.equal(hook.take(), [], 'a paused alert is silent')
    run('alert', 'resume', 'one')
    good()
    run('run', 'orders')
    t.equal(len(hook.take()), 1, 'until it goes on')
    fresh('all', 'url=' + hook.url, '--allow-private')
    missing = os.path.join(folder, 'missing.csv')
    for _ in range(2):
        run('load', missing, '--into', 'x')
    t.equal([g[2]['data']['pipeline'] for g in hook.take()], [],
            'a load that never became a job is not told')
    wide = os.path.join(folder, 'wide.csv')
    with open(wide, 'w', encoding='ascii') as f:
        f.write('id,extra\n1,1\n')
    server.psql('create table narrow (id int)', 'leat')
    codes = [run('load', wide, '--into', 'local:public.narrow', '--drift', 'fail').code
             for _ in range(2)]
    got = hook.take()
    t.ok([(g[0], g[2]['data']['pipeline']) for g in got] == [('job.failed', None)] * 2 and
         got[0][2]['data']['source'].endswith('wide.csv') and codes == [7, 7],
         'loads without a pipeline are each their own', codes, got)
    run('alert', 'remove', 'all', '--yes')
    run('load', wide, '--into', 'local:public.narrow', '--drift', 'fail')
    t.ok(hook.take() == [] and rows('alert', 'list') == [] and
         server.psql('select count(*) from leat.alert_due', 'leat') == '0',
         'nothing is noted where nobody wants to know')


def answers():
    hook = Receiver()
    fresh('ops', 'url=' + hook.url, 'secret=env:HOOK_SECRET', '--allow-private')
    broken()
    hook.script = [(500, {}, b'oops'), (503, {}, b'later')]
    res = run('run', 'orders')
    t.ok(res.code == 4 and 'not sent' in res.err, 'a message that fails does not change the job',
         res)
    drain()
    got = hook.take()
    t.ok(len(got) == 3 and len({g[1]['webhook-id'] for g in got}) == 1,
         'a server that fails is asked again with the same id', got)
    job = rows('job', 'list', '--kind', 'alert', '--limit', '1')[0]
    t.ok(job['state'] == 'succeeded' and job['attempt'] == 3, 'as attempts of one job', job)
    good()
    hook.script = [(429, {'Retry-After': '1'}, b'')]
    began = time.monotonic()
    run('run', 'orders')
    got = hook.take()
    t.ok([g[0] for g in got] == ['job.recovered'] * 2 and time.monotonic() - began > 1,
         'a short wait that is asked for is waited', got)
    broken()
    hook.script = [(429, {'Retry-After': '1800'}, b'')]
    run('run', 'orders')
    t.equal(len(hook.take()), 1, 'a long wait that is asked for is not waited here')
    job = rows('job', 'list', '--kind', 'alert', '--limit', '1')[0]
    wait_s = "select round(extract(epoch from run_after - now())) from leat.scheduled where job_id = "
    put_off = server.psql(wait_s + str(job['job']), 'leat')
    t.ok(1700 < int(put_off or 0) <= 1800, 'but in the queue', job, put_off)
    server.psql(f"update leat.scheduled set run_after = now() where job_id = {job['job']}", 'leat')
    hook.script = [(429, {'Retry-After': '86400'}, b'')]
    engine = leat.popen('work', stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                        stderr=subprocess.DEVNULL)
    until = time.monotonic() + 30
    while time.monotonic() < until and hook.script:
        time.sleep(0.1)
    engine.send_signal(signal.SIGTERM)
    engine.wait(60)
    put_off = server.psql(wait_s + str(job['job']), 'leat')
    t.ok(3500 < int(put_off or 0) <= 3600, 'within an hour', put_off)
    run('job', 'cancel', str(job['job']))
    good()
    run('run', 'orders')
    hook.take()
    elsewhere = Receiver()
    broken()
    hook.script = [(302, {'Location': elsewhere.url}, b'')]
    run('run', 'orders')
    job = rows('job', 'list', '--kind', 'alert', '--limit', '1')[0]
    t.ok(job['state'] == 'failed' and 'redirect' in rows('job', 'show', str(job['job']))['hint'] and
         elsewhere.connects == 0, 'a redirect is not followed', job)
    hook.take()
    good()
    hook.script = [lambda body: (200, {}, b'x' * 50_000_000)]
    run('run', 'orders')
    job = rows('job', 'list', '--kind', 'alert', '--limit', '1')[0]
    t.ok(job['state'] == 'succeeded', 'an answer without end is an answer', job)
    hook.take()
    broken()
    hook.script = [(410, {}, b'gone')]
    run('run', 'orders')
    shown = rows('alert', 'show', 'ops')
    t.ok(shown['paused'] and '410' in shown['paused_why'], '410 pauses the alert', shown)
    run('alert', 'resume', 'ops')
    good()
    hook.script = [(400, {}, b'\x1b[31mno\r\nX: y')]
    res = run('run', 'orders')
    hook.take()
    drain()
    job = rows('job', 'list', '--kind', 'alert', '--limit', '1')[0]
    log = run('job', 'logs', str(job['job']))
    t.ok(job['state'] == 'failed' and not log.controls() and not res.controls(),
         'a refusal is final, and what it says is harmless', job, log)
    shown = rows('alert', 'list')[0]
    t.ok((shown['last'], shown['last_state']) == ('job.recovered', 'failed'),
         'and the list of alerts says so', shown)
    t.equal(hook.take(), [], 'a message that fails is not told itself')


def addresses():
    hook = Receiver()
    spelled = [f'https://{h}:{hook.port}/' for h in
               ('127.0.0.1', 'localhost', '127.1', '2130706433', '[::ffff:127.0.0.1]', '0.0.0.0')]
    for url in spelled:
        fresh('ops', 'url=' + url)
        res = run('alert', 'test', 'ops')
        t.ok(res.code == 6 and hook.connects == 0, f'{url.rsplit(":", 1)[0]} is refused', res)
    fresh('ops', 'url=http://169.254.169.254/latest/meta-data', '--allow-private')
    t.equal(run('alert', 'test', 'ops').code, 6, 'metadata is refused also to those who may')
    broken()
    fresh('ops', 'url=' + spelled[0])
    run('run', 'orders')
    job = rows('job', 'list', '--kind', 'alert', '--limit', '1')[0]
    t.ok(job['state'] == 'failed' and job['error_code'] == 'DENIED' and hook.connects == 0,
         'a job that may not connect fails for good', job)


def tls():
    context, cert = certificate(folder, 'receiver', 'IP:127.0.0.1,DNS:localhost')
    hook = Receiver(context)
    fresh('ops', 'url=' + hook.url, 'secret=env:HOOK_SECRET', '--allow-private')
    res = run('alert', 'test', 'ops')
    t.ok(res.code == 5 and 'ca_file' in res.err and hook.take() == [],
         'a certificate that nobody knows is refused', res)
    fresh('ops', 'url=' + hook.url, 'secret=env:HOOK_SECRET', 'ca_file=' + cert, '--allow-private')
    res = run('alert', 'test', 'ops')
    t.ok(res.code == 0 and [g[0] for g in hook.take()] == ['test'],
         'one of a private authority is taken', res)
    wrong, cert = certificate(folder, 'wrong', 'DNS:example.com')
    hook = Receiver(wrong)
    fresh('ops', 'url=' + hook.url, 'ca_file=' + cert, '--allow-private')
    res = run('alert', 'test', 'ops')
    t.ok(res.code == 5 and hook.take() == [], 'one of another name is refused', res)
    plain = Receiver()
    fresh('ops', f'url=https://127.0.0.1:{plain.port}/', 'ca_file=' + cert, '--allow-private')
    res = run('alert', 'test', 'ops')
    t.ok(res.code == 5 and plain.take() == [], 'a server without TLS is refused', res)


def dies():
    for point, times in (('alerts-ended', 1), ('alert-decided', 1), ('alerts-sent', 2)):
        hook = Receiver()
        fresh('ops', 'url=' + hook.url, '--allow-private')
        good()
        run('run', 'orders')
        broken()
        res = run('run', 'orders', env={'LEAT_FAULT': point + ':kill'})
        before = len(hook.requests)
        drain()
        drain()
        got = hook.take()
        t.ok(res.code == -signal.SIGKILL and before == times - 1 and len(got) == times and
             len({g[1]['webhook-id'] for g in got}) == 1 and got[0][0] == 'job.failed',
             f'killed at {point}: one message all the same', res, got)
    # A job that kills whoever runs it: told by the engine that finds the last of them dead.
    hook = Receiver()
    fresh('ops', 'url=' + hook.url, '--allow-private')
    good()
    run('run', 'orders', '--detach')
    for _ in range(3):
        run('work', '--until-idle', env={'LEAT_FAULT': 'flow-before-commit:kill'})
    # Its heartbeat is held up while it takes from the dead; the engine must not leave.
    with subprocess.Popen([os.path.join(lab.bindir(), 'psql'), '-X', '-q', '-d',
                           server.conninfo('leat'), '-c',
                           'begin; select from leat.run for update; select pg_sleep(2)'],
                          stdout=subprocess.DEVNULL):
        while server.psql("select count(*) from pg_stat_activity where query like '%sleep(2)'"
                          " and pid <> pg_backend_pid()", 'leat').strip() != '1':
            time.sleep(0.02)
        drain()
    got = hook.take()
    t.ok(len(got) == 1 and got[0][0] == 'job.failed' and got[0][2]['data']['state'] == 'dead',
         'a job that dies with its third engine: one message', got)
    broken()
    # A success by another process before anybody knew of the failure.
    hook = Receiver()
    fresh('ops', 'url=' + hook.url, '--allow-private')
    run('run', 'orders', env={'LEAT_FAULT': 'alerts-ended:kill'})
    good()
    server.psql("set role leat_owner; alter table leat.alert_due no force row level security;"
                " alter table leat.alert_due rename to hidden", 'leat')
    run('run', 'orders')
    server.psql("set role leat_owner; alter table leat.hidden rename to alert_due;"
                " alter table leat.alert_due force row level security", 'leat')
    drain()
    t.equal([g[0] for g in hook.take()], ['job.failed', 'job.recovered'],
            'a failure that is found after its recovery is closed at once')
    t.equal(rows('alert', 'show', 'ops')['open'], 0, 'and nothing stays open')


def mail():
    context, cert = certificate(folder, 'mail', 'DNS:localhost')
    box = MailReceiver(context)
    words = ['server=' + box.url, 'from=leat@example.com', 'to=night@example.com, day@example.com',
             'user=leat', 'ca_file=' + cert, '--allow-private']
    good()
    run('run', 'orders')
    fresh('night', 'password=env:MAIL_PASSWORD', *words, kind='mail')
    res = run('alert', 'test', 'night')
    t.ok(res.code == 0 and len(box.mails) == 1 and 'test' in box.mails[0]['message']['Subject'],
         'a test mail arrives', res)
    box.mails.clear()
    broken()
    run('run', 'orders')
    job = rows('job', 'list', '--limit', '1')[0]
    t.equal(len(box.mails), 1, 'a failure is one mail')
    if box.mails:
        got = box.mails[0]
        message, text = got['message'], got['message'].get_content()
        t.ok(got['tls'] and got['user'] == 'leat' and
             got['to'] == ['night@example.com', 'day@example.com'],
             'encrypted, with a login, to everybody', got)
        t.ok(message['Subject'].startswith('[leat] orders failed') and message['Message-ID'] and
             message['Date'] and message['Auto-Submitted'] == 'auto-generated' and
             not message.defects, 'its headers are whole', message.as_string())
        t.ok(all(w in text for w in (f"leat job show {job['job']}", f"leat job retry {job['job']}",
                                     'Why:', 'Do next:', 'orders')), 'it says what to do', text)
    env = {'MAIL_PASSWORD': 'CANARY-wrong'}
    t.equal(run('alert', 'test', 'night', env=env).code, 6, 'a wrong password is said')


def slack():
    def as_slack(body):
        message = json.loads(body)
        good_blocks = all(b['type'] in ('header', 'section') and b['text']['type'] == 'plain_text'
                          and 0 < len(b['text']['text']) <= (150 if b['type'] == 'header' else 3000)
                          for b in message.get('blocks', []))
        is_good = isinstance(message.get('text'), str) and good_blocks and '<' not in message['text']
        return (200, {}, b'ok') if is_good else (400, {}, b'invalid_payload')

    chat = Receiver()
    chat.usual = as_slack
    good()
    run('run', 'orders')
    leat.env['SLACK_URL'] = chat.url.replace('/hook', '/services/CANARY/slack')
    fresh('chat', 'url=env:SLACK_URL', '--allow-private', kind='slack')
    res = run('alert', 'test', 'chat')
    t.ok(res.code == 0 and 'ok' in res.out, 'a test arrives (a receiver that speaks for Slack)', res)
    broken()
    run('run', 'orders')
    with chat.lock:
        got = [(json.loads(body), path) for _, body, path in chat.requests]
    t.ok(len(got) == 2 and got[1][1] == '/services/CANARY/slack' and
         'orders failed' in got[1][0]['text'] and 'job show' in got[1][0]['blocks'][1]['text']['text'],
         'and a failure', got)


def secrets():
    dump = server.psql("select string_agg(query_to_xml(format('select * from leat.%I', relname),"
                       " false, true, '')::text, '') from pg_class where relnamespace ="
                       " 'leat'::regnamespace and relkind = 'r'", 'leat')
    with open(server.log, encoding='utf-8', errors='replace') as f:
        log = f.read()
    places = {'tables': dump, 'server log': log, 'output': '\n'.join(said)}
    secret = SECRET[6:30]
    t.equal([name for name, text in places.items() if 'CANARY' in text or secret in text], [],
            'no secret is in a table, a log or an answer')
    t.ok('alert_message' in log and 'job.failed' in dump, 'where they were looked for')


settings_and_refusals()
one_incident()
scopes_and_kinds()
answers()
addresses()
tls()
dies()
mail()
slack()
secrets()
t.done()
