"""Called by tests/scenario/tools.sh with the build folder."""
import http.server
import json
import os
import re
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import unittest

BUILD = sys.argv[1]
GHOSTVM = os.path.join(BUILD, 'ghostvm')
MNEMONIC = 'test test test test test test test test test test test junk'
# Accounts 0 and 1 of that mnemonic, as anvil and Hardhat print them.
ALICE = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266'
ALICE_KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'
BOB = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'
TOKEN = 'contracts/tour/Token.json'
# Keccak-256 of "Transfer(address,address,uint256)", as every ERC-20 logs it.
TRANSFER = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef'
EMPTY_CODE = '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'

base_env = {k: v for k, v in os.environ.items() if not k.startswith('GHOSTVM_')}


def artifact():
    with open(TOKEN) as f:
        return json.load(f)


class Node:
    def __enter__(self):
        self.process = subprocess.Popen([os.path.join(BUILD, 'ghostd'), '--dev', '--port', '0'],
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=base_env)
        for line in self.process.stdout:
            if line.startswith('Listening on '):
                self.url = line.split()[-1]
                return self
        raise SystemExit('tools: the node did not start')

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)
        self.process.stdout.close()


def run(*args, env=None, stdin=None):
    done = subprocess.run([GHOSTVM, *args], capture_output=True, text=True, timeout=120, input=stdin,
                          env={**base_env, 'GHOSTVM_RPC_URL': node.url, **(env or {})})
    return done.returncode, done.stdout, done.stderr


