"""A Dovecot of our own, with TLS and as many users as wanted, each with a uid of its own: inotify
instances are limited per uid, and beyond them Dovecot looks for new mail only every 30 seconds."""

import os
import pathlib
import subprocess
import time

PASSWORD = "abcdefghijklmnop"

CONF = """base_dir = {dir}/run
log_path = {dir}/dovecot.log
protocols = imap
listen = 127.0.0.1
instance_name = bench-{port}
default_internal_user = dovecot
default_login_user = dovenull
default_vsz_limit = 1G
first_valid_uid = 1
mail_location = maildir:~/Maildir
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
auth_failure_delay = 0
auth_cache_size = 16M
mailbox_idle_check_interval = 30 secs
service imap-login {{
  service_count = 0
  client_limit = 4000
  process_min_avail = 1
  vsz_limit = 1G
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
service imap {{
  process_limit = 4000
}}
service anvil {{
  client_limit = 20000
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  client_limit = 20000
}}
service config {{
  process_limit = 4000
}}
service stats {{
  client_limit = 20000
  unix_listener stats-reader {{
    mode = 0666
  }}
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
passdb {{
  driver = passwd-file
  args = {dir}/users
}}
userdb {{
  driver = passwd-file
  args = {dir}/users
}}
protocol imap {{
  mail_max_userip_connections = 50
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Drafts {{
    auto = create
    special_use = \\Drafts
  }}
  mailbox Sent {{
    auto = create
    special_use = \\Sent
  }}
}}
"""


class Dovecot:
    def __init__(self, directory, port, certificate, key, users):
        self.dir, self.port = pathlib.Path(directory), port
        (self.dir / "run").mkdir(parents=True)
        os.chmod(self.dir, 0o755)
        self.uids = {}
        with open(self.dir / "users", "w", encoding="ascii") as out:
            for number, user in enumerate(users):
                uid = 20000 + number
                self.uids[user] = uid
                home = self.home(user)
                for folder in ("", "cur", "new", "tmp"):
                    (home / "Maildir" / folder).mkdir(parents=True, exist_ok=True)
                out.write(f"{user}:{{PLAIN}}{PASSWORD}:{uid}:{uid}::{home}::\n")
        self.conf = self.dir / "dovecot.conf"
        self.conf.write_text(CONF.format(dir=self.dir, port=port, certificate=certificate, key=key))

    def home(self, user):
        return self.dir / "home" / user

    def write(self, user, messages, folder="cur"):
        """Messages as files, before the start: `messages` yields bytes."""
        maildir = self.home(user) / "Maildir" / folder
        for number, message in enumerate(messages):
            (maildir / f"{1_600_000_000 + number}.M{number}.bench:2,S").write_bytes(message)

    def deliver(self, user, message, name):
        """A mail arrives while it runs, as a delivery agent does it: written aside, then moved."""
        maildir = self.home(user) / "Maildir"
        aside = maildir / "tmp" / name
        aside.write_bytes(message)
        os.chown(aside, self.uids[user], self.uids[user])
        os.rename(aside, maildir / "new" / name)

    def start(self):
        for user, uid in self.uids.items():
            subprocess.run(["chown", "-R", f"{uid}:{uid}", self.home(user)], check=True)
        subprocess.run(["dovecot", "-c", self.conf], check=True)
        time.sleep(0.5)

    def stop(self):
        if not (self.dir / "run/master.pid").exists():
            return  # it is stopped already
        subprocess.run(["dovecot", "-c", self.conf, "stop"], check=False)
