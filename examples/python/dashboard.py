"""Pattern 3, all mailboxes of one user together, and how they connect them.

    python3 dashboard.py USER            # the unified inbox
    python3 dashboard.py USER connect    # a link to connect one more mailbox
"""

import asyncio
import sys

from gmail import Failure, Gmail, run


async def inbox(gmail, connection):
    """(date, address, sender, subject) of each message. One broken mailbox hides no other."""
    address = connection["gmail_address"]
    try:
        found = await gmail.call("gmail_search", connection_id=connection["id"], query="in:inbox",
                                 max_results=10)
    except Failure as failure:
        print(f"{address}: {failure} {failure.connect_url or failure.hint}")
        return []
    return [(message["date"], address, message["from"]["email"], message["subject"])
            for message in found["messages"]]


async def main(user, command="show"):
    async with Gmail(user) as gmail:
        connections = await gmail.connections()
        if command == "connect" or not connections:
            print("Connect a mailbox:", await gmail.connect_url())
            return
        inboxes = await asyncio.gather(*(inbox(gmail, connection) for connection in connections))
        for date, address, sender, subject in sorted(sum(inboxes, []), reverse=True):
            print(f"{date[:16]}  {address}  {sender}: {subject}")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    run(main(*sys.argv[1:]))
