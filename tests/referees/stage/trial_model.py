"""What must be true of a mailbox after the answers that were given. Where an answer left it open whether
something happened, every possibility is kept until a later answer decides."""


class Target:
    """A message that a lane changes; `states` are the sets of labels it may have now."""

    def __init__(self, message_id, thread_id, subject, body, labels):
        self.id, self.thread_id, self.subject, self.body = message_id, thread_id, subject, body
        self.attachment_id, self.attachment = None, b""
        self.states = {frozenset(labels)}

    def saw(self, labels, what):
        labels = frozenset(labels)
        assert labels in self.states, (f"{what}: {self.subject} has {sorted(labels)}, may have "
                                       f"{[sorted(state) for state in self.states]}")
        self.states = {labels}

    def changed(self, change):
        self.states = {change(state) for state in self.states}

    def perhaps_changed(self, change):
        self.states |= {change(state) for state in self.states}

    def surely(self, test):
        return all(map(test, self.states))

    def perhaps(self, test):
        return any(map(test, self.states))

    def is_now(self, test, what):
        """An answer said that the test holds (or that it does not)."""
        self.states = {state for state in self.states if test(state)}
        assert self.states, f"{what}: {self.subject} cannot be so"


class Letter:
    """What was to be sent once. `subjects`: one of these. `outcome`: "sent", "unknown" or "failed"."""

    def __init__(self, user, to, *subjects):
        self.user, self.to, self.subjects = user, to, set(subjects)
        self.outcome, self.message_ids = "failed", set()

    def answered(self, outcome, message_id=None):
        """The strongest of several answers to one key counts."""
        strength = ("failed", "unknown", "sent")
        self.outcome = max(self.outcome, outcome, key=strength.index)
        if message_id:
            self.message_ids.add(message_id)


class Draft:
    """`exists` holds what may be true; `subjects` the texts it may have."""

    def __init__(self, user):
        self.user, self.id, self.subjects, self.exists = user, None, set(), {False}


class Google:
    """What differs between those who play Google."""

    trash_is_found = True  # by in:trash and in:anywhere, and in its thread
    untrash_gives_inbox = False
    inbox_excludes_trash = True
    delivers = True  # what is sent to one of its people

    def modified(self, add, remove):
        def change(labels):
            now = set(labels)
            for label in add:
                if label == "INBOX" and label not in now and self.inbox_excludes_trash:
                    now -= {"TRASH", "SPAM"}
                now.add(label)
            return frozenset(now - set(remove))
        return change

    @staticmethod
    def trashed(labels):
        return frozenset(labels - {"INBOX"} | {"TRASH"})

    def untrashed(self, labels):
        return frozenset(labels - {"TRASH"} | ({"INBOX"} if self.untrash_gives_inbox else set()))

    def finds(self, state):
        """The test of labels for a word of trial_plan.STATES."""
        def test(labels):
            everywhere = state in ("in:trash", "in:anywhere")
            if "TRASH" in labels and not (everywhere and self.trash_is_found):
                return False
            if state == "in:anywhere":
                return self.trash_is_found
            if state == "is:read":
                return "UNREAD" not in labels
            wanted = {"is:unread": "UNREAD", "is:starred": "STARRED", "in:inbox": "INBOX", "in:trash": "TRASH"}
            return state not in wanted or wanted[state] in labels
        return test

    def in_thread(self, labels):
        return self.trash_is_found or "TRASH" not in labels


def judge_letters(letters, mailboxes, delivers):
    """`mailboxes`: of each user, the (id, subject, labels) there are. Each letter there once if that was
    answered, never if it failed, and in no case twice."""
    for letter in letters:
        copies = {"SENT": letter.user}
        if delivers and letter.to:
            copies["INBOX"] = letter.to
        for label, user in copies.items():
            found = [one for one in mailboxes[user] if one[1] in letter.subjects and label in one[2]]
            wanted = {"sent": (1,), "unknown": (0, 1), "failed": (0,)}[letter.outcome]
            assert len(found) in wanted, (f"{sorted(letter.subjects)} from {letter.user} is {letter.outcome}, but "
                                          f"{user} has it {len(found)} times in {label}")
            if label == "SENT" and letter.outcome == "sent":
                ids = {one[0] for one in found}
                assert letter.message_ids <= ids, f"answered {letter.message_ids}, but it is {ids}"


def judge_drafts(drafts, mailboxes):
    for draft in drafts:
        found = [one for one in mailboxes[draft.user] if one[1] in draft.subjects and "DRAFT" in one[2]]
        assert (len(found) == 1 and True in draft.exists) or (not found and False in draft.exists), (
            f"a draft of {draft.user} exists: {draft.exists}; there are {found} of {sorted(draft.subjects)}")


def judge_targets(flocks, mailboxes):
    for (_, user), flock in flocks.items():
        now = {one[0]: one[2] for one in mailboxes[user]}
        for target in flock:
            assert target.id in now, f"{target.subject} is gone"
            target.saw(now[target.id], "at the end")
