"""The official Python SDK against a simulator: what a billing integration does on an ordinary day, and an
error of each family as the SDK's own exception. It knows the simulator only as a base URL; the faults are
ordered over HTTP.

Reads ZUORA_BASE_URL, ZUORA_CLIENT_ID and ZUORA_CLIENT_SECRET. Prints a line for each check, and exits with 1
after the first that fails.
"""

import contextlib
import json
import os
import pathlib
import re
import tempfile
import urllib.request
from datetime import date
from decimal import Decimal

from zuora_sdk import Configuration
from zuora_sdk.exceptions import (
    ApiException,
    BadRequestException,
    ForbiddenException,
    NotFoundException,
    ServiceException,
    UnauthorizedException,
)
from zuora_sdk.models import (
    ApplyPaymentInvoiceApplication,
    ApplyPaymentRequest,
    CreateAccountContact,
    CreateAccountRequest,
    CreateInvoiceItem,
    CreateInvoiceRequest,
    CreateOrderRequest,
    CreatePaymentRequest,
    CreateUsageRequest,
    ProxyActionqueryRequest,
    UpdateAccountRequest,
)
from zuora_sdk.zuora_client import ZuoraClient

BASE = os.environ["ZUORA_BASE_URL"]
ID = os.environ["ZUORA_CLIENT_ID"]
SECRET = os.environ["ZUORA_CLIENT_SECRET"]


def client(client_id=ID, secret=SECRET):
    return ZuoraClient(client_id, secret, None, Configuration(host=BASE))


def check(name, holds, seen=""):
    """One line for what held; the end for what did not."""
    if not holds:
        raise SystemExit(f"FAILED {name}: {seen}")
    print(f"ok {name}")


def amount(value):
    return Decimal(str(value))


def basis(reply):
    """What the simulator says that an answer is made from: state, sample or guess."""
    return {name.lower(): value for name, value in reply.headers.items()}.get("zuora-sim-basis")


@contextlib.contextmanager
def raises(kind, status, name):
    """The block ends with this very exception type, and with a body that is kept."""
    try:
        yield
    except ApiException as error:
        told = f"{type(error).__name__} {error.status} {error.body}"
        check(name, type(error) is kind and error.status == status, told)
    else:
        raise SystemExit(f"FAILED {name}: no exception")


def fault(**facts):
    body = json.dumps({**facts, "times": 1}).encode()
    request = urllib.request.Request(f"{BASE}/_sim/faults", data=body, method="POST")
    urllib.request.urlopen(request).close()


def token():
    reply = client().o_auth_api().create_token(
        client_id=ID, client_secret=SECRET, grant_type="client_credentials"
    )
    check("token", reply.token_type == "bearer" and reply.expires_in > 0, reply.token_type)
    with raises(UnauthorizedException, 401, "a wrong secret is UnauthorizedException"):
        client().o_auth_api().create_token(
            client_id=ID, client_secret="not the secret", grant_type="client_credentials"
        )


def account(zuora):
    api = zuora.accounts_api()
    contact = CreateAccountContact(
        first_name="Marit", last_name="Berg", country="Norway", work_email="marit@example.com"
    )
    request = CreateAccountRequest(name="Hafenlicht", currency="EUR", bill_to_contact=contact)
    made = api.create_account(request)
    check("account created", made.success and re.fullmatch("[0-9a-f]{32}", made.account_id), made)
    for key in (made.account_id, made.account_number):
        read = api.get_account_with_http_info(key)
        check("account read, from state", basis(read) == "state", read.headers)
        info = read.data.basic_info
        check("account has its name", info.name == "Hafenlicht", info)
        check("account has its contact", read.data.bill_to_contact.last_name == "Berg")
    changed = api.update_account(made.account_number, UpdateAccountRequest(notes="by the SDK"))
    check("account updated", changed.success, changed)
    read = api.get_account(made.account_id)
    check("account has the change", read.basic_info.notes == "by the SDK", read.basic_info)
    return made


