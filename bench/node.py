#!/usr/bin/env python3
"""How fast the node starts and how little it holds: bench/node.py BUILD-FOLDER [ACCOUNTS, default 1000000]

Start to first answer: from before the program is started until eth_chainId is answered over HTTP, in milliseconds, on
a datadir that is empty, one with a chain of ten accounts, and one with ACCOUNTS accounts (written once from a genesis
file in geth's format, which this program makes). Memory at rest: RssAnon a second after that answer. Medians of 11
starts. Goals: under 20 ms empty, under 100 ms at 10^6 accounts, under 15 MB.
"""
import http.client, json, os, re, shutil, statistics, subprocess, sys, tempfile, time

RUNS = 11


def write_genesis(path, accounts):
    """geth's genesis JSON, streamed: the accounts' addresses are spread by a fixed odd multiplier."""
    config = {"chainId": 1337, "homesteadBlock": 0, "eip150Block": 0, "eip155Block": 0, "eip158Block": 0,
              "byzantiumBlock": 0, "constantinopleBlock": 0, "petersburgBlock": 0, "istanbulBlock": 0,
              "berlinBlock": 0, "londonBlock": 0, "terminalTotalDifficulty": 0, "shanghaiTime": 0, "cancunTime": 0}
    with open(path, "w") as f:
        f.write('{"config":' + json.dumps(config) + ',"gasLimit":"0x1c9c380","difficulty":"0x0","alloc":{')
        for i in range(accounts):
            address = (i + 1) * 0x9E3779B97F4A7C15F39CC0605CEDC834FF51AFD7 % 2**160
            f.write(f'{"," if i else ""}"{address:040x}":{{"balance":"{hex(10**18 + i)}"}}')
        f.write("}}")


class Node:
    def __init__(self, build, *options):
        began = time.perf_counter()
        self.process = subprocess.Popen([os.path.join(build, "ghostd"), "--port", "0", "--log-level", "error", *options],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        port = None
        for line in self.process.stdout:
            found = re.match(r"Listening on http://.*:(\d+)", line)
            if found:
                port = int(found[1])
                break
        if port is None:
            sys.exit("node.py: ghostd did not start: " + self.process.stderr.read())
        c = http.client.HTTPConnection("127.0.0.1", port)
        c.request("POST", "/", json.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}),
                  {"Content-Type": "application/json"})
        answer = json.loads(c.getresponse().read())
        self.ms = (time.perf_counter() - began) * 1000
        assert answer["result"] == "0x539", answer
        c.close()

    def memory(self):
        with open(f"/proc/{self.process.pid}/status") as f:
            return int(re.search(r"RssAnon:\s+(\d+) kB", f.read())[1]) / 1000

    def stop(self):
        self.process.terminate()
        self.process.wait()


def measure(name, goal, build, options, fresh=None):
    times, memory = [], []
    for i in range(RUNS):
        if fresh:
            shutil.rmtree(fresh, ignore_errors=True)
        node = Node(build, *options)
        times.append(node.ms)
        if i < 3:
            time.sleep(1)
            memory.append(node.memory())
        node.stop()
    ms, mb = statistics.median(times), statistics.median(memory)
    print(f"node: {name:<44} start to first answer {ms:7.1f} ms (least {min(times):.1f}, goal {goal})   "
          f"at rest {mb:5.1f} MB (goal 15)", flush=True)


def main():
    build = sys.argv[1] if len(sys.argv) > 1 else "build"
    accounts = int(sys.argv[2]) if len(sys.argv) > 2 else 10**6
    work = tempfile.mkdtemp(prefix="ghostvm-bench-")
    try:
        small, big = os.path.join(work, "small"), os.path.join(work, "big")
        measure("empty datadir", 20, build, ["--dev", "--datadir", small], fresh=small)
        measure("no datadir (--dev alone)", 20, build, ["--dev"])
        measure("chain of 10 accounts", 20, build, ["--dev", "--datadir", small])
        genesis = os.path.join(work, "genesis.json")
        write_genesis(genesis, accounts)
        node = Node(build, "--datadir", big, "--genesis", genesis)
        size = sum(os.path.getsize(os.path.join(d, n)) for d, _, names in os.walk(big) for n in names)
        print(f"node: {accounts} accounts from {os.path.getsize(genesis) / 1e6:.0f} MB of genesis in "
              f"{node.ms / 1000:.1f} s; {size / 1e6:.0f} MB on disk; then {node.memory():.1f} MB", flush=True)
        node.stop()
        measure(f"chain of {accounts} accounts", 100, build, ["--datadir", big])
        measure(f"chain of {accounts} accounts, --genesis given", 100, build, ["--datadir", big, "--genesis", genesis])
    finally:
        shutil.rmtree(work, ignore_errors=True)


main()
