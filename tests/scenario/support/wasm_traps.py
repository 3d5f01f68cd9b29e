"""Loads libghostvm-wasm into this interpreter, enables traps, and sees a trap of guest code become a status, while a real
fault still ends the process and goes to python's own faulthandler."""
import ctypes, signal, subprocess, sys, threading

# (memory 1) (func (export "f") (param i32) (result i32) (i32.load (local.get 0)))
MODULE = bytes.fromhex("0061736d01000000" "0106016001 7f 017f" "03020100" "0503010001" "0705010166 0000"
                       "0a09010700 2000 280200 0b".replace(" ", ""))


class Value(ctypes.Union):
    _fields_ = [("i32", ctypes.c_uint32), ("bits", ctypes.c_uint64 * 2)]


class Extern(ctypes.Structure):
    _fields_ = [("kind", ctypes.c_int), ("func", ctypes.c_void_p)]


class Bytes(ctypes.Structure):
    _fields_ = [("ptr", ctypes.c_char_p), ("len", ctypes.c_size_t)]


def load(path):
    lib = ctypes.CDLL(path)
    for name in ("gvm_wasm_store_new", "gvm_wasm_exec_new", "gvm_wasm_exec_trap"):
        getattr(lib, name).restype = ctypes.c_void_p
    assert lib.gvm_wasm_traps_enable() == 0, "traps cannot be enabled"
    return lib


def run(lib):
    module, instance = ctypes.c_void_p(), ctypes.c_void_p()
    store, run_on = ctypes.c_void_p(lib.gvm_wasm_store_new()), ctypes.c_void_p(lib.gvm_wasm_exec_new(1 << 16))
    status = lib.gvm_wasm_load(ctypes.byref(module), None, Bytes(MODULE, len(MODULE)), None)
    assert status == 0, f"the module is refused ({status})"
    assert lib.gvm_wasm_module_compile(module) == 0
    assert lib.gvm_wasm_instantiate(store, ctypes.byref(instance), run_on, None, module, None,
                                    ctypes.c_size_t(0)) == 0
    f = Extern()
    lib.gvm_wasm_instance_export.restype = ctypes.c_bool
    assert lib.gvm_wasm_instance_export(instance, ctypes.byref(f), Bytes(b"f", 1))
    for at, good in ((0, True), (65532, True), (65533, False), (0xFFFFFFFF, False), (4, True)):
        result, argument = Value(), Value(i32=at)
        status = lib.gvm_wasm_call(run_on, ctypes.byref(result), ctypes.c_void_p(f.func), ctypes.byref(argument))
        assert (status == 0) == good, f"address {at:#x}: status {status}"
    lib.gvm_wasm_store_delete(store)
    lib.gvm_wasm_exec_delete(run_on)
    lib.gvm_wasm_module_delete(module)


if sys.argv[1:2] == ["--crash"]:
    import faulthandler
    faulthandler.enable()
    run(load(sys.argv[2]))
    ctypes.string_at(8)
    sys.exit("a real fault did not end the process")

library = load(sys.argv[1])
done = []
threads = [threading.Thread(target=lambda: [done.append(run(library)) for _ in range(50)]) for _ in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
assert len(done) == 200, f"{len(done)} of 200 runs ended well"
child = subprocess.run([sys.executable, __file__, "--crash", sys.argv[1]], capture_output=True)
assert child.returncode == -signal.SIGSEGV, f"the child ended with {child.returncode}"
assert b"Fatal Python error: Segmentation fault" in child.stderr, "python's handler was not asked"
print("traps inside python3: guest faults are statuses, real ones still crash")