def order(zuora, owner):
    request = CreateOrderRequest(
        existing_account_number=owner.account_number,
        order_date=date(2026, 1, 1),
        subscriptions=[
            {
                "orderActions": [
                    {
                        "type": "CreateSubscription",
                        "triggerDates": [
                            {"name": "ContractEffective", "triggerDate": "2026-01-01"}
                        ],
                        "createSubscription": {
                            "terms": {
                                "initialTerm": {
                                    "period": 12,
                                    "periodType": "Month",
                                    "startDate": "2026-01-01",
                                    "termType": "TERMED",
                                },
                                "renewalTerms": [{"period": 12, "periodType": "Month"}],
                            }
                        },
                    }
                ]
            }
        ],
    )
    api = zuora.orders_api()
    made = api.create_order_with_http_info(request)
    check("order created", made.data.success and made.data.order_number, made.data)
    read = api.get_order_with_http_info(made.data.order_number)
    check("order read", read.data.success and read.data.order.order_number, read.data)
    if basis(made) == "state":
        told = (made.data.account_number, read.data.order.existing_account_number)
        check("order has its account", told == (owner.account_number,) * 2, told)
        check("order is that order", read.data.order.order_number == made.data.order_number)
    else:
        told = (basis(made), basis(read))
        check("orders are samples, and say so", told == ("sample", "sample"), told)


def invoice(zuora, owner):
    api = zuora.invoices_api()
    items = [
        CreateInvoiceItem(amount=10.10, service_start_date=date(2026, 1, 1)),
        CreateInvoiceItem(amount=0.2, service_start_date=date(2026, 1, 1)),
    ]
    made = api.create_standalone_invoice(
        CreateInvoiceRequest(
            account_id=owner.account_id,
            invoice_date=date(2026, 1, 31),
            status="Posted",
            invoice_items=items,
        )
    )
    check("invoice created", made.success and made.invoice_number.startswith("INV"), made)
    check("its amount is the sum of its items", amount(made.amount) == Decimal("10.3"), made.amount)
    read = api.get_invoice(made.invoice_number)
    check("invoice read", read.id == made.id and amount(read.balance) == Decimal("10.3"), read)
    listed = api.get_invoice_items(made.id)
    check("its items read", len(listed.invoice_items) == 2, listed)
    return made


def payment(zuora, owner, bill):
    api = zuora.payments_api()
    made = api.create_payment(
        CreatePaymentRequest(
            account_id=owner.account_id, amount=10, currency="EUR", type="External"
        )
    )
    check("payment created", made.success and amount(made.unapplied_amount) == 10, made)
    part = ApplyPaymentInvoiceApplication(invoice_id=bill.id, amount=4.25)
    applied = api.apply_payment(made.number, ApplyPaymentRequest(invoices=[part]))
    check("payment applied", amount(applied.unapplied_amount) == Decimal("5.75"), applied)
    left = zuora.invoices_api().get_invoice(bill.id).balance
    check("invoice has the rest as balance", amount(left) == Decimal("6.05"), left)
    metrics = zuora.accounts_api().get_account(owner.account_id).metrics
    check("account owes it", amount(metrics.total_invoice_balance) == Decimal("6.05"), metrics)
    unapplied = amount(metrics.unapplied_payment_amount)
    check("and has the rest of the payment", unapplied == Decimal("5.75"), metrics)
    check("its balance is the difference", amount(metrics.balance) == Decimal("0.3"), metrics)


