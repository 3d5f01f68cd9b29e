#!/usr/bin/env python3
"""Prints tests/unit/rdata_vectors.inc: record data as dnspython (PyPI) reads and writes it.

    pip install dnspython==2.7.0 && tests/support/rdata_vectors.py >tests/unit/rdata_vectors.inc
"""
import dns.rdata, dns.rdataclass, dns.rdatatype, dns.version

CASES = '''A 192.0.2.1
A 0.0.0.0
A 256.0.0.1
A 1.2.3
A 192.0.2.1 x
AAAA 2001:db8::1
AAAA ::
AAAA ::ffff:192.0.2.1
AAAA 2001:db8:::1
AAAA 1:2:3:4:5:6:7
NS ns1.example.com.
CNAME .
CNAME Alice.Ghost.
CNAME a\\.b.ghost.
CNAME a\\000b.ghost.
CNAME a..ghost.
PTR alice.ghost.
MX 10 mail.example.com.
MX 65535 .
MX 65536 mail.
MX mail.
MX -1 mail.
TXT "hello world"
TXT hello world
TXT "a\\"b" "c\\\\d"
TXT ""
TXT "\\000\\255"
TXT "\\256"
TXT "open
SRV 0 5 5060 sip.example.com.
SRV 0 5 sip.example.com.
DS 60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118
DS 60485 13 2 D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4 F9E99B8383F6A1E4469DA50A
DS 60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A2921
DS 60485 5 2 zz
TLSA 3 1 1 d2abde240d7cd3ee6b4b28c54df034b97983a1d16e8a410e4561cb106618e971
CAA 0 issue "ca.example.net"
CAA 0 issuewild ";"
CAA 128 iodef "mailto:security@example.com"
CAA 256 issue "x"
URI 10 1 "ftp://ftp1.example.com/public"
URI 10 1 ""
HTTPS 1 . alpn="h2,h3" port=8443
HTTPS 1 . port=8443 alpn=h3
HTTPS 1 foo.example.com. ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=2001:db8::1
HTTPS 1 . mandatory=alpn,port alpn=h2 port=53
HTTPS 1 . mandatory=port,alpn alpn=h2 port=53
HTTPS 1 . mandatory=port alpn=h2
HTTPS 1 . port=1 port=2
HTTPS 1 . no-default-alpn
HTTPS 1 . alpn=h2 no-default-alpn
HTTPS 0 foo.example.com.
HTTPS 1 . ech="AEj+DQBEAQAgACAdd+scUi0IYFsXnUIU7ko2Nd9+F8M26pAGZVpz/KrWPgAEAAEAAWQVZWNoLXNpdGVzLmV4YW1wbGUubmV0AAA="
SVCB 16 foo.example.com. key667=hello
SVCB 16 foo.example.com. key667="hello\\210qoo"
SVCB 1 . alpn="f\\\\\\\\oo\\\\,bar,h2"
SVCB 1 . ohttp
SVCB 1 . dohpath=/dns-query{?dns}'''

print(f'/* Made by tests/support/rdata_vectors.py with dnspython {dns.version.version}: type, text, data (empty: refused). */')
for line in CASES.split('\n'):
    kind, text = line.split(' ', 1)
    try:
        data = dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.from_text(kind), text).to_digestable()
        data = data.hex()
    except Exception:
        data = ''
    quoted = text.replace('\\', '\\\\').replace('"', '\\"')
    print(f'{{"{kind}", "{quoted}", "{data}"}},')
