"""What the scenario tests in Python share: a ghostd of their own on a free port, and a JSON-RPC client."""
import http.client, json, os, signal, subprocess, time


class Node:
    def __init__(self, build, *options, env=None, limit=None):
        self.log = []
        self.process = subprocess.Popen([os.path.join(build, "ghostd"), "--port", "0", *options], stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, env=env, preexec_fn=limit)
        self.port = None
        for line in self.process.stdout:
            self.log.append(line.rstrip())
            if line.startswith("Listening on "):
                self.port = int(line.rsplit(":", 1)[1])
                break
        if self.port is None:
            self.process.wait()
            return
        os.set_blocking(self.process.stdout.fileno(), False)
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)

    def started(self):
        return self.port is not None

    def code(self):
        return self.process.wait(timeout=20)

    def call(self, method, *params):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)})
        self.connection.request("POST", "/", body, {"Content-Type": "application/json"})
        answer = json.loads(self.connection.getresponse().read())
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError("ghostd did not stop within 20 s")
        rest = self.process.stdout.read() or ""
        self.log += rest.splitlines()
        return code

    def said(self, text):
        return any(text in line for line in self.log)
