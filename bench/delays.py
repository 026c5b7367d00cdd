"""A TCP proxy that delays what clients send, as a network between two machines does: `python -m bench.delays PORT MS`.

It prints its port. Threads, because a timer of an event loop is only exact to a millisecond.
"""

import socket
import sys
import threading
import time


def main(target_port: int, milliseconds: float) -> None:
    """Serve until the process is killed."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sys.stdout.write(f"{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        while True:
            client, _ = listener.accept()
            server = socket.create_connection(("127.0.0.1", target_port))
            for source, sink, seconds in ((client, server, milliseconds / 1000), (server, client, 0.0)):
                source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=_pipe, args=(source, sink, seconds), daemon=True).start()


def _pipe(source: socket.socket, sink: socket.socket, seconds: float) -> None:
    try:
        while data := source.recv(65536):
            if seconds:
                time.sleep(seconds)
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:  # either side has hung up
        sink.close()


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
