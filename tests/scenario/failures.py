#!/usr/bin/env python3
"""What goes wrong at start and under way: a clear message, an exit code, nothing damaged."""
import json, os, resource, shutil, socket, subprocess, sys, tempfile
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "support"))
sys.dont_write_bytecode = True
from node_support import Node

build = sys.argv[1]
work = tempfile.mkdtemp(prefix="ghostvm-failures-")
done = 0


def refuses(name, text, code, *options, **more):
    global done
    node = Node(build, *options, **more)
    assert not node.started(), f"{name}: it started"
    assert node.code() == code, f"{name}: exit code {node.code()}, expected {code}: {node.log}"
    assert any(text in line for line in node.log), f"{name}: expected '{text}' in {node.log}"
    done += 1


def path(*parts):
    return os.path.join(work, *parts)


def genesis(chain_id, **alloc):
    file = path(f"genesis-{chain_id}-{len(os.listdir(work))}.json")
    with open(file, "w") as f:
        config = {"chainId": chain_id, "homesteadBlock": 0, "eip150Block": 0, "eip158Block": 0, "byzantiumBlock": 0,
                  "constantinopleBlock": 0, "istanbulBlock": 0, "berlinBlock": 0, "londonBlock": 0,
                  "terminalTotalDifficulty": 0, "shanghaiTime": 0, "cancunTime": 0}
        json.dump({"config": config, "gasLimit": "0x1c9c380", "difficulty": "0x0", "alloc": alloc}, f)
    return file


try:
    # ---- options
    refuses("no datadir", "--datadir", 2)
    refuses("unknown option", "--prot", 2, "--dev", "--prot", "1")
    refuses("bad number", "--block-time", 2, "--dev", "--block-time", "soon")
    refuses("bad fork", "--hardfork", 2, "--dev", "--hardfork", "oslo")
    refuses("bad mnemonic", "word", 1, "--dev", "--mnemonic", "test test junk")
    with open(path("bad.toml"), "w") as f:
        f.write("dev = true\nblock-time = 'x'\n")
    refuses("bad file", "bad.toml", 2, "--config", path("bad.toml"))

    # ---- the port
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    refuses("port in use", "in use", 1, "--dev", "--port", str(taken.getsockname()[1]))
    taken.close()

    # ---- the datadir
    first = Node(build, "--dev", "--datadir", path("one"))
    assert first.started(), first.log
    refuses("second node", "process", 1, "--dev", "--datadir", path("one"))
    for _ in range(3):
        first.call("evm_mine")
    assert first.stop() == 0
    refuses("other genesis", "genesis", 1, "--genesis", genesis(99), "--datadir", path("one"))
    again = Node(build, "--dev", "--datadir", path("one"))
    assert again.call("eth_blockNumber") == "0x3", "a refused start changed the chain"
    assert again.stop() == 0
    refuses("empty without genesis", "genesis", 1, "--datadir", path("two"))
    refuses("no such genesis", "genesis.json", 1, "--datadir", path("two"), "--genesis", path("no", "genesis.json"))
    with open(path("broken.json"), "w") as f:
        f.write('{"config": {"chainId": 1}, "alloc": {"0x12": {}}}')
    refuses("broken genesis", "alloc", 2, "--datadir", path("two"), "--genesis", path("broken.json"))
    with open(path("file"), "w") as f:
        f.write("not a folder")
    refuses("a file for a folder", "file", 1, "--dev", "--datadir", path("file"))
    if os.getuid() != 0:
        os.mkdir(path("shut"), 0o000)
        refuses("unreadable", "ermission", 1, "--dev", "--datadir", path("shut"))

    # ---- damaged data: found at start, or when it is read; never a wrong answer, never a crash
    data = path("one", "chain", "data.mdb")
    if not os.path.exists(data):
        data = max((os.path.join(d, f) for d, _, fs in os.walk(path("one")) for f in fs), key=os.path.getsize)
    with open(data, "rb") as f:
        good = f.read()
    for offset, what in ((0, b"\xff" * 8192), (16, b"\x00" * 16)):
        with open(data, "r+b") as f:
            f.seek(offset)
            f.write(what)
        node = Node(build, "--dev", "--datadir", path("one"))
        assert not node.started() and node.code() == 1, f"damaged at {offset}: {node.log}"
        assert node.log and "assert" not in " ".join(node.log).lower(), node.log
        done += 1
        with open(data, "wb") as f:
            f.write(good)
    node = Node(build, "--dev", "--datadir", path("one"))
    assert node.started() and node.call("eth_blockNumber") == "0x3"
    assert node.stop() == 0

    # ---- a full disk (here: a limit on the size of files): sealing fails with words, what was sealed stays
    size = os.path.getsize(data)
    node = Node(build, "--dev", "--datadir", path("one"), "--log-level", "error",
                limit=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size + (256 << 10), size + (256 << 10))))
    assert node.started(), node.log
    sealed, failed = 3, None
    try:
        for _ in range(5000):
            node.call("evm_mine")
            sealed += 1
    except RuntimeError as e:
        failed = str(e)
    assert failed is not None, "the limit was never reached"
    assert int(node.call("eth_blockNumber"), 16) == sealed, "the head moved without its block"
    assert node.stop() == 0
    node = Node(build, "--dev", "--datadir", path("one"))
    assert node.started() and int(node.call("eth_blockNumber"), 16) == sealed, node.log
    node.call("evm_mine")
    assert node.stop() == 0
    done += 1
    print(f"failures: {done} cases; full disk after {sealed} blocks said: {failed[:120]}")
finally:
    shutil.rmtree(work, ignore_errors=True)
