#!/usr/bin/env python3
"""A contract made with Arbitrum's published Stylus SDK (stylus-sdk 0.10.10 of crates.io) runs here unchanged, and each hook
answers what the chain says by other ways. Needs cargo and rustup; skipped by name without them."""
import json
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'support'))
from node_support import Node

BUILD = os.path.abspath(sys.argv[1])
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GHOSTVM = os.path.join(BUILD, 'ghostvm')
ALICE = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
IDENTITY = '0x0000000000000000000000000000000000000004'


def skip(why):
    print('stylus: skipped,', why)
    sys.exit(77)


def build():
    if not shutil.which('cargo') or not shutil.which('rustup'):
        skip('cargo and rustup are not here')
    target = subprocess.run(['rustup', 'target', 'add', 'wasm32-unknown-unknown'], capture_output=True, text=True)
    if target.returncode != 0:
        skip('rustup has no wasm32-unknown-unknown: ' + target.stderr.strip()[-200:])
    folder = os.path.join(BUILD, 'stylus')
    done = subprocess.run(['cargo', 'build', '--locked', '--release', '--target', 'wasm32-unknown-unknown', '--target-dir', folder],
                          cwd=os.path.join(ROOT, 'tests', 'stylus'), capture_output=True, text=True)
    if done.returncode != 0:
        if 'error: could not compile' in done.stderr:
            sys.exit(done.stderr)
        skip('cargo could not fetch the SDK: ' + done.stderr.strip()[-200:])
    return os.path.join(folder, 'wasm32-unknown-unknown', 'release', 'every_hook.wasm')


def tool(url, *args):
    done = subprocess.run([GHOSTVM, *args], capture_output=True, text=True, timeout=60, env={**os.environ, 'GHOSTVM_RPC_URL': url})
    assert done.returncode == 0, f'{args}: {done.stdout}{done.stderr}'
    return done.stdout


def main():
    module = build()
    node = Node(BUILD, '--dev')
    try:
        check(node, module)
    finally:
        node.stop()
    print('stylus: the SDK\'s contract runs, every hook answers')


def check(node, module):
    url = f'http://127.0.0.1:{node.port}'
    deployed = json.loads(tool(url, 'wasm', 'deploy', '--json', '--from', ALICE, module))
    contract = deployed.get('contract') or deployed.get('address') or deployed['contractAddress']

    # the SDK's own example
    tool(url, 'send', '--from', ALICE, contract, 'setNumber(uint256)', '41')
    sent = json.loads(tool(url, 'send', '--json', '--from', ALICE, contract, 'increment()'))
    assert tool(url, 'call', contract, 'number()(uint256)').split()[0] == '42'
    assert tool(url, 'call', contract, 'leaveEarly()').strip() == '0x' + f'{77:064x}'

    # every hook, in a transaction
    value = 1000
    data = '0x' + keccak(node, b'every(address)'.hex())[:8] + IDENTITY[2:].rjust(64, '0')
    call = {'from': ALICE, 'to': contract, 'data': data, 'value': hex(value), 'gas': hex(5_000_000), 'gasPrice': hex(3 * 10**9)}
    answer = node.call('eth_call', call, 'latest')
    words = [answer[2 + 128 + 64 * i:2 + 128 + 64 * (i + 1)] for i in range((len(answer) - 2) // 64 - 2)]
    block = node.call('eth_getBlockByNumber', 'latest', False)
    names = iter(range(len(words)))

    def number():
        return int(words[next(names)], 16)

    def text():
        return words[next(names)]

    assert number() == 1337
    assert number() in (int(block['number'], 16), int(block['number'], 16) + 1)
    assert number() >= int(block['timestamp'], 16)
    assert number() == int(block['gasLimit'], 16)
    number()  # base fee of the block asked for
    assert text()[24:] == block['miner'][2:].lower()
    assert text()[24:] == contract[2:].lower()
    assert text()[24:] == ALICE[2:]
    assert text()[24:] == ALICE[2:]
    assert number() == value
    assert number() == 3 * 10**9
    assert number() == 10_000
    assert number() == 0
    assert number() == 1, 'gas and ink'
    assert number() == 1, 'balance of the caller'
    assert number() == 0, 'a precompile has no code'
    number()  # its code hash: of an account that may or may not be there
    assert number() == 0
    text()
    assert text() == keccak(node, f'{99:064x}')
    assert number() == 5, 'storage'
    assert number() == 6, 'transient storage'
    assert [number() for _ in range(5)] == [100 // 7, 100 % 7, 3**40, 150 % 7, 5000 % 7]
    assert [number() for _ in range(5)] == [0, 32, 32, 32, 0xec40], 'call'
    assert [number() for _ in range(2)] == [0, 31], 'static call'
    assert [number() for _ in range(2)] == [0, 30], 'delegate call'
    assert int(text(), 16) != 0, 'create1'
    assert text()[24:] == create2(node, contract, f'{99:064x}', '600160005360016' + '01ff3'), 'create2'
    assert number() == 1
    assert next(names, None) is None

    # and what it left behind
    receipt = send(node, call)
    assert receipt['status'] == '0x1', receipt
    log = receipt['logs'][-1]
    assert [int(t, 16) for t in log['topics']] == [1, 2] and bytes.fromhex(log['data'][2:]) == b'said'
    assert int(node.call('eth_getStorageAt', contract, hex(99), 'latest'), 16) == 5
    print(f'stylus: increment() of {len(open(module, "rb").read())} bytes: {int(str(sent["gasUsed"]), 0)} gas, 21,000 of them the transaction')


def send(node, call):
    sent = node.call('eth_sendTransaction', call)
    return node.call('eth_getTransactionReceipt', sent)


def keccak(node, hexdigits):
    return node.call('web3_sha3', '0x' + hexdigits)[2:]


def create2(node, sender, salt, code):
    return keccak(node, 'ff' + sender[2:].lower() + salt + keccak(node, code))[24:]


main()
