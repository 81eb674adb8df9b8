"""Calls functions of a Supabase project with Supabase's own client for Python. stdin and stdout as supabase.mjs."""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent / "python_packages"))

from postgrest import APIError, SyncPostgrestClient  # pylint: disable=wrong-import-position

answers = []
for call in json.load(sys.stdin)["calls"]:
    headers = {"apikey": call["key"], "Authorization": f"Bearer {call['key']}"}
    client = SyncPostgrestClient(call["url"] + "/rest/v1", schema="public", headers=headers)
    try:
        answers.append({"data": client.rpc(call["function"], call["arguments"]).execute().data, "error": None})
    except APIError as error:
        answers.append({"data": None, "error": {"code": error.code, "message": error.message,
                                                "details": error.details, "hint": error.hint}})
print(json.dumps(answers))
