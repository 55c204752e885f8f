#!/usr/bin/env python3
# tests/tap/tls.t
#	Loads over TLS: names are checked although we connect to addresses.
"""
A server with a certificate from an authority of our own, for `localhost` alone.
"""
import os
import pwd
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import lab  # noqa: E402


def openssl(*words):
    subprocess.run(['openssl', *words], check=True, capture_output=True)


def authority(folder, name):
    """Files of a new authority: certificate and key."""
    crt, key = (os.path.join(folder, f'{name}.{x}') for x in ('crt', 'key'))
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', f'/CN={name}',
            '-keyout', key, '-out', crt)
    return crt, key


def give_certificate(server, crt, key):
    """The server gets one for localhost, signed by the authority, and TLS."""
    at = os.path.join(server.data, 'server')
    openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost', '-keyout',
            at + '.key', '-out', at + '.csr', '-addext', 'subjectAltName=DNS:localhost')
    openssl('x509', '-req', '-in', at + '.csr', '-CA', crt, '-CAkey', key, '-CAcreateserial',
            '-days', '2', '-copy_extensions', 'copy', '-out', at + '.crt')
    os.chmod(at + '.key', 0o600)
    if os.geteuid() == 0:
        entry = pwd.getpwnam('postgres')
        for end in ('.key', '.crt'):
            os.chown(at + end, entry.pw_uid, entry.pw_gid)
    server.psql("alter system set ssl = on")
    server.psql('select pg_reload_conf()')


def main():
    tap = lab.Tap()
    if not shutil.which('openssl'):
        tap.skip('TLS', 'there is no openssl')
        tap.done()
    port = lab.free_port()
    server, leat = lab.lab(settings={'port': port, 'listen_addresses': '127.0.0.1'})
    folder = lab.temp_folder('lab-tls-')
    crt, key = authority(folder, 'ours')
    other, _ = authority(folder, 'other')
    data = os.path.join(folder, 'things.csv')
    with open(data, 'w', encoding='ascii') as f:
        f.write('id,name\n' + ''.join(f'{i},thing {i}\n' for i in range(2000)))

    def connect(name, text):
        leat.env['URL_' + name.upper()] = f'port={port} dbname=leat user={server.user} {text}'
        lab.apply(leat, {name: {'connector': 'postgres',
                                'url': {'env': 'URL_' + name.upper()}}})

    connect('plain', 'host=localhost sslmode=require')
    res = leat.run('load', data, '--into', 'plain:public.things')
    tap.ok(res.code == 2 and not res.says('does not support SSL', 'hint: .*ssl = on'),
           'require, and the server has none', res)

    give_certificate(server, crt, key)
    full = f'sslmode=verify-full sslrootcert={crt}'
    connect('right', f'host=localhost {full}')
    res = leat.json('load', data, '--into', 'right:public.things')
    tap.ok(res.code == 0 and res.json().get('rows_written') == 2000,
           'the right name, resolved by us', res)
    server.psql('create table seen (ssl boolean, client inet)', 'leat')
    server.psql('''create function see() returns trigger language plpgsql as $$ begin
        insert into public.seen select s.ssl, a.client_addr from pg_stat_ssl s
        join pg_stat_activity a using (pid) where pid = pg_backend_pid(); return null; end $$;
        create trigger see after insert on things for each statement execute function see()''',
                'leat')
    res = leat.run('load', data, '--into', 'right:public.things')
    tap.ok(res.code == 0, 'and again', res)
    tap.equal(server.psql('select distinct ssl, client from seen', 'leat'), 't|127.0.0.1',
              'the rows went over TLS')

    connect('wrong', f'host=db.example hostaddr=127.0.0.1 {full}')
    res = leat.run('load', data, '--into', 'wrong:public.things')
    tap.ok(res.code == 2 and not res.says('does not match host name', 'db.example',
                                          'hint: .*hostaddr'), 'another name', res)
    connect('by_address', f'host=127.0.0.1 {full}')
    res = leat.run('load', data, '--into', 'by_address:public.things')
    tap.ok(res.code == 2 and not res.says('does not match host name', 'hint: '),
           'an address is no name of the certificate', res)
    connect('stranger', f'host=localhost sslmode=verify-full sslrootcert={other}')
    res = leat.run('load', data, '--into', 'stranger:public.things')
    tap.ok(res.code == 2 and not res.says('certificate verify failed', 'hint: .*sslrootcert'),
           'another authority', res)
    connect('nobody', 'host=localhost sslmode=verify-full')
    res = leat.run('load', data, '--into', 'nobody:public.things')
    tap.ok(res.code == 2 and not res.says('root certificate file', 'hint: .*sslrootcert'),
           'nobody to trust', res)
    tap.equal(server.psql('select count(*) from things', 'leat'), '4000',
              'what was refused wrote nothing')
    tap.done()


if __name__ == '__main__':
    main()
