#!/usr/bin/env python3
# tests/tap/names.t
#	Host names that cannot be resolved, and name servers that do not answer.
"""
The silent name server needs a network and a mount namespace of its own: root, or
a system that gives them to users. Without them those tests are skipped.
"""
import os
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import lab  # noqa: E402

# A label may have 63 bytes: the system refuses this one without asking anybody.
NO_NAME = 'x' * 70 + '.example'


def silent():
    """What runs inside: a name server that hears and says nothing, then the program."""
    subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)
    resolv = os.path.join(os.environ['HOME'], 'resolv.conf')
    with open(resolv, 'w', encoding='ascii') as f:
        f.write('nameserver 127.0.0.1\n')
    subprocess.run(['mount', '--bind', resolv, '/etc/resolv.conf'], check=True)
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(('127.0.0.1', 53))
    begin = time.monotonic()
    p = subprocess.Popen([lab.program(), *sys.argv[3:]], stderr=subprocess.PIPE,
                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    if sys.argv[2] == 'interrupt':
        server.settimeout(20)
        server.recv(512)
        begin = time.monotonic()
        p.send_signal(signal.SIGINT)
    said = p.communicate(timeout=60)[1].decode()
    print(f'{p.returncode} {time.monotonic() - begin:.2f} {said}')


def namespace():
    """The command that makes the namespaces, or None."""
    for words in (['unshare', '-m', '-n'], ['unshare', '-r', '-m', '-n']):
        try:
            done = subprocess.run([*words, 'sh', '-c', 'ip link set lo up && mount --bind'
                                   ' /etc/hosts /etc/resolv.conf'], capture_output=True,
                                  check=False)
        except OSError:
            return None
        if done.returncode == 0:
            return words
    return None


def inside(leat, words, how, *args):
    """how: 'interrupt' once the name server was asked, or 'wait'."""
    done = subprocess.run([*words, sys.executable, os.path.abspath(__file__), 'silent', how,
                           *args], capture_output=True, text=True, check=False,
                          env={**leat.env, 'LEAT': lab.program()})
    code, seconds, said = (done.stdout + ' 0 0 ' + done.stderr).split(' ', 2)
    return code, float(seconds), said


def main():
    tap = lab.Tap()
    leat = lab.Leat()
    res = leat.run('--db', f'host={NO_NAME} dbname=books', 'job', 'list')
    tap.ok(res.code == 5 and not res.says('database books', NO_NAME[:40], 'cannot be resolved',
                                          'hint: .*getent'), 'a name that is none', res)
    res = leat.json('--db', f'host={NO_NAME} dbname=books', 'doctor')
    told = {row['check']: row for row in res.rows()}.get('database', {})
    tap.ok(res.code == 1 and told.get('state') == 'fail' and 'cannot be resolved' in told['detail']
           and 'getent' in told['hint'], 'doctor says so, too', res)
    # A place that works is taken, whatever stands before it.
    server = lab.Server()
    both = f'host={NO_NAME},{server.sock} dbname=postgres user=postgres'
    res = leat.run('--db', both, 'migrate', 'up')
    tap.ok(res.code == 0, 'the next place of a list is used', res)

    words = namespace()
    if words is None:
        for name in ('a silent name server', 'Ctrl-C ends the wait', 'in a load, too'):
            tap.skip(name, 'no network and mount namespace of our own')
        tap.done()
    code, took, said = inside(leat, words, 'wait', '--db',
                              'host=db.example connect_timeout=1', 'job', 'list')
    tap.ok(code == '5' and 1 <= took < 8 and 'was not resolved within 1.0 s' in said
           and 'hint: ' in said, 'a silent name server costs what connect_timeout says',
           code, took, said)
    code, took, said = inside(leat, words, 'interrupt', '--db',
                              'host=db.example connect_timeout=30', 'job', 'list')
    tap.ok(code == '130' and took < 8, 'Ctrl-C ends the wait for a name', code, took, said)

    leat.env['LEAT_DB'] = f'host={server.sock} dbname=postgres user=postgres'
    lab.apply(leat, {'silent': {'connector': 'postgres', 'host': 'db.example', 'user': 'me'}})
    path = os.path.join(leat.home, 'rows.csv')
    with open(path, 'w', encoding='ascii') as f:
        f.write('id\n1\n')
    code, took, said = inside(leat, words, 'interrupt', 'load', path, '--into', 'silent:t')
    states = [row['state'] for row in leat.json('job', 'list').rows()]
    tap.ok(code == '130' and took < 8 and states == ['queued'],
           'and a load that waits for one is handed back', code, took, said, states)
    tap.done()


if __name__ == '__main__':
    silent() if sys.argv[1:2] == ['silent'] else main()
