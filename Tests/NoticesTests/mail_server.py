"""A mail server for tests: aiosmtpd with TLS, sign-in and faults on purpose. It keeps its port and what it takes in a folder.

  mail_server.py FOLDER [--port N] [--tls starttls|implicit] [--certificate PEM --key PEM] [--user NAME:PASSWORD] [--ways PLAIN,LOGIN]

What happens to a letter is said by its recipient's name: nobody@ is refused for good, policy@ too, but not for the address; later@ is put
off (as long as the file FOLDER/later is there), cut@ loses its connection after the end of the letter (once for each recipient).
"""

import argparse
import asyncio
import pathlib
import ssl
import time

from aiosmtpd.smtp import SMTP, AuthResult

asked = argparse.ArgumentParser()
asked.add_argument("folder", type=pathlib.Path)
asked.add_argument("--port", type=int, default=0)
asked.add_argument("--tls")
asked.add_argument("--certificate")
asked.add_argument("--key")
asked.add_argument("--user")
asked.add_argument("--ways", default="PLAIN,LOGIN")
asked = asked.parse_args()


class Handler:
    cut = set()

    async def handle_MAIL(self, server, session, envelope, address, options):
        if address.startswith("banned@"):
            return "550 5.7.1 sender not allowed"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.split("@")[0]
        if name == "nobody":
            return "550 5.1.1 no such mailbox"
        if name == "policy":
            return "554 5.7.1 relay access denied"
        if name == "later" and (asked.folder / "later").exists():
            return "451 4.7.1 greylisted, come back"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        recipient = envelope.rcpt_tos[0]
        (asked.folder / f"{time.time_ns()}.eml").write_bytes(
            f"X-To: {recipient}\r\nX-From: {envelope.mail_from}\r\nX-TLS: {session.ssl is not None or asked.tls == 'implicit'}\r\n"
            f"X-User: {session.auth_data or ''}\r\n".encode() + envelope.content)
        if recipient.startswith("cut@") and recipient not in self.cut:
            self.cut.add(recipient)
            server.transport.abort()
            return "421 never seen"
        return "250 taken"


def authenticate(server, session, envelope, mechanism, data):
    given = f"{data.login.decode()}:{data.password.decode()}"
    return AuthResult(success=given == asked.user, handled=False, auth_data=f"{mechanism} {data.login.decode()}")


async def main():
    context = None
    if asked.certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(asked.certificate, asked.key)
    ways = [way for way in ("PLAIN", "LOGIN") if way not in asked.ways.split(",")]
    handler = Handler()

    def serve():
        return SMTP(
            handler, tls_context=context if asked.tls == "starttls" else None, require_starttls=asked.tls == "starttls",
            authenticator=authenticate if asked.user else None, auth_required=bool(asked.user), auth_exclude_mechanism=ways,
            auth_require_tls=asked.tls == "starttls", hostname="mail.test")

    server = await asyncio.get_running_loop().create_server(
        serve, "127.0.0.1", asked.port, ssl=context if asked.tls == "implicit" else None)
    (asked.folder / "port.new").write_text(str(server.sockets[0].getsockname()[1]))
    (asked.folder / "port.new").rename(asked.folder / "port")
    await server.serve_forever()


asyncio.run(main())
