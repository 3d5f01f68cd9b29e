#!/usr/bin/env python3
"""Compiled code of contracts beside a node's chain: a contract is deployed and called, its entry is written; after a
restart it is used; truncated or damaged, it is compiled again; a folder that others may read is not used, and the node
runs on."""
import json
import os
import platform
import re
import signal
import subprocess
import sys
import tempfile

BUILD = os.path.abspath(sys.argv[1])
GHOSTD, GHOSTVM = os.path.join(BUILD, 'ghostd'), os.path.join(BUILD, 'ghostvm')
ALICE = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266'
if platform.machine() != 'x86_64':
    print('wasm_code: skipped, no compiler for this machine')
    sys.exit(77)

# Of wat2wasm:
# (module (import "ghost" "input_size" (func $size (result i32))) (import "ghost" "output" (func $output (param i32 i32)))
#   (memory (export "memory") 1)
#   (func (export "invoke") (result i32)
#     (i32.store8 (i32.const 31) (i32.mul (call $size) (i32.const 2)))
#     (call $output (i32.const 0) (i32.const 32)) (i32.const 0)))
WASM = (
    '0061736d01000000010a026000017f60027f7f000223020567686f73740a696e7075745f73697a6500000567686f7374066f7574707574'
    '0001030201000503010001071302066d656d6f7279020006696e766f6b6500020a16011400411f100041026c3a00004100412010014100'
    '0b')
env = {k: v for k, v in os.environ.items() if not k.startswith('GHOSTVM_')}


class Node:
    def __init__(self, datadir, *options):
        self.log = open(os.path.join(os.path.dirname(datadir), 'log'), 'w+')
        self.process = subprocess.Popen(
            [GHOSTD, '--dev', '--port', '0', '--datadir', datadir, '--log-level', 'debug', '--log-format', 'json', *options],
            stdout=subprocess.PIPE, stderr=self.log, text=True, env=env)
        for line in self.process.stdout:
            if line.startswith('Listening on '):
                self.url = line.split()[-1]
                return
        raise SystemExit('wasm_code: the node did not start')

    def tool(self, *args):
        done = subprocess.run([GHOSTVM, *args], capture_output=True, text=True, timeout=60,
                              env={**env, 'GHOSTVM_RPC_URL': self.url})
        assert done.returncode == 0, f'{args}: {done.stdout}{done.stderr}'
        return done.stdout

    def call(self, address, data):
        return self.tool('rpc', 'eth_call', json.dumps({'to': address, 'data': data}), '"latest"').strip().strip('"')

    def stop(self):
        """Ends the node; what it says of compiled code."""
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(20) == 0
        self.process.stdout.close()
        self.log.seek(0)
        lines = [json.loads(line) for line in self.log if line.startswith('{')]
        self.log.close()
        return [line for line in lines if 'compiled code' in json.dumps(line)]


def counts(lines):
    found = [line for line in lines if 'loaded' in line]
    assert len(found) == 1, lines
    return {k: int(found[0][k]) for k in ['loaded', 'written', 'missing', 'refused']}


def main(work):
    datadir = os.path.join(work, 'data')
    folder = os.path.join(datadir, 'wasm-code')
    module = os.path.join(work, 'a.wasm')
    with open(module, 'wb') as f:
        f.write(bytes.fromhex(WASM))

    def check(**expected):
        node = Node(datadir)
        assert int(node.call(address, '0x010203'), 16) == 6
        found = counts(node.stop())
        assert found == {'loaded': 0, 'written': 0, 'missing': 0, 'refused': 0, **expected}, (found, expected)

    node = Node(datadir)
    receipt = json.loads(node.tool('wasm', 'deploy', '--json', '--from', ALICE, module))
    address = receipt['contractAddress']
    assert int(node.call(address, '0x01'), 16) == 2
    found = counts(node.stop())
    assert found['written'] == 1 and found['refused'] == 0, found
    entries = [name for name in os.listdir(folder) if re.fullmatch('[0-9a-f]{64}', name)]
    assert len(entries) == 1, entries
    entry = os.path.join(folder, entries[0])
    assert os.stat(folder).st_mode & 0o777 == 0o700
    assert os.stat(entry).st_mode & 0o777 == os.stat(os.path.join(folder, 'key')).st_mode & 0o777 == 0o600

    check(loaded=1)
    whole = open(entry, 'rb').read()
    # A build that leaves pages on disk loads the entry once more, after it wrote it.
    again = 1 if found['loaded'] == 1 else 0
    with open(entry, 'r+b') as f:
        f.truncate(len(whole) - 1)
    check(refused=1, written=1, loaded=again)
    assert open(entry, 'rb').read() == whole
    with open(entry, 'r+b') as f:
        f.seek(len(whole) // 2)
        byte = f.read(1)
        f.seek(len(whole) // 2)
        f.write(bytes([byte[0] ^ 1]))
    check(refused=1, written=1, loaded=again)
    assert open(entry, 'rb').read() == whole
    os.remove(os.path.join(folder, 'key'))  # another key: what there is was sealed by somebody else
    check(refused=1, written=1, loaded=again)
    check(loaded=1)

    os.chmod(folder, 0o755)
    node = Node(datadir)
    assert int(node.call(address, '0x010203'), 16) == 6
    lines = node.stop()
    assert any('not kept' in json.dumps(line) and 'chmod 700' in json.dumps(line) for line in lines), lines
    os.chmod(folder, 0o700)

    node = Node(datadir, '--no-wasm-traps', '--wasm-code-memory', '1MiB')
    assert int(node.call(address, '0x010203'), 16) == 6
    node.stop()
    print('wasm_code: entries are written, used, and compiled again where they cannot be')


with tempfile.TemporaryDirectory() as folder_of_all:
    main(folder_of_all)
