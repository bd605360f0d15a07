"""A stand-in in front of the real server: it says "starting up" a few times, then passes through."""
import socket
import struct
import threading


def error_response(sqlstate, message):
    fields = b"SFATAL\0VFATAL\0C" + sqlstate.encode() + b"\0M" + message.encode() + b"\0\0"
    return b"E" + struct.pack("!I", len(fields) + 4) + fields


class StartingServer:
    """Refuses the first `refusals` connections with 57P03; `None`: all of them."""

    def __init__(self, target_port, refusals):
        self.target_port, self.refusals, self.refused = target_port, refusals, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        try:
            packet = self._startup_packet(client)
            if self.refusals is None or self.refused < self.refusals:
                self.refused += 1
                client.sendall(error_response("57P03", "the database system is starting up"))
                client.close()
                return
            upstream = socket.create_connection(("127.0.0.1", self.target_port))
            upstream.sendall(packet)
            threading.Thread(target=self._copy, args=(upstream, client), daemon=True).start()
            self._copy(client, upstream)
        except OSError:
            client.close()

    @staticmethod
    def _startup_packet(client):
        """The startup (or cancel) packet; encryption is declined first where it is asked for."""
        while True:
            head = client.recv(8, socket.MSG_WAITALL)
            if len(head) < 8:
                raise OSError("the client went away")
            length, code = struct.unpack("!II", head)
            if code in (80877103, 80877104):
                client.sendall(b"N")
                continue
            return head + client.recv(length - 8, socket.MSG_WAITALL)

    @staticmethod
    def _copy(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass
        finally:
            for end in (source, target):
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()


class HoldingServer(StartingServer):
    """Holds what has `text` in it, and what the same client sends behind it, until release()."""

    def __init__(self, target_port, text):
        self.text, self.holds, self.released = text.encode(), threading.Event(), threading.Event()
        super().__init__(target_port, refusals=0)

    def _serve(self, client):
        try:
            packet = self._startup_packet(client)
            upstream = socket.create_connection(("127.0.0.1", self.target_port))
            upstream.sendall(packet)
            threading.Thread(target=self._copy, args=(upstream, client), daemon=True).start()
            self._pass_on(client, upstream)
        except OSError:
            client.close()

    def _pass_on(self, client, upstream):
        while data := client.recv(1 << 20):
            if self.text in data and not self.released.is_set():
                self.holds.set()
                self.released.wait(60)
            upstream.sendall(data)
        upstream.shutdown(socket.SHUT_RDWR)

    def release(self):
        self.released.set()

    def __exit__(self, *arguments):
        self.release()
        super().__exit__(*arguments)
