#!/usr/bin/env python3
"""kill -9 at random moments under load: the node starts again, has every block that it acknowledged, and the state is
what those blocks make it. Short by default; GVM_FULL=1 does it a hundred times. The seed is printed."""
import http.client, json, os, random, shutil, sys, tempfile, threading, time
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "support"))
sys.dont_write_bytecode = True
from node_support import Node

build = sys.argv[1]
rounds = 100 if os.environ.get("GVM_FULL") else 8
seed = int(os.environ.get("GVM_SEED", time.time_ns() % 10**9))
random.seed(seed)
print(f"kill: {rounds} rounds, seed {seed}")
folder = tempfile.mkdtemp(prefix="ghostvm-kill-")
to = "0x00000000000000000000000000000000000c0ffe"
acknowledged, total, unclean = {}, 0, 0  # hash of the transaction -> (block number, block hash)
try:
    for i in range(rounds):
        node = Node(build, "--dev", "--datadir", folder, "--log-level", "info")
        assert node.started(), "\n".join(node.log)
        if i > 0:
            assert node.said("clean=false"), "the start does not say what it found: " + "\n".join(node.log)
            unclean += 1
        head = int(node.call("eth_blockNumber"), 16)
        newest = max((n for n, _ in acknowledged.values()), default=0)
        assert head >= newest, f"head {head} is below the acknowledged block {newest}"
        for number, block_hash in random.sample(sorted(acknowledged.values()), min(20, len(acknowledged))):
            assert node.call("eth_getBlockByNumber", hex(number), False)["hash"] == block_hash, f"block {number} changed"
        # Each block moved one wei: the balance counts them, and its proof ends at the head's root.
        assert int(node.call("eth_getBalance", to, "latest"), 16) == head, "the state is not that of the head"
        proof, root = node.call("eth_getProof", to, [], "latest"), node.call("eth_getBlockByNumber", "latest", False)["stateRoot"]
        assert int(proof["balance"], 16) == head and proof["accountProof"], root
        sender = node.call("eth_accounts")[i % 10]
        delay = random.uniform(0.02, 0.4)
        threading.Timer(delay, node.kill).start()
        try:
            while True:
                tx = node.call("eth_sendTransaction", {"from": sender, "to": to, "value": "0x1"})
                receipt = node.call("eth_getTransactionReceipt", tx)
                acknowledged[tx] = (int(receipt["blockNumber"], 16), receipt["blockHash"])
                total += 1
        except (OSError, http.client.HTTPException, json.JSONDecodeError):
            node.process.wait()
    node = Node(build, "--dev", "--datadir", folder)
    assert node.started() and int(node.call("eth_blockNumber"), 16) >= max(n for n, _ in acknowledged.values())
    assert node.stop() == 0
    node = Node(build, "--dev", "--datadir", folder)
    assert node.said("clean=true"), "\n".join(node.log)
    assert node.stop() == 0
    print(f"kill: {rounds} kills, {total} acknowledged blocks, none lost, {unclean} unclean starts reported")
finally:
    shutil.rmtree(folder, ignore_errors=True)
