"""The proxy from outside: PostgreSQL's own programs through it, bytes that make no sense, ends of all kinds."""
import os
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest
from urllib.parse import parse_qs, urlsplit

from program import plain_temp

PROGRAM = os.path.abspath(sys.argv.pop(1))
SERVER = parse_qs(urlsplit(os.environ["ORM_TEST_URL"]).query)["host"][0]
tempfile.tempdir = plain_temp()
os.environ["LC_ALL"] = "C.UTF-8"  # what psql says is looked at
STARTUP = b"user\0postgres\0database\0postgres\0\0"


def packet(code, body=b""):
    return struct.pack(">II", len(body) + 8, code) + body


def message(kind, body=b""):
    return kind + struct.pack(">I", len(body) + 4) + body


def server_binary(name):
    folders = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda f: float(f.parent.name))
    return str(folders[-1] / name) if folders else name


def unprivileged():
    """What starts a PostgreSQL server, which refuses to run as root."""
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.getuid() == 0 else []


class Proxy:
    """The proxy as a process; its unix socket is in `folder`, named by `port`."""

    def __init__(self, test, mode="plain", server=SERVER, server_port=5432, buffer=0, limit=0):
        self.folder = tempfile.mkdtemp(prefix="crdbcheck-proxy.")
        self.process = subprocess.Popen([PROGRAM, self.folder, server, str(server_port), mode, str(buffer), str(limit)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        test.addCleanup(self.stop, test)
        self.port = int(self.process.stdout.readline())
        self.url = f"host={self.folder} port={self.port} user=postgres dbname=postgres"

    def stop(self, test):
        """Sanitizers turn a leak or an overrun into another exit code."""
        self.process.stdin.close()
        self.process.stdout.close()
        test.assertEqual(0, self.process.wait(60))
        test.assertEqual([], os.listdir(self.folder), "the socket must be gone")
        os.rmdir(self.folder)

    def peak_memory(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) * 1024
        return 0

    def connect(self):
        client = socket.create_connection(("127.0.0.1", self.port), 60)
        client.settimeout(60)
        return client

    def session(self):
        """A raw connection after its start-up."""
        client = self.connect()
        client.sendall(packet(196608, STARTUP))
        read_until(client, b"Z")
        return client


def read_exactly(client, size):
    data = b""
    while len(data) < size:
        got = client.recv(size - len(data))
        if not got:
            raise EOFError(data)
        data += got
    return data


def read_message(client):
    kind, length = struct.unpack(">cI", read_exactly(client, 5))
    return kind, read_exactly(client, length - 4)


def read_until(client, kind):
    """Messages up to one of the kind, as (kind, body)."""
    messages = []
    while not messages or messages[-1][0] != kind:
        messages.append(read_message(client))
    return messages


def read_all(client):
    data = b""
    try:
        while got := client.recv(65536):
            data += got
    except ConnectionResetError:
        pass
    return data


class ProxyTest(unittest.TestCase):
    def wait_for_sleeper(self, proxy, **options):
        """Until a statement sleeps in the server: a client that has only just been started may not be there yet."""
        for _ in range(200):
            if self.psql(proxy, "select count(*) from pg_stat_activity where query like 'select pg_sleep(%' and "
                         "state = 'active'", **options).stdout != "0\n":
                return
            time.sleep(0.1)
        self.fail("nothing sleeps")

    def command(self, *arguments, expected=0, **options):
        result = subprocess.run(arguments, capture_output=True, text=True, timeout=120, **options)
        self.assertEqual(expected, result.returncode, f"{arguments}: {result.stdout[-500:]}{result.stderr[-2000:]}")
        return result

    def psql(self, proxy, *sql, expected=0, **options):
        arguments = [part for text in sql for part in ("-c", text)]
        return self.command("psql", "-XAtq", proxy.url, *arguments, expected=expected, **options)


class Programs(ProxyTest):
    def test_psql(self):
        for mode in ("plain", "filter"):
            proxy = Proxy(self, mode)
            self.assertEqual("3\n", self.psql(proxy, "select 1 + 2").stdout)
            result = self.psql(proxy, "selec", expected=1)
            self.assertIn('syntax error at or near "selec"', result.stderr)
            self.assertIn("LINE 1", result.stderr)
            result = self.psql(proxy, "do $$ begin raise notice 'a notice'; end $$")
            self.assertIn("NOTICE:  a notice", result.stderr)
            heard = self.psql(proxy, "listen x", "notify x, 'hello'").stdout
            self.assertIn('notification "x" with payload "hello"', heard)
            long = self.command("psql", "-XAtq", proxy.url, input=f"select length('{'x' * 1000000}');")
            self.assertEqual("1000000\n", long.stdout)

    def test_tcp(self):
        proxy = Proxy(self)
        url = f"host=127.0.0.1 port={proxy.port} user=postgres dbname=postgres sslmode=prefer"
        self.assertEqual("1\n", self.command("psql", "-XAtq", url, "-c", "select 1").stdout)

    def test_a_server_on_tcp(self):
        proxy = Proxy(self, "filter", server="-", server_port=Proxy(self).port)
        self.assertEqual("1\n", self.psql(proxy, "select 1").stdout)
        self.assertIn("refused outside", self.psql(proxy, "refuse_me", expected=1).stderr)

    def test_copy(self):
        rows = "".join(f"{i}\trow {i}\n" for i in range(50000))
        for mode in ("plain", "filter"):
            proxy = Proxy(self, mode, buffer=4096)
            self.psql(proxy, "drop table if exists copied; create table copied (a int, b text)")
            self.psql(proxy, "\\copy copied from stdin", input=rows)
            self.assertEqual(rows, self.psql(proxy, "\\copy (select * from copied order by a) to stdout").stdout)
            self.psql(proxy, "\\copy copied from stdin", input="x\n", expected=1)
            self.assertEqual("50000\n", self.psql(proxy, "select count(*) from copied").stdout)

    def test_cancel(self):
        proxy = Proxy(self)
        client = subprocess.Popen(["psql", "-XAtq", proxy.url, "-c", "select pg_sleep(30)"], stderr=subprocess.PIPE,
                                  text=True)
        self.wait_for_sleeper(proxy)
        client.send_signal(signal.SIGINT)
        self.assertIn("canceling statement due to user request", client.communicate(timeout=25)[1])

    def test_big_results_take_little_memory(self):
        for mode in ("plain", "filter"):
            proxy = Proxy(self, mode)
            self.psql(proxy, "select 1")
            before = proxy.peak_memory()
            result = self.psql(proxy, "select repeat('x', 1000) from generate_series(1, 50000)")
            self.assertEqual(50000 * 1001, len(result.stdout))
            self.assertEqual(20000001, len(self.psql(proxy, "select repeat('x', 20000000)").stdout))
            self.assertLess(proxy.peak_memory() - before, 12 << 20)

    def test_pgbench(self):
        for mode in ("plain", "filter"):
            proxy = Proxy(self, mode)
            environment = {**os.environ, "PGHOST": proxy.folder, "PGPORT": str(proxy.port), "PGUSER": "postgres",
                           "PGDATABASE": "postgres"}
            self.command("pgbench", "-i", "-q", env=environment)
            for protocol in ("simple", "extended", "prepared"):
                result = self.command("pgbench", "-n", "-c", "4", "-t", "200", "-M", protocol, env=environment)
                self.assertIn("actually processed: 800/800", result.stdout)

    def test_pg_dump(self):
        proxy = Proxy(self)
        self.psql(proxy, "create table if not exists dumped (a serial primary key, b text)",
                  "insert into dumped (b) select 'row' || g from generate_series(1, 1000) g")
        direct = self.dump(f"host={SERVER} user=postgres dbname=postgres")
        self.assertIn("row1000", direct)
        self.assertEqual(direct, self.dump(proxy.url))

    def dump(self, url):
        """Without the random key that newer versions put around a dump."""
        text = self.command("pg_dump", url).stdout
        return "".join(line for line in text.splitlines(True) if not line.startswith(("\\restrict", "\\unrestrict")))


class Filter(ProxyTest):
    def test_refused_statements_in_psql(self):
        proxy = Proxy(self, "filter")
        result = self.command("psql", "-XAtq", proxy.url, input="select 'refuse_me';\nselect 1;\nbegin;\n"
                              "select 'refuse_me';\nselect 2;\nrollback;\nselect 3;\n")
        self.assertEqual("1\n3\n", result.stdout)
        self.assertIn("ERROR:  refused outside\nHINT:  ask for something else", result.stderr)
        self.assertIn("ERROR:  refused inside", result.stderr)
        self.assertIn("current transaction is aborted", result.stderr)

    def test_a_refused_flight_is_one_error(self):
        client = Proxy(self, "filter").session()
        self.addCleanup(client.close)
        flight = (message(b"P", b"\0refuse_me\0\0\0") + message(b"B", b"\0\0\0\0\0\0\0\0") +
                  message(b"D", b"P\0") + message(b"E", b"\0\0\0\0\0") + message(b"S"))
        # One byte at a time too: nothing depends on how the bytes come.
        for pieces in ([flight], [flight[i:i + 1] for i in range(len(flight))]):
            for piece in pieces:
                client.sendall(piece)
            answer = read_until(client, b"Z")
            self.assertEqual([b"E", b"Z"], [kind for kind, _ in answer])
            self.assertIn(b"refused outside", answer[0][1])

    def test_function_calls_pass(self):
        client = Proxy(self, "filter").session()
        self.addCleanup(client.close)
        # int4pl(3, 4), in text
        body = struct.pack(">IHHHI", 177, 1, 0, 2, 1) + b"3" + struct.pack(">I", 1) + b"4" + struct.pack(">H", 0)
        client.sendall(message(b"F", body) + message(b"Q", b"refuse_me\0"))
        self.assertEqual((b"V", b"\0\0\0\x017"), read_until(client, b"Z")[0])
        self.assertIn(b"refused", read_until(client, b"Z")[0][1])

    def test_syncs_inside_of_copy_are_not_waited_for(self):
        client = Proxy(self, "filter").session()
        self.addCleanup(client.close)
        client.sendall(message(b"Q", b"create temp table t (a int)\0"))
        read_until(client, b"Z")
        start = message(b"P", b"\0copy t from stdin\0\0\0") + message(b"B", b"\0\0\0\0\0\0\0\0") + \
            message(b"E", b"\0\0\0\0\0") + message(b"S")
        for together in (True, False):
            rest = message(b"d", b"1\n") + message(b"c") + message(b"S") + message(b"Q", b"refuse_me\0")
            client.sendall(start + rest if together else start)
            if not together:
                read_until(client, b"G")
                client.sendall(rest)
            self.assertEqual(b"C", read_until(client, b"Z")[-2][0])
            self.assertIn(b"refused outside", read_until(client, b"Z")[0][1])


class Connections(ProxyTest):
    def test_many(self):
        """More than the server takes: each gets an answer, its own or the server's error."""
        proxy = Proxy(self, "filter")
        clients = [proxy.connect() for _ in range(200)]
        for client in clients:
            self.addCleanup(client.close)
            client.sendall(packet(196608, STARTUP))
        served = refused = 0
        for client in clients:
            kind = b""
            while kind not in (b"Z", b"E"):
                kind, _ = read_message(client)
            if kind == b"Z":
                client.sendall(message(b"Q", b"select 1\0"))
                read_until(client, b"Z")
                served += 1
            else:
                refused += 1
        self.assertEqual(200, served + refused)
        self.assertGreater(served, 40)

    def test_one_that_does_not_read_blocks_nobody(self):
        proxy = Proxy(self)
        self.psql(proxy, "select 1")
        before = proxy.peak_memory()
        stuck = proxy.session()
        self.addCleanup(stuck.close)
        stuck.sendall(message(b"Q", b"select repeat('x', 1000) from generate_series(1, 60000)\0"))
        time.sleep(0.5)
        for _ in range(5):
            self.assertEqual("1\n", self.psql(proxy, "select 1").stdout)
        self.assertLess(proxy.peak_memory() - before, 12 << 20)
        self.assertEqual(60000, sum(kind == b"D" for kind, _ in read_until(stuck, b"Z")))

    def test_a_client_that_sends_no_more_still_reads(self):
        client = Proxy(self).session()
        client.sendall(message(b"Q", b"select pg_sleep(0.3), 'late'\0"))
        client.shutdown(socket.SHUT_WR)
        self.assertIn(b"late", read_all(client))
        client.close()

    def test_a_client_that_is_gone_leaves_no_backend(self):
        proxy = Proxy(self)
        client = proxy.session()
        client.sendall(message(b"Q", b"set application_name = 'leaver'\0"))
        read_until(client, b"Z")
        client.close()
        for _ in range(100):
            left = self.psql(proxy, "select count(*) from pg_stat_activity where application_name = 'leaver'").stdout
            if left == "0\n":
                return
            time.sleep(0.05)
        self.fail("the server's process is still there")

    def test_a_backend_that_is_killed_closes_its_client(self):
        proxy = Proxy(self, "filter")
        client = proxy.session()
        self.addCleanup(client.close)
        client.sendall(message(b"Q", b"set application_name = 'victim'\0"))
        read_until(client, b"Z")
        self.psql(proxy, "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'victim'")
        self.assertIn(b"57P01", read_all(client))

    def test_no_server(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            for server, port in (("/nowhere", 5432), ("-", free.getsockname()[1])):
                client = Proxy(self, server=server, server_port=port).connect()
                client.sendall(packet(196608, STARTUP))
                self.assertIn(b"C57P03\0", read_all(client))
                client.close()


class OwnServer(ProxyTest):
    """What needs a server of its own."""

    def start(self, *options):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="crdbcheck-pg."))
        self.addCleanup(subprocess.run, ["rm", "-rf", str(folder)], check=True)
        folder.chmod(0o777)
        (folder / "password").write_text("secret\n")
        (folder / "password").chmod(0o644)
        self.data = folder / "data"
        self.command(*unprivileged(), server_binary("initdb"), "-D", str(self.data), "-U", "postgres", "-E", "UTF8",
                     "--locale=C", "--no-sync", *options, f"--pwfile={folder}/password", cwd="/")
        self.control("start", "-l", str(folder / "log"), "-o",
                     f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off")
        self.addCleanup(lambda: self.control("stop", "-m", "immediate", check=False))
        return str(folder)

    def control(self, *arguments, check=True):
        subprocess.run([*unprivileged(), server_binary("pg_ctl"), "-D", str(self.data), "-w", *arguments], check=check,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", timeout=60)

    def test_scram_and_a_server_that_dies(self):
        proxy = Proxy(self, "filter", server=self.start("-A", "scram-sha-256"))
        right = {**os.environ, "PGPASSWORD": "secret"}
        self.assertEqual("1\n", self.psql(proxy, "select 1", env=right).stdout)
        wrong = self.psql(proxy, "select 1", expected=2, env={**os.environ, "PGPASSWORD": "wrong"})
        self.assertIn("password authentication failed", wrong.stderr)
        client = subprocess.Popen(["psql", "-XAtq", proxy.url, "-c", "select pg_sleep(60)"], stderr=subprocess.PIPE,
                                  text=True, env=right)
        self.wait_for_sleeper(proxy, env=right)
        self.control("stop", "-m", "immediate")
        self.assertIn("server closed the connection unexpectedly", client.communicate(timeout=50)[1])
        self.assertEqual(2, client.returncode)


class Malformed(ProxyTest):
    def test_startups(self):
        proxy = Proxy(self, "filter")
        bad = [struct.pack(">I", length) + b"x" * 20 for length in (0, 3, 4, 7, 10001, 0x7fffffff, 0xffffffff)]
        bad += [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", bytes(64),
                packet(2 << 16, b"x" * 30), packet(196608, b"user\0postgres\0"), packet(196608, b"user"),
                packet(196608), packet(80877103, b"x")]
        for data in bad:
            with self.subTest(data[:16]):
                client = proxy.connect()
                client.sendall(data)
                answer = read_all(client)
                self.assertEqual(b"E", answer[:1])
                self.assertIn(b"SFATAL\0", answer)
                client.close()
        for data in (b"", b"\0", packet(196608, STARTUP)[:20], packet(80877102, b"x")):
            client = proxy.connect()
            client.sendall(data)
            client.shutdown(socket.SHUT_WR)
            self.assertEqual(b"", read_all(client))
            client.close()
        self.psql(proxy, "select 1")

    def test_encryption_is_refused(self):
        client = Proxy(self).connect()
        for code in (80877103, 80877104):
            client.sendall(packet(code))
            self.assertEqual(b"N", client.recv(10))
        client.sendall(packet(196608, STARTUP))
        read_until(client, b"Z")
        client.sendall(message(b"X"))
        self.assertEqual(b"", read_all(client))
        client.close()

    def test_clients(self):
        proxy = Proxy(self, "filter", limit=100000)
        bad = [kind + struct.pack(">I", length) + b"x" * 50
               for kind in (b"Q", b"P", b"S", b"d") for length in (0, 1, 2, 3, 0x80000000, 0xffffffff, 0x40000000)]
        bad += [kind + struct.pack(">I", 4) for kind in (b"!", b"\0", b"\xff", b"Z", b"R")]
        bad += [b"S" + struct.pack(">I", 20000), b"Q" + struct.pack(">I", 200000)]
        for data in bad:
            with self.subTest(data[:8]):
                client = proxy.session()
                client.sendall(data)
                self.assertIn(b"SFATAL\0", read_all(client))
                client.close()
        for data in (b"Q", b"Q\0\0\0\x20select 1", b"B\0\0\1\0x", message(b"Q", b"no nul"), message(b"P", b"no nul"),
                     message(b"Q"), message(b"B"), message(b"C"), message(b"Q", b"two\0texts\0")):
            client = proxy.session()
            client.sendall(data)
            client.shutdown(socket.SHUT_WR)
            read_all(client)
            client.close()
        self.psql(proxy, "select 1")

    def test_servers(self):
        folder = tempfile.mkdtemp(prefix="crdbcheck-bad.")
        path = f"{folder}/.s.PGSQL.5432"
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen()
        self.addCleanup(lambda: (listener.close(), os.unlink(path), os.rmdir(folder)))
        proxy = Proxy(self, "filter", server=folder, limit=1000)
        begin = message(b"R", bytes(4)) + message(b"Z", b"I")
        bad = [kind + struct.pack(">I", length) + b"x" * 50
               for kind in (b"E", b"D", b"Z", b"S") for length in (0, 1, 2, 3, 0x80000000, 0xffffffff)]
        bad += [message(b"Z"), message(b"Z", b"II"), message(b"!"), message(b"Q"), b"E" + struct.pack(">I", 5000)]
        passing = [message(b"E", b"SERROR"), message(b"E"), message(b"S", b"x"), message(b"D"), b"E\0", b"",
                   b"D\0\0\1\0x", message(b"1") * 50 + message(b"C", b"X\0") * 50, message(b"G") * 9, begin * 9]
        for data in bad + passing:
            with self.subTest(data[:8]):
                client = proxy.connect()
                client.sendall(packet(196608, STARTUP))
                server, _ = listener.accept()
                server.settimeout(60)
                server.recv(1000)
                server.sendall(begin)
                read_until(client, b"Z")
                server.sendall(data)
                if data in passing:
                    server.shutdown(socket.SHUT_WR)
                answer = read_all(client)
                if data not in passing:
                    self.assertIn(b"SFATAL\0", answer)
                client.close()
                self.assertEqual(b"", read_all(server))
                server.close()


if __name__ == "__main__":
    unittest.main()
