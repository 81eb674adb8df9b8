"""Mail servers of other people, over TLS of a private authority: npm smtp-server, and Dovecot."""

import grp
import imaplib
import json
import os
import pwd
import shutil
import socket
import ssl
import subprocess

from .programs import NODE_PROGRAMS, REFEREES, Program, directory, free_port, until

certificate, private_key = directory / "localhost.pem", directory / "localhost.key"


def make_certificate():
    """For localhost; who trusts it trusts these servers."""
    if not certificate.exists():
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                        "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=DNS:localhost", "-keyout", private_key, "-out", certificate],
                       check=True, capture_output=True)


class Smtp(Program):
    """smtp_server.mjs, and what it says."""

    def __init__(self):
        make_certificate()
        self.ports = {"implicit": free_port(), "starttls": free_port()}
        self.behaviour = directory / "behaviour.json"
        self.behave()
        super().__init__("smtp", [NODE_PROGRAMS / "node", REFEREES / "smtp_server.mjs"], {
            "CERTIFICATE": str(certificate), "PRIVATE_KEY": str(private_key),
            "BEHAVIOUR": str(self.behaviour), "IMPLICIT_PORT": str(self.ports["implicit"]),
            "STARTTLS_PORT": str(self.ports["starttls"])})
        assert until(lambda: self.said("ready")), self.output()

    def behave(self, **steps):
        self.behaviour.write_text(json.dumps(steps))

    def said(self, name):
        lines = [json.loads(line) for line in self.output().splitlines() if line.startswith("{")]
        return [line for line in lines if name in line]

    def letters(self):
        return self.said("letter")


class Dovecot(Program):
    """Dovecot with dovecot/dovecot.conf: five connections a user, folders with German names. Root gives
    the mail to `mail`; anybody else owns it himself."""

    password = "abcdefghijklmnop"

    def __init__(self, *users):
        make_certificate()
        self.dir = directory / "dovecot"
        self.port, self.port_tls = free_port(), free_port()
        for folder in ("run", "mail"):
            (self.dir / folder).mkdir(parents=True)
        for path in (directory, self.dir):
            os.chmod(path, 0o755)  # its processes are other users'
        root = os.geteuid() == 0
        me = pwd.getpwuid(os.geteuid()).pw_name
        us = grp.getgrgid(os.getegid()).gr_name
        self.owner, self.group = ("mail", "mail") if root else (me, us)
        shutil.chown(self.dir / "mail", self.owner, self.group)
        self.passwords = {}
        self.set_passwords(**{user: self.password for user in users})
        (self.dir / "oauth2.conf").write_text(
            f"introspection_mode = local\nlocal_validation_key_dict = fs:posix:prefix={self.dir}/keys/\n")
        text = (REFEREES / "dovecot/dovecot.conf").read_text()
        for word, value in {"DIR": self.dir, "PORT": self.port, "PORT_TLS": self.port_tls,
                            "CERTIFICATE": certificate, "KEY": private_key, "USER": self.owner,
                            "GROUP": self.group, "INTERNAL": "dovecot" if root else me,
                            "INTERNAL_GROUP": "dovecot" if root else us,
                            "LOGIN": "dovenull" if root else me}.items():
            text = text.replace(f"@{word}@", str(value))
        self.conf = self.dir / "dovecot.conf"
        self.conf.write_text(text)
        self.delivered = 0
        super().__init__("dovecot", ["dovecot", "-F", "-c", self.conf])
        assert until(self._answers), self.output() + self.said()

    def _answers(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port_tls)) == 0

    def settings(self):
        return {"GMAIL_IMAP_HOST": "localhost", "GMAIL_IMAP_PORT": str(self.port_tls),
                "GMAIL_MCP_MAIL_IMAP_TLS": "implicit", "GMAIL_MCP_MAIL_CA_FILE": str(certificate)}

    def set_passwords(self, **passwords):
        self.passwords.update(passwords)
        aside = self.dir / "users.new"
        aside.write_text("".join(f"{user}:{{PLAIN}}{word}::::::\n" for user, word in self.passwords.items()))
        aside.replace(self.dir / "users")

    def hang_up(self, user):
        """Ends all connections of a user, as an administrator can."""
        subprocess.run(["doveadm", "-c", self.conf, "kick", user], check=True, capture_output=True)

    def deliver(self, user, message):
        """A mail arrives as a delivery agent brings it: written aside, whole, then moved."""
        maildir = self.dir / "mail" / user / "Maildir"
        for path in (maildir.parent, maildir, *(maildir / name for name in ("tmp", "new", "cur"))):
            path.mkdir(exist_ok=True)
            shutil.chown(path, self.owner, self.group)
        self.delivered += 1
        aside = maildir / "tmp" / f"1700000000.M{self.delivered}.referee"
        aside.write_bytes(message if isinstance(message, bytes) else message.encode())
        shutil.chown(aside, self.owner, self.group)
        aside.replace(maildir / "new" / aside.name)

    def imap(self, user):
        """Python's imaplib, signed in."""
        mailbox = imaplib.IMAP4_SSL("localhost", self.port_tls, timeout=300,
                                    ssl_context=ssl.create_default_context(cafile=certificate))
        mailbox.login(user, self.passwords[user])
        return mailbox

    def found(self, user, folder, *keys):
        """How many messages of a folder Dovecot finds itself."""
        with self.imap(user) as mailbox:
            status, answer = mailbox.select(f'"{folder}"', readonly=True)
            assert status == "OK", answer
            return len(mailbox.search(None, *keys)[1][0].split())

    def said(self):
        log = self.dir / "dovecot.log"
        return log.read_text(errors="replace") if log.exists() else ""
