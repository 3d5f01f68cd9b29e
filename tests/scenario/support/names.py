"""Called by tests/scenario/names.sh with the build folder."""
import json
import os
import subprocess
import sys
import time
import unittest

BUILD = sys.argv[1]
GHOSTVM = os.path.join(BUILD, 'ghostvm')
# Accounts 0 and 1 of the usual test mnemonic.
ALICE = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266'
BOB = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'
base_env = {k: v for k, v in os.environ.items() if not k.startswith('GHOSTVM_')}


def start(*args):
    env = {**base_env, 'GHOSTVM_RPC_URL': url}
    return subprocess.Popen([GHOSTVM, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)


def finish(process):
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


class Names(unittest.TestCase):
    def good(self, *args):
        code, out, err = finish(start(*args))
        self.assertEqual((code, err), (0, ''), args)
        return out

    def json(self, *args):
        return json.loads(self.good(*args, '--json'))

    def bad(self, code, says, *args):
        got, out, err = finish(start(*args))
        self.assertEqual(got, code, f'{args}: {out}{err}')
        self.assertRegex(err, says)
        self.assertEqual(out, '')

    def register(self, *args):
        """Moves the chain's clock on as soon as the commitment is in a block."""
        before = int(self.json('rpc', 'eth_blockNumber'), 16)
        process = start('name', 'register', '--json', '--from', ALICE, *args)
        while process.poll() is None and int(self.json('rpc', 'eth_blockNumber'), 16) == before:
            time.sleep(0.05)
        self.good('rpc', 'evm_increaseTime', '120')
        self.good('rpc', 'evm_mine')
        code, out, err = finish(process)
        self.assertEqual((code, err), (0, ''))
        return json.loads(out)

    def test_life(self):
        self.bad(1, 'not registered', 'name', 'show', 'alice.ghost')
        self.bad(1, 'leads nowhere', 'name', 'resolve', 'alice.ghost')
        made = self.register('Alice.ghost', 'A 192.0.2.1', 'TXT "hello, world"')
        self.assertEqual((made['name'], made['owner']), ('alice.ghost', ALICE.lower()))
        price = self.json('call', '0x0000000000000000000000000000000000004730',
                          'price(string,uint32)(uint256,uint256)', 'alice.ghost', '1')['values'][0]
        self.assertEqual(float(made['ghost']) * 1e18, float(price))

        name = self.json('name', 'show', 'alice.ghost')
        self.assertEqual((name['phase'], name['expires']), ('active', made['expires']))
        shown = self.good('name', 'show', 'alice.ghost')
        self.assertIn('alice.ghost. 300 IN A 192.0.2.1\n', shown)
        self.assertIn('alice.ghost. 300 IN TXT "hello, world"\n', shown)
        self.assertNotIn('\x1b', shown)
        self.assertIn(ALICE, self.good('name', 'resolve', 'alice.ghost'))
        self.assertIn('alice.ghost', self.good('name', 'list', ALICE))
        self.assertEqual(self.json('name', 'list', 'ghost')['total'], 1)

        self.good('name', 'set', '--from', ALICE, '--ttl', '600', 'alice.ghost', 'A 192.0.2.2', 'A 192.0.2.3')
        self.good('name', 'set', '--from', ALICE, 'alice.ghost', 'TXT')
        shown = self.good('name', 'show', 'alice.ghost')
        self.assertIn('alice.ghost. 600 IN A 192.0.2.2\nalice.ghost. 600 IN A 192.0.2.3\n', shown)
        self.assertNotIn('TXT', shown)
        self.bad(1, 'Unauthorized', 'name', 'set', '--from', BOB, 'alice.ghost', 'A 192.0.2.9')
        self.bad(2, 'A 192', 'name', 'set', '--from', ALICE, 'alice.ghost', 'A 192.0.2')
        self.bad(2, 'no type of record', 'name', 'set', '--from', ALICE, 'alice.ghost', 'NONSENSE 1')
        self.bad(2, 'one type of record', 'name', 'set', '--from', ALICE, 'alice.ghost', 'A 192.0.2.1', 'TXT "x"')

        self.good('name', 'primary', '--from', ALICE, 'alice.ghost')
        self.assertEqual(self.json('rpc', 'ghost_lookupAddress', ALICE), 'alice.ghost')
        # tokens go to names too
        before = self.json('token', 'balances', 'alice.ghost')['SPIRIT']
        self.good('token', 'send', '--from', BOB, 'spirit', 'alice.ghost', '1.5spirit')
        after = self.json('token', 'balances', ALICE)['SPIRIT']
        self.assertEqual(int(after, 16) - int(before, 16), 15 * 10**17)
        self.good('name', 'transfer', '--from', ALICE, 'alice.ghost', BOB)
        self.assertEqual(self.json('name', 'resolve', 'alice.ghost')['owner'], BOB.lower())

    def test_tokens(self):
        shown = self.good('token', 'balances', BOB)
        self.assertEqual([line.split()[0] for line in shown.splitlines()], ['GCC', 'SPIRIT', 'MANA', 'GHOST'])
        self.good('token', 'fee', '--from', BOB, 'SPIRIT')
        self.good('token', 'fee', '--from', BOB, 'GCC')
        self.good('token', 'grant', '--from', ALICE, '--per-transaction', '0.5spirit', '--per-gas', '30gwei',
                  '--until', '4102444800', BOB, 'SPIRIT', '2spirit')
        terms = self.json('rpc', 'ghost_getSponsorship', ALICE, BOB)
        self.assertEqual((terms['token'], int(terms['remaining'], 16), int(terms['perTransaction'], 16)),
                         ('SPIRIT', 2 * 10**18, 5 * 10**17))
        self.assertEqual((int(terms['perGas'], 16), int(terms['maxTip'], 16), terms['target'], terms['notAfter']),
                         (30 * 10**9, 2**128 - 1, None, 4102444800))
        self.bad(2, 'expected a token', 'token', 'fee', '--from', BOB, 'DOGE')
        self.bad(2, 'not an amount of GHOST', 'token', 'send', '--from', BOB, 'GHOST', ALICE, '1gcc')
        self.bad(2, 'argument is missing', 'token', 'send', '--from', BOB, 'GHOST')

    def test_identities(self):
        did = 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK'  # of the did:key specification
        self.assertEqual(self.json('id', 'doc', did)['didDocument']['id'], did)
        self.bad(1, 'no document', 'id', 'doc', 'did:ghost:nobody')
        self.bad(1, 'no identity', 'id', 'show', 'did:ghost:nobody')
        self.assertIn('AdminAccess', self.good('id', 'permissions', ALICE))

    def test_help(self):
        for group, command in (('name', 'register'), ('token', 'send'), ('id', 'doc')):
            self.assertIn(command, self.good(group, '--help'))
            self.assertIn(f'usage: ghostvm {group} {command} [OPTIONS]', self.good(group, command, '--help'))
            self.bad(2, 'unknown command', group, 'nonsense')
            self.bad(2, 'usage', group)


node = subprocess.Popen([os.path.join(BUILD, 'ghostd'), '--dev', '--port', '0'], stdout=subprocess.PIPE,
                        stderr=subprocess.DEVNULL, text=True, env=base_env)
try:
    url = next(line.split()[-1] for line in node.stdout if line.startswith('Listening on '))
    good = unittest.main(argv=sys.argv[:1], exit=False).result.wasSuccessful()
finally:
    node.terminate()
    node.wait(10)
    node.stdout.close()
sys.exit(0 if good else 1)