def queries(zuora, owner, bill):
    zoql = f"select Id, Name, AccountNumber from Account where Id = '{owner.account_id}'"
    found = zuora.actions_api().action_post_query(ProxyActionqueryRequest(query_string=zoql))
    check("ZOQL finds the account", found.done and found.size == 1, found)
    check("ZOQL has its name", found.records[0]["Name"] == "Hafenlicht", found.records)

    api = zuora.object_queries_api()
    page = api.query_accounts(filter=[f"accountNumber.EQ:{owner.account_number}"])
    check("object query finds the account", [row.id for row in page.data] == [owner.account_id])
    page = api.query_invoices(filter=[f"accountId.EQ:{owner.account_id}"])
    numbers = [row.invoice_number for row in page.data]
    check("object query finds the invoice", numbers == [bill.invoice_number], numbers)
    one = api.query_account_by_key(owner.account_id, expand=["billTo"])
    check("object query expands", one.bill_to.last_name == "Berg", one)


def usage(zuora, owner):
    lines = ["ACCOUNT_ID,UOM,QTY,STARTDATE", f"{owner.account_number},Each,12.5,01/31/2026"]
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "usage.csv")
        path.write_text("\n".join(lines))
        sent = zuora.usage_api().upload_usage_file(file=str(path))
    check("usage file uploaded", sent.success and sent.check_import_status, sent)
    made = zuora.usage_api().create_usage(
        CreateUsageRequest(
            account_number=owner.account_number,
            quantity=3,
            start_date_time="2026-01-31T00:00:00Z",
            uom="Each",
        )
    )
    check("usage record created", made.success and made.id, made)
    read = zuora.usage_api().get_usage(made.id)
    check("usage record read", amount(read.quantity) == 3, read)


def errors(zuora, owner):
    accounts = zuora.accounts_api()
    with raises(BadRequestException, 400, "REST: a missing field is BadRequestException"):
        accounts.create_account(CreateAccountRequest(name="without a currency"))
    with raises(NotFoundException, 404, "REST: an unknown account is NotFoundException"):
        accounts.get_account("A99999999")
    with raises(NotFoundException, 404, "CRUD: an unknown usage record is NotFoundException"):
        zuora.usage_api().get_usage("f" * 32)
    with raises(BadRequestException, 400, "CRUD: a refused record is BadRequestException"):
        zuora.usage_api().create_usage(CreateUsageRequest(uom="Each"))
    with raises(BadRequestException, 400, "Actions: bad ZOQL is BadRequestException"):
        zoql = ProxyActionqueryRequest(query_string="select nothing")
        zuora.actions_api().action_post_query(zoql)
    with raises(BadRequestException, 400, "object query: a bad filter is BadRequestException"):
        zuora.object_queries_api().query_accounts(filter=["balance"])

    stale = client()
    stale.api_client.default_headers["Authorization"] = "Bearer " + "0" * 32
    with raises(UnauthorizedException, 401, "REST: an unknown token is UnauthorizedException"):
        stale.accounts_api().get_account(owner.account_id)
    with raises(UnauthorizedException, 401, "object query: the same"):
        stale.object_queries_api().query_accounts()
    with raises(UnauthorizedException, 401, "Actions: the same"):
        zoql = ProxyActionqueryRequest(query_string="select Id from Account")
        stale.actions_api().action_post_query(zoql)

    for status, kind in (
        (403, ForbiddenException),
        (409, ApiException),
        (429, ApiException),
        (500, ServiceException),
        (502, ServiceException),
        (503, ServiceException),
        (504, ServiceException),
    ):
        fault(on="getAccount", status=status)
        with raises(kind, status, f"a fault of {status} is {kind.__name__}"):
            accounts.get_account(owner.account_id)
    check("and the next call is answered", accounts.get_account(owner.account_id).success)


def main():
    token()
    zuora = client()
    zuora.initialize()
    owner = account(zuora)
    order(zuora, owner)
    bill = invoice(zuora, owner)
    payment(zuora, owner, bill)
    queries(zuora, owner, bill)
    usage(zuora, owner)
    errors(zuora, owner)


if __name__ == "__main__":
    main()
    # The SDK's refresh thread sleeps for ten minutes and is waited for at a usual end.
    os._exit(0)
