"""A Singer tap against a simulator with demo data, in both of its modes: it discovers the streams, and syncs
three of them. What comes is compared with what the simulator has.

Reads ZUORA_BASE_URL, ZUORA_CLIENT_ID and ZUORA_CLIENT_SECRET. Prints a line for each check, and exits with 1
after the first that fails.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.request
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from decimal import Decimal

BASE = os.environ["ZUORA_BASE_URL"]
TAP = pathlib.Path(__file__).with_name("tap.py")
STREAMS = {"Account": "AccountNumber", "Invoice": "InvoiceNumber", "Payment": "PaymentNumber"}


def check(name, holds, seen=""):
    """One line for what held; the end for what did not."""
    if not holds:
        raise SystemExit(f"FAILED {name}: {seen}")
    print(f"ok {name}")


def simulator(path, body=None):
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(f"{BASE}/_sim/{path}", data)
    with urllib.request.urlopen(request) as reply:
        return json.load(reply, parse_float=Decimal)


def tap(*arguments):
    command = [sys.executable, str(TAP), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    check(f"the tap ends well with {' '.join(map(str, arguments[2:3]))}", done.returncode == 0, done.stderr)
    return done.stdout


def run(mode, folder):
    config = folder / "config.json"
    # The demo data is as old as a year.
    begin = datetime.now(timezone.utc) - timedelta(days=400)
    config.write_text(json.dumps({
        "start_date": begin.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "api_type": mode,
        "auth_type": "OAUTH",
        "username": os.environ["ZUORA_CLIENT_ID"],
        "password": os.environ["ZUORA_CLIENT_SECRET"],
        "partner_id": "strangers",
    }))
    catalog = json.loads(tap("--config", config, "--discover"))
    streams = {stream["tap_stream_id"]: stream for stream in catalog["streams"]}
    check(f"{mode}: it discovers what there is", STREAMS.keys() <= streams.keys(), streams.keys())
    account = streams["Account"]["schema"]["properties"]
    for field in ["Id", "AccountNumber", "Balance", "UpdatedDate", "Segment__c", "BillToContactId"]:
        check(f"{mode}: Account has {field}", field in account, account.keys())
    check(f"{mode}: deleted records are offered by AQuA only", ("Deleted" in account) == (mode == "AQUA"))
    for name in STREAMS:
        for entry in streams[name]["metadata"]:
            entry["metadata"]["selected"] = True
    chosen = folder / "catalog.json"
    chosen.write_text(json.dumps(catalog))

    records = defaultdict(list)
    state = None
    for line in tap("--config", config, "--catalog", chosen).splitlines():
        message = json.loads(line, parse_float=Decimal)
        if message["type"] == "RECORD":
            records[message["stream"]].append(message["record"])
        if message["type"] == "STATE":
            state = message["value"]
    for name, number in STREAMS.items():
        rows = simulator(f"tables/{name}")["rows"]
        count = simulator("tables")[name]
        check(f"{mode}: all {count} of {name}", len(records[name]) == count, len(records[name]))
        member = number[0].lower() + number[1:]
        came = {record[number]: record for record in records[name]}
        missing = [row[member] for row in rows if row[member] not in came]
        check(f"{mode}: {name} by number", not missing, missing)
        for row in rows:
            record = came[row[member]]
            amount = Decimal(str(record["Amount" if name == "Payment" else "Balance"]))
            own = Decimal(str(row["amount" if name == "Payment" else "balance"]))
            if amount != own or record["Id"] != row["id"]:
                raise SystemExit(f"FAILED {mode}: {record} is not {row}")
        print(f"ok {mode}: {name} with its amounts")
    check(f"{mode}: the state says that it is done", state["current_stream"] is None, state)


simulator("behaviour", {"jobSeconds": 0})
for mode in ["REST", "AQUA"]:
    with tempfile.TemporaryDirectory() as folder:
        run(mode, pathlib.Path(folder))
