"""Called by tests/scenario/wasm_tools.sh with the build folder."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

BUILD = sys.argv[1]
GHOSTVM = os.path.join(BUILD, 'ghostvm')
COMPILES = os.uname().machine == 'x86_64'
JIT = 'both' if COMPILES else 'interp'

# Of wat2wasm --debug-names:
# (module (memory 1)
#   (func $fib (export "fib") (param i32) (result i32)
#     (if (result i32) (i32.lt_s (local.get 0) (i32.const 2))
#       (then (local.get 0))
#       (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
#                      (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
#   (func (export "div") (param i64 i64) (result i64) (i64.div_s (local.get 0) (local.get 1)))
#   (func (export "mix") (param f32 f64 v128 externref) (result v128 f64 f32 externref)
#     (local.get 2) (local.get 1) (local.get 0) (local.get 3)))
FIB = bytes.fromhex(
    '0061736d0100000001170360017f017f60027e7e017e60047d7c7b6f047b7c7d6f0304030001020503010001071303036669620000036469'
    '760001036d697800020a31031c002000410248047f200005200041016b1000200041026b10006a0b0b0700200020017f0b0a002002200120'
    '0020030b0016046e616d650106010003666962020703000001000200')
# (module (func (export "invoke") (result i32) (i32.const 0)) (memory (export "memory") 1)): the least that is a contract.
CONTRACT = bytes.fromhex(
    '0061736d010000000105016000017f03020100050301000107130206696e766f6b650000066d656d6f727902000a0601040041000b')

base_env = {k: v for k, v in os.environ.items() if not k.startswith('GHOSTVM_')}


def run(*args, stdin=None):
    done = subprocess.run([GHOSTVM, *args], capture_output=True, timeout=120, input=stdin, env=base_env)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class WasmTools(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.fib = self.file('fib.wasm', FIB)
        self.contract = self.file('contract.wasm', CONTRACT)

    def tearDown(self):
        shutil.rmtree(self.folder)

    def file(self, name, data):
        path = os.path.join(self.folder, name)
        with open(path, 'wb') as f:
            f.write(data)
        return path

    def good(self, *args, **more):
        code, out, err = run(*args, **more)
        self.assertEqual((code, err), (0, ''), f'{args}: {out}')
        return out

    def json(self, *args, **more):
        return json.loads(self.good(*args, '--json', **more))

    def bad(self, code, says, *args, **more):
        got, out, err = run(*args, **more)
        self.assertEqual(got, code, f'{args}: {out}{err}')
        self.assertRegex(err, says)
        return out

    # ---- check

    def test_check(self):
        self.assertIn('accepted', self.good('wasm', 'check', '--profile', 'core', self.fib))
        self.assertEqual(self.json('wasm', 'check', self.contract),
                         {'accepted': True, 'profile': 'contract', 'bytes': len(CONTRACT)})
        # As hex, as stored code, from standard input.
        stored = b'\xef\x47\x00' + CONTRACT
        self.good('wasm', 'check', '-', stdin=stored)
        self.good('wasm', 'check', '-', stdin=b'0x' + stored.hex().encode() + b'\n')
        self.good('wasm', 'check', self.file('a.json', json.dumps({'bytecode': '0x' + CONTRACT.hex()}).encode()))

    def test_check_refuses(self):
        # fib is no contract: it has no invoke.
        self.bad(1, 'invoke|memory', 'wasm', 'check', self.fib)
        # i32.add becomes i64.add: refused at that byte, in function 0.
        at = FIB.index(bytes.fromhex('10006a0b')) + 2
        broken = self.file('broken.wasm', FIB[:at] + b'\x7c' + FIB[at + 1:])
        self.bad(1, f'refused at 0x{at:x}: ', 'wasm', 'check', '--profile', 'core', broken)
        out = json.loads(self.bad(1, 'refused', 'wasm', 'check', '--json', broken))
        self.assertEqual((out['accepted'], out['offset'], out['function'], out['status']),
                         (False, at, 0, 'ERR_WASM_INVALID'))
        cut = self.file('cut.wasm', FIB[:50])
        self.bad(1, 'refused at 0x32: ', 'wasm', 'check', cut)
        self.bad(1, 'refused at 0x0', 'wasm', 'check', self.file('text', b'hello'))
        self.bad(1, 'No such file', 'wasm', 'check', '/nowhere.wasm')
        self.bad(2, 'argument is missing', 'wasm', 'check')

    # ---- info

    def test_info(self):
        info = self.json('wasm', 'info', self.fib)
        self.assertFalse(info['contract']['accepted'])
        self.assertEqual(info['sizes']['functions'], 3)
        self.assertEqual([e['name'] for e in info['exports']], ['fib', 'div', 'mix'])
        self.assertEqual(info['exports'][2]['type'], '(f32, f64, v128, externref) -> v128, f64, f32, externref')
        self.assertEqual([s['section'] for s in info['sections']],
                         ['type', 'function', 'memory', 'export', 'code', 'custom'])
        self.assertEqual(info['sections'][5]['name'], 'name')
        fib, div, mix = info['functions']
        self.assertEqual((fib['name'], fib['bytes'], FIB[fib['offset']:fib['offset'] + 2]), ('fib', 28, b'\0\x20'))
        with open('src/vm/wasm/prices.inc') as f:
            price = {name: int(units) for name, units in re.findall(r'^X\((\w+), (\d+)\)', f.read(), re.M)}
        gas = (2 * price['LOCAL'] + price['IDIV']) / 10000
        self.assertEqual((float(div['entryGas']), float(div['staticGas'])), (gas, gas))
        self.assertLess(float(fib['entryGas']), float(fib['staticGas']))
        text = self.good('wasm', 'info', self.contract)
        self.assertRegex(text, r'contract +accepted')
        self.assertRegex(text, r'export +memory memory 1 pages')
        self.assertNotIn('functions', self.json('wasm', 'info', '--no-functions', self.contract))
        self.bad(1, 'refused at', 'wasm', 'info', self.file('cut.wasm', FIB[:50]))

    # ---- run

    def test_run_function(self):
        for engine in ['interp', JIT]:
            out = self.json('wasm', 'run', '--engine', engine, self.fib, 'fib', '20')
            self.assertEqual((out['status'], out['results']), ('OK', ['6765']))
        both = ('wasm', 'run', '--engine', JIT)
        out = self.good(*both, self.fib, 'div', '--', '-7', '2')
        self.assertRegex(out, r'result +-3 i64')
        self.assertEqual(
            self.json(*both, self.fib, 'mix', '1.5', 'nan', '0x000102030405060708090a0b0c0d0e0f', 'null')['results'],
            ['0x000102030405060708090a0b0c0d0e0f', 'nan', '1.5', 'null'])
        self.bad(1, r'integer divide by zero in div \(function 1\) at 0x', *both, self.fib, 'div', '1', '0')
        out = json.loads(self.bad(1, 'out of fuel', *both, '--json', '--fuel', '10000', self.fib, 'fib', '30'))
        self.assertEqual(out['status'], 'ERR_WASM_FUEL')
        self.assertLessEqual(out['units'], 10000)
        self.bad(1, 'call stack exhausted', *both, '--stack', '4096', self.fib, 'fib', '1000')
        self.bad(1, 'no exported function', *both, self.fib, 'fob')
        self.bad(1, r'fib has type \(i32\) -> i32; 2 arguments', *both, self.fib, 'fib', '1', '2')
        self.bad(1, 'argument 1: "4294967296" is no i32', *both, self.fib, 'fib', '4294967296')
        self.bad(2, 'FUNCTION is missing', *both, self.fib)

    def test_run_contract(self):
        out = self.json('wasm', 'run', '--contract', '--engine', JIT, self.contract)
        self.assertEqual((out['outcome'], out['output']), ('SUCCESS', '0x'))
        out = self.json('wasm', 'run', '--contract', '--create', '--engine', JIT, self.contract)
        self.assertEqual(out['output'], '0xef4700' + CONTRACT.hex())
        self.bad(1, 'did not succeed', 'wasm', 'run', '--contract', '--gas', '0', self.contract)
        self.bad(1, 'did not succeed', 'wasm', 'run', '--contract', '--create', self.fib)
        self.bad(2, 'takes no FUNCTION', 'wasm', 'run', '--contract', self.contract, 'invoke')

    # ---- compile, perf, gdb

    @unittest.skipUnless(COMPILES, 'no compiler for this machine')
    def test_compile(self):
        elf = os.path.join(self.folder, 'fib.o')
        out = self.json('wasm', 'compile', '--out', elf, self.fib)
        self.assertGreater(out['native'], 0)
        self.assertEqual(out['bytes'], len(FIB))
        if shutil.which('readelf'):
            symbols = subprocess.run(['readelf', '-Ws', elf], capture_output=True, text=True)
            self.assertEqual(symbols.stderr, '')
            for name in ['wasm::shared', 'wasm::fib', 'wasm::div', 'wasm::mix']:
                self.assertRegex(symbols.stdout, rf'FUNC +GLOBAL +DEFAULT +1 {name}\n')
        if shutil.which('objdump'):
            self.assertIn('<wasm::fib>:', self.good('wasm', 'compile', '--disassemble', self.fib))

    @unittest.skipUnless(COMPILES, 'no compiler for this machine')
    def test_perf_map(self):
        child = subprocess.Popen([GHOSTVM, 'wasm', 'run', '--perf-map', self.fib, 'fib', '5'],
                                 stdout=subprocess.DEVNULL, env=base_env)
        self.assertEqual(child.wait(30), 0)
        path = f'/tmp/perf-{child.pid}.map'
        with open(path) as f:
            lines = [line.split() for line in f]
        os.unlink(path)
        self.assertEqual([name for _, _, name in lines], ['wasm::shared', 'wasm::fib', 'wasm::div', 'wasm::mix'])
        for (start, size, _), (after, _, _) in zip(lines, lines[1:]):
            self.assertEqual(int(start, 16) + int(size, 16), int(after, 16))

    @unittest.skipUnless(COMPILES and shutil.which('gdb'), 'no gdb, or no compiler for this machine')
    def test_gdb(self):
        done = subprocess.run(
            ['gdb', '-nx', '-q', '-batch', '-ex', 'set breakpoint pending on', '-ex', "break 'wasm::fib'", '-ex', 'run',
             '-ex', 'info symbol $pc', '--args', GHOSTVM, 'wasm', 'run', '--gdb', self.fib, 'fib', '5'],
            capture_output=True, text=True, timeout=60, env=base_env)
        if 'ptrace' in done.stdout + done.stderr:
            self.skipTest('gdb may not trace here')
        self.assertRegex(done.stdout, r'Breakpoint 1, .* in wasm::fib')
        self.assertRegex(done.stdout, r'wasm::fib in section \.text')

    # ---- spectest

    def test_spectest(self):
        self.file('a.wasm', FIB)
        script = {'commands': [
            {'type': 'module', 'line': 1, 'filename': 'a.wasm'},
            {'type': 'assert_return', 'line': 2,
             'action': {'type': 'invoke', 'field': 'fib', 'args': [{'type': 'i32', 'value': '10'}]},
             'expected': [{'type': 'i32', 'value': '55'}]},
            {'type': 'assert_malformed', 'line': 3, 'filename': 'a.wat', 'module_type': 'text', 'text': 'x'}]}
        path = self.file('a.json', json.dumps(script).encode())
        self.assertEqual(self.good('spectest', '--engine', JIT, path), '2 passed, 0 failed, 1 skipped\n')
        script['commands'][1]['expected'][0]['value'] = '56'
        path = self.file('a.json', json.dumps(script).encode())
        out = self.bad(1, '1 commands failed', 'spectest', '--engine', JIT, path)
        self.assertRegex(out, r'FAILED .*a\.json:2 assert_return\n.*result 0.*\n1 passed, 1 failed, 1 skipped\n$')
        lines = self.bad(1, 'failed', 'spectest', '--json', path).splitlines()
        self.assertEqual([json.loads(line)['result'] for line in lines[:-1]], ['passed', 'FAILED', 'skipped'])
        self.bad(1, 'no script', 'spectest', os.path.join(self.folder, 'b.json'))
        self.bad(2, 'missing', 'spectest')


if __name__ == '__main__':
    unittest.main(argv=['wasm_tools'] + sys.argv[2:])
