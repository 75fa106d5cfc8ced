"""Subscriptions that somebody has to confirm, and those of others: AWS keeps what is not confirmed until it drops it by itself."""
from __future__ import annotations

import pytest
from conftest import Drplan, Emulator, Json, ref, res, stack

QUEUE = "arn:aws:sqs:us-west-2:123456789012:theirs"


def topic_of(e: Emulator) -> str:
    return e.client("sns").create_topic(Name="theirs")["TopicArn"]


def listed(e: Emulator, topic: str) -> dict[str, bool]:
    """Who is subscribed, and whether they confirmed it."""
    found = e.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    return {s["Endpoint"]: s["SubscriptionArn"].startswith("arn:") for s in found}


@pytest.mark.parametrize(("protocol", "endpoint"), [("email", "a@example.com"), ("https", "https://example.com/hook")])
def test_one_that_is_not_confirmed(protocol: str, endpoint: str, drplan: Drplan, aws: Emulator) -> None:
    topic = topic_of(aws)
    props = {"TopicArn": topic, "Protocol": protocol, "Endpoint": endpoint}
    drplan.write("stack.yaml", stack(S=res("AWS::SNS::Subscription", **props)))
    drplan.apply()
    drplan.clean()
    assert listed(aws, topic) == {endpoint: False}
    drplan.write("stack.yaml", stack(S=res("AWS::SNS::Subscription", FilterPolicy={"kind": ["a"]}, **props)))
    assert drplan.changes() == {"S": "update"}
    drplan.apply()
    drplan.clean()
    got = drplan.destroy()
    assert "nobody confirmed it" in got.out + got.err, got.text
    assert not drplan.state() and listed(aws, topic) == {endpoint: False}


def test_one_that_was_confirmed(drplan: Drplan, aws: Emulator) -> None:
    topic = topic_of(aws)
    drplan.write("stack.yaml", stack(S=res("AWS::SNS::Subscription", TopicArn=topic, Protocol="email", Endpoint="a@example.com")))
    drplan.apply()
    aws.client("sns").confirm_subscription(TopicArn=topic, Token=drplan.ids()["S"].rpartition(":")[2])
    drplan.clean()
    got = drplan.destroy()
    assert "nobody confirmed it" not in got.out + got.err and not listed(aws, topic)


def inline(*endpoints: str) -> Json:
    return res("AWS::SNS::Topic", TopicName="ours", Subscription=[{"Protocol": "email", "Endpoint": e} for e in endpoints])


def test_inline_ones_and_those_of_others(drplan: Drplan, aws: Emulator) -> None:
    """A topic's list says nothing of other people's subscriptions, nor of the stack's own resources."""
    separate = res("AWS::SNS::Subscription", TopicArn=ref("T"), Protocol="email", Endpoint="s@example.com")
    drplan.write("stack.yaml", stack(T=inline("a@example.com", "b@example.com"), S=separate))
    drplan.apply()
    drplan.clean()
    topic = drplan.ids()["T"]
    aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=QUEUE)
    drplan.clean()
    everybody = {"a@example.com": False, "b@example.com": False, "s@example.com": False, QUEUE: True}
    assert listed(aws, topic) == everybody
    drplan.write("stack.yaml", stack(T=inline("b@example.com", "c@example.com"), S=separate))
    got = drplan.apply()
    assert "nobody confirmed it" in got.out + got.err, got.text
    drplan.clean()
    assert listed(aws, topic) == everybody | {"c@example.com": False}
    drplan.write("stack.yaml", stack(T=res("AWS::SNS::Topic", TopicName="ours"), S=separate))
    drplan.apply()
    drplan.clean()
    assert QUEUE in listed(aws, topic)
    drplan.destroy()