class Tools(unittest.TestCase):
    def good(self, *args, **more):
        code, out, err = run(*args, **more)
        self.assertEqual(code, 0, f'{args}: {err}')
        self.assertEqual(err, '')
        return out

    def json(self, *args, **more):
        return json.loads(self.good(*args, '--json', **more))

    def bad(self, code, says, *args, **more):
        got, out, err = run(*args, **more)
        self.assertEqual(got, code, f'{args}: {out}{err}')
        self.assertRegex(err, says)
        self.assertEqual(out, '')
        return err

    def deploy(self):
        receipt = self.json('send', '--from', ALICE, '--create', '@' + TOKEN,
                            'constructor(string,string,uint256)', 'Tour Token', 'TOUR', '1000000')
        self.assertEqual(receipt['status'], '0x1')
        return receipt['contractAddress']

    # ---- asking

    def test_balance(self):
        one = self.json('balance', '--block', '0', ALICE)
        self.assertEqual(one, {'address': ALICE.lower(), 'wei': str(10000 * 10**18), 'gcc': '10000'})
        both = self.json('balance', '--block', 'earliest', ALICE, BOB)
        self.assertEqual([x['gcc'] for x in both], ['10000', '10000'])
        self.assertIn('10000 GCC', self.good('balance', '--block', '0', ALICE))
        # no colours where there is no terminal
        self.assertNotIn('\x1b', self.good('balance', ALICE))

    def test_rpc(self):
        self.assertEqual(self.good('rpc', 'eth_chainId'), '0x539\n')
        self.assertEqual(self.json('rpc', 'eth_accounts')[:2], [ALICE.lower(), BOB.lower()])
        # Keccak-256 of nothing
        self.assertEqual(self.good('rpc', 'web3_sha3', '0x').strip(), EMPTY_CODE)
        block = self.json('rpc', 'eth_getBlockByNumber', 'earliest', 'false')
        self.assertEqual(block['number'], '0x0')
        self.bad(1, '-32601', 'rpc', 'eth_nonsense')
        self.bad(1, '-32602', 'rpc', 'eth_getBalance', 'nonsense')
        self.bad(1, 'expected the name of a method', 'rpc', 'a"b')
        self.bad(2, 'which method', 'rpc')

    def test_block_tx_receipt(self):
        receipt = self.json('send', '--from', ALICE, '--value', '1wei', BOB)
        digest, number = receipt['transactionHash'], receipt['blockNumber']
        block = self.json('block', number)
        self.assertIn(digest, block['transactions'])
        self.assertEqual(self.json('block', block['hash']), block)
        self.assertEqual(self.json('block', str(int(number, 16)))['hash'], block['hash'])
        full = self.json('block', '--full', number)
        self.assertEqual(full['transactions'][0]['hash'], digest)
        tx = self.json('tx', digest)
        self.assertEqual((tx['from'], tx['to'], tx['value']), (ALICE.lower(), BOB.lower(), '0x1'))
        self.assertEqual(self.json('receipt', digest), receipt)
        # the price of a plain transfer (Yellow Paper, G_transaction)
        self.assertEqual(receipt['gasUsed'], hex(21000))
        self.assertRegex(self.good('receipt', digest), r'gas used +21000\n')
        self.assertIn(ALICE, self.good('tx', digest))
        nothing = '0x' + '11' * 32
        self.bad(1, 'knows no transaction', 'tx', nothing)
        self.bad(1, 'no block has', 'receipt', nothing)
        self.bad(1, 'has no block', 'block', '999999')
        self.bad(2, '64 hex digits', 'tx', '0x12')
        self.bad(2, 'expected a number, a hash', 'block', 'newest')

    # ---- signing

    def test_ways_to_sign(self):
        to = '0x00000000000000000000000000000000000000e1'
        for more, env in ((['--private-key', ALICE_KEY], {}),
                          ([], {'GHOSTVM_PRIVATE_KEY': ALICE_KEY[2:]}),
                          (['--mnemonic', MNEMONIC], {}),
                          (['--from', ALICE], {})):
            receipt = self.json('send', *more, '--value', '2gwei', to, env=env)
            self.assertEqual(receipt['from'], ALICE.lower())
        second = self.json('send', '--mnemonic', MNEMONIC, '--index', '1', '--value', '1wei', to)
        self.assertEqual(second['from'], BOB.lower())
        self.assertEqual(self.json('balance', to)['wei'], str(4 * 2 * 10**9 + 1))
        digest = self.json('send', '--from', ALICE, '--async', to)['transactionHash']
        self.assertEqual(self.json('receipt', digest)['status'], '0x1')

    def test_fees(self):
        def tx_of(*more, **env):
            return self.json('tx', self.json('send', '--private-key', ALICE_KEY, *more, BOB, **env)['transactionHash'], **env)
        tx = tx_of('--max-fee', '30gwei', '--tip', '2gwei', '--gas', '50000')
        self.assertEqual((tx['type'], tx['maxFeePerGas'], tx['maxPriorityFeePerGas'], tx['gas']),
                         ('0x2', hex(30 * 10**9), hex(2 * 10**9), hex(50000)))
        # before London (EIP-1559) blocks have no base fee, and transactions one price
        with Between(lambda block: block.pop('baseFeePerGas'), method='eth_getBlockByNumber') as url:
            self.assertEqual(tx_of('--rpc-url', url)['type'], '0x0')

    def test_refusals_to_sign(self):
        self.bad(2, 'who signs', 'send', BOB)
        self.bad(2, 'more than one key', 'send', '--private-key', ALICE_KEY, '--mnemonic', MNEMONIC, BOB)
        self.bad(2, 'not the address of the given key', 'send', '--private-key', ALICE_KEY, '--from', BOB, BOB)
        err = self.bad(2, '64 hex digits', 'send', '--private-key', '0xabcdef', BOB)
        self.assertNotIn('abcdef', err)
        err = self.bad(2, 'checksum', 'send', '--mnemonic', MNEMONIC.replace('junk', 'test'), BOB)
        self.assertNotIn('test test', err)
        self.bad(2, 'to whom', 'send', '--from', ALICE)
        self.bad(2, 'amount', 'send', '--from', ALICE, '--value', '1 apple', BOB)
        self.bad(2, 'amount', 'send', '--from', ALICE, '--value', '0.0000000001gwei', BOB)
        self.bad(1, 'insufficient', 'send', '--from', ALICE, '--value', '20000gcc', BOB)
        # one letter in the wrong case: EIP-55 finds it
        self.bad(2, 'EIP-55', 'send', '--from', ALICE, '0x70997970C51812dc3A010C7d01b50e0d17dc79c8')

    def test_keystore(self):
        with tempfile.TemporaryDirectory() as folder:
            key, password = os.path.join(folder, 'key.json'), os.path.join(folder, 'pw')
            with open(password, 'w') as f:
                f.write('open sesame\nnot this line\n')
            made = self.json('keygen', '--keystore', key, '--password-file', password, '--light')
            self.assertEqual(set(made), {'address', 'keystore'})
            self.assertEqual(stat.S_IMODE(os.stat(key).st_mode), 0o600)
            with open(key) as f:
                stored = json.load(f)
            self.assertEqual((stored['version'], '0x' + stored['address']), (3, made['address']))
            self.json('send', '--from', ALICE, '--value', '1gcc', made['address'])
            receipt = self.json('send', '--keystore', key, '--password-file', password, '--value', '1gwei', BOB)
            self.assertEqual(receipt['from'], made['address'])
            with open(password, 'w') as f:
                f.write('wrong')
            self.bad(2, 'password', 'send', '--keystore', key, '--password-file', password, BOB)
            self.bad(1, 'exists', 'keygen', '--keystore', key, '--password-file', password, '--light')

    def test_keygen(self):
        self.bad(2, 'neither kept nor shown', 'keygen')
        for words in (12, 24):
            made = self.json('keygen', '--show', '--words', str(words))
            self.assertEqual(len(made['mnemonic'].split()), words)
            self.assertRegex(made['privateKey'], '^0x[0-9a-f]{64}$')
            # the words and the key are of the same account
            for way in (['--mnemonic', made['mnemonic']], ['--private-key', made['privateKey']]):
                self.bad(1, 'insufficient', 'send', *way, '--from', made['address'], '--value', '1wei', BOB)
        self.assertNotEqual(self.json('keygen', '--show'), self.json('keygen', '--show'))

    # ---- contracts

    def test_token(self):
        token = self.deploy()
        code = artifact()
        self.assertEqual(self.good('call', token, 'name()(string)'), '"Tour Token"\n')
        self.assertEqual(self.good('call', '--abi', TOKEN, token, 'decimals'), '18\n')
        # transfer(address,uint256) has the selector a9059cbb
        receipt = self.json('send', '--private-key', ALICE_KEY, token, 'transfer(address,uint256)', BOB, '250')
        self.assertEqual(self.json('tx', receipt['transactionHash'])['input'],
                         '0xa9059cbb' + '0' * 24 + BOB[2:].lower() + format(250, '064x'))
        log = receipt['logs'][0]
        self.assertEqual(log['topics'], [TRANSFER, '0x' + '0' * 24 + ALICE[2:].lower(), '0x' + '0' * 24 + BOB[2:].lower()])
        self.assertEqual(int(log['data'], 16), 250)
        self.assertIn(f'Transfer(from: {ALICE}, to: {BOB}, value: 250)', self.good('receipt', receipt['transactionHash']))
        got = self.json('call', token, 'balanceOf(address)(uint256)', BOB)
        self.assertEqual((got['values'], int(got['data'], 16)), (['250'], 250))
        before = hex(int(receipt['blockNumber'], 16) - 1)
        self.assertEqual(self.good('call', '--block', before, token, 'balanceOf(address)(uint256)', BOB), '0\n')
        # what was put down is what the compiler says, but for the supply, which is set in at creation
        down, meant = self.good('rpc', 'eth_getCode', token, 'latest').strip(), code['deployedBytecode']
        self.assertEqual(len(down), len(meant))
        self.assertEqual(down.replace(format(1000000, '064x'), '0' * 64), meant)

    def test_reverts(self):
        token = self.deploy()
        reason = r'InsufficientBalance\(' + BOB.lower() + ',0,7\\)'
        self.bad(1, reason, 'send', '--from', BOB, '--abi', TOKEN, token, 'transfer', ALICE, '7')
        self.bad(1, reason, 'call', '--from', BOB, '--abi', TOKEN, token, 'transfer', ALICE, '7')
        # Error(string), mined and failed: the receipt is printed, the reason said
        code, out, err = run('send', '--from', ALICE, '--gas', '100000', '--json', token,
                             'transfer(address,uint256)', '0x' + '0' * 40, '7')
        self.assertEqual((code, json.loads(out)['status']), (1, '0x0'))
        self.assertIn('Token: to the zero address', err)
        digest = json.loads(out)['transactionHash']
        self.assertRegex(self.good('receipt', digest), 'reason .*to the zero address')
        self.bad(1, 'nothing came back', 'call', BOB, 'name()(string)')
        self.bad(2, 'expected a signature', 'call', token, 'name')
        self.bad(2, 'address', 'call', token, 'balanceOf(address)(uint256)', '0x12')
        self.bad(2, '1 arguments needed', 'call', token, 'balanceOf(address)(uint256)')

    # ---- proofs

    def test_proof(self):
        token = self.deploy()
        got = self.json('proof', ALICE)
        self.assertTrue(got['verified'] and got['exists'])
        self.assertEqual(got['stateRoot'], self.json('block', str(got['block']))['stateRoot'])
        self.assertEqual(int(got['proof']['balance'], 16), int(self.json('balance', ALICE)['wei']))
        slots = self.json('proof', token, '0', '0x1', '77')['proof']['storageProof']
        # Solidity keeps a short string with twice its length in the last byte
        self.assertEqual(int(slots[0]['value'], 16), int.from_bytes(b'Tour Token'.ljust(31, b'\0') + bytes([20]), 'big'))
        self.assertEqual(slots[2]['value'], '0x0')
        absent = self.json('proof', '0x00000000000000000000000000000000000000f7')
        self.assertEqual((absent['verified'], absent['exists']), (True, False))
        old = self.json('proof', '--block', '0', ALICE)
        self.assertEqual(old['proof']['balance'], hex(10000 * 10**18))
        self.bad(1, 'do not lead from the root', 'proof', '--root', '0x' + '12' * 32, ALICE)
        self.bad(2, 'slot', 'proof', ALICE, 'nonsense')

    def test_lying_node(self):
        """Between the tool and the node stands one that changes the answer: every lie is found."""
        def more(proof):
            proof['balance'] = hex(int(proof['balance'], 16) + 1)

        def node_bit(proof):
            last = proof['accountProof'][-1]
            proof['accountProof'][-1] = last[:-1] + ('0' if last[-1] != '0' else '1')

        def shorter(proof):
            proof['accountProof'].pop()

        def slot(proof):
            proof['storageProof'][0]['value'] = '0x1'

        def no_slot(proof):
            proof['storageProof'] = []

        def nonce(proof):
            proof['nonce'] = '0xffff'

        lies = {'balance': more, 'accountProof': node_bit, 'lead': shorter, 'value': slot, 'slots': no_slot, 'nonce': nonce}
        for says, lie in lies.items():
            with Between(lie) as url:
                self.bad(1, says, 'proof', ALICE, '0', '--rpc-url', url)

    # ---- without a node

    def test_run(self):
        got = self.json('run', '0x60016002015f5260205ff3')
        # 1 + 2; five pushes of 3 or 2 gas, ADD 3, MSTORE 3 and a word of memory 3, RETURN 0
        self.assertEqual(got['output'], '0x' + format(3, '064x'))
        self.assertEqual((got['success'], got['gasUsed']), (True, 3 + 3 + 3 + 2 + 6 + 3 + 2))
        lines = [json.loads(x) for x in self.good('run', '--trace', '--json', '0x6001600201').splitlines()]
        self.assertEqual([x['opName'] for x in lines[:4]], ['PUSH1', 'PUSH1', 'ADD', 'STOP'])
        self.assertEqual([x['pc'] for x in lines[:4]], [0, 2, 4, 5])
        self.assertEqual(lines[3]['stack'], ['0x3'])
        # calldata comes back; the value is seen; PUSH0 is younger than London
        echo = self.json('run', '--input', '0xaabb', '0x365f5f37365ff3')
        self.assertEqual(echo['output'], '0xaabb')
        self.assertEqual(int(self.json('run', '--value', '5wei', '0x345f5260205ff3')['output'], 16), 5)
        code, out, err = run('run', '--json', '--fork', 'london', '0x5f')
        self.assertEqual((code, json.loads(out)['success']), (1, False))
        code, out, err = run('run', '--json', '--gas', '5', '0x60016002')
        self.assertEqual((code, json.loads(out)['gasUsed']), (1, 5))
        made = artifact()
        create = self.json('run', '--create', '@' + TOKEN, '--input',
                           ''.join(['0x', format(0x60, '064x'), format(0xa0, '064x'), format(9, '064x'),
                                    format(1, '064x'), b'T'.hex().ljust(64, '0'), format(1, '064x'), b'T'.hex().ljust(64, '0')]))
        self.assertEqual((create['logs'], len(create['output'])), (1, len(made['deployedBytecode'])))
        # identity precompile
        self.assertEqual(int(self.json('run', '0x60026020525f5f600160405f60045af15f5260205ff3')['output'], 16), 1)
        self.bad(2, 'hex', 'run', '0x6')
        self.bad(2, 'fork', 'run', '--fork', 'byzantine', '0x00')
        self.bad(2, 'No such file', 'run', '@/nonexistent')

    def test_disasm(self):
        got = self.json('disasm', '0x6001600201')
        self.assertEqual([(x['pc'], x['name'], x.get('immediate')) for x in got],
                         [(0, 'PUSH1', '0x01'), (2, 'PUSH1', '0x02'), (4, 'ADD', None)])
        self.assertRegex(self.good('disasm', '-', stdin='0x60ff\n'), '0x0000 +PUSH1 0xff')
        self.assertIn('PUSH1', self.good('disasm', '@' + TOKEN))

    # ---- the rest

    def test_errors(self):
        with socket.socket() as s:
            s.bind(('127.0.0.1', 0))
            closed = f'http://127.0.0.1:{s.getsockname()[1]}'
            self.bad(1, 'ghostd --dev', 'balance', '--rpc-url', closed, ALICE)
            s.listen()
            self.bad(1, 'did not answer within 200 ms', 'balance', '--timeout', '200ms', '--rpc-url', closed, ALICE)
        self.bad(2, 'http:// alone', 'balance', '--rpc-url', 'https://example.org', ALICE)
        for url in ('127.0.0.1:8545', 'http://', 'http://h:0', 'http://h:99999', 'http://h:x', 'http://[::1', 'http://a b'):
            self.bad(2, 'expected a URL', 'balance', '--rpc-url', url, ALICE)
        self.bad(2, 'name and password', 'balance', '--rpc-url', 'http://me:secret@h', ALICE)
        self.bad(2, 'argument is missing', 'balance')
        self.bad(2, 'too many', 'block', '1', '2')
        self.bad(2, 'did you mean --json', 'balance', '--jsn', ALICE)
        self.bad(2, '40 hex digits', 'balance', '0x12')
        self.assertEqual(run('nonsense')[0], 2)
        for body in (b'', b'not json', b'[]', b'{}', b'{"jsonrpc":"2.0","id":1}'):
            with Between(None, body) as url:
                self.bad(1, 'not as a JSON-RPC node', 'rpc', 'eth_chainId', '--rpc-url', url)

    def test_help(self):
        code, out, _ = run('--help')
        self.assertEqual(code, 0)
        names = re.findall(r'^  (\w+)', out, re.M)
        for name in ('call', 'send', 'balance', 'block', 'tx', 'receipt', 'proof', 'keygen', 'run', 'disasm', 'rpc'):
            self.assertIn(name, names)
            text = self.good(name, '--help')
            self.assertIn('usage: ghostvm ' + name, text)
            self.assertIn('Examples:\n  ', text)

    def test_reference(self):
        with open('docs/json-rpc.md') as f:
            self.assertEqual(self.good('rpc', '--markdown'), f.read(),
                             'run: ghostvm rpc --markdown > docs/json-rpc.md')


class Between:
    """A server that gives `body` to everything, or asks the node and lets `lie` change what a method gives."""

    def __init__(self, lie, body=None, method='eth_getProof'):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                asked = self.rfile.read(int(self.headers['Content-Length']))
                out = body
                if out is None:
                    request = json.loads(asked)
                    params = [p if isinstance(p, str) else json.dumps(p) for p in request['params']]
                    _, text, _ = run('rpc', '--json', request['method'], *params)
                    result = json.loads(text)
                    if request['method'] == method:
                        lie(result)
                    out = json.dumps({'jsonrpc': '2.0', 'id': request['id'], 'result': result}).encode()
                self.send_response(200)
                self.send_header('Content-Length', str(len(out)))
                self.end_headers()
                self.wfile.write(out)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f'http://127.0.0.1:{self.server.server_port}'

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


with Node() as node:
    result = unittest.main(argv=['tools', *sys.argv[2:]], exit=False).result
sys.exit(0 if result.wasSuccessful() else 1)
