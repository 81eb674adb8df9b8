"""Pattern 2, automation: new mail, your rule, a reply and a label.

    python3 automation.py USER [SECONDS]

Answers the first letter of each conversation about an order, in all mailboxes of the user, and
looks for more every SECONDS (30). It may be killed at any time: nobody is answered twice.
"""

import asyncio
import sys

from gmail import Failure, Gmail, run

QUERY = "in:inbox is:unread subject:order newer_than:7d"
REPLY = "Thank you for your order. A person will write to you within a day."


def wants_reply(message, own):
    """Here your rule or your model decides. Neither robots nor the user's own mailboxes are
    answered, and a conversation only once: two programs thanking each other would never stop."""
    sender = message["from"]["email"]
    robot = "reply" in sender.partition("@")[0]
    return message["id"] == message["thread_id"] and sender not in own and not robot


async def handle(gmail, connection, message):
    # The reply comes before the mark. If we are killed in between we find the message again, and
    # the key keeps it from being answered again.
    sender = message["from"]["email"]
    await gmail.call("gmail_send", connection_id=connection["id"], to=[sender], subject="",
                     body=REPLY, reply_to_message_id=message["id"],
                     idempotency_key=f"thanks/{message['id']}")
    await gmail.call("gmail_modify_labels", connection_id=connection["id"],
                     message_id=message["id"], add_labels=["STARRED"], remove_labels=["UNREAD"])
    print(f"answered {sender}: {message['subject']}", flush=True)


async def look(gmail, connection, own):
    found = await gmail.call("gmail_search", connection_id=connection["id"], query=QUERY,
                             max_results=100)
    for message in found["messages"]:
        if not wants_reply(message, own):
            continue
        try:
            await handle(gmail, connection, message)
        except Failure as failure:  # of one message; the next round tries it again
            if failure.connect_url:
                raise
            print(f"not answered: {message['subject']}: {failure}", flush=True)


async def main(user, seconds="30"):
    async with Gmail(user) as gmail:
        while True:
            connections = await gmail.connections()
            own = {connection["gmail_address"] for connection in connections}
            for connection in connections:
                try:
                    await look(gmail, connection, own)
                except Failure as failure:  # of one mailbox; the others go on
                    print(f"{connection['gmail_address']}: {failure} {failure.connect_url}",
                          flush=True)
            await asyncio.sleep(float(seconds))


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    run(main(*sys.argv[1:]))
