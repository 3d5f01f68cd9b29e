#!/usr/bin/env python3
"""`ghostvm t8n` against go-ethereum's own cases of `evm t8n`: accounts and results compared by value (of an error that is
Go's own wording, that there is one), traces line by line, exit codes."""
import json, os, subprocess, sys, tempfile

tool = os.path.join(sys.argv[1], "ghostvm")
suite = os.path.join(os.environ.get("GHOSTVM_VECTORS", "../shared/vectors"), "ethereum", "geth", "evm-t8n")
if not os.path.isdir(suite):
    print(f"t8n: skipped, {suite} is not there (set GHOSTVM_VECTORS)")
    sys.exit(77)

# folder, fork, env, txs, reward, outputs (alloc, result, body), expected file or exit code
CASES = [
    ("1", "Byzantium", "env.json", "txs.json", None, "ar", "exp.json"),
    ("1", "Frontier+1344", "env.json", "txs.json", None, "ar", 3),
    ("3", "Berlin", "env.json", "txs.json", None, "ar", "exp.json"),
    ("4", "Berlin", "env.json", "txs.json", None, "ar", 4),
    ("5", "Byzantium", "env.json", "txs.json", "0x80", "ar", "exp.json"),
    ("13", "London", "env.json", "txs.json", None, "b", "exp.json"),
    ("13", "London", "env.json", "signed_txs.rlp", None, "r", "exp2.json"),
    ("14", "London", "env.json", "txs.json", None, "r", "exp.json"),
    ("14", "London", "env.uncles.json", "txs.json", None, "r", "exp2.json"),
    ("14", "Berlin", "env.uncles.json", "txs.json", None, "r", "exp_berlin.json"),
    ("19", "London", "env.json", "txs.json", None, "r", "exp_london.json"),
    ("19", "ArrowGlacier", "env.json", "txs.json", None, "r", "exp_arrowglacier.json"),
    ("19", "GrayGlacier", "env.json", "txs.json", None, "r", "exp_grayglacier.json"),
    ("23", "Berlin", "env.json", "txs.json", None, "r", "exp.json"),
    ("24", "Merge", "env.json", "txs.json", None, "ar", "exp.json"),
    ("24", "Merge", "env-missingrandom.json", "txs.json", None, "ar", 3),
    ("25", "Merge", "env.json", "txs.json", None, "ar", "exp.json"),
    ("26", "Shanghai", "env.json", "txs.json", None, "ar", "exp.json"),
    ("28", "Cancun", "env.json", "txs.rlp", None, "ar", "exp.json"),
    ("29", "Cancun", "env.json", "txs.json", None, "ar", "exp.json"),
    ("30", "Cancun", "env.json", "txs_more.rlp", None, "ar", "exp.json"),
    ("33", "Prague", "env.json", "txs.json", None, "ar", "exp.json"),
    ("34", "Prague", "env.json", "txs.json", None, "ar", "exp.json"),
]
TRACES = [("31", "Cancun"), ("32", "Merge")]


def differences(want, found, path=""):
    if isinstance(want, dict) and isinstance(found, dict):
        for key in sorted(set(want) | set(found)):
            yield from differences(want.get(key, "(missing)"), found.get(key, "(missing)"), f"{path}.{key}")
    elif isinstance(want, list) and isinstance(found, list) and len(want) == len(found):
        for i, (a, b) in enumerate(zip(want, found)):
            yield from differences(a, b, f"{path}[{i}]")
    elif path.endswith(".error") and str(want).startswith("rlp:"):
        if not found:
            yield f"{path}: expected an error"
    elif want != found:
        yield f"{path}: expected {str(want)[:200]}, found {str(found)[:200]}"


def run(folder, fork, env, txs, *more):
    place = os.path.join(suite, folder)
    return subprocess.run([tool, "t8n", "--state.fork", fork, "--input.alloc", f"{place}/alloc.json", "--input.env",
                           f"{place}/{env}", "--input.txs", f"{place}/{txs}", *more], capture_output=True, text=True)


def instructions(file):
    """Frames are told by some traces only, and geth says a REVERT once more as a fault."""
    return [line for line in file if '"pc"' in line and '"error":"execution reverted"' not in line]


failed = 0
for folder, fork, env, txs, reward, outputs, expected in CASES:
    more = ["--output.alloc", "stdout" if "a" in outputs else "", "--output.result", "stdout" if "r" in outputs else "",
            "--output.body", "stdout" if "b" in outputs else ""]
    done = run(folder, fork, env, txs, *more, *(["--state.reward", reward] if reward else []))
    if isinstance(expected, int):
        wrong = [] if done.returncode == expected else [f"exit code: expected {expected}, found {done.returncode}"]
    elif done.returncode != 0:
        wrong = [f"exit code {done.returncode}: {done.stderr.strip()}"]
    else:
        with open(os.path.join(suite, folder, expected)) as file:
            wrong = list(differences(json.load(file), json.loads(done.stdout)))
    failed += bool(wrong)
    for line in wrong:
        print(f"FAILED {folder} {fork} {line}")

for folder, fork in TRACES:
    with tempfile.TemporaryDirectory() as out:
        run(folder, fork, "env.json", "txs.json", "--trace", "--output.basedir", out)
        for name in sorted(os.listdir(os.path.join(suite, folder))):
            if not name.endswith(".jsonl"):
                continue
            with open(os.path.join(suite, folder, name)) as file:
                want = instructions(file)
            try:
                with open(os.path.join(out, name)) as file:
                    found = instructions(file)
            except OSError:
                found = []
            if want != found:
                failed += 1
                print(f"FAILED trace {folder}/{name}")

print(f"{len(CASES) + len(TRACES)} cases, {failed} failed")
sys.exit(1 if failed else 0)
