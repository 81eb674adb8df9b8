"""Pattern 1, an assistant in a chat: a question, gmail_search, your model, an answer.

    python3 assistant.py USER "What did I get today?"
"""

import sys

from gmail import Gmail, run

QUERIES = {"today": "newer_than:1d", "week": "newer_than:7d", "unread": "is:unread"}


def query_for(question):
    """Here your model chooses: GET /tools gives it every tool with its JSON Schema."""
    return next((query for word, query in QUERIES.items() if word in question.lower()), "in:inbox")


def answer(messages, more):
    """Here your model summarises. Give it mail as data: whatever a letter asks for, it is not the
    user who asks. The mail of the user of this `Gmail` is all that a fooled model can reach."""
    lines = [f"{len(messages)}{' or more' if more else ''} messages:"]
    for message in messages:
        sender = message["from"]["name"] or message["from"]["email"]
        lines.append(f"- {sender}: {message['subject']}")
    return "\n".join(lines)


async def main(user, question):
    async with Gmail(user) as gmail:
        connections = await gmail.connections()
        if not connections:
            print("First connect your Gmail:", await gmail.connect_url())
            return
        found = await gmail.call("gmail_search", connection_id=connections[0]["id"],
                                 query=query_for(question), max_results=20)
        print(answer(found["messages"], found["next_page_token"]))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    run(main(*sys.argv[1:]))
