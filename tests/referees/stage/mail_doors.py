"""The doors of an IMAP and an SMTP server, and nothing behind them: who may sign in, and with which
words of Gmail's the others are turned away."""

import base64
import socketserver
import threading

# What Gmail says (IMAP, SMTP) and to whom.
WRONG = ("NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)",
         "535-5.7.8 Username and Password not accepted. For more information, go to\r\n"
         "535 5.7.8  https://support.google.com/mail/?p=BadCredentials x - gsmtp")
ORDINARY = ("NO [ALERT] Application-specific password required: "
            "https://support.google.com/accounts/answer/185833 (Failure)",
            "534-5.7.9 Application-specific password required. For more information, go to\r\n"
            "534 5.7.9  https://support.google.com/mail/?p=InvalidSecondFactor x - gsmtp")
CHALLENGE = ("NO [ALERT] Please log in via your web browser: "
             "https://support.google.com/mail/accounts/answer/78754 (Failure)",
             "534-5.7.14 <https://accounts.google.com/signin/continue> Please log in via your web\r\n"
             "534 5.7.14 browser and then try again. x - gsmtp")
IMAP_OFF = ("NO [ALERT] Your account is not enabled for IMAP use. Please visit your Gmail settings "
            "page and enable your account for IMAP access. (Failure)", None)
CONNECTIONS = ("NO [ALERT] Too many simultaneous connections. (Failure)", None)
BANDWIDTH = ("NO [ALERT] Account exceeded command or bandwidth limits. (Failure)", None)
TOO_MANY_LOGINS = (None, "454 4.7.0 Too many login attempts, please try again later. x - gsmtp")


class MailDoors:
    """`passwords`: who may sign in. `refusals`: (IMAP, SMTP) words for an address, in spite of a good
    password; None lets it pass there. `tried`: every (door, address, password)."""

    def __init__(self, passwords):
        self.passwords, self.refusals, self.tried = dict(passwords), {}, []
        self.imap_port = self._serve(self._imap)
        self.smtp_port = self._serve(self._smtp)

    def settings(self):
        return {"GMAIL_IMAP_HOST": "127.0.0.1", "GMAIL_IMAP_PORT": str(self.imap_port),
                "GMAIL_SMTP_HOST": "127.0.0.1", "GMAIL_SMTP_PORT": str(self.smtp_port),
                "GMAIL_MCP_MAIL_IMAP_TLS": "none", "GMAIL_MCP_MAIL_SMTP_TLS": "none"}

    def _serve(self, talk):
        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                def say(line):
                    self.wfile.write(line.encode() + b"\r\n")
                try:
                    talk(say, lambda: self.rfile.readline().decode("utf-8", "replace").rstrip("\r\n"))
                except (ConnectionError, ValueError):
                    pass  # whoever hangs up has had enough

        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler, bind_and_activate=False)
        server.allow_reuse_address = server.daemon_threads = True
        server.server_bind()
        server.server_activate()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server.server_address[1]

    def _refusal(self, door, address, password):
        self.tried.append((("imap", "smtp")[door], address, password))
        special = self.refusals.get(address, (None, None))[door]
        if special:
            return special
        return None if self.passwords.get(address) == password else WRONG[door]

    @staticmethod
    def _plain(token):
        _, address, password = base64.b64decode(token).decode().split("\0")
        return address, password

    def _imap(self, say, hear):
        say("* OK Gimap ready for requests")
        while line := hear():
            tag, verb, *rest = line.split(" ")
            verb = verb.upper()
            if verb == "CAPABILITY":
                say("* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN IDLE UIDPLUS MOVE X-GM-EXT-1")
                say(f"{tag} OK done")
            elif verb in ("LOGIN", "AUTHENTICATE"):
                if verb == "LOGIN":
                    address, password = (word.strip('"') for word in rest)
                else:
                    if len(rest) < 2:
                        say("+ ")
                        rest.append(hear())
                    address, password = self._plain(rest[1])
                refusal = self._refusal(0, address, password)
                say(f"{tag} {refusal or 'OK signed in'}")
            elif verb == "LOGOUT":
                say("* BYE good-bye")
                say(f"{tag} OK done")
                return
            else:
                say(f"{tag} BAD there is nothing behind this door")

    def _smtp(self, say, hear):
        say("220 smtp.gmail.example ESMTP - gsmtp")
        while line := hear():
            verb, _, rest = line.partition(" ")
            verb = verb.upper()
            if verb == "EHLO":
                say("250-smtp.gmail.example at your service")
                say("250-AUTH LOGIN PLAIN")
                say("250 ENHANCEDSTATUSCODES")
            elif verb == "AUTH":
                words = rest.split(" ")
                if len(words) < 2:
                    say("334 ")
                    words.append(hear())
                refusal = self._refusal(1, *self._plain(words[1]))
                say(refusal or "235 2.7.0 Accepted")
            elif verb == "QUIT":
                say("221 2.0.0 closing connection")
                return
            else:
                say("502 5.5.1 there is nothing behind this door")
