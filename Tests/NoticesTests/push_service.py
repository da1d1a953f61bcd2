"""A push service for tests: HTTPS, keeps what it is given. push_service.py FOLDER CERTIFICATE KEY

The path says what it answers: /gone/… 410, /later/… 503 as long as the file FOLDER/later is there, /moved/… a redirect, all else 201.
"""

import http.server
import json
import pathlib
import ssl
import sys
import time

folder = pathlib.Path(sys.argv[1])


class Service(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        name = folder / f"{time.time_ns()}"
        name.with_suffix(".json").write_text(json.dumps({"path": self.path, **{k.lower(): v for k, v in self.headers.items()}}))
        name.with_suffix(".body").write_bytes(body)
        kind = self.path.split("/")[1]
        status = {"gone": 410, "moved": 307}.get(kind, 201)
        if kind == "later" and (folder / "later").exists():
            status = 503
        self.send_response(status)
        if status == 307:
            self.send_header("Location", "/push/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *words):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(sys.argv[2], sys.argv[3])
server.socket = context.wrap_socket(server.socket, server_side=True)
(folder / "port.new").write_text(str(server.server_address[1]))
(folder / "port.new").rename(folder / "port")
server.serve_forever()
