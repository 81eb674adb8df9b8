"""The two who play Google in a trial, each with three mailboxes of the same messages: our sandbox, which
has faults of its own, and npm emulate at the end of a bad road."""

import email.message
import email.policy
import http.client
import json
import urllib.parse

from . import trial_plan, web
from .bad_road import BadRoad
from .person import connect, consent
from .programs import NODE_PROGRAMS, Program, Sandbox, Server, as_json, directory, free_port, seal
from .trial_model import Google, Target

SHARE = 0.3  # of the requests to Google meet a fault
# How often each in comparison. Those without a status and with a cut at the end have an effect.
_FAULTS = [(4, {"status": 500}), (4, {"status": 503}), (4, {"status": 429}),
           (1, {"status": 429, "retry_after": 1, "retry_after_in": "both"}),
           (2, {"status": 403, "reason": "userRateLimitExceeded"}), (2, {"status": 403, "reason": "rateLimitExceeded"}),
           (1, {"status": 403, "reason": "dailyLimitExceeded"}), (2, {"status": 401, "reason": "authError"}),
           (3, {"delay_ms": 80}), (2, {"cut": "before_response"}), (1, {"cut": "after_headers"}),
           (1, {"cut": "mid_body"}), (2, {"cut": "after_effect"})]
_TOKEN_FAULTS = [(1, {"status": 500}), (1, {"status": 503}), (1, {"delay_ms": 80}), (1, {"cut": "before_response"})]


def fault_rules(seed):
    """Rules of which, together, a share fires: each is asked only if those before it did not."""
    rules = []
    for match, faults in (("/gmail/v1/users", _FAULTS), ("batch", _FAULTS), ("token", _TOKEN_FAULTS)):
        whole, left = sum(often for often, _ in faults), 1.0
        for often, then in faults:
            wanted = SHARE * often / whole
            rules.append({"match": match, "probability": wanted / left, "seed": seed + len(rules), "then": then})
            left -= wanted
    return rules


def messages(user):
    """Of a user: (lane, subject, body, attachment, the bytes) of what the lanes work on."""
    for lane in range(trial_plan.LANES):
        name = trial_plan.word(lane, user)
        for number in range(trial_plan.flock_size(lane)):
            mail = email.message.EmailMessage()
            # The first two are a conversation.
            subject = f"{name} {number}" if number != 1 else f"Re: {name} 0"
            body, attachment = f"Text of {name} number {number}.", b""
            mail["From"], mail["To"], mail["Subject"] = "Carol <carol@shop.example>", f"{user}@shop.example", subject
            mail["Message-ID"] = f"<{name}-{number}@shop.example>"
            mail["Date"] = f"Fri, 02 Jan 2026 03:{lane:02}:{number:02} +0000"
            if number == 1:
                mail["In-Reply-To"] = mail["References"] = f"<{name}-0@shop.example>"
            mail.set_content(body)
            mail.add_alternative(f"<p>{body}</p>", subtype="html")
            if number == 2:
                attachment = f"Bytes of {name}.".encode() * 50
                mail.add_attachment(attachment, maintype="application", subtype="pdf", filename="paper.pdf")
            yield lane, number, subject, body, attachment, mail.as_bytes(policy=email.policy.SMTP)


class Mailbox:
    """What whoever plays Google keeps of a user, asked directly."""

    def __init__(self, url, token):
        self.headers = {"Authorization": "Bearer " + token}
        self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=300)

    def _get(self, path, **query):
        self.connection.request("GET", f"/gmail/v1/users/me/{path}?{urllib.parse.urlencode(query)}",
                                headers=self.headers)
        answer = self.connection.getresponse()
        body = answer.read()
        assert answer.status == 200, f"{path}: {answer.status} {body[:300]}"
        return json.loads(body)

    def messages(self):
        """(id, subject, labels, thread) of each."""
        ids, page = [], {}
        while page is not None:
            listed = self._get("messages", maxResults=500, includeSpamTrash="true", **page)
            ids += [one["id"] for one in listed.get("messages", [])]
            page = {"pageToken": listed["nextPageToken"]} if listed.get("nextPageToken") else None
        found = []
        for one in ids:
            got = self._get(f"messages/{one}", format="metadata", metadataHeaders="Subject")
            subject = [header["value"] for header in got["payload"].get("headers", [])
                       if header["name"].lower() == "subject"]
            found.append((one, (subject or [""])[0], frozenset(got.get("labelIds", [])), got["threadId"]))
        return found

    def labels(self):
        return {label["name"]: label["id"] for label in self._get("labels")["labels"]}


class World(Google):
    """`url`: where the far end answers without faults."""

    url = server = addresses = None

    def prepare(self):
        """Connects everybody; the connections, and the flocks as the mailboxes have them."""
        self.connections = {user: connect(self.server, user, address) for user, address in self.addresses.items()}
        self.label_ids = {user: self.mailbox(user).labels() for user in trial_plan.USERS}
        self.flocks = {}
        for user in trial_plan.USERS:
            there = {one[1]: one for one in self.mailbox(user).messages()}
            for lane, number, subject, body, attachment, _ in messages(user):
                message_id, _, labels, thread = there[subject]
                target = Target(message_id, thread, subject, body, labels)
                if attachment:
                    shown = self.server.ask("gmail_get_message", connection_id=self.connections[user],
                                            message_id=message_id)
                    target.attachment, target.attachment_id = attachment, shown["attachments"][0]["id"]
                self.flocks.setdefault((lane, user), []).append(target)

    def mailboxes(self):
        return {user: self.mailbox(user).messages() for user in trial_plan.USERS}


class SandboxWorld(World):
    name = "the sandbox"
    addresses = {"ann": "alex.morgan@gmail.example", "ben": "priya.nair@gmail.example",
                 "cat": "tom.becker@gmail.example"}

    def __init__(self, seed):
        self.seed, self.sandbox = seed, Sandbox()
        self.url = self.sandbox.url
        for user, address in self.addresses.items():
            for *_, raw in messages(user):
                self.sandbox.deliver(address, "", raw=seal(raw))
        self.server = Server(self.sandbox.settings())
        self.prepare()

    def mailbox(self, user):
        """By a token of our own."""
        back = {"client_id": Sandbox.client["GMAIL_MCP_GOOGLE_CLIENT_ID"],
                "redirect_uri": "http://127.0.0.1:1/oauth/callback"}
        asked = {**back, "response_type": "code", "scope": "https://www.googleapis.com/auth/gmail.readonly",
                 "state": "s"}
        code, _ = consent(f"{self.url}/o/oauth2/v2/auth?{urllib.parse.urlencode(asked)}", self.addresses[user])
        form = {**back, "client_secret": Sandbox.client["GMAIL_MCP_GOOGLE_CLIENT_SECRET"], "code": code,
                "grant_type": "authorization_code"}
        answer = web.request("POST", self.url + "/token", urllib.parse.urlencode(form),
                             {"Content-Type": "application/x-www-form-urlencoded"})
        return Mailbox(self.url, answer.json()["access_token"])

    def spoil(self):
        self.sandbox.reset_counters()
        self.sandbox.faults(*fault_rules(self.seed))

    def mend(self):
        """The end of all faults; how many requests there were, and how many met one."""
        self.sandbox.faults()
        seen = self.sandbox.counters()
        return sum(seen["requests"].values()), seen["faults"]

    def expire_access_tokens(self, user):
        web.request("POST", self.url + "/sandbox/faults", {"expire_access_tokens": [self.addresses[user]]})


class EmulateWorld(World):
    name = "npm emulate"
    addresses = {user: f"{user}@gmail.example" for user in trial_plan.USERS}
    trash_is_found = inbox_excludes_trash = delivers = False
    untrash_gives_inbox = True

    def __init__(self, seed):
        port, ours = free_port(), free_port()
        self.url = f"http://127.0.0.1:{port}"
        client = {"client_id": "cid.apps.googleusercontent.com", "client_secret": "GOCSPX-secret"}
        people, mail, labels = [], [], []
        for user, address in self.addresses.items():
            people.append({"email": address, "name": user})
            labels.append({"user_email": address, "name": "Work", "id": f"Label_{user}"})
            for lane, number, _, _, _, raw in messages(user):
                place = f"18c0ffee{trial_plan.USERS.index(user):02}{lane:02}"
                mail.append({"id": f"{place}{number:04}", "thread_id": f"{place}{0 if number == 1 else number:04}",
                             "user_email": address, "label_ids": ["INBOX", "UNREAD"], "raw": seal(raw)})
        # Whose token it does not know is the first user: let that be nobody of ours.
        decoy = {"email": "decoy@gmail.example", "name": "Decoy"}
        clients = [{**client, "name": "Referee", "redirect_uris": [f"http://localhost:{ours}/oauth/callback"]}]
        tokens = {f"{user}-herself": {"login": address, "scopes": []} for user, address in self.addresses.items()}
        seeds = directory / "emulate-trial.json"
        seeds.write_text(as_json({"tokens": tokens, "google": {
            "users": [decoy, *people], "labels": labels, "messages": mail, "oauth_clients": clients}}))
        Program("emulate", [NODE_PROGRAMS / "node", NODE_PROGRAMS / "emulate", "start", "--service", "google",
                            "--port", port, "--seed", seeds], ready=self.url + "/.well-known/openid-configuration")
        self.road = BadRoad(port, seed)
        self.server = Server({
            "GMAIL_MCP_GOOGLE_CLIENT_ID": client["client_id"],
            "GMAIL_MCP_GOOGLE_CLIENT_SECRET": client["client_secret"],
            "GMAIL_MCP_GOOGLE_AUTH_URL": self.url + "/o/oauth2/v2/auth",
            "GMAIL_MCP_GOOGLE_TOKEN_URL": self.road.url + "/oauth2/token",
            "GMAIL_MCP_GOOGLE_REVOKE_URL": self.road.url + "/oauth2/revoke",
            "GMAIL_MCP_GOOGLE_USERINFO_URL": self.road.url + "/oauth2/v2/userinfo",
            "GMAIL_MCP_GOOGLE_API_URL": self.road.url}, port=ours)
        self.prepare()

    def mailbox(self, user):
        return Mailbox(self.url, f"{user}-herself")

    def spoil(self):
        self.road.requests, self.road.faults, self.road.share = 0, 0, SHARE

    def mend(self):
        self.road.share = 0
        return self.road.requests, self.road.faults

    def expire_access_tokens(self, user):
        """Nobody can: its tokens live for ever. The 401 of the road stands for it."""
